/**
 * # verify
 */

import { costs } from "#cli/costs";
import { type Crew, crewOf, crewPossible } from "#cli/crew";
import { exit, exitCodeOf } from "#cli/exit";
import type { Io } from "#cli/io";
import { lawPages } from "#cli/law-page";
import { chosen, matches, unknown } from "#cli/names";
import { controlNamed, nameOfControl, openSubject, usualWorkers } from "#cli/open";
import { progress, type Shown } from "#cli/progress";
import { checkFiles, writeReports } from "#cli/reporters";
import { type VerifyFlags, type VerifyPlan, verifyPlan } from "#cli/verify-options";
import { device, versions } from "#cli/version";
import { backendNames, located } from "#impl/backend/place";
import { properties } from "#properties/all";
import type { Property } from "#properties/engine/property";
import { verify } from "#properties/engine/run";
import { type UnitJob, verifyUnit } from "#properties/engine/unit";
import type { Report } from "#properties/engine/verdict";
import { SpecError } from "#spec/error";
import type { Answerer, SubjectSpec } from "#subjects/answerer";
import { cacheRoot } from "#subjects/environment";

export async function verifyCommand(asked: readonly string[], flags: VerifyFlags, io: Io): Promise<number> {
  const plan = verifyPlan(flags);
  const control = flags.control === undefined ? null : controlNamed(flags.control, properties);
  if (control !== null && asked.length > 0)
    throw new SpecError("bad-argument", "--control runs a wrong version in place of a subject: name one or the other");
  const byPattern = new Set(
    chosen(
      plan.laws,
      properties.map(({ law }) => law.id),
      "law",
    ),
  );
  const selected = control === null ? properties.filter(({ law }) => byPattern.has(law.id)) : [control.property];
  if (selected.length === 0) return nothing(io, `no law matches ${plan.laws.join(",")}`);
  const shown = progress(io);
  let interrupted = false;
  const stopListening = io.onInterrupt(() => {
    interrupted = true;
    shown.note("interrupted: finishing what is under way; press Ctrl-C again to leave at once");
  });
  checkFiles(plan.reporters, io.cwd);
  if (control !== null) io.err(`${nameOfControl(control.property, control.control)}: ${control.control.because}\n`);
  const names =
    control !== null
      ? [nameOfControl(control.property, control.control)]
      : onBackends(asked.length === 0 ? ["builtin"] : [...new Set(asked)], flags);
  const crew = crewFor(names, selected, plan);
  const subjects = (await openAll(names, flags, plan, shown.note)).map((subject) => describedBy(crew, subject));
  try {
    const described = await Promise.all(subjects.map(describedOrNull));
    const units = described.flatMap((spec) => spec?.units.map(({ name }) => name) ?? []);
    checkUnits(plan.units, units, described.includes(null));
    const unit = (name: string): boolean => plan.units.some((pattern) => matches(pattern, name));
    if (!described.includes(null) && !units.some(unit)) return nothing(io, `no unit matches ${plan.units.join(",")}`);
    const report = withOptions(await run(subjects, selected, unit, plan, shown, () => interrupted, crew), flags);
    const failed = writeReports(
      report,
      plan.reporters,
      { pages: lawPages(properties), verbose: flags.verbose === true, rerun: rerun(names, flags, control !== null) },
      io,
    );
    for (const error of failed) io.err(`lawbook: ${error.message}\n`);
    return failed.length > 0 ? exit.unusable : exitCodeOf(report, plan.failOn);
  } finally {
    stopListening();
    shown.end();
    crew?.close();
    await Promise.all(subjects.map((subject) => subject.close()));
  }
}

/** `builtin` as the backends that were asked for. */
function onBackends(names: readonly string[], { backend, allBackends }: VerifyFlags): readonly string[] {
  const chosen = allBackends === true ? backendNames.filter((name) => name === "cpu" || located(name, cacheRoot()) !== null) : [backend];
  return names.flatMap((name) => (name === "builtin" ? chosen.map((one) => (one === undefined ? name : `${name}:${one}`)) : [name]));
}

function nothing(io: Io, why: string): number {
  io.err(`lawbook: ${why}; nothing was judged\n`);
  return exit.unmatched;
}

/** Fewer laws than these are judged before a helper has started. */
const lawsThatPay = 32;

