/**
 * Consistency functions f = c_skip·x + c_out·x̂₀, which return the state itself at the least time. Source: Luo et al. (2023), latent
 * consistency models, as in diffusers.
 */
import { SpecError } from "#spec/error";

export interface Skip {
  readonly cskip: number;
  readonly cout: number;
}

/** c_skip = d²/(τ² + d²) and c_out = τ/√(τ² + d²) at a distance τ ≥ 0 from the least time, d = `sigmaData`. Throws `outside-domain`. */
export function consistencySkip(distance: number, sigmaData = 0.5): Skip {
  if (!(distance >= 0 && sigmaData > 0))
    throw new SpecError("outside-domain", `consistency function: expected a distance ≥ 0 and σ_data > 0, got ${distance} and ${sigmaData}`);
  const total = Math.hypot(distance, sigmaData);
  return { cskip: (sigmaData / total) ** 2, cout: distance / total };
}
