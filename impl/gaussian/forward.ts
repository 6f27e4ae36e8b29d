/**
 * Noising.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { combine } from "#impl/linear";
import type { SampleLevels } from "#impl/schedule/level";

/**
 * xₜ = αx₀ + σε. Shape `batch ...`; levels for all samples or one each, α and σ amplitudes (√ᾱ, not ᾱ). Throws `shape-mismatch`.
 * Source: Ho et al. (2020).
 */
export function noised(x0: tf.Tensor, eps: tf.Tensor, { alpha, sigma }: SampleLevels): tf.Tensor {
  return combine("noised", ["x0", alpha, x0], ["eps", sigma, eps]);
}
