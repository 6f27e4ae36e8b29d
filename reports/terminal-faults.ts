/**
 * What is broken, as a reader meets it first: the law, the smallest case that breaks it, and the line that replays it.
 */
import type { Fault, SubjectReport, Verdict } from "#properties/engine/verdict";
import type { FaultGroup } from "#reports/fault-groups";
import type { LawPage, LawPages } from "#reports/law-page";
import { apart, counted, field, numeral, optionsText, type Paint, pageWidth, rough, some, wrap } from "#reports/layout";

export interface FaultView {
  readonly pages: LawPages;
  readonly paint: Paint;
  readonly verbose: boolean;
  readonly subjects: readonly SubjectReport[];
}

export function faultText(group: FaultGroup, { pages, paint, verbose, subjects }: FaultView): string {
  const { law, evidence, shown, all, implies, documented } = group;
  const { verdict, fault } = shown;
  const page = pages.get(law);
  const subject = subjects.length > 1 ? `  ${paint.dim(verdict.subject)}` : "";
  const lines = [`${paint.bold(documented === null ? paint.red(law) : paint.yellow(law))}${inUnits(all.length)}${subject}`];
  lines.push(...lawLines(page, paint));
  if (documented !== null) lines.push(field("expected", `the subject's documentation says so: ${documented}`));
  lines.push(field("with", optionsText(fault.options)));
  lines.push(...measured(fault, evidence));
  if (verbose) lines.push(field("case", JSON.stringify(fault.case)), field("first seen", JSON.stringify(fault.firstFailing)));
  lines.push(field("in", verbose ? all.map((one) => placed(one.verdict)).join("; ") : classes(all.map((one) => one.verdict))));
  if (fault.confirmed === false) lines.push(field("note", "it shows only after earlier calls on the same object"));
  if (implies.length > 0) lines.push(field("implies", verbose ? implies.join(", ") : some(implies, 4)));
  if (fault.consistentWith !== null) lines.push(field("consistent", `with ${fault.consistentWith}`));
  // One line, however long: it is copied.
  lines.push(`  replay     ${fault.replay}`);
  return lines.join("\n");
}

const inUnits = (n: number): string => (n === 1 ? "" : `  in ${counted(n, "class", "classes")}`);

export function lawLines(page: LawPage | undefined, paint: Paint): readonly string[] {
  if (page === undefined) return [];
  const title = wrap(page.title, pageWidth - 2).map((line) => `  ${line}`);
  const formulas = page.statement.flatMap(({ text }) =>
    wrap(text, pageWidth - 6).map((line, k) => paint.cyan(`    ${k === 0 ? "" : "  "}${line}`)),
  );
  return [...title, ...formulas];
}

/** How the engine words a bound, as a reader meets it before a number. */
const bounds: Readonly<Record<string, string>> = { "must be greater": "more than ", "must be at least": "at least " };

function measured(fault: Fault, evidence: string): readonly string[] {
  const { place, expected, got, residual, tolerance, message } = fault;
  const part = evidence.replace(/^history:/, "");
  const lines: string[] = [];
  if (part.startsWith("finite:")) return [field("got", message)];
  lines.push(field("at", place === null ? part : `${part}, ${place}`));
  if (expected !== null && got !== null) {
    const [a, b] = apart(expected, got);
    lines.push(field("expected", `${bounds[message] ?? ""}${a}`), field("got", `${b}${beyond(residual, tolerance)}`));
  } else lines.push(field("off by", `${numeral(residual, 3)}${beyond(residual, tolerance)}`));
  if (message !== "" && bounds[message] === undefined) lines.push(field("says", message));
  return lines;
}

function beyond(residual: number | null, tolerance: number | null): string {
  if (residual === null || tolerance === null || !Number.isFinite(residual)) return "";
  if (tolerance === 0) return `   off by ${rough(Math.abs(residual))}, and nothing is forgiven`;
  return `   ${rough(Math.abs(residual) / tolerance)} × the tolerance of ${rough(tolerance)}`;
}

/** Where the first class is, and the names of the others. */
function classes(verdicts: readonly Verdict[]): string {
  const [first, ...rest] = verdicts;
  if (first === undefined) return "";
  return rest.length === 0
    ? placed(first)
    : `${placed(first)}; ${some(
        rest.map(({ unit }) => unit),
        6,
      )}`;
}

function placed({ unit, source }: Verdict): string {
  return source === null ? unit : `${unit} (${shortened(source.file)}:${source.lines[0]}-${source.lines[1]})`;
}

/** From the package on: what lies above it differs from machine to machine. */
function shortened(file: string): string {
  const parts = file.split(/[\\/]/);
  const at = parts.findLastIndex((part) => part === "site-packages" || part === "dist-packages");
  return at >= 0 ? parts.slice(at + 1).join("/") : parts.length > 4 ? parts.slice(-3).join("/") : file;
}
