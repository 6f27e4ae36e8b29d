/**
 * # One step, seen from outside
 *
 * What a single step does to data and noise, without a look inside: the mean by answering every draw with zero, the variance by
 * answering draw k with the k-th unit vector, so that coordinate k of the difference is that draw's coefficient.
 */
import type { Ask } from "#spec/ask";
import { outputCoefficients } from "#spec/convention";
import type { Facts, SamplerFacts } from "#spec/facts";
import type { Oracle } from "#spec/oracle";
import type { Grid, Manner, ReverseStep, Run, RunPlan } from "#spec/roles";

/** α and σ of one state. */
export interface Level {
  readonly alpha: number;
  readonly sigma: number;
}

export interface OneStep {
  readonly from: Level;
  readonly to: Level;
  /** The state before, the mean of the state after, its variance about that mean (the same for every coordinate). */
  readonly xt: Float64Array;
  readonly mean: Float64Array;
  readonly variance: number;
  /** The step is said to leave its noise out: the last one of a sampler that ends on a mean. */
  readonly noiseless: boolean;
  /** The subject's own x̂₀ in the last model call; null where it reports none. */
  readonly data: Float64Array | null;
  readonly draws: number;
}

/** The sampler a subject declares. Laws that need one list it in `given`. */
export function samplerOf(facts: Facts): SamplerFacts {
  const { sampler } = facts;
  if (sampler === null) throw new Error("the law must ask for a sampler in its preconditions");
  return sampler;
}

/** The model call at share w ∈ [0, 1] of the grid, at the start of a step of several stages. */
export function callAt(grid: Grid, stages: number, w: number): number {
  const steps = Math.max(1, Math.floor(grid.times.length / stages));
  return Math.min(Math.floor(w * steps), steps - 1) * stages;
}

export function levelAt(grid: Pick<Grid, "alpha" | "sigma">, index: number): Level {
  return { alpha: grid.alpha[index] ?? Number.NaN, sigma: grid.sigma[index] ?? Number.NaN };
}

/** How a reading of the model's output weighs state and output in αₛx̂₀ + σₛε̂: magnitudes, term by term. */
interface Weights {
  readonly state: number;
  readonly output: number;
  /** What is left of an error of the state when the output stays what it is. */
  readonly passed: number;
  /** |p| and |q|: the output is p·x̂₀ + q·ε̂. */
  readonly p: number;
  readonly q: number;
}

/** Coefficients a and b of x̂₀ and ε̂, read from an output at `from`. All zero where the output does not determine both. */
function weightsAt({ output, sigmaData }: Facts, from: Level, a: number, b: number): Weights {
  const read = outputCoefficients(
    output ?? "eps",
    { alpha: Float64Array.of(from.alpha), sigma: Float64Array.of(from.sigma) },
    sigmaData ?? undefined,
  );
  const [p = 0, q = 0] = [read.p[0], read.q[0]];
  const determinant = from.alpha * q - from.sigma * p;
  if (determinant === 0 || !Number.isFinite(determinant)) return { state: 0, output: 0, passed: 0, p: Math.abs(p), q: Math.abs(q) };
  return {
    state: (Math.abs(a * q) + Math.abs(b * p)) / Math.abs(determinant),
    output: (Math.abs(a * from.sigma) + Math.abs(b * from.alpha)) / Math.abs(determinant),
    passed: Math.abs((a * q - b * p) / determinant),
    p: Math.abs(p),
    q: Math.abs(q),
  };
}

/** One coordinate's data and noise. */
export interface Parts {
  readonly x0: number;
  readonly eps: number;
}

/**
 * Magnitude of what a step adds up on the way from level to level: each of x̂₀ and ε̂ is read from state and output, which are rounded, and
 * mixed anew. Second stages read the state they have reached, and weigh it by the chord; a model that knows the point finds the noise of that
 * state by dividing by its level.
 */
export function scaleOfStep(facts: Facts, from: Level, to: Level, model: "point" | "pair" = "pair"): (parts: Parts) => number {
  const first = weightsAt(facts, from, to.alpha, to.sigma);
  if (!readsAgain(facts, to)) return (parts) => readAt(first, from, parts);
  const chord = weightsAt(facts, to, to.alpha - from.alpha, to.sigma - from.sigma);
  const again = model === "pair" ? chord.state : Math.abs(to.sigma - from.sigma) / to.sigma;
  return (parts) => readAt(first, from, parts) * (1 + again) + readAt(chord, to, parts);
}

