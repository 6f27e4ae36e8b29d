/**
 * # The report on a terminal
 *
 * Leads with what is broken; what held, and how hard it was tried, comes after. Readable in 100 columns.
 */
import pico from "picocolors";
import type { Report, SubjectReport } from "#properties/engine/verdict";
import { faultGroups } from "#reports/fault-groups";
import type { LawPages } from "#reports/law-page";
import { counted, field, type Paint } from "#reports/layout";
import { deviceTable } from "#reports/terminal-devices";
import { faultText } from "#reports/terminal-faults";
import { classTable, coverageText, powerLines, reasonLines, skipLines } from "#reports/terminal-tables";

export interface TerminalOptions {
  readonly pages: LawPages;
  readonly colour: boolean;
  readonly verbose: boolean;
  /** The command that repeats the run. */
  readonly rerun: string | null;
}

export function toTerminal(report: Report, { pages, colour, verbose, rerun }: TerminalOptions): string {
  const paint = pico.createColors(colour);
  const view = { pages, paint, verbose, subjects: report.subjects };
  const groups = faultGroups(report, pages);
  const broken = groups.filter(({ documented }) => documented === null);
  const expected = groups.filter(({ documented }) => documented !== null);
  const blocks: string[] = [];
  if (report.run.interrupted) blocks.push(paint.yellow("Interrupted: what was not begun is untested."));
  blocks.push(...broken.map((group) => faultText(group, view)));
  if (verbose) {
    const implied = faultGroups(report, pages, true);
    if (implied.length > 0) blocks.push(paint.bold("Implied by the above"), ...implied.map((group) => faultText(group, view)));
  }
  if (expected.length > 0) blocks.push(paint.bold("Documented deviations"), ...expected.map((group) => faultText(group, view)));
  for (const subject of report.subjects) blocks.push(subjectText(report, subject, paint, verbose));
  const devices = deviceTable(report, paint, verbose);
  if (devices !== null) blocks.push(devices);
  blocks.push([...powerLines(report, verbose), ...runLines(report, rerun)].join("\n"), summaryLine(report, broken.length, paint));
  return `${blocks.join("\n\n")}\n`;
}

function subjectText(report: Report, subject: SubjectReport, paint: Paint, verbose: boolean): string {
  const own = report.verdicts.filter((verdict) => verdict.subject === subject.id);
  const runtime = ["python", "torch", "numpy", "backend"].flatMap((name) =>
    subject.runtime[name] === undefined ? [] : [`${name} ${subject.runtime[name]}`],
  );
  const version = subject.version === null || subject.id.includes(subject.version) ? "" : ` ${subject.version}`;
  const lines = [`${paint.bold(subject.id)}${version}${runtime.length === 0 ? "" : paint.dim(`  ${runtime.join(", ")}`)}`];
  lines.push(...reasonLines(own, "error", verbose), ...reasonLines(own, "inconclusive", verbose));
  if (own.some(({ unit }) => unit !== "*")) lines.push(classTable(own, paint));
  const covered = coverageText(subject, paint, verbose);
  if (covered !== "") lines.push(covered);
  lines.push(...skipLines(own, verbose));
  return lines.join("\n");
}

function runLines(report: Report, rerun: string | null): readonly string[] {
  const { run } = report;
  const facts = [
    `seed ${run.seed}`,
    `effort ${run.effort}`,
    `false-alarm budget ${run.falseAlarmBudget}`,
    `${(run.durationMs / 1000).toFixed(1)} s`,
  ];
  if (run.shard !== null) facts.push(`shard ${run.shard}`);
  // The command stays on one line: it is copied.
  return [field("run", facts.join(", ")), ...(rerun === null ? [] : [`  again      ${rerun}`])];
}

function summaryLine(report: Report, faults: number, paint: Paint): string {
  const { summary } = report;
  const implied = report.verdicts.filter(({ status, impliedBy }) => status === "violated" && impliedBy.length > 0).length;
  const documented = report.verdicts.filter(({ status, documented }) => status === "violated" && documented !== null).length;
  const words: string[] = [];
  if (summary.violated > 0) {
    const notes = [implied > 0 ? `${implied} implied` : "", documented > 0 ? `${documented} documented` : ""].filter((note) => note !== "");
    words.push(paint.red(`${summary.violated} violated${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`));
  }
  const failed = report.controls.filter(({ expected, got }) => expected !== got).length;
  if (failed > 0) words.push(paint.red(`${counted(failed, "control")} failed`));
  if (summary.error > 0) words.push(paint.red(counted(summary.error, "error")));
  if (summary.inconclusive > 0) words.push(paint.yellow(`${summary.inconclusive} inconclusive`));
  words.push(paint.green(`${summary.holds} hold`));
  if (summary.unsupported > 0) words.push(`${summary.unsupported} unsupported`);
  if (summary.untested > 0) words.push(`${summary.untested} untested`);
  return `${faults === 0 ? "" : `${paint.bold(paint.red(counted(faults, "fault")))}: `}${words.join(", ")}`;
}
