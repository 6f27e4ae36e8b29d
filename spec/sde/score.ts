/**
 * # Stein's identities
 *
 * Under its own distribution a score has mean zero, and its covariance with the state is −1.
 *
 * Convention: Gaussian data N(m, v); expectations by Gauss–Hermite quadrature with five nodes, exact for the polynomials that occur.
 */
import fc from "fast-check";
import { positive, signed } from "#spec/domain";
import { balance } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { derived } from "#spec/sources";

/** Nodes and weights of the standard normal. */
const nodes = [-2.8569700138728056, -1.355626179974266, 0, 1.355626179974266, 2.8569700138728056];
const weights = [0.011257411327720689, 0.22207592200561266, 0.5333333333333333, 0.22207592200561266, 0.011257411327720689];

const parts = weights.map((_, k) => `w${k} * alpha * d${k} - w${k} * x${k}`).join(" + ");
const crossParts = weights.map((_, k) => `w${k} * x${k} * alpha * d${k} - w${k} * x${k}^2`).join(" + ");
const mean = equation(`${parts} == 0`);
const covariance = equation(`${crossParts} + sigma^2 == 0`);

export const stein: Law<"Denoiser", { readonly at: number; readonly m: number; readonly v: number }> = {
  id: "sde.score.stein",
  title: "The score implied by a denoiser has mean zero and covariance −1 with the state.",
  statement: [String.raw`\mathbb E[s] = 0,\qquad \mathbb E[x\,s] = -1,\qquad s = \frac{\alpha\hat x_0 - x}{\sigma^2}`],
  roles: ["Denoiser"],
  kind: "theorem",
  source: [derived("Stein's lemma, integration by parts")],
  restsOn: ["parameterisation.tweedie"],
  given: {},
  cases: { at: fc.integer({ min: 1, max: 63 }).map((k) => k / 64), m: signed(-3, 1), v: positive(-4, 2) },
  *claim({ at, m, v }, subject) {
    const levels = yield* subject.coeffs(at);
    const [alpha = 0, sigma = 0] = [levels.alpha[0], levels.sigma[0]];
    const spread = Math.hypot(alpha * Math.sqrt(v), sigma);
    const x = Float64Array.from(nodes, (node) => alpha * m + spread * node);
    const oracle = { name: "gaussian", mean: Float64Array.of(m), variance: Float64Array.of(v) } as const;
    const guesses = yield* subject.denoise(oracle, x, at);
    const values: Record<string, number> = { alpha, sigma };
    weights.forEach((w, k) => {
      values[`w${k}`] = w;
      values[`x${k}`] = x[k] ?? 0;
      values[`d${k}`] = guesses[k] ?? Number.NaN;
    });
    const size = Math.abs(alpha * m) + spread;
    return [
      balance("mean", mean, values, { answer: "d2", roundings: 16, via: size }),
      balance("covariance", covariance, values, { answer: "d2", roundings: 16, via: size ** 2 }),
    ];
  },
  // Multiplied by σ², so that no small number is divided by; every term is the size of the state or of its square.
  tolerance: String.raw`\left|\sum_k w_k(\alpha\hat x_{0,k}-x_k)\right| \le \gamma_{16}\sum_k w_k(\alpha|\hat x_{0,k}|+|x_k|)`,
};
