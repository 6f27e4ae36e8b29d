/**
 * # Classifier guidance
 *
 * A classifier's gradient is added to a prediction. That is linear, and each parameterisation is shifted by its own factor.
 *
 * Convention: gradients are of log p(y | xₜ).
 */
import fc from "fast-check";
import { noise } from "#spec/domain";
import { enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { type Expression, expression } from "#spec/number/expression";
import { code, song2021sde } from "#spec/sources";

type Shifted = "score" | "eps" | "x0" | "mean";

const shifts: Readonly<Record<Shifted, Expression>> = {
  score: expression("value + gradient"),
  eps: expression("value - sigma * gradient"),
  x0: expression("value + sigma^2 / alpha * gradient"),
  mean: expression("value + (sigma^2 - (alpha / alpha_s)^2 * sigma_s^2) / (alpha / alpha_s) * gradient"),
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
