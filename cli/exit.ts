/**
 * # Exit codes
 */
import type { ControlReport, Report, Status } from "#properties/engine/verdict";

export const exit = {
  /** Nothing unexpected. */
  expected: 0,
  /** Something that `--fail-on` names. */
  unexpected: 1,
  /** The command line or a file is unusable. */
  unusable: 2,
  /** No violation, but nothing is known about some law, or a control was not rejected. */
  unknown: 3,
  /** No law, unit or subject matched. */
  unmatched: 5,
  interrupted: 130,
} as const;

export const exitHelp = `
Exit codes
  0    nothing unexpected
  1    a verdict that --fail-on names (documented deviations do not count)
  2    unusable command line, subject or file; also a report that could not be written
  3    no such verdict, but one is "error", or a law failed its own controls
  5    no law or unit matched
  130  interrupted; the reports hold what was found until then`;

export type FailOn = Extract<Status, "violated" | "inconclusive" | "error">;

export const failOnNames: readonly FailOn[] = ["violated", "inconclusive", "error"];

function failedControls(report: Report): readonly ControlReport[] {
  return report.controls.filter(({ expected, got }) => expected !== got);
}

export function exitCodeOf(report: Report, failOn: readonly FailOn[]): number {
  if (report.run.interrupted) return exit.interrupted;
  const counts = report.verdicts.some(
    ({ status, documented }) =>
      (status === "violated" && documented === null && failOn.includes("violated")) ||
      (status === "inconclusive" && failOn.includes("inconclusive")),
  );
  if (counts) return exit.unexpected;
  return report.summary.error > 0 || failedControls(report).length > 0 ? exit.unknown : exit.expected;
}
