/**
 * # Flow matching and the probability flow
 *
 * The marginal velocity of flow matching, the posterior mean of the paths' velocities, is the drift of the probability-flow ODE.
 *
 * Convention: independent coupling of data and noise; velocities are for time running towards noise.
 */
import fc from "fast-check";
import { noise, positive, signed } from "#spec/domain";
import { balance } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { predict } from "#spec/oracle";
import { derived, lipman2023 } from "#spec/sources";

const marginalVelocity = equation("drift == alpha_rate * x0hat + sigma_rate * epshat");

export const velocityIsPfode: Law<
  "Sampler" | "Schedule",
  { readonly at: number; readonly m: number; readonly v: number; readonly eps: Float64Array }
> = {
  id: "flow.velocity.equals-pfode",
  title: "The flow-matching velocity is the drift of the probability-flow ODE.",
  statement: [String.raw`\dot\alpha\,\mathbb E[x_0|x] + \dot\sigma\,\mathbb E[\varepsilon|x] = f x - \tfrac12 g^2\nabla\log p_t(x)`],
  roles: ["Sampler", "Schedule"],
  kind: "theorem",
  source: [lipman2023("unverified"), derived("f = α̇/α and g² = 2σσ̇ − 2fσ² put into the drift")],
  restsOn: ["sde.pfode.gaussian-flow"],
  given: {},
  cases: { at: fc.integer({ min: 4, max: 60 }).map((k) => k / 64), m: signed(-3, 1), v: positive(-4, 2), eps: noise() },
  *claim({ at, m, v, eps }, sampler) {
    const levels = yield* sampler.coeffs(at);
    const [alpha = 0, sigma = 0] = [levels.alpha[0], levels.sigma[0]];
    const { alphaRate: alpha_rate, sigmaRate: sigma_rate } = yield* sampler.rates(at);
    const x = eps.map((e) => alpha * m + Math.hypot(alpha * Math.sqrt(v), sigma) * e);
    const oracle = { name: "gaussian", mean: Float64Array.of(m), variance: Float64Array.of(v) } as const;
    const { drift } = yield* sampler.drift(oracle, x, at, 0);
    const predictions = Array.from(x, (value, j) => predict(oracle, value, alpha, sigma, j));
    const x0hat = Float64Array.from(predictions, (p) => p.x0);
    const epshat = Float64Array.from(predictions, (p) => p.eps);
    const [ar = 0, sr = 0] = [alpha_rate[0], sigma_rate[0]];
    const scale = Math.abs(ar) / Math.max(alpha, 2 ** -20) + Math.abs(sr) / sigma;
    const via = x.map((value) => 2 * scale * (Math.abs(value) + alpha * Math.abs(m)));
    return [
      balance(
        "velocity",
        marginalVelocity,
        { drift, alpha_rate, x0hat, sigma_rate, epshat },
        { answer: "drift", roundings: 12, via, axes: [["coordinate", x.length]] },
      ),
    ];
  },
  tolerance: String.raw`\hat v = \dot\alpha\hat x_0(1+\theta_{12}) + \dot\sigma\hat\varepsilon(1+\theta_{12}),\ \hat\varepsilon=(x-\alpha\hat x_0)/\sigma`,
};
