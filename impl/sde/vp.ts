/**
 * The variance-preserving SDE dx = −½βx dt + √β dw with β(t) from `low` to `high` on [0, 1]. Source: Song et al. (2021), Eq. 11.
 */
import { type Path, unitInterval } from "#impl/sde/path";
import { SpecError } from "#spec/error";

export interface BetaRange {
  readonly low: number;
  readonly high: number;
}

/** β(t) and its integral B(t), with the time of a given B. Throws `outside-domain` unless 0 < low < high. */
export function linearRate({ low, high }: BetaRange): {
  readonly beta: (t: number) => number;
  readonly integral: (t: number) => number;
  readonly timeOf: (B: number) => number;
} {
  if (!(low > 0 && low < high)) throw new SpecError("outside-domain", `β(t): expected 0 < low < high, got ${low} and ${high}`);
  const slope = high - low;
  return {
    beta: (t) => low + slope * t,
    integral: (t) => t * (low + (slope * t) / 2),
    // The root of ½(c − b)t² + bt = B with the sum in the denominator: nothing cancels.
    timeOf: (B) => (2 * B) / (low + Math.sqrt(low * low + 2 * slope * B)),
  };
}

/** α = e^{−B/2}, σ² = 1 − e^{−B}. */
export function vpPath(range: BetaRange = { low: 0.1, high: 20 }): Path {
  const { beta, integral, timeOf } = linearRate(range);
  const sigma = (t: number): number => Math.sqrt(-Math.expm1(-integral(t)));
  return {
    time: unitInterval,
    level: (t) => ({ alpha: Math.exp(-integral(t) / 2), sigma: sigma(t) }),
    rates: (t) => {
      const varianceRate = (beta(t) * Math.exp(-integral(t))) / 2;
      return { alphaRate: (-beta(t) / 2) * Math.exp(-integral(t) / 2), sigmaRate: varianceRate / sigma(t), varianceRate };
    },
    sde: (t) => ({ drift: -beta(t) / 2, diffusion2: beta(t) }),
    // (σ/α)² = e^B − 1.
    timeOf: (ratio) => timeOf(Math.log1p(ratio * ratio)),
  };
}