/** Whether the state that a step has reached is read once more, and has noise to be read. */
const readsAgain = (facts: Facts, to: Level): boolean => (facts.sampler?.evaluations ?? 1) > 1 && to.sigma !== 0;

const readAt = (weights: Weights, { alpha, sigma }: Level, { x0, eps }: Parts): number =>
  weights.state * (alpha * Math.abs(x0) + sigma * Math.abs(eps)) + weights.output * (weights.p * Math.abs(x0) + weights.q * Math.abs(eps));

/** Errors of the state at `from` that arrive at `to` when the output is constant. */
export function passedOn(facts: Facts, from: Level, to: Level): number {
  const chord = readsAgain(facts, to) ? weightsAt(facts, to, to.alpha - from.alpha, to.sigma - from.sigma).state : 0;
  return weightsAt(facts, from, to.alpha, to.sigma).passed * (1 + chord);
}

/** Whether a grid repeats times: its chain has no more of them than it was asked for, and cannot be refined. */
export function exhausted({ times, asked }: Pick<Grid, "times" | "asked">): boolean {
  return new Set(times).size < Math.min(asked, times.length);
}

export interface StepPlan {
  readonly w: number;
  readonly x0: Float64Array;
  readonly eps: Float64Array;
  readonly oracle: Oracle;
  readonly variance?: number;
  readonly manner?: Manner;
}

export function* oneStep(sampler: ReverseStep, { w, x0, eps, oracle, variance, manner = {} }: StepPlan): Ask<OneStep> {
  const { stages, endsOnMean } = samplerOf(yield* sampler.facts(manner));
  const grid = yield* sampler.grid(manner);
  const first = callAt(grid, stages, w);
  const count = Math.min(stages, grid.times.length - first);
  const still = yield* sampler.run(learning({ oracle, start: { x0, eps }, first, count, draws: "none" }, variance), manner);
  const mean = last(still);
  const drawn = total(still.drawn);
  return {
    from: levelAt(grid, first),
    to: levelAt(grid, first + count),
    xt: still.states.slice(0, still.d),
    mean,
    variance: drawn === 0 ? 0 : yield* spread(sampler, { oracle: widened(oracle, drawn), drawn, first, count, x0, eps, variance, manner }),
    noiseless: endsOnMean && first + count === grid.times.length,
    data: still.data === null ? null : still.data.slice(-still.d),
    draws: drawn,
  };
}

/** The plan for a subject that learns its variance, which is given one. */
const learning = (plan: RunPlan, variance: number | undefined): RunPlan => (variance === undefined ? plan : { ...plan, variance });

interface Spread {
  readonly oracle: Oracle;
  readonly drawn: number;
  readonly first: number;
  readonly count: number;
  readonly x0: Float64Array;
  readonly eps: Float64Array;
  readonly variance: number | undefined;
  readonly manner: Manner;
}

/** Sum of squared draw coefficients, from two runs on as many coordinates as there are draws. */
function* spread(sampler: ReverseStep, { oracle, drawn, first, count, x0, eps, variance, manner }: Spread): Ask<number> {
  const d = coordinates(drawn);
  const start = { x0: alike(x0, d), eps: alike(eps, d) };
  const still = last(yield* sampler.run(learning({ oracle, start, first, count, draws: "none" }, variance), manner));
  const moved = last(yield* sampler.run(learning({ oracle, start, first, count, draws: "basis" }, variance), manner));
  let sum = 0;
  for (let k = 0; k < moved.length; k++) sum += ((moved[k] ?? 0) - (still[k] ?? 0)) ** 2;
  return sum;
}

/** Draws that one run can tell apart: their coefficients are as many numbers squared. A Brownian path is drawn in hundreds of pieces. */
export const mostDraws = 256;

/** As many coordinates as draws, in threes, six at least. */
export function coordinates(drawn: number): number {
  return Math.max(6, 3 * Math.ceil(drawn / 3));
}

/** The same oracle on more coordinates, all equal to the first. */
function widened(oracle: Oracle, drawn: number): Oracle {
  const d = coordinates(drawn);
  switch (oracle.name) {
    case "point":
      return { name: oracle.name, point: alike(oracle.point, d) };
    case "pair":
      return { name: oracle.name, x0: alike(oracle.x0, d), eps: alike(oracle.eps, d) };
    default:
      return oracle;
  }
}

/** The first coordinate, d times. */
const alike = (values: Float64Array, d: number): Float64Array => new Float64Array(d).fill(values[0] ?? Number.NaN);

function total(values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] ?? 0;
  return sum;
}

/** The state a run ends in. */
export function last(run: Run): Float64Array {
  return run.states.slice(-run.d);
}
