/**
 * # Guidance
 *
 * A classifier's gradient is added to a prediction. That is linear, and each parameterisation is shifted by its own factor.
 *
 * Laws of tokens are guided by their powers: pᵤ(pc/pᵤ)ʷ, divided by its sum.
 *
 * Convention: gradients are of log p(y | xₜ); w = 0 is unconditional, w = 1 conditional.
 */
import fc from "fast-check";
import { mostStates } from "#spec/categorical/between";
import { drawnLaws } from "#spec/categorical/table";
import { noise } from "#spec/domain";
import { enclosure, equality, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { type Expression, expression } from "#spec/number/expression";
import { code, derived, song2021sde, standard } from "#spec/sources";

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

const powers = expression("exp(w * log(c) + (1 - w) * log(r)) / N");

export const discreteGuidance: Law<"DiscreteStep", { readonly w: number; readonly stream: number }> = {
  id: "sampler.guidance.discrete",
  title: "Guided laws of tokens are powers of the two laws, normalised per token, and impossible tokens stay so.",
  statement: [
    String.raw`p \propto p_c^{\,w}\,p_u^{\,1-w},\qquad \sum_k p(k) = 1`,
    String.raw`w = 0 \Rightarrow p = p_u,\qquad w = 1 \Rightarrow p = p_c`,
  ],
  roles: ["DiscreteStep"],
  kind: "definition",
  source: [
    standard("Schiff et al.: guidance for discrete diffusion"),
    derived("the normalised geometric mean has its ends at the two laws"),
  ],
  restsOn: [],
  given: {},
  cases: { w: fc.constantFrom(0, 1, 0.5, 1.5, 2, 3), stream: fc.integer({ min: 0, max: 999 }) },
  *claim({ w, stream }, step) {
    const { discrete } = yield* step.facts();
    if (discrete === null) return [unmet("there are no states")];
    const { classes: K, mask } = discrete;
    const n = K > mostStates ? 2 : 4;
    const [conditional, unconditional] = [drawnLaws(stream, n, K, mask), drawnLaws(stream + 1, n, K, mask)];
    const law = yield* step.guidedLaw(conditional, unconditional, w);
    const weighed = conditional.map((c, k) => (c === 0 ? 0 : c ** w * (unconditional[k] ?? 0) ** (1 - w)));
    const totals = new Float64Array(n);
    weighed.forEach((value, k) => {
      totals[Math.floor(k / K)] = (totals[Math.floor(k / K)] ?? 0) + value;
    });
    const places = Float64Array.from(law.keys()).filter((k) => k % K !== mask);
    const at = (values: Float64Array): Float64Array => places.map((k) => values[k] ?? Number.NaN);
    const [c, r, N] = [at(conditional), at(unconditional), places.map((k) => totals[Math.floor(k / K)] ?? Number.NaN)];
    const name = w === 0 ? "unconditional" : w === 1 ? "conditional" : "powers";
    const axes = [
      ["token", n],
      ["possible state", places.length / n],
    ] as const;
    const guided = enclosure(name, powers, { c, r, w, N }, at(law), { roundings: 24, axes });
    if (mask === null) return [guided];
    const impossible = law.filter((_, k) => k % K === mask);
    return [guided, equality("impossible", impossible, Float64Array.of(0), { axes: [["token", n]] })];
  },
  // Logarithms round by their own size before their difference is taken; a sum of positive terms normalises.
  tolerance: String.raw`|\hat p - p| \le \gamma_{24}\,p\left(1 + |w\log p_c| + |(1-w)\log p_u|\right)`,
};
