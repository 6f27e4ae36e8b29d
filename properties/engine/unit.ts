/**
 * # One unit against all laws
 */
import type { Arithmetic } from "#spec/ask";
import type { AnyLaw } from "#spec/law";
import { type Role, roleMethods } from "#spec/roles";
import type { Answerer, Configuration, Outcome, Question, SubjectSpec, UnitSpec } from "#subjects/answerer";
import { alternatives } from "#properties/engine/alternatives";
import { type Drawn, draw } from "#properties/engine/cases";
import { type Talk, converse, converseNow, firstLine } from "#properties/engine/conversation";
import type { Effort } from "#properties/engine/effort";
import { type Found, contains, findIn, fingerprint, nothingFound, optionKey } from "#properties/engine/fault";
import { formatOf } from "#properties/engine/judge";
import { sharing } from "#properties/engine/memory";
import { type Plan, planOf } from "#properties/engine/plan";
import { bitsLost } from "#properties/engine/precision";
import { type Culprit, type Tried, culprits } from "#properties/engine/search";
import { caseToJson, encodeToken } from "#properties/engine/token";
import type { Coverage, Fault, Verdict } from "#properties/engine/verdict";

export interface UnitJob {
  readonly subject: Answerer;
  readonly spec: SubjectSpec;
  readonly unit: UnitSpec;
  readonly laws: readonly AnyLaw[];
  /** Laws whose controls were not all as they must be: their verdicts are worth nothing. */
  readonly broken: ReadonlySet<string>;
  readonly controlsRun: Readonly<Record<string, { readonly run: number; readonly rejected: number }>>;
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
  const put = sharing((question) => subject.answer(question));
  const ask = (question: Question): Promise<Outcome> => put.ask(question);
  const arithmetic: Arithmetic = spec.arithmetics[0] ?? "f64";
  const supported = laws.filter((law) => lacking(law, unit) === null);
  const unsupported = laws.filter((law) => lacking(law, unit) !== null).map((law) => blank(job, law, "unsupported", lacking(law, unit)));
  if (supported.length === 0) return { verdicts: unsupported, coverage: null, conventions: "" };
  const plan = await planOf(unit, seed, effort.cases, (config) => refusal(config, unit, arithmetic, ask));
  const conventions = await conventionsOf(unit, arithmetic, ask);
  if (plan.configurations.length === 0) {
    const outcome = await ask({ unit: unit.name, config: {}, method: "facts", args: {}, arithmetic, fresh: false });
    const reason = "trouble" in outcome ? `${outcome.trouble.type}: ${firstLine(outcome.trouble.message)}` : "no configuration is accepted";
    const stage = "trouble" in outcome ? outcome.trouble.stage : null;
    const verdicts = supported.map((law) => ({ ...blank(job, law, "error", reason), stage }));
    return { verdicts: [...unsupported, ...verdicts], coverage: plan.coverage, conventions };
  }
  const verdicts = await Promise.all(supported.map((law) => cell(job, law, plan, law.unpromoted === true ? plainOf(spec) : arithmetic, ask)));
  return { verdicts: [...unsupported, ...verdicts], coverage: plan.coverage, conventions };
}

const plainOf = (spec: SubjectSpec): Arithmetic => (spec.arithmetics.includes("f32") ? "f32" : (spec.arithmetics[0] ?? "f64"));

/** The first role of which the unit has no method; null when it has them all. */
function lacking(law: AnyLaw, unit: UnitSpec): string | null {
  const missing = law.roles.find((role: Role) => !roleMethods[role].some((method) => unit.methods.includes(method)));
  return missing === undefined ? null : `offers no ${missing} (${roleMethods[missing].join(", ")})`;
}

