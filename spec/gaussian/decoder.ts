/**
 * # The discretised decoder
 *
 * Ho et al. turn a Gaussian over pixels into probabilities of K grey levels: differences of its distribution function at the
 * edges of the bins, the outer bins reaching to infinity.
 *
 * Convention: levels k = 0 … K−1 lie at 2k/(K−1) − 1; half a bin is 1/(K−1).
 */
import fc from "fast-check";
import { positive, signed } from "#spec/domain";
import { balance, enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation, expression } from "#spec/number/expression";
import { ho2020 } from "#spec/sources";

const inner = expression("(erf((c + h - m) / (s * sqrt(2))) - erf((c - h - m) / (s * sqrt(2)))) / 2");
const lowest = expression("(1 + erf((c + h - m) / (s * sqrt(2)))) / 2");
const highest = expression("(1 - erf((c - h - m) / (s * sqrt(2)))) / 2");
const total = equation("mass == 1");

export const discretizedDecoder: Law<"Loss", { readonly K: number; readonly m: number; readonly s: number }> = {
  id: "gaussian.decoder.discretized",
  title: "The discretised decoder's bins are differences of Φ and hold total mass 1.",
  statement: [
    String.raw`p_k = \Phi\left(\tfrac{c_k+h-\mu}{\sigma}\right) - \Phi\left(\tfrac{c_k-h-\mu}{\sigma}\right),\qquad \sum_{k=0}^{K-1} p_k = 1`,
  ],
  roles: ["Loss"],
  kind: "definition",
  source: [ho2020("unverified")],
  restsOn: [],
  given: {},
  cases: { K: fc.constantFrom(2, 3, 16, 256), m: signed(-4, 1), s: positive(-10, 3) },
  *claim({ K, m, s }, loss) {
    const masses = yield* loss.term("decoder", { K, mean: m, std: s });
    const c = Float64Array.from({ length: K }, (_, k) => (2 * k) / (K - 1) - 1);
    const h = 1 / (K - 1);
    const middle = (values: Float64Array): Float64Array => values.slice(1, -1);
    const axes = [["bin", Math.max(K - 2, 1)]] as const;
    // The argument's own size counts: an error of u|c − m|/s in it moves Φ by at most that times its density.
    const via = 1;
    return [
      balance("total", total, { mass: compensated(masses) }, { answer: "mass", roundings: 4 + K }),
      ...(K > 2 ? [enclosure("bin", inner, { c: middle(c), h, m, s }, middle(masses), { roundings: 8, via, axes })] : []),
      enclosure("lowest bin", lowest, { c: -1, h, m, s }, masses.slice(0, 1), { roundings: 8, via }),
      enclosure("highest bin", highest, { c: 1, h, m, s }, masses.slice(-1), { roundings: 8, via }),
    ];
  },
  // Bins telescope: each edge's error appears twice with opposite signs, and only what each bin rounds of its own remains.
  tolerance: String.raw`\left|\sum_k\hat p_k - 1\right| \le \gamma_{K+4}\left(1+\sum_k\hat p_k\right)`,
};

/** The sum, exact up to the last double rounding (Neumaier). */
function compensated(values: Float64Array): number {
  let sum = 0;
  let lost = 0;
  for (const x of values) {
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return sum + lost;
}
