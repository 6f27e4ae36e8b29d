/**
 * The variance-exploding SDE with geometric noise σ(t) = low·(high/low)^t. Source: Song et al. (2021), Eq. 9.
 *
 * Two kernels are in use. `marginal` has standard deviation σ(t), so its time 0 is already noisy; `exact` is the SDE's own kernel from
 * clean data, with variance σ²(t) − σ²(0).
 */
import { type Path, unitInterval } from "#impl/sde/path";
import { SpecError } from "#spec/error";

export interface VeRange {
  readonly low: number;
  readonly high: number;
}

/** α = 1; σ as the kernel says. Throws `outside-domain` unless 0 < low < high. */
export function vePath({ low, high }: VeRange = { low: 0.01, high: 50 }, kernel: "marginal" | "exact" = "marginal"): Path {
  if (!(low > 0 && low < high)) throw new SpecError("outside-domain", `VE path: expected 0 < low < high, got ${low} and ${high}`);
  const growth = Math.log(high / low);
  const exact = kernel === "exact";
  const sigma = (t: number): number => low * (exact ? Math.sqrt(Math.expm1(2 * t * growth)) : Math.exp(t * growth));
  const half = (t: number): number => growth * low * low * Math.exp(2 * t * growth);
  return {
    time: unitInterval,
    level: (t) => ({ alpha: 1, sigma: sigma(t) }),
    rates: (t) => ({ alphaRate: 0, sigmaRate: half(t) / sigma(t), varianceRate: half(t) }),
    sde: (t) => ({ drift: 0, diffusion2: 2 * half(t) }),
    timeOf: (ratio) => (exact ? Math.log1p((ratio / low) ** 2) / (2 * growth) : Math.log(ratio / low) / growth),
  };
}
