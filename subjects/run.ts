/**
 * Runs as they are asked for and as they are answered.
 */
import type { Facts } from "#spec/facts";
import { oracleFields } from "#spec/oracle";
import type { Grid, Run, RunPlan } from "#spec/roles";
import { type Fields, isTensor, mapped, repeated, tensor, type Value, vector, weighted } from "#spec/tensor";
import { assertMeaning, NoMeaning, outputsOf } from "#subjects/meaning";

/** Which part of a grid a run is on, and what the subject's method `run` is asked. */
export interface AskedRun {
  readonly first: number;
  readonly count: number;
  /** Coordinates of a state. */
  readonly d: number;
  readonly args: Record<string, Value>;
}

/** Throws `NoMeaning` where the output of an exact model at these levels has none. */
export function askedRun(plan: RunPlan, grid: Grid, declared: Facts): AskedRun {
  const first = plan.first ?? 0;
  const count = plan.count ?? grid.times.length - first;
  const alpha = grid.alpha.slice(first, first + count);
  const sigma = grid.sigma.slice(first, first + count);
  const outputs = plan.oracle.name === "outputs" || plan.oracle.name === "affine" ? null : outputsOf(declared, { alpha, sigma });
  if (outputs !== null) assertMeaning({ alpha, sigma }, outputs);
  if (plan.oracle.name === "polynomial" && [...alpha, ...sigma].some((value) => !(value > 0)))
    throw new NoMeaning("a level of this grid has no finite log SNR");
  const { p, q } = outputs ?? { p: alpha, q: sigma };
  const start = startOf(plan, grid.alpha[first] ?? Number.NaN, grid.sigma[first] ?? Number.NaN);
  const args: Record<string, Value> = {
    start: tensor(start),
    oracle: oracleFields(plan.oracle),
    alpha: tensor(alpha),
    sigma: tensor(sigma),
    p: tensor(p),
    q: tensor(q),
    first,
    count,
    draws: drawsOf(plan),
    state: plan.state ?? "fresh",
  };
  const variance = varianceOf(plan, declared);
  if (variance !== undefined) args["variance"] = variance;
  return { first, count, d: start.length, args };
}

/** A run with its shapes checked. Few laws look at the level of each element, so that arrays of them are made when they are read. */
export class AnsweredRun implements Run {
  readonly states: Float64Array;
  readonly d: number;
  readonly inputs: Float64Array;
  readonly outputs: Float64Array;
  readonly data: Float64Array | null;
  readonly drawn: Float64Array;
  readonly #grid: Grid;
  readonly #first: number;
  readonly #count: number;
  #alpha: Float64Array | null = null;
  #sigma: Float64Array | null = null;

  constructor(answer: Fields, grid: Grid, { first, count, d }: AskedRun) {
    this.states = vector(answer, "states", (count + 1) * d);
    this.d = d;
    this.inputs = vector(answer, "inputs", count * d);
    this.outputs = vector(answer, "outputs", count * d);
    this.data = isTensor(answer["data"]) ? vector(answer, "data", count * d) : null;
    this.drawn = vector(answer, "drawn", count);
    this.#grid = grid;
    this.#first = first;
    this.#count = count;
  }

  get alpha(): Float64Array {
    this.#alpha ??= this.#eachElement(this.#grid.alpha);
    return this.#alpha;
  }

  get sigma(): Float64Array {
    this.#sigma ??= this.#eachElement(this.#grid.sigma);
    return this.#sigma;
  }

  #eachElement(levels: Float64Array): Float64Array {
    return repeated(levels.slice(this.#first, this.#first + this.#count + 1), this.d);
  }
}

function startOf({ start }: RunPlan, alpha: number, sigma: number): Float64Array {
  if (start instanceof Float64Array) return start;
  const { x0, eps } = start;
  return x0.length === eps.length ? weighted(alpha, x0, sigma, eps) : mapped((x, e) => alpha * x + sigma * e, x0, eps);
}

/** Subjects that learn a variance are always given one: a share of ¼, or a variance of ¼. */
function varianceOf({ variance }: RunPlan, { sampler }: Facts): number | undefined {
  const learns = sampler?.noise === "learned" || sampler?.noise === "log-range";
  return variance ?? (learns ? 0.25 : undefined);
}

function drawsOf({ draws = "none" }: RunPlan): Fields {
  return typeof draws === "string" ? { mode: draws } : { mode: "feed", number: draws.stream };
}
