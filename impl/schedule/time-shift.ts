/**
 * Time shifts of noise levels on the straight path. Source: Esser et al. (2024), as in diffusers.
 */
import * as tf from "@tensorflow/tfjs-core";

/** s·x/(1 + (s − 1)x) for levels x ∈ [0, 1]; s > 1 moves them towards noise. Any shape. */
export function shifted(levels: tf.Tensor, strength: number): tf.Tensor {
  // (1 − x) + s·x: both terms are non-negative, while 1 + (s − 1)x cancels for s < 1.
  return tf.tidy(() => {
    const moved = tf.mul(levels, tf.scalar(strength));
    return tf.div(moved, tf.add(tf.sub(tf.scalar(1), levels), moved));
  });
}

/** The same for one level on the host. */
export function shiftedLevel(level: number, strength: number): number {
  return (strength * level) / (1 - level + strength * level);
}
