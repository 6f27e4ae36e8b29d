/**
 * # Coefficients of the SDE of a path
 *
 * The Gaussian path αx₀ + σε is the law of dx = f x dt + g dw, with f and g² from the amplitudes' rates.
 *
 * Convention: time grows with noise; g² ≥ 0 because the signal-to-noise ratio falls.
 */
import fc from "fast-check";
import { atLeast, balance } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { At } from "#spec/sde/family";
import { derived, kingma2021 } from "#spec/sources";

const drift = equation("drift * alpha == alpha_rate");
const diffusion = equation("diffusion2 * alpha == 2 * sigma * sigma_rate * alpha - 2 * alpha_rate * sigma^2");

export const sdeCoefficients: Law<"Schedule", At> = {
  id: "sde.coeffs.alpha-sigma",
  title: "Drift and diffusion are those of the path: f = α̇/α and g² = 2σσ̇ − 2(α̇/α)σ².",
  statement: [drift, diffusion],
  roles: ["Schedule"],
  kind: "theorem",
  source: [kingma2021("second-hand", "Eq. 36"), derived("the straight path: f = −1/(1−t), g² = 2t/(1−t)")],
  restsOn: ["schedule.rate-derivative"],
  given: {},
  cases: { at: fc.integer({ min: 1, max: 62 }).map((k) => k / 64) },
  *claim({ at }, schedule) {
    const { alpha, sigma } = yield* schedule.coeffs(at);
    const { alphaRate: alpha_rate, sigmaRate: sigma_rate } = yield* schedule.rates(at);
    const { drift: f, diffusion2 } = yield* schedule.sde(at);
    const levels = { alpha, sigma, alpha_rate, sigma_rate };
    return [
      balance("drift", drift, { drift: f, ...levels }, { answer: "drift", roundings: 8 }),
      balance("diffusion", diffusion, { diffusion2, ...levels }, { answer: "diffusion2", roundings: 16 }),
      atLeast("sign", diffusion2, 0, { roundings: 1 }),
    ];
  },
  // Both terms of g² are non-negative for σ̇ ≥ 0 ≥ α̇: no cancellation.
  tolerance: String.raw`\hat g^2\alpha = 2\sigma\dot\sigma\alpha(1+\theta_{8}) - 2\dot\alpha\sigma^2(1+\theta_{8})`,
};
