/**
 * # One step, from inputs of the law's own
 *
 * The step at a share of the grid, with the state and the model's output given as numbers.
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import { noise } from "#spec/domain";
import type { Law } from "#spec/law";
import type { ReverseStep } from "#spec/roles";
import { callAt, levelAt, samplerOf } from "#spec/sampler/step";

export interface Inputs {
  readonly w: number;
  readonly xt: Float64Array;
  readonly v: Float64Array;
}

export const inputs: { readonly [K in keyof Inputs]: fc.Arbitrary<Inputs[K]> } = {
  w: fc.integer({ min: 0, max: 16 }).map((k) => k / 16),
  xt: noise(),
  v: noise(),
};

export const linear: Law<"ReverseStep", Inputs>["given"] = {
  "steps are linear and predictions not clipped": (_, facts) => facts.sampler?.linear === true && facts.clip === null,
};

/** The state after the step at share w of the grid, for given state and output. */
export function* stepped(sampler: ReverseStep, w: number, xt: Float64Array, v: Float64Array): Ask<Float64Array> {
  const { stages } = samplerOf(yield* sampler.facts());
  const grid = yield* sampler.grid();
  const first = callAt(grid, stages, w);
  const count = Math.min(stages, grid.times.length - first);
  const outputs = Float64Array.from({ length: count * xt.length }, (_, k) => v[k % v.length] ?? 0);
  const run = yield* sampler.run({ oracle: { name: "outputs", outputs }, start: xt, first, count, draws: "none" });
  return run.states.slice(-run.d);
}

/** Both of one length. */
export function wide(x: Float64Array, y: Float64Array): readonly [Float64Array, Float64Array] {
  const d = Math.max(x.length, y.length);
  const fill = (values: Float64Array): Float64Array => (values.length === d ? values : new Float64Array(d).fill(values[0] ?? 0));
  return [fill(x), fill(y)];
}

/** Size of what steps of x and y, mixed with weights a and b, add up: (1 + αₛ/αₜ + …) of the inputs. */
export function* scaleAt(
  sampler: ReverseStep,
  w: number,
  x: Float64Array,
  m: Float64Array,
  y: Float64Array,
  n: Float64Array,
  a: number,
  b: number,
): Ask<Float64Array> {
  const { stages, evaluations } = samplerOf(yield* sampler.facts());
  const grid = yield* sampler.grid();
  const first = callAt(grid, stages, w);
  const [from, to] = [levelAt(grid, first), levelAt(grid, first + 1)];
  const gain =
    2 + (from.alpha === 0 ? 0 : Math.abs((2 * to.alpha) / from.alpha)) + (from.sigma === 0 ? 0 : Math.abs((2 * to.sigma) / from.sigma));
  // A second stage divides its state by the level it has reached, and multiplies by the chord.
  const chord =
    evaluations > 1 && to.sigma > 0
      ? 1 + Math.abs(to.sigma - from.sigma) / to.sigma + (to.alpha > 0 ? Math.abs(to.alpha - from.alpha) / to.alpha : 0)
      : 1;
  const size = gain * chord * (1 + Math.abs(from.sigma) + Math.abs(to.sigma));
  const at = (values: Float64Array, k: number): number => Math.abs(values[k] ?? 0);
  return x.map((_, k) => size * (Math.abs(a) * (at(x, k) + at(m, k)) + Math.abs(b) * (at(y, k) + at(n, k))));
}
