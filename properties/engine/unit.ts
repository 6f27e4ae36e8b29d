/**
 * # One unit against all laws
 */

import { closeCells, openCell, type Room } from "#properties/engine/cell";
import { firstLine } from "#properties/engine/conversation";
import type { Effort } from "#properties/engine/effort";
import { finiteLaw } from "#properties/engine/fault";
import { sharing, sharingNow } from "#properties/engine/memory";
import { planOf } from "#properties/engine/plan";
import type { Coverage, Verdict } from "#properties/engine/verdict";
import { blank, type Checked } from "#properties/engine/verdicts";
import type { Arithmetic } from "#spec/ask";
import type { AnyLaw } from "#spec/law";
import { type Role, roleMethods } from "#spec/roles";
import type { Answerer, Configuration, Outcome, Question, SubjectSpec, UnitSpec } from "#subjects/answerer";

export interface UnitJob {
  readonly subject: Answerer;
  readonly spec: SubjectSpec;
  readonly unit: UnitSpec;
  readonly laws: readonly AnyLaw[];
  /** What the laws' own controls came to: waited for before anything is said, and not before anything is asked. */
  readonly checked: Promise<Checked>;
  readonly seed: number;
  readonly effort: Effort;
  readonly stopped: () => boolean;
  readonly onCell: (law: string, unit: string, cases: number) => void;
}

export interface UnitResult {
  readonly verdicts: readonly Verdict[];
  readonly coverage: Coverage | null;
  /** Facts at the defaults, in words. */
  readonly conventions: string;
}

export async function verifyUnit(job: UnitJob): Promise<UnitResult> {
  const { subject, unit, spec, laws, seed, effort } = job;
  const put = sharing((question) => (unit.methods.includes(question.method) ? subject.answer(question) : Promise.resolve(lacks(question))));
  const ask = (question: Question): Promise<Outcome> => put.ask(question);
  const arithmetic: Arithmetic = spec.arithmetics[0] ?? "f64";
  const supported = laws.filter((law) => lacking(law, unit) === null);
  const unsupported = async (): Promise<readonly Verdict[]> => {
    const checked = await job.checked;
    const without = laws.filter((law) => lacking(law, unit) !== null);
    return without.map((law) => blank(job, checked, law, "unsupported", lacking(law, unit)));
  };
  if (supported.length === 0) return { verdicts: await unsupported(), coverage: null, conventions: "" };
  const plan = await planOf(unit, seed, effort.cases, (config) => refusal(config, unit, arithmetic, ask));
  const conventions = await conventionsOf(unit, arithmetic, ask);
  if (plan.configurations.length === 0) {
    const outcome = await ask({ unit: unit.name, config: {}, method: "facts", args: {}, arithmetic, fresh: false });
    const reason = "trouble" in outcome ? `${outcome.trouble.type}: ${firstLine(outcome.trouble.message)}` : "no configuration is accepted";
    const stage = "trouble" in outcome ? outcome.trouble.stage : null;
    const checked = await job.checked;
    const verdicts = supported.map((law) => ({ ...blank(job, checked, law, "error", reason), stage }));
    return { verdicts: [...(await unsupported()), ...verdicts], coverage: plan.coverage, conventions };
  }
  const now = subject.now === undefined ? null : sharingNow(subject.now);
  const room: Room = { job, plan, ask, now, watched: supported.some(({ id }) => id === finiteLaw) };
  const opened = await Promise.all(supported.map((law) => openCell(room, law, law.unpromoted === true ? plainOf(spec) : arithmetic)));
  const verdicts = await closeCells(room, opened, await job.checked);
  return { verdicts: [...(await unsupported()), ...verdicts], coverage: plan.coverage, conventions };
}

const lacks = ({ unit, method }: Question): Outcome => ({
  trouble: { kind: "absent", type: "Absent", message: `${unit} has no ${method}`, stage: "call" },
});

const plainOf = (spec: SubjectSpec): Arithmetic => (spec.arithmetics.includes("f32") ? "f32" : (spec.arithmetics[0] ?? "f64"));

/** The first role of which the unit has no method; null when it has them all. */
export function lacking(law: AnyLaw, unit: UnitSpec): string | null {
  const missing = law.roles.find((role: Role) => !roleMethods[role].some((method) => unit.methods.includes(method)));
  return missing === undefined ? null : `offers no ${missing} (${roleMethods[missing].join(", ")})`;
}

/** Constructs, sets up and steps once: the words with which the subject refuses a configuration, or null. */
async function refusal(
  config: Configuration,
  unit: UnitSpec,
  arithmetic: Arithmetic,
  ask: (question: Question) => Promise<Outcome>,
): Promise<string | null> {
  const base = { unit: unit.name, config, arithmetic, fresh: false };
  const facts = await ask({ ...base, method: "facts", args: {} });
  if ("trouble" in facts) return facts.trouble.kind === "refused" ? firstLine(facts.trouble.message) : null;
  if (!unit.methods.includes("run")) return null;
  const probe = await ask({ ...base, method: "run", args: probeArguments });
  return "trouble" in probe && probe.trouble.kind === "refused" ? firstLine(probe.trouble.message) : null;
}

const one = { dtype: "f64", shape: [1], data: Float64Array.of(1) } as const;
const probeArguments = {
  start: { dtype: "f64", shape: [6], data: Float64Array.of(0.5, -0.25, 1, 0, 0.125, -1) },
  oracle: { name: "affine", slope: 0.1, intercept: 0 },
  alpha: one,
  sigma: one,
  p: one,
  q: one,
  first: 0,
  count: 1,
  draws: { mode: "none" },
  state: "fresh",
} as const;

async function conventionsOf(unit: UnitSpec, arithmetic: Arithmetic, ask: (question: Question) => Promise<Outcome>): Promise<string> {
  const outcome = await ask({ unit: unit.name, config: {}, method: "facts", args: {}, arithmetic, fresh: false });
  if ("trouble" in outcome) return "";
  const { level, output, time } = outcome.answer;
  const kind = typeof time === "object" && time !== null && "kind" in time ? String(time["kind"]) : "?";
  return `levels ${String(level)}, output ${String(output ?? "none")}, times by ${kind}`;
}
