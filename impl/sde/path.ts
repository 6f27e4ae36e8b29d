/**
 * Paths in continuous time: amplitudes, their rates, and the SDE dx = f·x dt + g dw that has them. Time grows with noise; everything
 * here is a function of time alone, on the host in binary64.
 */
import type { Process } from "#impl/schedule/level";

export interface PathRates {
  readonly alphaRate: number;
  /** ∞ where σ leaves 0 like a root. */
  readonly sigmaRate: number;
  /** σσ̇, half the rate of the variance: finite wherever the path is defined. */
  readonly varianceRate: number;
}

export interface PathSde {
  /** f, −∞ where no signal is left. */
  readonly drift: number;
  /** g² ≥ 0. */
  readonly diffusion2: number;
}

export interface Path extends Process {
  readonly time: { readonly kind: "interval"; readonly first: number; readonly last: number; readonly clean: "first" };
  readonly rates: (t: number) => PathRates;
  readonly sde: (t: number) => PathSde;
  /** The time of a noise-to-signal ratio σ/α ≥ 0. */
  readonly timeOf: (ratio: number) => number;
}

/** f = α̇/α and g² = 2(σσ̇ − fσ²), for paths without a shorter closed form. Source: Kingma et al. (2021). */
export function sdeOfRates(alpha: number, sigma: number, { alphaRate, varianceRate }: PathRates): PathSde {
  const drift = alphaRate / alpha;
  return { drift, diffusion2: 2 * (varianceRate - drift * sigma * sigma) };
}

export const unitInterval = { kind: "interval", first: 0, last: 1, clean: "first" } as const;
