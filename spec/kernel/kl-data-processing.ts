/**
 * # Data processing
 *
 * Noise never makes two distributions easier to tell apart: their divergence falls along the forward process.
 *
 * Convention: two Gaussian data laws N(m₁, s²) and N(m₂, s²) with one variance, whose divergence at time t is
 * α²(m₁ − m₂)²/(2(α²s² + σ²)), in nats.
 */
import fc from "fast-check";
import { between, tooMany } from "#spec/categorical/between";
import { drawnLaws } from "#spec/categorical/table";
import { positive, unitTime } from "#spec/domain";
import { atLeast, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { standard } from "#spec/sources";

export const klDataProcessing: Law<"Schedule", { readonly shift: number; readonly v: number; readonly gap: number }> = {
  id: "kernel.kl-data-processing",
  title: "The divergence of two data laws falls as both are noised.",
  statement: [
    String.raw`s<t \;\Rightarrow\; D_{\mathrm{KL}}(p_t\|q_t) \le D_{\mathrm{KL}}(p_s\|q_s),\qquad D_{\mathrm{KL}}(p_t\|q_t) = \frac{\alpha_t^2(m_1-m_2)^2}{2(\alpha_t^2 s^2+\sigma_t^2)}`,
  ],
  roles: ["Schedule"],
  kind: "theorem",
  source: [standard("data-processing inequality; closed form for Gaussians")],
  restsOn: ["schedule.snr"],
  given: {},
  cases: { shift: fc.integer({ min: 0, max: 7 }).map((k) => k / 8), v: positive(-4, 3), gap: positive(-3, 3) },
  *claim({ shift, v, gap }, schedule) {
    const comb = Float64Array.from({ length: 17 }, (_, k) => (k === 0 ? 0 : k === 16 ? 1 : (k + shift) / 17));
    const { alpha, sigma } = yield* schedule.coeffs(comb);
    const divergence = alpha.map((a, k) => (a * gap) ** 2 / (2 * (a * a * v + (sigma[k] ?? 0) ** 2)));
    const [early, late] = [divergence.slice(0, -1), divergence.slice(1)];
    return [atLeast("falling", early, late, { roundings: 16, axes: [["interval", early.length]] })];
  },
  // Squares of two amplitudes, a sum and a quotient: sixteen roundings at most on either side.
  tolerance: String.raw`D_s(1+\theta_{16}) \ge D_t(1+\theta_{16})`,
};

interface Divergence {
  /** Σ q·φ(p/q) with φ(r) = r·log r − r + 1 ≥ 0, in nats. */
  readonly value: number;
  /** What the roundings of p and q can do to it. */
  readonly scale: number;
}

/** Infinite where p has mass and q none. */
export function divergence(p: Float64Array, q: Float64Array): Divergence {
  let [value, scale] = [0, 0];
  for (let k = 0; k < p.length; k++) {
    const [a, b] = [p[k] ?? 0, q[k] ?? 0];
    const log = a === 0 ? 0 : Math.log(a / b);
    value += near(a, b) ? b * closePhi((a - b) / b) : a * log - a + b;
    scale += (a + b) * Math.abs(log) + Math.abs(a - b);
  }
  return { value, scale };
}

const near = (a: number, b: number): boolean => b > 0 && Math.abs(a - b) < b * 2 ** -12;

/** φ(1 + x) by its series: written out, the terms of laws that are nearly one cancel to less than their own rounding. */
const closePhi = (x: number): number => x * x * (1 / 2 - x * (1 / 6 - x * (1 / 12 - x / 20)));

interface Laws {
  readonly u: number;
  readonly w: number;
  readonly stream: number;
}

export const klDataProcessingFinite: Law<"DiscreteKernel", Laws> = {
  id: "kernel.kl-data-processing.finite",
  title: "The divergence of two laws of tokens falls as both are noised.",
  statement: [
    String.raw`s<t \;\Rightarrow\; D_{\mathrm{KL}}(pP_{0,t}\|qP_{0,t}) \le D_{\mathrm{KL}}(pP_{0,s}\|qP_{0,s}) \le D_{\mathrm{KL}}(p\|q)`,
  ],
  roles: ["DiscreteKernel"],
  kind: "theorem",
  source: [standard("data-processing inequality")],
  restsOn: ["kernel.row-stochastic"],
  given: {},
  cases: { u: unitTime(), w: unitTime(), stream: fc.integer({ min: 0, max: 999 }) },
  *claim({ u, w, stream }, process) {
    const { discrete } = yield* process.facts();
    const kernels = [yield* between(process, "data", Math.min(u, w)), yield* between(process, "data", Math.max(u, w))];
    if (discrete === null) return [unmet(tooMany)];
    const laws = drawnLaws(stream, 2, discrete.classes, discrete.mask);
    const [p, q] = [laws.slice(0, discrete.classes), laws.slice(discrete.classes)];
    const found = [divergence(p, q)];
    for (const kernel of kernels) {
      if (kernel === null) return [unmet(tooMany)];
      found.push(divergence(kernel.push(p), kernel.push(q)));
    }
    // On either side stands what roundings of the laws can do: they are forgiven in proportion to it.
    const values = found.map(({ value }) => value);
    const scales = found.map(({ scale }) => scale);
    const pairs = [0, 1];
    return [
      atLeast(
        "falling",
        Float64Array.from(pairs, (k) => (values[k] ?? 0) + (scales[k] ?? 0) + (scales[k + 1] ?? 0)),
        Float64Array.from(pairs, (k) => (values[k + 1] ?? 0) + (scales[k] ?? 0) + (scales[k + 1] ?? 0)),
        { roundings: 16, axes: [["interval", 2]] },
      ),
    ];
  },
  // A relative error of γ in p and q moves Σ p·log(p/q) by at most γ·Σ((p + q)·|log(p/q)| + |p − q|) to first order.
  tolerance: String.raw`D_t \le D_s + \gamma_{16}\sum_k\left((p_k+q_k)\,|\log(p_k/q_k)| + |p_k-q_k|\right)`,
};
