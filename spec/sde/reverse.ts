/**
 * # Reverse-time dynamics
 *
 * With the exact score a whole family of dynamics runs from noise to data through the same densities: the probability-flow ODE at
 * λ = 0, Anderson's reverse SDE at λ = 1.
 *
 * Convention: drift and diffusion are given for time running towards noise, so a sampler that runs back takes the drift with a minus
 * sign; the score is that of the data N(m, v) noised to pₜ = N(αm, α²v + σ²).
 */
import fc from "fast-check";
import { data, noise, positive, signed } from "#spec/domain";
import { balance, enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation, expression } from "#spec/number/expression";
import { anderson1982, derived, karras2022, song2021sde } from "#spec/sources";

const score = "(-(x - alpha * m) / (alpha^2 * v + sigma^2))";
const reverseDrift = expression(`f * x - (1 + l^2) / 2 * g2 * ${score}`);
const reverseDiffusion = equation("d2 == l^2 * g2");
const stationary = expression("sigma");
const unmoved = equation("mean == alpha * x0");

interface GaussianData {
  readonly at: number;
  readonly m: number;
  readonly v: number;
  readonly lambda: number;
  readonly eps: Float64Array;
}

export const reverseFamily: Law<"Sampler" | "Schedule", GaussianData> = {
  id: "sde.reverse.family",
  title: "Every mixture of probability-flow ODE and reverse SDE has the drift f − ½(1 + λ²)g²·score and diffusion λg.",
  statement: [String.raw`f_\lambda = fx - \tfrac{1+\lambda^2}2 g^2\nabla\log p_t,\qquad g_\lambda = \lambda g`],
  roles: ["Sampler", "Schedule"],
  kind: "theorem",
  source: [
    song2021sde("verified", "Eq. 6 (λ = 1)"),
    karras2022("verified", "split into ODE and Langevin part"),
    anderson1982("unverified"),
  ],
  restsOn: ["sde.coeffs.alpha-sigma"],
  given: {},
  cases: {
    at: fc.integer({ min: 4, max: 60 }).map((k) => k / 64),
    m: signed(-3, 1),
    v: positive(-4, 2),
    lambda: fc.constantFrom(0, 1, 0.5, 2),
    eps: noise(),
  },
  *claim({ at, m, v, lambda: l, eps }, sampler) {
    const levels = yield* sampler.coeffs(at);
    const [alpha = 0, sigma = 0] = [levels.alpha[0], levels.sigma[0]];
    const { drift: f, diffusion2: g2 } = yield* sampler.sde(at);
    const x = eps.map((e) => alpha * m + Math.hypot(alpha * Math.sqrt(v), sigma) * e);
    const oracle = { name: "gaussian", mean: Float64Array.of(m), variance: Float64Array.of(v) } as const;
    const { drift, diffusion2 } = yield* sampler.drift(oracle, x, at, l);
    const axes = [["coordinate", x.length]] as const;
    const values = { f, x, l, g2, alpha, m, v, sigma };
    const via = x.map(
      (value) => Math.abs(value * (f[0] ?? 0)) + ((1 + l * l) / 2) * (g2[0] ?? 0) * ((Math.abs(value) + alpha * Math.abs(m)) / sigma ** 2),
    );
    return [
      enclosure("drift", reverseDrift, values, drift, { roundings: 8, via, axes }),
      balance("diffusion", reverseDiffusion, { d2: diffusion2, l, g2 }, { answer: "d2", roundings: 4 }),
    ];
  },
  // The score comes from a denoiser as (αx̂₀ − x)/σ²: two numbers of size |x| cancel.
  tolerance: String.raw`|\hat f_\lambda - f_\lambda| \le u\left(E + 8\left(|fx| + \tfrac{1+\lambda^2}{2}g^2\,\tfrac{|x|+\alpha|m|}{\sigma^2}\right)\right)`,
};

export const correctorStationary: Law<"Sampler" | "Schedule", { readonly at: number; readonly x0: Float64Array }> = {
  id: "sde.reverse.family.corrector",
  title: "A corrector step with the exact score leaves the distribution at its level unchanged.",
  statement: [String.raw`\mathbb E[x'] = \alpha x_0,\qquad \mathrm{Var}[x'] = c^2\sigma^2 + \varsigma^2 = \sigma^2`],
  roles: ["Sampler", "Schedule"],
  kind: "theorem",
  source: [derived("law of total variance on one-point data")],
  restsOn: [],
  given: { "the corrector is claimed to be exact": (_, facts) => facts.sampler?.exactCorrector === true },
  cases: { at: fc.integer({ min: 4, max: 60 }).map((k) => k / 64), x0: data() },
  *claim({ at, x0 }, sampler) {
    const levels = yield* sampler.coeffs(at);
    const [alpha = 0, sigma = 0] = [levels.alpha[0], levels.sigma[0]];
    const point = { name: "point", point: x0 } as const;
    const origin = { name: "point", point: new Float64Array(6) } as const;
    const mean = yield* sampler.correct(
      point,
      x0.map((x) => alpha * x),
      at,
      "none",
    );
    const noisy = yield* sampler.correct(origin, new Float64Array(6).fill(sigma), at, "none");
    const moved = yield* sampler.correct(origin, new Float64Array(6).fill(sigma), at, "basis");
    const variance = moved.reduce((sum, x, k) => sum + (x - (noisy[k] ?? 0)) ** 2, 0);
    const total = Math.hypot(noisy[0] ?? 0, Math.sqrt(variance));
    return [
      balance(
        "mean",
        unmoved,
        { mean, alpha, x0 },
        { answer: "mean", roundings: 16, via: x0.map((x) => 2 * Math.abs(alpha * x)), axes: [["coordinate", x0.length]] },
      ),
      enclosure("spread", stationary, { sigma }, Float64Array.of(total), { roundings: 24 }),
    ];
  },
  tolerance: String.raw`\sqrt{c^2\sigma^2+\varsigma^2} = \sigma(1+\theta_{24})`,
};
