/**
 * # Score matching
 *
 * A score learned against the noise that was added is learned against the score of the noised data: the two losses differ by what no
 * model changes. At the weight g² the second bounds how far the model's reverse diffusion ends from the data.
 *
 * Convention: z = αx₀ + σε; per coordinate, without weight or ½ where none is printed.
 */
import fc from "fast-check";
import { positive } from "#spec/domain";
import { heldToSum, type TermRow, termOfRows } from "#spec/elbo/rows";
import { atLeast, enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { gaussHermite, gaussLegendre } from "#spec/number/quadrature";
import { derived, song2021sde, standard } from "#spec/sources";
import { uniforms } from "#spec/stream";

const quadratic = expression("b * (1 - c)^2 / 2");

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

export const scoreMatchingBound: Law<"Loss", { readonly scale: number; readonly low: number; readonly high: number }> = {
  id: "elbo.sm-bound",
  title: "Score errors at the weight ½g² bound the divergence of the data from what the reverse diffusion makes.",
  statement: [
    String.raw`D_{\mathrm{KL}}(p_0\|p_\theta) \le D_{\mathrm{KL}}(p_T\|\pi) + \tfrac12\int_0^T g^2\,\mathbb E\left\|\nabla\log p_t - s_\theta\right\|^2dt`,
    String.raw`p_t = \mathcal N(0,1),\ s_\theta = -cx:\quad \tfrac12\int g^2\,\mathbb E\|\cdot\|^2 = \tfrac12B(1-c)^2,\quad B = \int_0^T\beta`,
  ],
  roles: ["Loss"],
  kind: "bound",
  source: [standard("Song, Durkan, Murray, Ermon: Maximum likelihood training of score-based diffusion models (2021)")],
  restsOn: [],
  given: {},
  cases: { scale: fc.constantFrom(1 / 2, 1, 0, 7 / 8, 2), low: fc.constantFrom(1 / 4, 0, 1), high: positive(0, 3) },
  *claim({ scale, low, high }, loss) {
    // Variance-preserving noise on N(0, 1): the state stays N(0, 1), and x = 1 gives the mean of x².
    const { nodes, weights } = gaussLegendre(8);
    const rows = Array.from(nodes, (t): TermRow => ({ diffusion2: low + (high - low) * t, score: -1, scorehat: -scale }));
    const value = yield* termOfRows(loss, "score-matching-rate", rows);
    const bound = Float64Array.of(value.reduce((sum, v, k) => sum + v * (weights[k] ?? Number.NaN), 0));
    const b = (low + high) / 2;
    // The reverse diffusion dx = (½ − c)βx dτ + √β dw from N(0, 1) ends at N(0, s).
    const pull = 1 - 2 * scale;
    const s = Math.exp(pull * b) + (pull === 0 ? b : Math.expm1(pull * b) / pull);
    const divergence = (1 / s - 1 + Math.log(s)) / 2;
    return [
      enclosure("rate", quadratic, { b, c: scale }, bound, { roundings: 16 }),
      // Near c = 1 both sides are differences of numbers of size 1.
      atLeast(
        "bound",
        bound.map((x) => x + 1),
        divergence + 1,
        { roundings: 16 },
      ),
    ];
  },
  tolerance: String.raw`|\hat B - B| \le u(E_B + 16B)`,
};
