/**
 * The sub-variance-preserving SDE: the drift of VP, and standard deviation 1 − e^{−B}. Source: Song et al. (2021), Eq. 12.
 */
import { type Path, unitInterval } from "#impl/sde/path";
import { type BetaRange, linearRate } from "#impl/sde/vp";

/** α = e^{−B/2}, σ = 1 − e^{−B}. */
export function subvpPath(range: BetaRange = { low: 0.1, high: 20 }): Path {
  const { beta, integral, timeOf } = linearRate(range);
  const sigma = (t: number): number => -Math.expm1(-integral(t));
  return {
    time: unitInterval,
    level: (t) => ({ alpha: Math.exp(-integral(t) / 2), sigma: sigma(t) }),
    rates: (t) => {
      const sigmaRate = beta(t) * Math.exp(-integral(t));
      return { alphaRate: (-beta(t) / 2) * Math.exp(-integral(t) / 2), sigmaRate, varianceRate: sigma(t) * sigmaRate };
    },
    sde: (t) => ({ drift: -beta(t) / 2, diffusion2: -beta(t) * Math.expm1(-2 * integral(t)) }),
    // σ/α = 2 sinh(B/2).
    timeOf: (ratio) => timeOf(2 * Math.asinh(ratio / 2)),
  };
}
