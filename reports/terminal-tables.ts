/**
 * The classes of a subject, and what of its options was exercised.
 */
import Table from "cli-table3";
import type { Coverage, Report, Status, SubjectReport, Verdict } from "#properties/engine/verdict";
import { counted, field, optionsText, type Paint, rough, some } from "#reports/layout";

const columns: readonly Status[] = ["holds", "violated", "inconclusive", "unsupported", "error", "untested"];

const bare = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({
    head: [...head],
    chars: bare,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: head.map((_, k) => (k === 0 ? "left" : "right")),
  });
  made.push(...rows.map((row) => [...row]));
  return made
    .toString()
    .split("\n")
    .map((line) => `  ${line.trimEnd()}`)
    .join("\n");
}

/** unit × counts of verdicts. Columns that are empty everywhere are left out. */
export function classTable(verdicts: readonly Verdict[], paint: Paint): string {
  const units = new Map<string, Map<Status, number>>();
  for (const { unit, status } of verdicts) {
    const counts = units.get(unit) ?? new Map<Status, number>();
    counts.set(status, (counts.get(status) ?? 0) + 1);
    units.set(unit, counts);
  }
  const used = columns.filter((status) => status === "holds" || [...units.values()].some((counts) => counts.has(status)));
  const rows = [...units]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([unit, counts]) => [unit, ...used.map((status) => cell(status, counts.get(status) ?? 0, paint))]);
  return table(
    ["class", ...used].map((name) => paint.dim(name)),
    rows,
  );
}

function cell(status: Status, count: number, paint: Paint): string {
  if (count === 0) return paint.dim("·");
  if (status === "violated" || status === "error") return paint.red(String(count));
  return status === "inconclusive" ? paint.yellow(String(count)) : String(count);
}

export function coverageText(subject: SubjectReport, paint: Paint, verbose: boolean): string {
  const { coverage } = subject;
  const sum = (of: (one: Coverage) => number): number => coverage.reduce((total, one) => total + of(one), 0);
  const refusals = coverage.flatMap(({ unit, refused }) => refused.map((one) => ({ unit, ...one })));
  const left = coverage.flatMap(({ leftOut }) => leftOut);
  const lines =
    sum(({ values }) => values.documented) === 0
      ? []
      : [
          field(
            "options",
            `${sum(({ values }) => values.exercised)} of ${sum(({ values }) => values.documented)} values and ${sum(({ pairs }) => pairs.exercised)} of ${sum(({ pairs }) => pairs.possible)} pairs of values exercised in ` +
              `${counted(
                sum(({ configurations }) => configurations),
                "configuration",
              )} of ${counted(coverage.length, "class", "classes")}`,
          ),
        ];
  if (left.length > 0)
    lines.push(field("left out", `parameters whose values nobody documents: ${some([...new Set(left)].sort(), verbose ? 1000 : 8)}`));
  const words = new Map<string, string>();
  for (const { unit, options, because } of refusals)
    if (!words.has(because)) words.set(because, `${unit}: ${optionsText(options).replace(" (all else default)", "")}: ${because}`);
  const shown = [...words.values()].slice(0, verbose ? 1000 : 3);
  for (const [k, line] of shown.entries()) lines.push(field(k === 0 ? "refused" : "", line));
  if (words.size > shown.length) lines.push(field("", `and ${words.size - shown.length} more reasons; --verbose lists them`));
  if (!verbose) return lines.join("\n");
  const rows = coverage.map((one) => [
    one.unit,
    String(one.configurations),
    `${one.values.exercised}/${one.values.documented}`,
    `${one.pairs.exercised}/${one.pairs.possible}`,
    some(
      one.options.filter((option) => option.exercised < option.values).map(({ name }) => name),
      3,
    ),
  ]);
  return `${lines.join("\n")}\n${table(
    ["class", "configurations", "values", "pairs", "not exhausted"].map((name) => paint.dim(name)),
    rows,
  )}`;
}

/** What the verdicts of a run are worth. */
export function powerLines(report: Report, verbose: boolean): readonly string[] {
  const holds = report.verdicts.filter(({ status }) => status === "holds");
  const seen = holds
    .flatMap(({ detectable }) => (detectable === null || !Number.isFinite(detectable) ? [] : [Math.abs(detectable)]))
    .sort((a, b) => a - b);
  const run = report.controls.filter(({ expected }) => expected === "rejected");
  const failed = report.controls.filter(({ expected, got }) => expected !== got);
  const distances = run.flatMap(({ distance }) => (distance === null || !(distance > 0) ? [] : [distance]));
  const lines: string[] = [];
  const middle = seen[Math.floor(seen.length / 2)];
  if (middle !== undefined)
    lines.push(field("power", `half of the verdicts that hold would have seen a relative error of ${rough(middle)}`));
  const smallest = distances.length === 0 ? "" : `; the nearest to right differs by ${rough(Math.min(...distances))} of its size`;
  lines.push(
    field(
      "controls",
      `${run.filter(({ got }) => got === "rejected").length} of ${run.length} wrong versions rejected${smallest}${failed.length === 0 ? "" : `; ${counted(failed.length, "control")} not as it must be`}`,
    ),
  );
  for (const { law, name, expected, got } of failed) lines.push(field("", `${law} / ${name}: must be ${expected}, was ${got}`));
  const lossy = holds
    .flatMap((verdict) => (verdict.precision === null ? [] : [{ verdict, bits: verdict.precision.bitsLost }]))
    .sort((a, b) => b.bits - a.bits);
  const worst = lossy.filter(({ bits }) => bits >= 1).slice(0, verbose ? 20 : 3);
  if (worst.length > 0)
    lines.push(
      field(
        "precision",
        `lost to the subject's own rounding: ${worst.map(({ verdict, bits }) => `${rough(bits)} bits in ${verdict.unit} (${verdict.law})`).join(", ")}`,
      ),
    );
  return lines;
}

/** Why cases were left out, the most frequent reasons first. */
export function skipLines(verdicts: readonly Verdict[], verbose: boolean): readonly string[] {
  const counts = new Map<string, number>();
  let cases = 0;
  for (const verdict of verdicts) {
    cases += verdict.cases;
    for (const [reason, count] of Object.entries(verdict.skips)) counts.set(reason, (counts.get(reason) ?? 0) + count);
  }
  const reasons = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return [];
  const shown = reasons.slice(0, verbose ? 1000 : 3).map(([reason, count]) => `${count} × ${reason}`);
  return [field("skipped", `${total} of ${counted(cases, "case")}: ${shown.join("; ")}${reasons.length > shown.length ? "; …" : ""}`)];
}

/** Why verdicts are open. */
export function reasonLines(verdicts: readonly Verdict[], status: Status, verbose: boolean): readonly string[] {
  const open = verdicts.filter((verdict) => verdict.status === status);
  const groups = new Map<string, Verdict[]>();
  for (const verdict of open) groups.set(verdict.reason ?? "", [...(groups.get(verdict.reason ?? "") ?? []), verdict]);
  const reasons = [...groups].sort(([, a], [, b]) => b.length - a.length);
  return reasons.slice(0, verbose ? 1000 : 5).map(([reason, all], k) => {
    const where =
      verbose || status === "error"
        ? ` (${some(
            all.map(({ unit, law }) => `${unit} ${law}`),
            verbose ? 1000 : 3,
          )})`
        : "";
    const stage = all[0]?.stage ?? null;
    return field(k === 0 ? status : "", `${all.length} × ${stage === null ? "" : `${stage}: `}${reason}${where}`, 2, 14);
  });
}
