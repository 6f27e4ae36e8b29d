/**
 * Small pieces that the textbook's methods and its sampler share.
 */
import type { Oracle } from "#spec/oracle";
import { type Fields, isTensor, type Tensor, type Value } from "#spec/tensor";

export function data(value: Value | undefined): Float64Array {
  if (isTensor(value)) return value.data;
  return typeof value === "number" ? Float64Array.of(value) : new Float64Array(0);
}

/** Element k of a batch belongs to sample ⌊k / d⌋, whose time is the only one or its own. */
export function perSample(values: Float64Array, times: Float64Array, f: (x: number, k: number, time: number) => number): Float64Array {
  const d = values.length / times.length;
  return values.map((x, k) => f(x, k, times[times.length === 1 ? 0 : Math.floor(k / d)] ?? Number.NaN));
}

export interface Level {
  readonly alpha: number;
  readonly sigma: number;
}

/** q(xₛ | xₜ, x₀) in the form without cancellation. */
export function posteriorOf(
  s: Level,
  t: Level,
): { readonly c0: number; readonly ct: number; readonly variance: number; readonly step: number } {
  const ratio = t.alpha / s.alpha;
  const step = t.sigma ** 2 - (ratio * s.sigma) ** 2;
  return {
    c0: (s.alpha * step) / t.sigma ** 2,
    ct: (ratio * s.sigma ** 2) / t.sigma ** 2,
    variance: (step * s.sigma ** 2) / t.sigma ** 2,
    step,
  };
}

export function oracleFrom(value: Value | undefined): Oracle {
  const fields = (value ?? {}) as Fields;
  return Object.fromEntries(
    Object.entries(fields).map(([key, item]) => [key, isTensor(item) ? (item as Tensor).data : item]),
  ) as unknown as Oracle;
}
