/**
 * # Guidance
 *
 * Classifier-free guidance mixes two predictions with weights that sum to one; classifier guidance shifts one of them along a
 * gradient. Both are linear, and each parameterisation shifts by its own factor.
 *
 * Convention: w = 0 is unconditional, w = 1 conditional; code that writes c + w′(c − u) declares w′ = w − 1. Gradients are of
 * log p(y | xₜ).
 */
import fc from "fast-check";
import { noise } from "#spec/domain";
import { balance, type Evidence, enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { type Expression, equation, expression } from "#spec/number/expression";
import { code, derived, hoSalimans2022, song2021sde } from "#spec/sources";

const mix = equation("y == u - w * u + w * c");
type Shifted = "score" | "eps" | "x0" | "mean";

const shifts: Readonly<Record<Shifted, Expression>> = {
  score: expression("value + gradient"),
  eps: expression("value - sigma * gradient"),
  x0: expression("value + sigma^2 / alpha * gradient"),
  mean: expression("value + (sigma^2 - (alpha / alpha_s)^2 * sigma_s^2) / (alpha / alpha_s) * gradient"),
};

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

export const classifierGuidance: Law<
  "Guidance" | "Schedule",
  { readonly at: number; readonly kind: Shifted; readonly value: Float64Array; readonly gradient: Float64Array }
> = {
  id: "sampler.guidance.classifier",
  title: "A classifier's gradient shifts score, noise, data and posterior mean by matching amounts.",
  statement: [
    String.raw`s + \nabla,\qquad \hat\varepsilon - \sigma_t\nabla,\qquad \hat x_0 + \tfrac{\sigma_t^2}{\alpha_t}\nabla,\qquad \mu + \tfrac{\sigma^2_{t|s}}{\alpha_{t|s}}\nabla`,
  ],
  roles: ["Guidance", "Schedule"],
  kind: "theorem",
  source: [code("guided-diffusion")("verified", "condition_score, condition_mean"), song2021sde("verified", "Eq. 14")],
  restsOn: ["parameterisation.gaussian.roundtrip"],
  given: {},
  cases: {
    at: fc.integer({ min: 8, max: 60 }).map((k) => k / 64),
    kind: fc.constantFrom<Shifted>("eps", "score", "x0", "mean"),
    value: noise(),
    gradient: noise(),
  },
  *claim({ at, kind, value, gradient }, subject) {
    const before = at - 1 / 16;
    const levels = yield* subject.coeffs([before, at]);
    const d = Math.max(value.length, gradient.length);
    const wide = (x: Float64Array): Float64Array => (x.length === d ? x : new Float64Array(d).fill(x[0] ?? 0));
    const shifted = yield* subject.classified(kind, wide(value), wide(gradient), before, at);
    const [alpha_s = 0, alpha = 0] = levels.alpha;
    const [sigma_s = 0, sigma = 0] = levels.sigma;
    const via = wide(gradient).map((g) => (sigma ** 2 / Math.max(alpha, 2 ** -20)) * Math.abs(g));
    return [
      enclosure("shift", shifts[kind], { value: wide(value), gradient: wide(gradient), alpha, sigma, alpha_s, sigma_s }, shifted, {
        roundings: 8,
        via,
        axes: [["coordinate", d]],
      }),
    ];
  },
  tolerance: String.raw`\text{the running error of each formula, and eight roundings of its factor}`,
};
