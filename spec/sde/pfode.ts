/**
 * # The probability-flow ODE
 *
 * Deterministic dynamics with the densities of the SDE. On Gaussian data the flow is affine and everything is in closed form.
 *
 * Convention: data N(m, v) per coordinate; s² = α²v + σ²; velocities are for time running towards noise.
 */
import fc from "fast-check";
import { noise, positive, signed } from "#spec/domain";
import { enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { binary32, unitRoundoff } from "#spec/number/format";
import { expression } from "#spec/number/expression";
import { samplerOf } from "#spec/sampler/step";
import { code, derived, song2021sde } from "#spec/sources";

const flow = expression("alpha_rate * m + (alpha * alpha_rate * v + sigma * sigma_rate) / (alpha^2 * v + sigma^2) * (x - alpha * m)");

interface GaussianData {
  readonly at: number;
  readonly m: number;
  readonly v: number;
  readonly eps: Float64Array;
}

const gaussianData = { m: signed(-3, 1), v: positive(-3, 1), eps: noise() };

export const gaussianFlow: Law<"Sampler" | "Schedule", GaussianData> = {
  id: "sde.pfode.gaussian-flow",
  title: "On Gaussian data the probability flow moves the mean and stretches about it.",
  statement: [String.raw`\dot x = \dot\alpha m + \frac{\dot s}{s}\,(x-\alpha m),\qquad s^2=\alpha^2 v+\sigma^2`],
  roles: ["Sampler", "Schedule"],
  kind: "theorem",
  source: [derived("f − ½g²·score for N(αm, s²)"), song2021sde("verified", "section 4.3: the probability-flow ODE")],
  restsOn: ["sde.reverse.family"],
  given: {},
  cases: { at: fc.integer({ min: 4, max: 60 }).map((k) => k / 64), ...gaussianData },
  *claim({ at, m, v, eps }, sampler) {
    const levels = yield* sampler.coeffs(at);
    const [alpha = 0, sigma = 0] = [levels.alpha[0], levels.sigma[0]];
    const { alphaRate: alpha_rate, sigmaRate: sigma_rate } = yield* sampler.rates(at);
    const x = eps.map((e) => alpha * m + Math.hypot(alpha * Math.sqrt(v), sigma) * e);
    const oracle = { name: "gaussian", mean: Float64Array.of(m), variance: Float64Array.of(v) } as const;
    const { drift } = yield* sampler.drift(oracle, x, at, 0);
    const [ar = 0, sr = 0] = [alpha_rate[0], sigma_rate[0]];
    // α̇x̂₀ + σ̇ε̂ with ε̂ = (x − αx̂₀)/σ: terms of size |x| cancel in ε̂, and f x against ½g²·score.
    const scale = Math.abs(ar) / Math.max(alpha, 2 ** -20) + Math.abs(sr) / sigma;
    const via = x.map((value) => 2 * scale * (Math.abs(value) + alpha * Math.abs(m)));
    return [enclosure("velocity", flow, { alpha_rate, m, alpha, v, sigma, sigma_rate, x }, drift, { roundings: 12, via, axes: [["coordinate", x.length]] })];
  },
  tolerance: String.raw`|\hat v - v| \le u\left(E + 12\cdot 2\left(\tfrac{|\dot\alpha|}{\alpha}+\tfrac{|\dot\sigma|}{\sigma}\right)(|x|+\alpha|m|)\right)`,
};

export const flowLikelihood: Law<"Sampler", Omit<GaussianData, "at">> = {
  id: "sde.pfode.likelihood",
  title: "Integrating the divergence along the flow gives the log-likelihood of the data.",
  statement: [String.raw`\log p_0(x_0) = \log p_T(x_T) + \int_0^T \nabla\cdot v(x_t,t)\,dt`],
  roles: ["Sampler"],
  kind: "theorem",
  source: [song2021sde("unverified"), code("score_sde_pytorch")("verified", "likelihood.py")],
  restsOn: ["sde.pfode.gaussian-flow"],
  given: { "an order is claimed": (_, facts) => facts.sampler?.order !== null && facts.sampler !== null },
  cases: gaussianData,
  share: 2,
  *claim({ m, v, eps }, sampler) {
    const { order } = samplerOf(yield* sampler.facts());
    const oracle = { name: "gaussian", mean: Float64Array.of(m), variance: Float64Array.of(v) } as const;
    const x = eps.map((e) => m + Math.sqrt(v) * e);
    const truth = x.map((value) => -0.5 * Math.log(2 * Math.PI * v) - (value - m) ** 2 / (2 * v));
    const steps = [16, 32, 64, 128, 256];
    const errors: number[] = [];
    for (const n of steps) {
      const value = yield* sampler.logLikelihood(oracle, x, n);
      errors.push(Math.max(...value.map((y, k) => Math.abs(y - (truth[k] ?? 0)))));
    }
    return [{ kind: "order", name: "convergence", claimed: order ?? 1, steps, errors, floor: 256 * unitRoundoff(binary32) }];
  },
  tolerance: String.raw`\text{the last local slope reaches the claimed order minus } \tfrac12`,
};
