/**
 * # Facts
 *
 * What a subject declares of one configuration: its time axis, the meaning of its levels and outputs, and what its sampler
 * claims. Facts are claims too: laws hold them to account, and a wrong one shows as a violation that another declaration mends.
 */

import { type DiscreteFacts, discreteFrom } from "#spec/categorical/facts";
import { type LevelKind, levelKinds, type OutputKind, outputKinds, type Scale, scaleOf, scales, type TimeDomain } from "#spec/convention";
import { SpecError } from "#spec/error";
import { type Fields, isTensor, record } from "#spec/tensor";

/** How much noise a step claims to add. */
export type NoiseClaim =
  | "none" // deterministic
  | "marginal" // keeps q(xₛ | x₀): squared noise coefficients add up to σₛ²
  | "large" // β of the step
  | "log-range" // interpolates log β̃ and log β by a predicted fraction
  | "learned" // the prediction is the variance
  | "other"; // claims nothing a law could hold it to

export interface SamplerFacts {
  readonly noise: NoiseClaim;
  /** Stochasticity of a DDIM-type step: ς² = η²β̃. Null where the step has no such parameter. */
  readonly eta: number | null;
  /** The mean is that of the posterior q(xₛ | xₜ, x̂₀). */
  readonly posterior: boolean;
  /** Claimed order of convergence on smooth problems; null for none. */
  readonly order: number | null;
  /** Largest degree k such that predictions of this kind, polynomial of degree k in this variable, are integrated exactly. */
  readonly exactOn: { readonly prediction: "x0" | "eps"; readonly variable: "log-snr" | "sigma"; readonly degree: number } | null;
  /** Exact where x̂₀ and ε̂ stay constant. False for consistency functions, whose c_skip mixes the state in. */
  readonly exactOnConstants: boolean;
  /** Steps are linear in state, output and noise when nothing is clipped. */
  readonly linear: boolean;
  /** Runs from clean to noisy. */
  readonly inverse: boolean;
  /** The last state is clean data (σ = 0). */
  readonly endsClean: boolean;
  /** The state is replaced by fresh noise at the target level: x̂₀ is kept, the old noise is not. */
  readonly renoises: boolean;
  /** The last step to σ = 0 returns the last data prediction, whatever came before. False for multistep methods that mix it. */
  readonly endsOnPrediction: boolean;
  /** The last step leaves its noise out, although the last level is not 0: the run ends on a mean (Ho et al. 2020, Algorithm 2). */
  readonly endsOnMean: boolean;
  /** Corrector steps keep the marginal exactly, not only for small steps. */
  readonly exactCorrector: boolean;
  /** A number of model evaluations that one step in the published grid takes. */
  readonly stages: number;
  /** Model evaluations of one step, all told: more than `stages` where a call of the published grid asks more than once. */
  readonly evaluations: number;
}

/** A textbook function that the subject says its schedule is, with its parameters. */
export interface ClosedForm {
  readonly family: string;
  readonly parameters: Readonly<Record<string, number>>;
}

export interface Facts {
  readonly time: TimeDomain;
  readonly level: LevelKind;
  /** The level kind of a sampler's states, where it differs. */
  readonly stateLevel: LevelKind;
  /** Which relation α and σ keep: α² + σ² = 1, α = 1, α + σ = 1, or none that is claimed. */
  readonly scale: Scale;
  readonly sigmaData: number | null;
  readonly output: OutputKind | null;
  /** Largest |x̂₀| that clipping and thresholding leave alone; null where they are off. */
  readonly clip: number | null;
  readonly form: ClosedForm | null;
  /** Options that set the length of the training chain and its first and last β, by the subject's names for them. */
  readonly refine: { readonly T: string; readonly first: string; readonly last: string } | null;
  /** The σ grid's textbook form (Karras, exponential, …). */
  readonly gridForm: ClosedForm | null;
  readonly sampler: SamplerFacts | null;
  /** A process on finitely many states; null for states of real numbers. */
  readonly discrete: DiscreteFacts | null;
  /** Anything else an adapter says; shown in reports, read by no law. */
  readonly notes: readonly string[];
}

