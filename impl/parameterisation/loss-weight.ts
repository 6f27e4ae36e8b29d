/**
 * Weights of squared errors, as functions of the noise level: on the host in binary64.
 */
import type { Levels } from "#spec/convention";
import { SpecError } from "#spec/error";
import { mapped } from "#spec/tensor";

export type WeightedKind = "x0" | "eps" | "v";

/**
 * min-SNR-γ on a prediction of that kind: min(SNR, γ), over SNR for ε, over SNR + 1 for v, so that all three are one loss. Shape `n`.
 * At σ = 0 the limits γ, 0 and 0. Throws `outside-domain` for another kind. Source: Hang et al. (2023).
 */
export function minSnr(kind: WeightedKind, { alpha, sigma }: Levels, gamma: number): Float64Array {
  const divisor = (snr: number): number => {
    switch (kind) {
      case "x0":
        return 1;
      case "eps":
        return snr;
      case "v":
        return snr + 1;
      default:
        throw new SpecError("outside-domain", `min-SNR: expected a prediction of x0, eps or v, got ${String(kind satisfies never)}`);
    }
  };
  return mapped(
    (a, s) => {
      const snr = (a / s) ** 2;
      // min(SNR, γ)/SNR is 1 up to the cap, also where SNR is 0.
      return kind === "eps" && snr <= gamma ? 1 : Math.min(snr, gamma) / divisor(snr);
    },
    alpha,
    sigma,
  );
}

/** σ⁻² on the straight path; ∞ at σ = 0. Shape `n`. Source: Esser et al. (2024), as in diffusers. */
export function sigmaSqrt(sigma: Float64Array): Float64Array {
  return sigma.map((s) => 1 / (s * s));
}
