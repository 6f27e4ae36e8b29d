/**
 * # Labels of time
 *
 * They change nothing: the mathematics depends on noise levels alone.
 */
import fc from "fast-check";
import { noise, positive, signed } from "#spec/domain";
import { balance } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { predict } from "#spec/oracle";
import { derived, kingma2021 } from "#spec/sources";

const inLevels = equation("drift * alpha - alpha_rate * x == epshat * sigma_rate * alpha - epshat * sigma * alpha_rate");

export const levelsAlone: Law<
  "Sampler" | "Schedule",
  { readonly at: number; readonly m: number; readonly v: number; readonly eps: Float64Array }
> = {
  id: "metamorphic.time-rescale",
  title: "Against the noise level, the probability flow of x/α is the noise prediction: labels of time drop out.",
  statement: [String.raw`\frac{d(x/\alpha)}{d(\sigma/\alpha)} = \hat\varepsilon(x)`, inLevels],
  roles: ["Sampler", "Schedule"],
  kind: "theorem",
  source: [kingma2021("second-hand", "Eq. 18"), derived("quotient rule on v = α̇x̂₀ + σ̇ε̂")],
  restsOn: ["flow.velocity.equals-pfode"],
  given: {},
  cases: { at: fc.integer({ min: 4, max: 60 }).map((k) => k / 64), m: signed(-3, 1), v: positive(-4, 2), eps: noise() },
  *claim({ at, m, v, eps }, sampler) {
    const levels = yield* sampler.coeffs(at);
    const [alpha = 0, sigma = 0] = [levels.alpha[0], levels.sigma[0]];
    const { alphaRate, sigmaRate } = yield* sampler.rates(at);
    const [alpha_rate = 0, sigma_rate = 0] = [alphaRate[0], sigmaRate[0]];
    const x = eps.map((e) => alpha * m + Math.hypot(alpha * Math.sqrt(v), sigma) * e);
    const oracle = { name: "gaussian", mean: Float64Array.of(m), variance: Float64Array.of(v) } as const;
    const { drift } = yield* sampler.drift(oracle, x, at, 0);
    const epshat = x.map((value, j) => predict(oracle, value, alpha, sigma, j).eps);
    const scale = Math.abs(alpha_rate) + (Math.abs(sigma_rate) * alpha) / sigma;
    const via = x.map((value) => 4 * scale * (Math.abs(value) + alpha * Math.abs(m)));
    return [
      balance(
        "flow",
        inLevels,
        { drift, alpha, alpha_rate, x, epshat, sigma_rate, sigma },
        { answer: "drift", roundings: 12, via, axes: [["coordinate", x.length]] },
      ),
    ];
  },
  tolerance: String.raw`\text{as flow.velocity.equals-pfode, times } \alpha`,
};
