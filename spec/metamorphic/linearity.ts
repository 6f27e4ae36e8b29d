/**
 * # Linearity and symmetry of steps
 *
 * With clipping off a step is linear in the state and the model's output, treats all coordinates alike, and knows no scale or
 * centre of the data. Nothing need be known of the right answer: two answers are compared.
 *
 * Convention: outputs are given as numbers; every draw is answered with zero.
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import { outputCoefficients } from "#spec/convention";
import { noise } from "#spec/domain";
import { balance, equality, unmet } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { ReverseStep } from "#spec/roles";
import { callAt, levelAt, samplerOf } from "#spec/sampler/step";
import { code, derived } from "#spec/sources";

const combined = equation("z == a * x + b * y");
const moved = equation("y == x");
const shifted = equation("y == x + alpha_s * a");

interface Inputs {
  readonly w: number;
  readonly xt: Float64Array;
  readonly v: Float64Array;
}

const inputs = { w: fc.integer({ min: 0, max: 16 }).map((k) => k / 16), xt: noise(), v: noise() };

const linear = {
  "steps are linear and predictions not clipped": (_: unknown, facts: Facts) => facts.sampler?.linear === true && facts.clip === null,
};

/** The state after the step at share w of the grid, for given state and output. */
function* stepped(sampler: ReverseStep, w: number, xt: Float64Array, v: Float64Array): Ask<Float64Array> {
  const { stages } = samplerOf(yield* sampler.facts());
  const grid = yield* sampler.grid();
  const first = callAt(grid, stages, w);
  const count = Math.min(stages, grid.times.length - first);
  const outputs = Float64Array.from({ length: count * xt.length }, (_, k) => v[k % v.length] ?? 0);
  const run = yield* sampler.run({ oracle: { name: "outputs", outputs }, start: xt, first, count, draws: "none" });
  return run.states.slice(-run.d);
}

/** Both of one length. */
function wide(x: Float64Array, y: Float64Array): readonly [Float64Array, Float64Array] {
  const d = Math.max(x.length, y.length);
  const fill = (values: Float64Array): Float64Array => (values.length === d ? values : new Float64Array(d).fill(values[0] ?? 0));
  return [fill(x), fill(y)];
}

export const stepLinear: Law<"ReverseStep", Inputs & { readonly a: number; readonly b: number }> = {
  id: "metamorphic.linearity",
  title: "A step of a mix of inputs is the mix of the steps.",
  statement: [String.raw`F(ax+by,\,am+bn) = a\,F(x,m) + b\,F(y,n)`],
  roles: ["ReverseStep"],
  kind: "requirement",
  source: [code("diffusers")("verified", "step of the schedulers")],
  restsOn: [],
  given: linear,
  cases: { ...inputs, a: fc.constantFrom(1, -2, 0.5), b: fc.constantFrom(0, 1, -0.75, 8) },
  *claim({ w, xt, v, a, b }, sampler) {
    const [x, m] = wide(xt, v);
    // The second input is the first, reversed: other numbers without another field of the case.
    const [y, n] = [m.slice().reverse(), x.slice().reverse()];
    const mix = (p: Float64Array, q: Float64Array): Float64Array => p.map((value, k) => a * value + b * (q[k] ?? 0));
    const left = yield* stepped(sampler, w, x, m);
    const right = yield* stepped(sampler, w, y, n);
    const both = yield* stepped(sampler, w, mix(x, y), mix(m, n));
    const via = yield* scaleAt(sampler, w, x, m, y, n, a, b);
    return [
      balance(
        "mix",
        combined,
        { z: both, a, x: left, b, y: right },
        { answer: "z", roundings: 12, via, axes: [["coordinate", both.length]] },
      ),
    ];
  },
  tolerance: String.raw`\hat F = \sum_i c_i v_i(1+\theta_{12}):\ \text{coefficients times inputs}`,
};

/** Size of what the three steps add up: (1 + αₛ/αₜ + …) of the inputs. */
function* scaleAt(
  sampler: ReverseStep,
  w: number,
  x: Float64Array,
  m: Float64Array,
  y: Float64Array,
  n: Float64Array,
  a: number,
  b: number,
): Ask<Float64Array> {
  const { stages } = samplerOf(yield* sampler.facts());
  const grid = yield* sampler.grid();
  const first = callAt(grid, stages, w);
  const [from, to] = [levelAt(grid, first), levelAt(grid, first + 1)];
  const gain = 2 + (from.alpha === 0 ? 0 : (2 * to.alpha) / from.alpha) + (from.sigma === 0 ? 0 : (2 * to.sigma) / from.sigma);
  // A second stage divides its state by the level it has reached, and multiplies by the chord.
  const chord =
    stages > 1 && to.sigma > 0
      ? 1 + Math.abs(to.sigma - from.sigma) / to.sigma + (to.alpha > 0 ? Math.abs(to.alpha - from.alpha) / to.alpha : 0)
      : 1;
  const size = gain * chord * (1 + from.sigma + to.sigma);
  const at = (values: Float64Array, k: number): number => Math.abs(values[k] ?? 0);
  return x.map((_, k) => size * (Math.abs(a) * (at(x, k) + at(m, k)) + Math.abs(b) * (at(y, k) + at(n, k))));
}

