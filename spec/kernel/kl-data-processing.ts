/**
 * # Data processing
 *
 * Noise never makes two distributions easier to tell apart: their divergence falls along the forward process.
 *
 * Convention: two Gaussian data laws N(m₁, s²) and N(m₂, s²) with one variance, whose divergence at time t is
 * α²(m₁ − m₂)²/(2(α²s² + σ²)), in nats.
 */
import fc from "fast-check";
import { positive } from "#spec/domain";
import { atLeast } from "#spec/evidence";
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
