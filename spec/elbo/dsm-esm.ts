/**
 * # Denoising score matching
 *
 * A score learned against the noise that was added is learned against the score of the noised data: the two losses differ by what no
 * model changes.
 *
 * Convention: z = αx₀ + σε; per coordinate, without weight or ½.
 */
import fc from "fast-check";
import { positive } from "#spec/domain";
import { heldToSum, type TermRow, termOfRows } from "#spec/elbo/rows";
import type { Law } from "#spec/law";
import { gaussHermite } from "#spec/number/quadrature";
import { derived, song2021sde, standard } from "#spec/sources";
import { uniforms } from "#spec/stream";

interface Level {
  readonly alpha: number;
  readonly sigma: number;
  readonly v: number;
  readonly stream: number;
}

export const denoisingIsExplicit: Law<"Loss", Level> = {
  id: "elbo.dsm-esm",
  title: "Denoising and explicit score matching differ by a number that no model changes.",
  statement: [
    String.raw`\mathbb E\left\|s_\theta(z)-\nabla\log q(z\mid x_0)\right\|^2 - \mathbb E\left\|s_\theta(z)-\nabla\log p_t(z)\right\|^2 = \frac{\alpha^2}{\sigma^4}\,\mathbb E\,\mathrm{tr}\,\mathrm{Cov}[x_0\mid z]`,
    String.raw`\nabla\log q(z\mid x_0) = -\frac{z-\alpha x_0}{\sigma^2}`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [standard("Vincent (2011)"), song2021sde("verified", "Eq. 7"), derived("the constant")],
  restsOn: [],
  given: {},
  cases: { alpha: positive(-4, 0), sigma: positive(-3, 1), v: positive(-3, 2), stream: fc.integer({ min: 0, max: 0xffff }) },
  *claim({ alpha, sigma, v, stream }, loss) {
    // Data are N(m, v) and the score is any polynomial of degree three: eight Hermite nodes a variable integrate exactly.
    const [m = 0, ...coefficients] = uniforms(stream, 0, 5).map((w) => 2 * w - 1);
    const score = (z: number): number => coefficients.reduceRight((sum, c) => sum * z + c, 0);
    const { nodes, weights } = gaussHermite(8);
    const rows: TermRow[] = [];
    const shares: number[] = [];
    nodes.forEach((a, i) => {
      nodes.forEach((eps, j) => {
        const x0 = m + Math.sqrt(v) * a;
        const xt = alpha * x0 + sigma * eps;
        rows.push({ alpha, sigma, x0, xt, score: score(xt) });
        shares.push((weights[i] ?? 0) * (weights[j] ?? 0));
      });
    });
    const value = yield* termOfRows(loss, "dsm", rows);
    const denoising = value.reduce((sum, one, i) => sum + one * (shares[i] ?? Number.NaN), 0);
    const spread = alpha * alpha * v + sigma * sigma;
    const mean = (f: (z: number) => number): number =>
      nodes.reduce((sum, a, i) => sum + (weights[i] ?? 0) * f(alpha * m + Math.sqrt(spread) * a), 0);
    const explicit = mean((z) => (score(z) + (z - alpha * m) / spread) ** 2);
    const constant = (alpha * alpha * v) / (sigma * sigma * spread);
    const via = 4 * (mean((z) => score(z) ** 2) + 1 / sigma ** 2);
    return [heldToSum("loss", Float64Array.of(denoising), Float64Array.of(explicit + constant), { via })];
  },
  // z − αx₀ is formed of numbers of size z: its rounding is forgiven with the squares of both scores.
  tolerance: String.raw`|\hat D - D| \le \gamma_{16}\left(\hat D + D + 4\,\mathbb E s^2 + 4/\sigma^2\right)`,
};