export const stepSymmetric: Law<"ReverseStep", Inputs> = {
  id: "metamorphic.orthogonal",
  title: "Steps treat coordinates alike: signs flip with the input, and coordinates may be put in any order.",
  statement: [String.raw`F(Rx,\,Rm) = R\,F(x,m)\quad\text{for sign flips and permutations } R`],
  roles: ["ReverseStep"],
  kind: "requirement",
  source: [derived("isotropic noise")],
  restsOn: [],
  given: { "steps are linear, or thresholds are symmetric": (_, facts) => facts.sampler?.linear === true },
  cases: inputs,
  *claim({ w, xt, v }, sampler) {
    const [x, m] = wide(xt, v);
    const plain = yield* stepped(sampler, w, x, m);
    const flipped = yield* stepped(
      sampler,
      w,
      x.map((value) => -value),
      m.map((value) => -value),
    );
    const reversed = yield* stepped(sampler, w, x.slice().reverse(), m.slice().reverse());
    const via = yield* scaleAt(sampler, w, x, m, x, m, 1, 0);
    const axes = [["coordinate", plain.length]] as const;
    return [
      equality(
        "sign",
        flipped.map((value) => 0 - value),
        plain.map((value) => 0 + value),
        { axes },
      ),
      // Vectorised and scalar code paths may contract a product and a sum differently from lane to lane.
      balance("order", moved, { y: reversed.slice().reverse(), x: plain }, { answer: "y", roundings: 4, via, axes }),
    ];
  },
  tolerance: String.raw`\text{flips are exact; orders differ by the contraction of products}`,
};

export const stepScales: Law<"ReverseStep", Inputs & { readonly power: number; readonly a: number }> = {
  id: "metamorphic.scale-translation",
  title: "Steps commute with scaling the data by powers of two, exactly, and with moving them.",
  statement: [String.raw`F(cx,cm) = c\,F(x,m),\qquad F(x+\alpha_t a,\; m + p\,a) = F(x,m) + \alpha_s a`],
  roles: ["ReverseStep"],
  kind: "requirement",
  source: [derived("posterior consistency")],
  restsOn: ["schedule.step-consistency"],
  given: linear,
  cases: { ...inputs, power: fc.constantFrom(1, 10, -10), a: fc.constantFrom(1, -4, 64) },
  *claim({ w, xt, v, power, a }, sampler) {
    const { output, sigmaData, sampler: claims } = yield* sampler.facts();
    const [x, m] = wide(xt, v);
    const c = 2 ** power;
    const plain = yield* stepped(sampler, w, x, m);
    const scaled = yield* stepped(
      sampler,
      w,
      x.map((value) => c * value),
      m.map((value) => c * value),
    );
    const axes = [["coordinate", plain.length]] as const;
    const scaling = equality(
      "scale",
      scaled,
      plain.map((value) => c * value),
      { axes },
    );
    const grid = yield* sampler.grid();
    const stages = claims?.stages ?? 1;
    if (output === null || stages > 1 || claims?.exactOnConstants === false) return [scaling];
    const first = callAt(grid, stages, w);
    const [from, to] = [levelAt(grid, first), levelAt(grid, first + 1)];
    const { p } = outputCoefficients(
      output,
      { alpha: Float64Array.of(from.alpha), sigma: Float64Array.of(from.sigma) },
      sigmaData ?? undefined,
    );
    const [p0 = 0] = p;
    if (from.alpha === 0) return [scaling, unmet("αₜ = 0: the data do not reach the state")];
    const other = yield* stepped(
      sampler,
      w,
      x.map((value) => value + from.alpha * a),
      m.map((value) => value + p0 * a),
    );
    const base = yield* scaleAt(sampler, w, x, m, x, m, 1, 0);
    const via = base.map(
      (size) =>
        size +
        (2 + (2 * to.alpha) / from.alpha + (from.sigma === 0 ? 0 : (2 * to.sigma) / from.sigma)) *
          (Math.abs(a) * (1 + from.alpha + Math.abs(p0))) *
          (1 + from.sigma),
    );
    return [
      scaling,
      balance("translation", shifted, { y: other, x: plain, alpha_s: to.alpha, a }, { answer: "y", roundings: 12, via, axes }),
    ];
  },
  tolerance: String.raw`\text{powers of two are exact; } \hat F(x+\alpha_t a) - \hat F(x) = \alpha_s a + \gamma_{12}\sum_i|c_iv_i|`,
};
