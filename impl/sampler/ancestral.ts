/**
 * Ancestral steps: draws from the posterior with x̂₀ in place of the data. Source: Ho et al. (2020).
 */
import * as tf from "@tensorflow/tfjs-core";
import { posteriorCoefficients, reverseStd, type VarianceChoice } from "#impl/gaussian/posterior";
import { combine } from "#impl/linear";
import { reading } from "#impl/parameterisation/gaussian";
import { callOf, type Step } from "#impl/sampler/loop";
import type { OutputKind } from "#spec/convention";

/** xₛ = c₀x̂₀ + cₜxₜ + ςz with ς² by choice. The step to clean data draws nothing. `log-range` needs a model that answers a share. */
export function ancestral(prediction: OutputKind, variance: VarianceChoice = "small"): Step {
  return ({ x, output, share, noise, ...at }) => {
    const { from, to } = callOf(at);
    const coefficients = posteriorCoefficients(to, from);
    const { c0, ct } = coefficients;
    const { data } = reading(prediction, from);
    const mean = combine("ancestral step", ["x", c0 * data.state + ct, x], ["output", c0 * data.value, output]);
    if (to.sigma === 0) return { x: mean, memory: [] };
    return { x: tf.add(mean, tf.mul(noise(), reverseStd(coefficients, variance, share))), memory: [] };
  };
}
