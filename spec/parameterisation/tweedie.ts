/**
 * # Tweedie's formula
 *
 * The best guess of the data from a noisy state is the state moved along the score. For Gaussian data the guess is linear, and its
 * slope is the posterior covariance over σ²/α: positive, and at most the prior's.
 *
 * Convention: data have mean m and variance s² per coordinate; the score is that of pₜ = N(αm, α²s² + σ²).
 *
 * Source: the first order was read in Karras et al.; the second is differentiated here.
 */
import fc from "fast-check";
import { noise, positive, signed } from "#spec/domain";
import { atLeast, enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { derived, karras2022 } from "#spec/sources";

const denoised = expression("m + alpha * v * (x - alpha * m) / (alpha^2 * v + sigma^2)");
const slope = expression("alpha * v / (alpha^2 * v + sigma^2)");

interface GaussianData {
  readonly at: number;
  readonly m: number;
  readonly v: number;
  readonly eps: Float64Array;
}

export const tweedie: Law<"Denoiser", GaussianData> = {
  id: "parameterisation.tweedie",
  title: "The denoiser of Gaussian data is Tweedie's formula, and its slope is a posterior variance.",
  statement: [
    String.raw`\mathbb E[x_0\mid x_t] = \tfrac1\alpha\left(x_t + \sigma^2\nabla\log p_t(x_t)\right)`,
    String.raw`\mathrm{Var}[x_0\mid x_t] = \tfrac{\sigma^2}{\alpha}\,\frac{\partial\hat x_0}{\partial x_t} \ge 0`,
  ],
  roles: ["Denoiser"],
  kind: "theorem",
  source: [karras2022("verified", "relation of score and denoiser"), derived("the second order, by differentiation")],
  restsOn: [],
  given: {},
  cases: { at: fc.integer({ min: 1, max: 63 }).map((k) => k / 64), m: signed(-3, 1), v: positive(-4, 2), eps: noise() },
  *claim({ at, m, v, eps }, subject) {
    const levels = yield* subject.coeffs(at);
    const [alpha = 0, sigma = 0] = [levels.alpha[0], levels.sigma[0]];
    const x = eps.map((e) => alpha * m + Math.hypot(alpha * Math.sqrt(v), sigma) * e);
    const oracle = { name: "gaussian", mean: Float64Array.of(m), variance: Float64Array.of(v) } as const;
    const guess = yield* subject.denoise(oracle, x, at);
    const moved = yield* subject.denoise(
      oracle,
      x.map((value) => value + 1),
      at,
    );
    const rise = moved.map((value, k) => value - (guess[k] ?? 0));
    const axes = [["coordinate", x.length]] as const;
    const via = x.map((value) => Math.abs(m) + Math.abs(value) / Math.max(alpha, sigma));
    return [
      enclosure("denoiser", denoised, { m, alpha, v, x, sigma }, guess, { roundings: 8, via, axes }),
      // The denoiser is affine, so one unit of the state shows its slope exactly.
      enclosure("slope", slope, { alpha, v, sigma }, rise, { roundings: 16, via: via.map((size) => 2 * size + 1), axes }),
      atLeast("variance", rise, 0, { roundings: 16, axes }),
    ];
  },
  tolerance: String.raw`|\hat x_0 - \mathbb E[x_0|x_t]| \le u\,(E + 8(|\hat x_0| + |m| + |x_t|/\max(\alpha,\sigma)))`,
};
