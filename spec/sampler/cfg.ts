/**
 * # Classifier-free guidance
 *
 * It mixes two predictions with weights that sum to one.
 *
 * Convention: w = 0 is unconditional, w = 1 conditional; code that writes c + w′(c − u) declares w′ = w − 1.
 */
import fc from "fast-check";
import { noise } from "#spec/domain";
import { balance, type Evidence } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { derived, hoSalimans2022 } from "#spec/sources";

const mix = equation("y == u - w * u + w * c");

export const classifierFree: Law<"Guidance", { readonly w: number; readonly c: Float64Array; readonly u: Float64Array }> = {
  id: "sampler.cfg",
  title: "Guidance is affine in its weight: 0 gives the unconditional prediction, 1 the conditional one.",
  statement: [String.raw`\hat\varepsilon_w = \hat\varepsilon_u + w\,(\hat\varepsilon_c-\hat\varepsilon_u)`],
  roles: ["Guidance"],
  kind: "definition",
  source: [hoSalimans2022("unverified"), derived("both published forms agree with w = 1 + w′")],
  restsOn: [],
  given: {},
  cases: { w: fc.constantFrom(1, 0, 0.5, 7.5, 1.5, -1, 100), c: noise(), u: noise() },
  *claim({ w, c, u }, subject) {
    const d = Math.max(c.length, u.length);
    const wide = (x: Float64Array): Float64Array => (x.length === d ? x : new Float64Array(d).fill(x[0] ?? 0));
    const found: Evidence[] = [];
    // The mirrored weight is negative for strong guidance: code that treats some range of weights apart shows on one side or the other.
    for (const [name, weight] of [
      ["guided", w],
      ["mirrored", 1 - w],
    ] as const) {
      const y = yield* subject.guided(wide(c), wide(u), weight);
      found.push(balance(name, mix, { y, u: wide(u), w: weight, c: wide(c) }, { answer: "y", roundings: 4, axes: [["coordinate", d]] }));
    }
    return found;
  },
  // A difference, a product and a sum: three roundings, amplified by |w| and |1 − w|, which the terms contain.
  tolerance: String.raw`\hat y = (1-w)u(1+\theta_4) + wc(1+\theta_4)`,
};
