/**
 * # The posterior of one step back
 *
 * Given data x₀ and a state xₜ, the state at an earlier time s is Gaussian: its mean mixes x₀ and xₜ, its variance is β̃.
 *
 * Convention: s < t; α_{t|s} = αₜ/αₛ and σ²_{t|s} = σₜ² − α²_{t|s}σₛ² belong to the step from s to t, whatever lies between them on
 * the training chain. Nothing assumes a variance-preserving process.
 *
 * Source: Kingma et al. (2021) in notes that give equation tags; the algebra was confirmed in exact rationals.
 */
import fc from "fast-check";
import { data, noise } from "#spec/domain";
import { balance, enclosure, unmet } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { equation, expression } from "#spec/number/expression";
import { oneStep, samplerOf, scaleOfStep } from "#spec/sampler/step";
import { code, derived, ho2020, kingma2021, nichol2021 } from "#spec/sources";

const variance = "(sigma^2 - (alpha / alpha_s)^2 * sigma_s^2)";
const mean = expression(`(alpha_s * ${variance} * x0 + alpha / alpha_s * sigma_s^2 * xt) / sigma^2`);
const stdSmall = expression(`sqrt(${variance}) * sigma_s / sigma`);
const stdLarge = expression(`sqrt(${variance})`);
const stdRange = expression(`exp((w * log(${variance}) + (1 - w) * log(${variance} * sigma_s^2 / sigma^2)) / 2)`);
const stdLearned = expression("sqrt(o)");
const noiseless = equation("alpha_s * x0 == mean");
const spread = expression("sigma_s");
const klSnr = expression("(alpha_s^2 / sigma_s^2 - alpha^2 / sigma^2) * (x0 - x0hat)^2 / 2");

/** Where on the grid, as a share of its steps, and what lies there. */
interface Place {
  readonly w: number;
  readonly x0: Float64Array;
  readonly eps: Float64Array;
}

const place = { w: fc.integer({ min: 0, max: 16 }).map((k) => k / 16), x0: data(), eps: noise() };

/** Steps whose mean is claimed to be the posterior's. */
const hasPosterior = { "steps are posterior (ancestral) steps": (_: unknown, facts: Facts) => facts.sampler?.posterior === true };

export const posteriorMoments: Law<"ReverseStep", Place> = {
  id: "gaussian.posterior.moments",
  title: "An ancestral step has the mean and variance of the posterior between the two times it joins.",
  statement: [
    String.raw`\mu = \frac{\alpha_s\,\sigma^2_{t|s}}{\sigma_t^2}\,x_0 + \frac{\alpha_{t|s}\,\sigma_s^2}{\sigma_t^2}\,x_t`,
    String.raw`\tilde\beta = \frac{\sigma^2_{t|s}\,\sigma_s^2}{\sigma_t^2}`,
  ],
  roles: ["ReverseStep"],
  kind: "theorem",
  source: [kingma2021("second-hand", "Eq. 24, 25, 32"), ho2020("unverified")],
  restsOn: ["schedule.step-consistency"],
  given: hasPosterior,
  cases: place,
  *claim({ w, x0, eps }, sampler) {
    const facts = yield* sampler.facts();
    const { noise: claim } = samplerOf(facts);
    const step = yield* oneStep(sampler, { w, x0, eps, oracle: { name: "pair", x0, eps } });
    const { from, to, xt } = step;
    if (from.alpha === 0) return [unmet("αₜ = 0: x₀ does not reach the state")];
    const levels = { alpha: from.alpha, sigma: from.sigma, alpha_s: to.alpha, sigma_s: to.sigma };
    // x̂₀ is read from state and output, and code may form the share of noise that stays as √(1 − τ): absolute errors of σₛ, in units of ε̂.
    const at = (values: Float64Array, k: number): number => values[values.length === 1 ? 0 : k] ?? 0;
    const read = scaleOfStep(facts, from, to);
    const via = new Float64Array(xt.length);
    for (let k = 0; k < via.length; k++)
      via[k] =
        read({ x0: at(x0, k), eps: at(eps, k) }) + (to.sigma / from.sigma) * (Math.abs(at(xt, k)) + from.alpha * Math.abs(at(x0, k)));
    const first = enclosure(
      "mean",
      mean,
      { alpha: from.alpha, sigma: from.sigma, alpha_s: to.alpha, sigma_s: to.sigma, x0, xt },
      step.mean,
      { roundings: 2, via, axes: [["coordinate", xt.length]] },
    );
    if (claim !== "marginal" || step.noiseless) return [first];
    return [
      first,
      enclosure("noise", stdSmall, levels, Float64Array.of(Math.sqrt(step.variance)), { roundings: 4, via: to.alpha + to.sigma }),
    ];
  },
  // The tree of the printed formula, and two further roundings for x̂₀ and the sum with zero noise. Noise is added to a state of
  // size αₛ + σₛ, whose own rounding hides as much of it.
  tolerance: String.raw`|\hat\mu - \mu| \le u\left(E_\mu + 2|\mu| + 2\tfrac{\sigma_s}{\sigma_t}(|x_t|+\alpha_t|x_0|)\right),\; E_\mu \text{ the running error of the formula}`,
};

