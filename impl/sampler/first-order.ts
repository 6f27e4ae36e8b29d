/**
 * First-order steps. DDIM with η = 0, Euler in σ on x/α, and Euler on the velocity of the straight path are this one map.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { combine } from "#impl/linear";
import { type LinearForm, type Reading, reading } from "#impl/parameterisation/gaussian";
import { callOf, type Step } from "#impl/sampler/loop";
import type { OutputKind } from "#spec/convention";
import type { Level } from "#spec/sampler/step";

/** a·x̂₀ + b·ε̂ as one linear form in state and prediction: no data prediction is formed that would be multiplied back. */
export function mixed({ data, noise }: Reading, a: number, b: number): LinearForm {
  return { state: a * data.state + b * noise.state, value: a * data.value + b * noise.value };
}

/** xₛ = αₛx̂₀ + σₛε̂ from a prediction of that kind. Shape `batch ...`. Throws as `reading`, and `shape-mismatch`. */
export function firstOrderStep(
  x: tf.Tensor,
  output: tf.Tensor,
  from: Level,
  to: Level,
  prediction: OutputKind,
  sigmaData = 0.5,
): tf.Tensor {
  const { state, value } = mixed(reading(prediction, from, sigmaData), to.alpha, to.sigma);
  return combine("first-order step", ["x", state, x], ["output", value, output]);
}

/** Euler's method in the noise level, or in time on the straight path. */
export function euler(prediction: OutputKind, sigmaData = 0.5): Step {
  return ({ x, output, ...at }) => {
    const { from, to } = callOf(at);
    return { x: firstOrderStep(x, output, from, to, prediction, sigmaData), memory: [] };
  };
}
