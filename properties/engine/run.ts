/**
 * # A run
 *
 * Subjects × units × laws: every unit, several at a time. The controls of laws that some unit can be held to run beside them, and no
 * verdict is given before they are through.
 * Results depend on the seed alone.
 */

import { falseAlarmBudget } from "#properties/engine/budget";
import { checkControls } from "#properties/engine/controls";
import type { Effort } from "#properties/engine/effort";
import { finalise, spent, summaryOf } from "#properties/engine/finalise";
import type { Property } from "#properties/engine/property";
import { dearestFirst, type Shard, shardOf } from "#properties/engine/shard";
import { lacking, type UnitJob, type UnitResult, verifyUnit } from "#properties/engine/unit";
import type { ControlReport, Report, RunInfo, SubjectReport, Verdict } from "#properties/engine/verdict";
import { blank, type Checked, checkedFrom } from "#properties/engine/verdicts";
import type { Answerer, SubjectSpec, UnitSpec } from "#subjects/answerer";

export interface Selection {
  readonly properties: readonly Property[];
  readonly unit: (name: string) => boolean;
}

export interface Progress {
  /** All cells are known: `total` of them. */
  readonly begin: (subject: string, total: number) => void;
  readonly cell: (law: string, unit: string, cases: number) => void;
  readonly note: (text: string) => void;
}

export interface RunPlan {
  readonly subjects: readonly Answerer[];
  readonly selection: Selection;
  /** Who checks the controls; this process where nobody is named. */
  readonly controls?: (properties: readonly Property[]) => Promise<readonly ControlReport[]>;
  readonly seed: number;
  readonly effort: Effort;
  /** Units under way at once, per subject. */
  readonly parallel: number;
  readonly shard: Shard | null;
  readonly costs: Readonly<Record<string, number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly device: Readonly<Record<string, string>>;
  /** True from the moment the run should end: what is not begun stays untested. */
  readonly stopped: () => boolean;
  readonly interrupted: () => boolean;
  readonly progress: Progress;
  /** Who holds a unit to the laws; this process where nobody is named. */
  readonly unit?: (job: UnitJob) => Promise<UnitResult>;
}

/** What a run needs beside subjects, laws and effort, where nobody shards it, watches it or ends it. */
export const unattended: Omit<RunPlan, "subjects" | "selection" | "effort"> = {
  seed: 1,
  parallel: 1,
  shard: null,
  costs: {},
  versions: {},
  device: {},
  stopped: () => false,
  interrupted: () => false,
  progress: { begin: () => undefined, cell: () => undefined, note: () => undefined },
};

export async function verify(plan: RunPlan): Promise<Report> {
  const startedAt = new Date();
  const started = performance.now();
  const { properties } = plan.selection;
  const described = plan.subjects.map((subject) => describe(subject));
  const controls = Promise.all(described).then((specs) => (plan.controls ?? checkControls)(askedOf(plan.selection, specs)));
  const checked = controls.then(checkedFrom);
  // Whoever waits for them says what is wrong with them.
  checked.catch(() => undefined);
  const subjects: SubjectReport[] = [];
  const verdicts: Verdict[] = [];
  for (const [k, subject] of plan.subjects.entries()) {
    const spec = await described[k];
    if (spec === undefined) continue;
    if (spec instanceof Error) {
      // Every law is `error`, with the reason and stage.
      const none = await checked;
      verdicts.push(
        ...properties.map(({ law }) => ({ ...blank({ subject, unit: nobody }, none, law, "error", spec.message), stage: "import" })),
      );
      subjects.push({
        id: subject.id,
        asked: subject.asked,
        name: subject.asked,
        version: null,
        runtime: {},
        conventions: {},
        coverage: [],
      });
      continue;
    }
    const results = await unitsOf(plan, subject, spec, checked);
    verdicts.push(...results.flatMap(({ result }) => result.verdicts));
    subjects.push({
      id: subject.id,
      asked: subject.asked,
      name: spec.name,
      version: spec.version,
      runtime: spec.runtime,
      conventions: Object.fromEntries(
        results.filter(({ result }) => result.conventions !== "").map(({ unit, result }) => [unit.name, result.conventions]),
      ),
      coverage: results.flatMap(({ result }) => (result.coverage === null ? [] : [result.coverage])),
    });
  }
  const final = finalise(
    verdicts,
    properties.map(({ law }) => law),
  );
  const run: RunInfo = {
    seed: plan.seed,
    effort: plan.effort.name,
    startedAt: startedAt.toISOString(),
    durationMs: Math.round(performance.now() - started),
    interrupted: plan.interrupted(),
    shard: plan.shard === null ? null : `${plan.shard.index}/${plan.shard.count}`,
    falseAlarmBudget,
    falseAlarmSpent: spent(final),
    versions: plan.versions,
    device: plan.device,
  };
  return { schema: "lawbook/report@1", run, subjects, verdicts: final, controls: await controls, summary: summaryOf(final) };
}

/** The properties whose law some unit offers all roles of, whichever shard it belongs to. */
function askedOf({ properties, unit }: Selection, specs: readonly (SubjectSpec | Error)[]): readonly Property[] {
  const units = specs.flatMap((spec) => (spec instanceof Error ? [] : spec.units)).filter(({ name }) => unit(name));
  return properties.filter(({ law }) => units.some((one) => lacking(law, one) === null));
}

async function describe(subject: Answerer): Promise<SubjectSpec | Error> {
  try {
    return await subject.describe();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Stands for the units of a subject that did not come to say which it has. */
const nobody = { name: "*", source: null, deviates: [] };

interface Done {
  readonly unit: UnitSpec;
  readonly result: UnitResult;
}

async function unitsOf(plan: RunPlan, subject: Answerer, spec: SubjectSpec, checked: Promise<Checked>): Promise<readonly Done[]> {
  const laws = plan.selection.properties.map(({ law }) => law);
  const selected = spec.units.filter(({ name }) => plan.selection.unit(name));
  const mine =
    plan.shard === null
      ? null
      : shardOf(
          selected.map(({ name }) => name),
          plan.costs,
          plan.shard,
        );
  const units = selected.filter(({ name }) => mine === null || mine.has(name));
  const order = dearestFirst(units, plan.costs);
  plan.progress.begin(subject.id, units.length * laws.length);
  const done: Done[] = [];
  let next = 0;
  async function lane(): Promise<void> {
    for (let unit = order[next++]; unit !== undefined; unit = order[next++]) {
      const result = await (plan.unit ?? verifyUnit)({
        subject,
        spec,
        unit,
        laws,
        checked,
        seed: plan.seed,
        effort: plan.effort,
        stopped: plan.stopped,
        onCell: plan.progress.cell,
      });
      subject.release?.(unit.name);
      done.push({ unit, result });
    }
  }
  await Promise.all(Array.from({ length: plan.parallel }, lane));
  return done.sort((a, b) => (a.unit.name < b.unit.name ? -1 : 1));
}
