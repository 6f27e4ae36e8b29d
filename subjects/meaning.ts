/**
 * What a model's output says about data and noise, where it says anything.
 */
import { type Levels, type OutputCoefficients, outputCoefficients } from "#spec/convention";
import type { Facts } from "#spec/facts";

/** The coefficients p and q of the output p·x̂₀ + q·ε̂. Throws `NoMeaning` where the subject declares none. */
export function outputsOf(declared: Facts, levels: Levels): OutputCoefficients {
  if (declared.output === null) throw new NoMeaning();
  return outputCoefficients(declared.output, levels, declared.sigmaData ?? undefined);
}

/** No exact model exists for this configuration: its output has no documented meaning, or none at one of its levels. */
export class NoMeaning extends Error {
  constructor(why = "this configuration gives the model's output no documented meaning") {
    super(why);
  }
}

/** An output p·x̂₀ + q·ε̂ tells data and noise at a level only if αq ≠ σp: ε says nothing of the data at α = 0. */
export function assertMeaning(levels: Levels, { p, q }: OutputCoefficients): void {
  for (let k = 0; k < p.length; k++) {
    const determinant = (levels.alpha[k] ?? 0) * (q[k] ?? 0) - (levels.sigma[k] ?? 0) * (p[k] ?? 0);
    if (determinant === 0)
      throw new NoMeaning(`at α = ${levels.alpha[k]}, σ = ${levels.sigma[k]} the model's output does not determine data and noise`);
  }
}
