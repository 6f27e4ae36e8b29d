/**
 * Guidance of predictions.
 */
import * as tf from "@tensorflow/tfjs-core";
import { posteriorCoefficients } from "#impl/gaussian/posterior";
import { transition } from "#impl/kernel/chapman-kolmogorov";
import { combine } from "#impl/linear";
import { sameShape } from "#impl/shape";
import { type OutputKind, outputCoefficients } from "#spec/convention";
import { SpecError } from "#spec/error";
import type { Level } from "#spec/sampler/step";

/** u + w(c − u): weight 0 is unconditional, 1 conditional. Shape `batch ...`. Throws `shape-mismatch`. Source: Ho and Salimans (2022). */
export function classifierFree(conditional: tf.Tensor, unconditional: tf.Tensor, w: number): tf.Tensor {
  sameShape("classifier-free guidance", { conditional, unconditional });
  return tf.tidy(() => tf.add(unconditional, tf.mul(tf.sub(conditional, unconditional), tf.scalar(w))));
}

/**
 * A prediction moved along a classifier's gradient ∇ log p(y | xₜ) at a level: x̂₀ by σ²/α, ε̂ by −σ, others as they depend on both.
 * Shape `batch ...`. Throws `outside-domain` at α = 0 or σ = 0, and `shape-mismatch`. Source: Dhariwal and Nichol (2021).
 */
export function classifierGuided(kind: OutputKind, value: tf.Tensor, gradient: tf.Tensor, level: Level): tf.Tensor {
  const { alpha, sigma } = level;
  if (alpha === 0 || sigma === 0)
    throw new SpecError("outside-domain", `classifier guidance: expected α > 0 and σ > 0, got ${alpha} and ${sigma}`);
  const { p, q } = outputCoefficients(kind, { alpha: Float64Array.of(alpha), sigma: Float64Array.of(sigma) });
  const shift = ((p[0] ?? 0) * sigma * sigma) / alpha - (q[0] ?? 0) * sigma;
  return combine("classifier guidance", ["value", 1, value], ["gradient", shift, gradient]);
}

/** A posterior mean at s moved along the gradient at t, by σ²_{t|s}/α_{t|s}. Shape `batch ...`. Throws `outside-domain`, `shape-mismatch`. */
export function classifierGuidedMean(mean: tf.Tensor, gradient: tf.Tensor, s: Level, t: Level): tf.Tensor {
  const { step } = posteriorCoefficients(s, t);
  return combine("classifier guidance", ["mean", 1, mean], ["gradient", step / transition(s, t).scale, gradient]);
}
