/**
 * Karras et al.'s clock: states x₀ + σε, and the noise level is the time. Source: Karras et al. (2022).
 */
import type { Path } from "#impl/sde/path";
import { SpecError } from "#spec/error";

/** α = 1, σ(t) = t on [0, last]. Throws `outside-domain` unless last > 0. */
export function edmPath(last = 80): Path {
  if (!(last > 0)) throw new SpecError("outside-domain", `EDM path: expected a largest noise level > 0, got ${last}`);
  return {
    time: { kind: "interval", first: 0, last, clean: "first" },
    level: (t) => ({ alpha: 1, sigma: t }),
    rates: (t) => ({ alphaRate: 0, sigmaRate: 1, varianceRate: t }),
    sde: (t) => ({ drift: 0, diffusion2: 2 * t }),
    timeOf: (ratio) => ratio,
  };
}
