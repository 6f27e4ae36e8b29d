/**
 * # Linearity of steps
 *
 * With clipping off a step is linear in the state and the model's output. Nothing need be known of the right answer: answers are
 * compared.
 *
 * Convention: outputs are given as numbers; every draw is answered with zero.
 */
import fc from "fast-check";
import { balance } from "#spec/evidence";
import type { Law } from "#spec/law";
import { type Inputs, inputs, linear, scaleAt, stepped, wide } from "#spec/metamorphic/step";
import { equation } from "#spec/number/expression";
import { code } from "#spec/sources";
import { weighted } from "#spec/tensor";

const combined = equation("z == a * x + b * y");

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
    const mix = (p: Float64Array, q: Float64Array): Float64Array => weighted(a, p, b, q);
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
