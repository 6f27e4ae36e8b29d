/**
 * Writes reports: to standard output, or to files that are tried before the run begins.
 */
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import path from "node:path";
import { coloured, type Io } from "#cli/io";
import type { ReporterChoice } from "#cli/verify-options";
import type { Report } from "#properties/engine/verdict";
import { toJson } from "#reports/json";
import { toJunit } from "#reports/junit";
import type { LawPages } from "#reports/law-page";
import { toTerminal } from "#reports/terminal";
import { SpecError } from "#spec/error";

export interface View {
  readonly pages: LawPages;
  readonly verbose: boolean;
  readonly rerun: string | null;
}

/** Throws `report-unwritable` for a file that cannot be opened, before an hour of work is spent on it. */
export function checkFiles(reporters: readonly ReporterChoice[], cwd: string): void {
  for (const { file } of reporters) {
    if (file === null) continue;
    const target = path.resolve(cwd, file);
    try {
      mkdirSync(path.dirname(target), { recursive: true });
      closeSync(openSync(target, "a"));
    } catch (cause) {
      throw unwritable(file, cause);
    }
  }
}

/** Writes all that can be written; what could not comes back. */
export function writeReports(report: Report, reporters: readonly ReporterChoice[], view: View, io: Io): readonly SpecError[] {
  const failed: SpecError[] = [];
  // Files first: whoever reads the screen may act on them.
  for (const { name, file } of [...reporters].sort((a, b) => Number(a.file === null) - Number(b.file === null))) {
    const text = render(name, report, view, file === null && coloured(io));
    if (file === null) {
      io.out(text);
      continue;
    }
    try {
      writeFileSync(path.resolve(io.cwd, file), text);
    } catch (cause) {
      failed.push(unwritable(file, cause));
    }
  }
  return failed;
}

function render(name: ReporterChoice["name"], report: Report, view: View, colour: boolean): string {
  switch (name) {
    case "terminal":
      return toTerminal(report, { ...view, colour });
    case "json":
      return toJson(report);
    case "junit":
      return toJunit(report, view.pages);
    default:
      return name satisfies never;
  }
}

function unwritable(file: string, cause: unknown): SpecError {
  const why = cause instanceof Error ? cause.message.replace(/^[A-Z]+: /, "").replace(/, (open|write|mkdir).*$/, "") : String(cause);
  return new SpecError("report-unwritable", `the report ${file} could not be written: ${why}`, {
    cause,
    hint: "name another file, or make room",
  });
}