const ours = (name: string): boolean => name === "builtin" || name.startsWith("builtin:");

/** Helpers where our own code is asked for much; other subjects have processes of their own. */
function crewFor(names: readonly string[], selected: readonly Property[], { workers = usualWorkers() }: VerifyPlan): Crew | null {
  return crewPossible && workers > 1 && selected.length >= lawsThatPay && names.some(ours) ? crewOf(workers) : null;
}

/** Helpers answer for our own code; what they have described need not be loaded here. */
const describedBy = (crew: Crew | null, subject: Answerer): Answerer =>
  crew === null || !ours(subject.asked) ? subject : { ...subject, describe: () => crew.describe(subject.asked) };

/** All of them, or none: where one cannot be made ready, the others are closed again. */
async function openAll(
  names: readonly string[],
  { like, python }: VerifyFlags,
  { workers }: VerifyPlan,
  note: (text: string) => void,
): Promise<readonly Answerer[]> {
  const opened: Answerer[] = [];
  try {
    for (const name of names)
      opened.push(
        await openSubject(name, properties, {
          note,
          ...(like === undefined ? {} : { like }),
          ...(python === undefined ? {} : { python }),
          ...(workers === undefined ? {} : { workers }),
        }),
      );
    return opened;
  } catch (error) {
    await Promise.all(opened.map((subject) => subject.close()));
    throw error;
  }
}

/** Null where it could not be loaded: the run says so in its verdicts. */
const describedOrNull = (subject: Answerer): Promise<SubjectSpec | null> => subject.describe().catch(() => null);

function checkUnits(patterns: readonly string[], units: readonly string[], open: boolean): void {
  for (const pattern of patterns)
    if (!open && !pattern.includes("*") && !units.some((name) => matches(pattern, name)))
      throw unknown("unit", pattern, units, "lawbook list units SUBJECT names them");
}

/** Holds the subjects to the laws, as the plan says. */
export async function run(
  subjects: readonly Answerer[],
  selected: readonly Property[],
  unit: (name: string) => boolean,
  plan: VerifyPlan,
  shown: Shown,
  interrupted: () => boolean,
  crew: Crew | null = null,
): Promise<Report> {
  const started = performance.now();
  const overtime = (): boolean => plan.maxSeconds !== null && performance.now() - started > plan.maxSeconds * 1000;
  const report = await verify({
    subjects,
    selection: { properties: selected, unit },
    seed: plan.seed,
    effort: plan.effort,
    // More than there are workers, so that none waits for this process.
    parallel: 4 * (plan.workers ?? usualWorkers()),
    shard: plan.shard,
    costs,
    ...(crew === null
      ? {}
      : { controls: crew.controls, unit: (job: UnitJob) => (ours(job.subject.asked) ? crew.unit(job) : verifyUnit(job)) }),
    versions: versions(),
    device: device(),
    stopped: () => interrupted() || overtime(),
    interrupted,
    progress: shown,
  });
  shown.end();
  return report;
}

/** A token says which subject was asked; how it was reached belongs to the line that replays it. */
function withOptions(report: Report, { like, python }: VerifyFlags): Report {
  const options = [like === undefined ? "" : ` --like ${quoted(like)}`, python === undefined ? "" : ` --python ${quoted(python)}`].join("");
  if (options === "") return report;
  const verdicts = report.verdicts.map((verdict) => ({
    ...verdict,
    faults: verdict.faults.map((fault) => ({ ...fault, replay: fault.replay + options })),
  }));
  return { ...report, verdicts };
}

const quoted = (text: string): string => (/^[\w./:=@+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** The command that repeats this run. */
function rerun(names: readonly string[], flags: VerifyFlags, isControl: boolean): string {
  const words = ["lawbook", "verify", ...(isControl ? [] : names)];
  const given: readonly (readonly [string, string | undefined])[] = [
    ["--control", flags.control],
    ["--like", flags.like],
    ["--python", flags.python],
    ["--laws", flags.laws],
    ["--units", flags.units],
    ["--effort", flags.effort === "standard" ? undefined : flags.effort],
    ["--seed", flags.seed],
    ["--shard", flags.shard],
  ];
  for (const [name, value] of given) if (value !== undefined) words.push(name, value);
  return words.map(quoted).join(" ");
}
