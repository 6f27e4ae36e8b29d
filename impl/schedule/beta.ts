/**
 * Named β schedules of training chains, as tables in binary64. Index k = 0 … T−1 holds β_{k+1} of Ho et al. (2020).
 */
import { SpecError } from "#spec/error";

/** T values from `at`, which is given the share k/(T−1) ∈ [0, 1]; a chain of one step has share 0. Throws `outside-domain` for T < 1. */
function ramp(T: number, at: (share: number) => number): Float64Array {
  if (!(Number.isInteger(T) && T >= 1))
    throw new SpecError("outside-domain", `β schedule: expected a whole number of steps T ≥ 1, got ${T}`, {
      hint: "T is the length of the training chain",
    });
  return Float64Array.from({ length: T }, (_, k) => at(T === 1 ? 0 : k / (T - 1)));
}

/** Straight from `first` to `last`. Source: Ho et al. (2020), 10⁻⁴ to 0.02 in 1,000 steps. Shape `T`. */
export function linearBetas(T: number, first: number, last: number): Float64Array {
  return ramp(T, (w) => first + (last - first) * w);
}

/** √β straight from √first to √last. Source: latent diffusion's "linear". Shape `T`. */
export function scaledLinearBetas(T: number, first: number, last: number): Float64Array {
  return ramp(T, (w) => (Math.sqrt(first) + (Math.sqrt(last) - Math.sqrt(first)) * w) ** 2);
}

/** A logistic ramp over (−6, 6). Source: GeoDiff, as in diffusers. Shape `T`. */
export function sigmoidBetas(T: number, first: number, last: number): Float64Array {
  return ramp(T, (w) => (last - first) / (1 + Math.exp(6 - 12 * w)) + first);
}
