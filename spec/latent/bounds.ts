/**
 * # Likelihoods of integers from densities
 *
 * What a density says of data on a grid: uniform dequantisation bounds the probability of a cell from below, and bits per dimension
 * carry the width of a cell.
 *
 * Convention: cells are [x, x + 1) before scaling; data of L levels are scaled to [low, high]; log-likelihoods in nats for all dimensions.
 */
import fc from "fast-check";
import { positive, signed } from "#spec/domain";
import { atLeast, enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { erf } from "#spec/number/special";
import { code, derived } from "#spec/sources";

const bits = expression("(log(c / w) - n / d) / log(2)");
const dequantised = expression("-((x - m)^2 + (x - m) + 1 / 3) / (2 * s^2) - log(s) - log(2 * pi) / 2");

interface Shown {
  readonly n: number;
  readonly d: number;
  readonly c: number;
  readonly low: number;
  readonly x: number;
  readonly s: number;
  readonly m: number;
}

export const dequantisation: Law<"Loss", Shown> = {
  id: "latent.bounds.dequant-bpd",
  title: "Bits per dimension carry the width of a level, and dequantisation never claims more than the cell holds.",
  statement: [
    String.raw`\mathrm{bpd} = \frac{1}{\ln 2}\left(\ln\frac{L}{\mathrm{high}-\mathrm{low}} - \frac{\log p}{d}\right)`,
    String.raw`\int_0^1 \log p(x+u)\,du \;\le\; \log\int_0^1 p(x+u)\,du`,
  ],
  roles: ["Loss"],
  kind: "bound",
  source: [code("score_sde")("verified", "likelihood.py"), derived("Jensen's inequality")],
  restsOn: [],
  given: {},
  cases: {
    n: signed(-2, 12),
    d: fc.constantFrom(1, 2, 3072),
    c: fc.constantFrom(256, 2, 128),
    low: fc.constantFrom(-1, 0),
    x: fc.integer({ min: -3, max: 3 }),
    s: positive(-1, 3),
    m: signed(-4, 1),
  },
  *claim({ n, d, c, low, x, s, m }, loss) {
    const value = yield* loss.term("bits-per-dim", { nats: n, dims: d, levels: c, low, high: 1 });
    const found = [enclosure("bits", bits, { c, w: 1 - low, n, d }, value, { roundings: 4 })];
    const bound = yield* loss.term("dequantised-gaussian", { x, mean: m, std: s });
    const edge = (z: number): number => erf((z - m) / (s * Math.SQRT2));
    const cell = Math.log((edge(x + 1) - edge(x)) / 2);
    return [
      ...found,
      enclosure("dequantised", dequantised, { x, m, s }, bound, { roundings: 4 }),
      // Far out the cell's probability is a difference of two ones: the inequality is shown where it is not.
      ...(Number.isFinite(cell) && cell > -12 ? [atLeast("below", cell, bound, { roundings: 16 })] : []),
    ];
  },
  tolerance: String.raw`|\hat b - b| \le u\,(E_b + 4b), \quad E_b \text{ the running error of the formula}`,
};