export const posteriorConsistency: Law<"ReverseStep", Omit<Place, "eps">> = {
  id: "gaussian.posterior.consistency",
  title: "Pushing the marginal at t through an ancestral step returns the marginal at s.",
  statement: [noiseless, String.raw`c_t^2\sigma_t^2 + \tilde\beta = \sigma_s^2`],
  roles: ["ReverseStep"],
  kind: "theorem",
  source: [derived("law of total expectation and variance; confirmed in exact rationals")],
  restsOn: ["gaussian.posterior.moments"],
  given: {
    ...hasPosterior,
    "the variance is the posterior's": (_, facts) => facts.sampler?.noise === "marginal",
  },
  cases: { w: place.w, x0: place.x0 },
  *claim({ w, x0 }, sampler) {
    const still = new Float64Array(x0.length);
    const quiet = yield* oneStep(sampler, { w, x0, eps: still, oracle: { name: "pair", x0, eps: still } });
    const [zero, one] = [Float64Array.of(0), Float64Array.of(1)];
    const noisy = yield* oneStep(sampler, { w, x0: zero, eps: one, oracle: { name: "point", point: zero } });
    if (quiet.from.alpha === 0) return [unmet("αₜ = 0: x₀ does not reach the state")];
    const mean = balance(
      "mean",
      noiseless,
      { alpha_s: quiet.to.alpha, x0, mean: quiet.mean },
      { answer: "mean", roundings: 12, axes: [["coordinate", x0.length]] },
    );
    if (noisy.noiseless) return [mean];
    return [
      mean,
      enclosure("noise", spread, { sigma_s: noisy.to.sigma }, Float64Array.of(Math.hypot(noisy.mean[0] ?? 0, Math.sqrt(noisy.variance))), {
        roundings: 12,
        via: noisy.to.alpha + noisy.to.sigma,
      }),
    ];
  },
  // Coefficients of the mean: five roundings each, two products and a sum in the step. Squared for the variance, twice over.
  tolerance: String.raw`\hat c_0 = c_0(1+\theta_6),\; \hat c_t = c_t(1+\theta_6);\quad \hat c_t^2\sigma_t^2 + \hat\beta = \sigma_s^2(1+\theta_{24})`,
};

