/**
 * # The probability-flow ODE
 *
 * Deterministic dynamics with the densities of the SDE. On Gaussian data the flow is affine and everything is in closed form.
 *
 * Convention: data N(m, v) per coordinate; s² = α²v + σ²; velocities are for time running towards noise. Likelihoods are those of the
 * subject's first level, integrated from its first time to its last.
 */
import fc from "fast-check";
import { noise, positive, signed } from "#spec/domain";
import { enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { binary32, unitRoundoff } from "#spec/number/format";
import { type Level, levelAt, samplerOf } from "#spec/sampler/step";
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
    return [
      enclosure("velocity", flow, { alpha_rate, m, alpha, v, sigma, sigma_rate, x }, drift, {
        roundings: 12,
        via,
        axes: [["coordinate", x.length]],
      }),
    ];
  },
  tolerance: String.raw`|\hat v - v| \le u\left(E + 12\cdot 2\left(\tfrac{|\dot\alpha|}{\alpha}+\tfrac{|\dot\sigma|}{\sigma}\right)(|x|+\alpha|m|)\right)`,
};

/** log N(x; mean, variance). */
const logDensity = (x: number, mean: number, variance: number): number =>
  -0.5 * Math.log(2 * Math.PI * variance) - (x - mean) ** 2 / (2 * variance);

/**
 * What takes the place of p_T, which depends on unknown data: itself, or one of the two stated approximations, noise of the last
 * level and noise of the whole state's size.
 */
const priors = [
  (x: number, mean: number, variance: number) => logDensity(x, mean, variance),
  (x: number, _mean: number, _variance: number, { sigma }: Level) => logDensity(x, 0, sigma ** 2),
  (x: number, _mean: number, _variance: number, { alpha, sigma }: Level) => logDensity(x, 0, alpha ** 2 + sigma ** 2),
];

export const flowLikelihood: Law<"Sampler" | "Schedule", Omit<GaussianData, "at">> = {
  id: "sde.pfode.likelihood",
  title: "Integrating the divergence along the flow gives the log-likelihood of the data.",
  statement: [
    String.raw`\log p_0(x_0) = \log p_T(x_T) + \int_0^T \nabla\cdot v(x_t,t)\,dt`,
    String.raw`\log p_T \text{ or its stated approximations } \log\mathcal N(0,\sigma_T^2),\ \log\mathcal N(0,\alpha_T^2+\sigma_T^2)`,
  ],
  roles: ["Sampler", "Schedule"],
  kind: "theorem",
  source: [song2021sde("unverified"), code("score_sde_pytorch")("verified", "likelihood.py")],
  restsOn: ["sde.pfode.gaussian-flow"],
  given: { "an order is claimed": (_, facts) => facts.sampler?.order !== null && facts.sampler !== null },
  cases: gaussianData,
  share: 2,
  *claim({ m, v, eps }, sampler) {
    const { order } = samplerOf(yield* sampler.facts());
    const { alpha, sigma } = yield* sampler.coeffs([0, 1]);
    const [first, last] = [levelAt({ alpha, sigma }, 0), levelAt({ alpha, sigma }, 1)];
    const oracle = { name: "gaussian", mean: Float64Array.of(m), variance: Float64Array.of(v) } as const;
    const x = eps.map((e) => m + Math.sqrt(v) * e);
    const variance = (level: Level): number => level.alpha ** 2 * v + level.sigma ** 2;
    const [start, end] = [variance(first), variance(last)];
    // Densities at the subject's own first level. The flow keeps a point's distance from the mean in standard deviations.
    const truths = priors.map((prior) =>
      x.map((value) => {
        const moved = last.alpha * m + Math.sqrt(end / start) * (value - first.alpha * m);
        return logDensity(value, first.alpha * m, start) + prior(moved, last.alpha * m, end, last) - logDensity(moved, last.alpha * m, end);
      }),
    );
    const steps = [16, 32, 64, 128, 256];
    const answers: Float64Array[] = [];
    for (const n of steps) answers.push(yield* sampler.logLikelihood(oracle, x, n));
    const offs = truths.map((truth) => answers.map((value) => Math.max(...value.map((y, j) => Math.abs(y - (truth[j] ?? 0))))));
    // Which prior the subject takes shows in the finest answer.
    const finest = (off: readonly number[]): number => off.at(-1) ?? Number.NaN;
    const errors = offs.reduce((best, off) => (finest(off) < finest(best) ? off : best));
    return [{ kind: "order", name: "convergence", claimed: order ?? 1, steps, errors, floor: 256 * unitRoundoff(binary32) }];
  },
  tolerance: String.raw`\text{the last local slope reaches the claimed order minus } \tfrac12`,
};