/** Constructs, sets up and steps once: the words with which the subject refuses a configuration, or null. */
async function refusal(config: Configuration, unit: UnitSpec, arithmetic: Arithmetic, ask: (question: Question) => Promise<Outcome>): Promise<string | null> {
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

async function cell(job: UnitJob, law: AnyLaw, plan: Plan, arithmetic: Arithmetic, ask: (question: Question) => Promise<Outcome>): Promise<Verdict> {
  const { unit, subject, effort, seed } = job;
  if (job.stopped()) return blank(job, law, "untested", "the run ended before this law's turn");
  const started = performance.now();
  const held: Talk[] = [];
  const discuss = (config: Configuration, drawn: Drawn, mode: Arithmetic = arithmetic): Promise<Talk> | Talk => {
    const setting = { unit: unit.name, config, arithmetic: mode };
    return subject.now === undefined ? converse(law, drawn.value, setting, ask) : converseNow(law, drawn.value, setting, subject.now);
  };
  const leftOut = (config: Configuration): boolean => unit.excluded.some(({ options }) => contains(config, options, unit.options));
  const attempt = async (config: Configuration, drawn: Drawn): Promise<Found> =>
    leftOut(config) ? nothingFound : findIn(await discuss(config, drawn), arithmetic);
  const wanted = law.share === undefined ? effort.cases : Math.max(1, Math.round(law.share * effort.long));
  const tried: Tried[] = [];
  let met = 0;
  // Laws of long runs go through the configurations until enough of them met their preconditions; others take all at once.
  const batch = law.share === undefined ? effort.cases : 1;
  for (let first = 0; first < effort.cases && met < wanted && !job.stopped(); first += batch) {
    const indices = Array.from({ length: Math.min(batch, effort.cases - first) }, (_, k) => first + k);
    const results = await Promise.all(
      indices.map(async (index) => {
        const config = plan.configurations[index % plan.configurations.length] ?? {};
        const drawn = draw(law, seed, unit.name, index);
        const talk = await discuss(config, drawn);
        const found = findIn(talk, arithmetic);
        if (found.status === "holds" && held.length < effort.precision) held.push(talk);
        return { index, config, drawn, found };
      }),
    );
    tried.push(...results);
    met += results.filter(({ found }) => found.status !== "skipped" && found.status !== "absent").length;
  }
  const faults = await Promise.all((await culprits(law, tried, unit.options, attempt)).map((culprit) => faultOf(job, law, culprit, tried, arithmetic, ask)));
  const precision = faults.length > 0 || job.spec.arithmetics[0] !== "promoted" || law.unpromoted === true ? null : await lost(law, held, ask);
  job.onCell(law.id, unit.name, tried.length);
  return verdictOf(job, law, tried, faults, precision, arithmetic, performance.now() - started);
}

async function lost(law: AnyLaw, held: readonly Talk[], ask: (question: Question) => Promise<Outcome>): Promise<number | null> {
  const bits: number[] = [];
  for (const talk of held) {
    const plain = await Promise.all(
      talk.exchanges.map(async ({ question }) => {
        const outcome = await ask({ ...question, arithmetic: "f32" });
        return { question, answer: "answer" in outcome ? outcome.answer : null };
      }),
    );
    const found = bitsLost(talk.exchanges, plain);
    if (found !== null) bits.push(found);
  }
  void law;
  return bits.length === 0 ? null : Math.max(...bits);
}

async function faultOf(job: UnitJob, law: AnyLaw, culprit: Culprit, tried: readonly Tried[], arithmetic: Arithmetic, ask: (question: Question) => Promise<Outcome>): Promise<Fault> {
  const { subject, spec, unit } = job;
  const { shrunk, first, evidence, failure } = culprit;
  const setting = { unit: unit.name, config: shrunk.config, arithmetic };
  const confirmed = subject.alone === undefined ? null : await confirm(subject, law, culprit, setting);
  const key = optionKey(shrunk.config, unit.options);
  const token = encodeToken({ subject: subject.asked, law: law.id, unit: unit.name, config: shrunk.config, case: shrunk.drawn.value });
  const worst = failure.worst;
  return {
    fingerprint: fingerprint(law, spec.name, unit.name, evidence, key),
    evidence: confirmed === false ? `history:${evidence}` : evidence,
    options: shrunk.config,
    case: caseToJson(shrunk.drawn.value),
    firstFailing: { options: first.config, case: caseToJson(first.drawn.value) },
    place: worst?.place ?? null,
    expected: worst?.expected ?? null,
    got: worst?.got ?? null,
    residual: worst?.residual ?? null,
    tolerance: worst?.tolerance ?? null,
    message: confirmed === false ? `depends on earlier calls: alone it holds. ${failure.message}` : failure.message,
    replay: `lawbook replay ${token}`,
    confirmed,
    cases: culprit.cases,
    consistentWith: evidence.startsWith("finite") || law.share !== undefined ? null : await otherReading(job, law, culprit, tried, arithmetic, ask),
  };
}

async function confirm(subject: Answerer, law: AnyLaw, culprit: Culprit, setting: { unit: string; config: Configuration; arithmetic: Arithmetic }): Promise<boolean | null> {
  try {
    const talk = await subject.alone?.((put) => converse(law, culprit.shrunk.drawn.value, setting, put));
    return talk === undefined ? null : findIn(talk, setting.arithmetic).failures.some((f) => f.evidence === culprit.evidence);
  } catch {
    return null;
  }
}

/** The declaration under which the shrunk case and the first failing ones would hold. */
async function otherReading(job: UnitJob, law: AnyLaw, culprit: Culprit, tried: readonly Tried[], arithmetic: Arithmetic, ask: (question: Question) => Promise<Outcome>): Promise<string | null> {
  const failing = tried.filter(({ found }) => found.failures.some((f) => f.evidence === culprit.evidence)).slice(0, 4);
  for (const { words, reading } of alternatives) {
    const fits = await Promise.all(
      [culprit.shrunk, ...failing].map(async ({ config, drawn }) => {
        const setting = { unit: job.unit.name, config, arithmetic };
        const talk =
          job.subject.now === undefined
            ? await converse(law, drawn.value, setting, ask, reading)
            : converseNow(law, drawn.value, setting, job.subject.now, reading);
        return findIn(talk, arithmetic).status === "holds";
      }),
    );
    if (fits.every((fit) => fit)) return words;
  }
  return null;
}

/** A verdict without cases. */
function blank(job: UnitJob, law: AnyLaw, status: Verdict["status"], reason: string | null): Verdict {
  return {
    law: law.id,
    subject: job.subject.id,
    unit: job.unit.name,
    status,
    reason,
    stage: null,
    evidence: [],
    format: null,
    cases: 0,
    skipped: 0,
    skips: {},
    undecidedInDouble: 0,
    used: null,
    detectable: null,
    controls: job.controlsRun[law.id] ?? { run: 0, rejected: 0 },
    durationMs: 0,
    source: job.unit.source,
    precision: null,
    impliedBy: [],
    consistentWith: null,
    baseline: null,
    documented: job.unit.deviates.find(({ law: id }) => id === law.id)?.because ?? null,
    faults: [],
  };
}

function verdictOf(job: UnitJob, law: AnyLaw, tried: readonly Tried[], faults: readonly Fault[], precision: number | null, arithmetic: Arithmetic, durationMs: number): Verdict {
  const by = (status: Found["status"]): readonly Tried[] => tried.filter(({ found }) => found.status === status);
  const [skipped, absent, errors, undecided, holds] = [by("skipped"), by("absent"), by("error"), by("undecided"), by("holds")];
  const judged = tried.flatMap(({ found }) => found.judged);
  const skips: Record<string, number> = {};
  for (const { found } of [...skipped, ...absent]) skips[found.reason ?? ""] = (skips[found.reason ?? ""] ?? 0) + 1;
  const enough = Math.min(2, law.share ?? 2);
  const { status, reason, stage } = decide();
  const used = judged.filter((j) => j.outcome === "holds").map((j) => j.used);
  const seen = judged.map((j) => j.detectable).filter((x) => Number.isFinite(x));
  const format = formatOf(arithmetic).name;
  return {
    ...blank(job, law, status, reason),
    stage,
    evidence: [...new Set(tried.flatMap(({ found }) => found.kinds))].filter((kind) => kind !== "unmet"),
    format,
    cases: tried.length,
    skipped: skipped.length + absent.length,
    skips,
    undecidedInDouble: judged.reduce((sum, j) => sum + j.open, 0),
    used: used.length === 0 ? null : Math.max(...used),
    detectable: seen.length === 0 ? null : Math.min(...seen),
    durationMs,
    precision: precision === null ? null : { bitsLost: precision },
    consistentWith: faults.find((fault) => fault.consistentWith !== null)?.consistentWith ?? null,
    faults,
  };

  function decide(): { status: Verdict["status"]; reason: string | null; stage: string | null } {
    if (faults.length > 0) return { status: "violated", reason: null, stage: null };
    const [error] = errors;
    if (error !== undefined) return { status: "error", reason: error.found.reason, stage: error.found.stage };
    if (absent.length > 0 && holds.length + undecided.length === 0 && skipped.length === 0) return { status: "unsupported", reason: mostly(skips), stage: null };
    if (holds.length + undecided.length < enough) {
      const nothing = absent.length > 0 && absent.length >= skipped.length;
      return { status: nothing ? "unsupported" : "inconclusive", reason: nothing ? mostly(skips) : `too few cases met its preconditions: ${mostly(skips)}`, stage: null };
    }
    if (job.broken.has(law.id)) return { status: "inconclusive", reason: "the law's own controls failed", stage: null };
    const [open] = undecided;
    if (open !== undefined) return { status: "inconclusive", reason: open.found.reason, stage: null };
    return { status: "holds", reason: null, stage: null };
  }
}

const mostly = (skips: Readonly<Record<string, number>>): string =>
  Object.entries(skips).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0] ?? "nothing was asked";