export const logVarianceModes: Law<"ReverseStep", Place & { readonly predicted: number }> = {
  id: "gaussian.posterior.log-variance-modes",
  title: "A step's variance is β̃, β of the step, or the learned interpolation of their logarithms, as its option says.",
  statement: [
    String.raw`\varsigma^2_{\mathrm{small}} = \tilde\beta,\quad \varsigma^2_{\mathrm{large}} = \sigma^2_{t|s}`,
    String.raw`\log\varsigma^2_{\mathrm{range}} = w\log\sigma^2_{t|s} + (1-w)\log\tilde\beta,\quad w = \tfrac{o+1}{2}`,
  ],
  roles: ["ReverseStep"],
  kind: "definition",
  source: [nichol2021("unverified"), code("diffusers")("verified", "DDPMScheduler._get_variance")],
  restsOn: ["schedule.step-consistency"],
  given: {
    ...hasPosterior,
    "the option names a variance": (_, facts) => ["marginal", "large", "log-range", "learned"].includes(facts.sampler?.noise ?? ""),
  },
  cases: { ...place, predicted: fc.constantFrom(1, -1, 0, 0.5) },
  *claim({ w, x0, eps, predicted }, sampler) {
    const { noise: claim } = samplerOf(yield* sampler.facts());
    const learns = claim === "log-range" || claim === "learned";
    // A learned variance is its prediction, which must be positive; a learned share may be anything in [−1, 1].
    const o = claim === "learned" ? (predicted + 2) / 4 : predicted;
    const step = yield* oneStep(sampler, { w, x0, eps, oracle: { name: "pair", x0, eps }, ...(learns ? { variance: o } : {}) });
    const { from, to } = step;
    if (step.noiseless) return [unmet("the last step, which is said to leave its noise out")];
    const levels = { alpha: from.alpha, sigma: from.sigma, alpha_s: to.alpha, sigma_s: to.sigma };
    const answer = Float64Array.of(Math.sqrt(step.variance));
    const forgiving = { roundings: 6, via: to.alpha + to.sigma };
    if (claim === "marginal") return [enclosure("noise", stdSmall, levels, answer, forgiving)];
    if (to.sigma === 0) return [unmet("the last step, where log β̃ = −∞")];
    if (claim === "learned") return [enclosure("noise", stdLearned, { o }, answer, forgiving)];
    return [enclosure("noise", claim === "large" ? stdLarge : stdRange, { ...levels, w: (o + 1) / 2 }, answer, forgiving)];
  },
  // The formula's tree; beyond it a root, a square and one exp∘log, whose error |log v|·u stays below 4u for v > 10⁻²⁰ relative to E.
  tolerance: String.raw`\varsigma^2 = \exp(2\cdot\tfrac12\log v)(1+\theta_6)`,
};

export const posteriorKlSnr: Law<
  "Loss",
  { readonly t: number; readonly h: number; readonly x0: Float64Array; readonly x0hat: Float64Array }
> = {
  id: "gaussian.posterior.kl-snr",
  title: "The divergence of two posteriors is half the SNR difference times the squared difference of their data.",
  statement: [String.raw`D_{\mathrm{KL}} = \tfrac12\left(\mathrm{SNR}_s-\mathrm{SNR}_t\right)\left\|x_0-\hat x_0\right\|^2`],
  roles: ["Loss"],
  kind: "theorem",
  source: [kingma2021("second-hand", "Eq. 13, 14")],
  restsOn: [],
  given: {},
  cases: {
    t: fc.integer({ min: 64, max: 1023 }).map((k) => k / 1024),
    h: fc.constantFrom(1 / 16, 1 / 32, 1 / 64),
    x0: data(),
    x0hat: data(),
  },
  *claim({ t, h, x0, x0hat }, loss) {
    const { alpha, sigma } = yield* loss.coeffs([t - h, t]);
    const [alpha_s = 0, alpha_t = 0] = alpha;
    const [sigma_s = 0, sigma_t = 0] = sigma;
    if (sigma_s === 0) return [unmet("σₛ = 0: the weight is infinite")];
    const kl = yield* loss.term("posterior-kl", { alpha_s, sigma_s, alpha: alpha_t, sigma: sigma_t, x0, x0hat });
    return [
      enclosure("divergence", klSnr, { alpha_s, sigma_s, alpha: alpha_t, sigma: sigma_t, x0, x0hat }, kl, {
        roundings: 8,
        axes: [["coordinate", kl.length]],
      }),
    ];
  },
  tolerance: String.raw`\text{the running error of } \tfrac12(\alpha_s^2/\sigma_s^2-\alpha_t^2/\sigma_t^2)(x_0-\hat x_0)^2`,
};
