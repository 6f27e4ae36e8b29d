/**
 * Times at which a sampler asks its model, noisiest first.
 */
import { shiftedLevel } from "#impl/schedule/time-shift";
import { SpecError } from "#spec/error";

/** Which N of T training indices: multiples from the clean end, multiples from the noisy end, or both ends. Source: Lin et al. (2024). */
export type Spacing = "leading" | "trailing" | "linspace";

/** N distinct indices of a chain of T, falling. Shape `N`. Throws `outside-domain` unless 1 ≤ N ≤ T. */
export function spacedIndices(T: number, N: number, spacing: Spacing): Float64Array {
  if (!(Number.isInteger(N) && N >= 1 && N <= T))
    throw new SpecError("outside-domain", `time grid: expected 1 ≤ steps ≤ T = ${T}, got ${N}`, {
      hint: "a chain of T indices has at most T distinct times",
    });
  const at = (k: number): number => {
    switch (spacing) {
      case "leading":
        return (N - 1 - k) * Math.floor(T / N);
      case "trailing":
        return Math.round(((N - k) * T) / N) - 1;
      case "linspace":
        return N === 1 ? T - 1 : Math.round(((N - 1 - k) * (T - 1)) / (N - 1));
      default:
        return spacing satisfies never;
    }
  };
  return Float64Array.from({ length: N }, (_, k) => at(k));
}

/** N indices from 0 upwards, for samplers that run towards noise and end on index T−1. Shape `N`. Throws `outside-domain` unless 1 ≤ N < T. */
export function risingIndices(T: number, N: number): Float64Array {
  if (!(Number.isInteger(N) && N >= 1 && N < T))
    throw new SpecError("outside-domain", `time grid: expected 1 ≤ steps < T = ${T}, got ${N}`);
  return Float64Array.from({ length: N }, (_, k) => Math.round((k * (T - 1)) / N));
}

/** N noise levels of the straight path, from 1 towards 0, shifted. The next after the last is 0. Shape `N`. Throws `outside-domain`. */
export function straightLevels(N: number, shift: number): Float64Array {
  if (!(Number.isInteger(N) && N >= 1 && shift > 0))
    throw new SpecError("outside-domain", `straight grid: expected N ≥ 1 and a shift > 0, got ${N} and ${shift}`);
  return Float64Array.from({ length: N }, (_, k) => shiftedLevel((N - k) / N, shift));
}
