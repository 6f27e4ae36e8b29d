/**
 * The forward kernel between two levels, q(xₜ | xₛ) = N(α_{t|s}xₛ, σ²_{t|s}), on the host in binary64.
 */
import { SpecError } from "#spec/error";
import type { Level } from "#spec/sampler/step";

export interface Transition {
  readonly scale: number;
  readonly variance: number;
}

/**
 * α_{t|s} = αₜ/αₛ and σ²_{t|s} = σₜ² − α²_{t|s}σₛ². Source: Kingma et al. (2021).
 * Throws `outside-domain` when no signal is left at s, or when t is less noisy than s.
 */
export function transition(s: Level, t: Level): Transition {
  if (s.alpha === 0) throw new SpecError("outside-domain", "transition: expected signal at the earlier level, got α = 0");
  const scale = t.alpha / s.alpha;
  const variance = t.sigma ** 2 - (scale * s.sigma) ** 2;
  // What rounding alone can make negative is zero.
  if (variance < -8 * Number.EPSILON * t.sigma ** 2)
    throw new SpecError(
      "outside-domain",
      `transition: expected the second level to be the noisier, got σ/α ${s.sigma / s.alpha} and ${t.sigma / t.alpha}`,
      {
        hint: "levels are passed cleaner first",
      },
    );
  return { scale, variance: Math.max(variance, 0) };
}