const defaults: SamplerFacts = {
  noise: "none",
  eta: null,
  posterior: false,
  order: null,
  exactOn: null,
  exactOnConstants: true,
  linear: true,
  inverse: false,
  endsClean: true,
  renoises: false,
  endsOnPrediction: true,
  endsOnMean: false,
  exactCorrector: false,
  stages: 1,
  evaluations: 1,
};

/** Reads what an adapter declared. Throws `bad-declaration` with the field at fault. */
export function factsFrom(raw: Fields): Facts {
  const level = oneOf(raw["level"] ?? "alpha-sigma", levelKinds, "level");
  const output = raw["output"] ?? null;
  const sampler = raw["sampler"];
  return {
    time: timeFrom(record(raw, "time")),
    level,
    stateLevel: raw["stateLevel"] === undefined ? level : oneOf(raw["stateLevel"], levelKinds, "stateLevel"),
    scale: raw["scale"] === undefined ? scaleOf(level) : oneOf(raw["scale"], scales, "scale"),
    sigmaData: numberOrNull(raw["sigmaData"], "sigmaData"),
    output: output === null ? null : oneOf(output, outputKinds, "output"),
    clip: numberOrNull(raw["clip"], "clip"),
    form: formFrom(raw["form"]),
    refine: (raw["refine"] ?? null) as Facts["refine"],
    gridForm: formFrom(raw["gridForm"]),
    sampler: sampler === undefined || sampler === null ? null : samplerFrom(sampler as Partial<SamplerFacts>),
    discrete: discreteFrom(raw["discrete"]),
    notes: Array.isArray(raw["notes"]) ? raw["notes"].map(String) : [],
  };
}

const read = new WeakMap<Fields, Facts>();

/** The same, once per answer: laws and ports read the facts of a configuration at every call. */
export function factsOnce(raw: Fields): Facts {
  const known = read.get(raw);
  if (known !== undefined) return known;
  const fresh = factsFrom(raw);
  read.set(raw, fresh);
  return fresh;
}

function samplerFrom(declared: Partial<SamplerFacts>): SamplerFacts {
  const { stages = defaults.stages } = declared;
  return { ...defaults, evaluations: stages, ...declared };
}

function timeFrom(raw: Fields): TimeDomain {
  const clean = oneOf(raw["clean"] ?? "first", ["first", "last"] as const, "time.clean");
  const kind = oneOf(raw["kind"], ["index", "interval", "list"] as const, "time.kind");
  if (kind === "list") {
    const { times } = raw;
    if (!isTensor(times) || times.data.length === 0) throw declared("time.times", "a non-empty list of times", times);
    return { kind, times: times.data, clean };
  }
  const { first, last } = raw;
  if (typeof first !== "number" || typeof last !== "number" || !(first <= last))
    throw declared("time", "numbers first ≤ last", `${first}, ${last}`);
  return { kind, first, last, clean };
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], field: string): T {
  const found = allowed.find((name) => name === value);
  if (found === undefined) throw declared(field, `one of ${allowed.join(", ")}`, value);
  return found;
}

function numberOrNull(value: unknown, field: string): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "number") throw declared(field, "a number or nothing", value);
  return value;
}

function formFrom(value: unknown): ClosedForm | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "object" || !("family" in value) || typeof value.family !== "string")
    throw declared("form", "a family and its parameters", value);
  const { family, ...parameters } = value as { readonly family: string } & Record<string, unknown>;
  for (const [name, parameter] of Object.entries(parameters))
    if (typeof parameter !== "number") throw declared(`form.${name}`, "a number", parameter);
  return { family, parameters: parameters as Record<string, number> };
}

function declared(field: string, expected: string, got: unknown): SpecError {
  return new SpecError("bad-declaration", `declaration of ${field}: expected ${expected}, got ${JSON.stringify(got)}`, {
    hint: "conventions are listed in subjects/PROTOCOL.md",
  });
}
