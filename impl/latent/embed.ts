/**
 * Tokens as points of an embedding, and rounding to the nearest of them.
 */
import * as tf from "@tensorflow/tfjs-core";
import { SpecError } from "#spec/error";

/** Rows of the embedding. Shapes `n`, `K d`, `n d`. */
export function embed(tokens: tf.Tensor1D, embedding: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => tf.gather(embedding, tokens) as tf.Tensor2D);
}

/**
 * The nearest embedded token, by Euclidean distance; of several the first. Squares of differences are added coordinate by coordinate, in
 * O(n·K) memory: ‖e‖²/2 − z·e is one product of matrices, but cancels, and takes near neighbours for each other.
 * Shapes `n d`, `K d`, `n`. Throws `shape-mismatch`.
 */
export function round(latents: tf.Tensor2D, embedding: tf.Tensor2D): tf.Tensor1D {
  const [n, d] = latents.shape;
  const [K, width] = embedding.shape;
  if (d !== width) throw new SpecError("shape-mismatch", `rounding: expected latents of ${width} coordinates, got ${d}`);
  return tf.tidy(() => {
    const column = (x: tf.Tensor2D, j: number, count: number): tf.Tensor => tf.slice(x, [0, j], [count, 1]);
    let far: tf.Tensor = tf.zeros([n, K]);
    for (let j = 0; j < d; j++) far = tf.add(far, tf.squaredDifference(column(latents, j, n), tf.reshape(column(embedding, j, K), [1, K])));
    return tf.argMin(far, 1) as tf.Tensor1D;
  });
}
