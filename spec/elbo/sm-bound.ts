/**
 * # Likelihood weighting
 *
 * Errors of a score, weighed by g², bound how far the model's reverse diffusion ends from the data. The bound speaks of the diffusion, and
 * not of the probability-flow ODE.
 *
 * Convention: per coordinate; g² is the diffusion coefficient squared, per unit of time.
 */
import fc from "fast-check";
import { positive } from "#spec/domain";
import { type TermRow, termOfRows } from "#spec/elbo/rows";
import { atLeast, enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { gaussLegendre } from "#spec/number/quadrature";
import { standard } from "#spec/sources";

const quadratic = expression("b * (1 - c)^2 / 2");

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
