/**
 * # merge
 *
 * Puts the reports of shards together. What follows from what is computed anew, so that shards tell as much as one run.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { FailOn } from "#cli/exit";
import { exit, exitCodeOf } from "#cli/exit";
import type { Io } from "#cli/io";
import { lawPages } from "#cli/law-page";
import { checkFiles, writeReports } from "#cli/reporters";
import { failOnOf, type ReporterFlags, reportersOf } from "#cli/verify-options";
import { properties } from "#properties/all";
import { finiteLaw } from "#properties/engine/fault";
import { finalise, spent, summaryOf } from "#properties/engine/finalise";
import type { Report, RunInfo, SubjectReport, Verdict } from "#properties/engine/verdict";
import { fromJson } from "#reports/json";
import { SpecError } from "#spec/error";

export interface MergeFlags extends ReporterFlags {
  readonly failOn: string;
  readonly verbose?: boolean;
}

export async function mergeCommand(files: readonly string[], flags: MergeFlags, io: Io): Promise<number> {
  const reporters = reportersOf(flags.reporter);
  const failOn: readonly FailOn[] = failOnOf(flags.failOn);
  const report = merge(files.map((file) => readReport(file, io.cwd)));
  checkFiles(reporters, io.cwd);
  const failed = writeReports(report, reporters, { pages: lawPages(properties), verbose: flags.verbose === true, rerun: null }, io);
  for (const error of failed) io.err(`lawbook: ${error.message}\n`);
  return failed.length > 0 ? exit.unusable : exitCodeOf(report, failOn);
}

/** A report from a file. Throws with the file's name where it is none. */
export function readReport(file: string, cwd: string): Report {
  try {
    return fromJson(readFileSync(path.resolve(cwd, file), "utf8"));
  } catch (cause) {
    const why =
      cause instanceof SyntaxError
        ? "no JSON"
        : cause instanceof Error
          ? cause.message.replace(/^([A-Z]+): (.*?), open .*$/, "$2")
          : String(cause);
    throw new SpecError("bad-argument", `${file}: ${why}`, { cause, hint: "lawbook verify … --reporter json=FILE writes reports" });
  }
}

/** Reports of one run's shards, or of runs over different subjects, as one. */
export function merge(reports: readonly Report[]): Report {
  const [first] = reports;
  if (first === undefined) throw new SpecError("bad-argument", "merge: no report is given");
  for (const { run } of reports) checkAlike(first.run, run);
  const missing = missingShards(reports);
  if (missing.length > 0)
    throw new SpecError("bad-argument", `merge: shards ${missing.join(", ")} are missing`, { hint: "give the reports of all shards" });
  const verdicts = onceEach(reports.flatMap((report) => report.verdicts));
  const laws = properties.map(({ law }) => law);
  const final = finalise(verdicts.map(withoutBorrowed), laws);
  const controls = new Map(
    reports.flatMap((report) => report.controls).map((control) => [`${control.law}|${control.expected}|${control.name}`, control]),
  );
  const order = (law: string): number => laws.findIndex(({ id }) => id === law);
  return {
    schema: first.schema,
    run: {
      ...first.run,
      startedAt: reports.map(({ run }) => run.startedAt).sort()[0] ?? first.run.startedAt,
      durationMs: reports.reduce((sum, { run }) => sum + run.durationMs, 0),
      interrupted: reports.some(({ run }) => run.interrupted),
      shard: null,
      falseAlarmSpent: spent(final),
    },
    subjects: mergedSubjects(reports.flatMap((report) => report.subjects)),
    verdicts: final,
    controls: [...controls.values()].sort((a, b) => order(a.law) - order(b.law)),
    summary: summaryOf(final),
  };
}

function checkAlike(a: RunInfo, b: RunInfo): void {
  const facts = (run: RunInfo): Readonly<Record<string, string>> => ({
    seed: String(run.seed),
    effort: run.effort,
    lawbook: run.versions["lawbook"] ?? "unknown",
  });
  const [first, other] = [facts(a), facts(b)];
  for (const [name, value] of Object.entries(first))
    if (other[name] !== value)
      throw new SpecError("bad-argument", `merge: the reports are of different runs: ${name} ${value} and ${other[name]}`);
}

/** Of every cut that the reports name, the parts that nobody gives. */
function missingShards(reports: readonly Report[]): readonly string[] {
  const given = new Set(reports.flatMap(({ run }) => (run.shard === null ? [] : [run.shard])));
  const counts = new Set([...given].map((shard) => Number(shard.split("/")[1])));
  return [...counts].flatMap((count) => Array.from({ length: count }, (_, k) => `${k + 1}/${count}`).filter((shard) => !given.has(shard)));
}

function onceEach(verdicts: readonly Verdict[]): readonly Verdict[] {
  const seen = new Set<string>();
  return verdicts.filter((verdict) => {
    const key = `${verdict.subject} ${verdict.unit} ${verdict.law}`;
    if (seen.has(key) && verdict.unit !== "*")
      throw new SpecError("bad-argument", `merge: two reports judge ${verdict.law} on ${verdict.unit} of ${verdict.subject}`, {
        hint: "give each report once",
      });
    const fresh = !seen.has(key);
    seen.add(key);
    return fresh;
  });
}

/** Without the faults that a shard's own laws lent to `metamorphic.finite`: all shards lend them again, in one order. */
function withoutBorrowed(verdict: Verdict): Verdict {
  if (verdict.law !== finiteLaw) return verdict;
  return { ...verdict, faults: verdict.faults.filter(({ message }) => !message.includes("[met by ")) };
}

function mergedSubjects(parts: readonly SubjectReport[]): readonly SubjectReport[] {
  const merged = new Map<string, SubjectReport>();
  for (const part of parts) {
    const known = merged.get(part.id);
    if (known === undefined) merged.set(part.id, part);
    else {
      const coverage = new Map([...known.coverage, ...part.coverage].map((one) => [one.unit, one]));
      merged.set(part.id, {
        ...known,
        conventions: { ...known.conventions, ...part.conventions },
        coverage: [...coverage.values()].sort((a, b) => (a.unit < b.unit ? -1 : 1)),
      });
    }
  }
  return [...merged.values()];
}
