/**
 * # The JSON report
 *
 * Every other view is made from it. Fields come in a fixed order, records with names of the subject's own sorted, so that two
 * equal runs differ in `startedAt` and `durationMs` alone. NaN, ±∞ and −0 are strings.
 */
import type { Report, Verdict } from "#properties/engine/verdict";

const reportSchema = "lawbook/report@1";

export function toJson(report: Report): string {
  const { run } = report;
  const ordered = {
    schema: report.schema,
    run: { ...run, versions: sorted(run.versions), device: sorted(run.device) },
    subjects: report.subjects.map((subject) => ({
      ...subject,
      runtime: sorted(subject.runtime),
      conventions: sorted(subject.conventions),
      coverage: subject.coverage.map((one) => ({
        ...one,
        refused: one.refused.map((refusal) => ({ ...refusal, options: sorted(refusal.options) })),
      })),
    })),
    verdicts: report.verdicts.map((verdict) => ({
      ...verdict,
      skips: sorted(verdict.skips),
      faults: verdict.faults.map((fault) => ({ ...fault, options: sorted(fault.options) })),
    })),
    controls: report.controls,
    summary: report.summary,
  };
  return `${JSON.stringify(ordered, special, 1)}\n`;
}

function special(_: string, value: unknown): unknown {
  if (typeof value !== "number") return value;
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : value;
  return String(value);
}

function sorted<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What makes a text no report, in words; null where it is one. */
function notAReport(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return "no JSON object";
  const { schema, verdicts, subjects, run } = value as Readonly<Record<string, unknown>>;
  if (schema !== reportSchema)
    return schema === undefined
      ? "no report: it has no schema"
      : `schema ${JSON.stringify(schema)}, and this lawbook reads ${reportSchema}`;
  if (!Array.isArray(verdicts) || !Array.isArray(subjects) || typeof run !== "object" || run === null)
    return "incomplete: run, subjects or verdicts are missing";
  return null;
}

/** Reads a report back. Throws a `SyntaxError` or `TypeError` that says why the text is none. */
export function fromJson(text: string): Report {
  const parsed: unknown = JSON.parse(text);
  const wrong = notAReport(parsed);
  if (wrong !== null) throw new TypeError(wrong);
  const report = parsed as Report;
  return {
    ...report,
    verdicts: report.verdicts.map(revived),
    controls: (report.controls ?? []).map((one) => ({ ...one, distance: number(one.distance) })),
  };
}

function revived(verdict: Verdict): Verdict {
  return {
    ...verdict,
    used: number(verdict.used),
    detectable: number(verdict.detectable),
    precision: verdict.precision === null ? null : { bitsLost: number(verdict.precision.bitsLost) ?? Number.NaN },
    faults: verdict.faults.map((fault) => ({
      ...fault,
      expected: number(fault.expected),
      got: number(fault.got),
      residual: number(fault.residual),
      tolerance: number(fault.tolerance),
    })),
  };
}

/** Numbers that JSON lacks were written as strings. */
function number(value: number | string | null): number | null {
  if (typeof value !== "string") return value;
  return value === "-0" ? -0 : Number(value);
}
