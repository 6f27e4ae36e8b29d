/**
 * Tensors with some entries written anew, as copies on every backend.
 */
import * as tf from "@tensorflow/tfjs-core";

/** As `tf.tensorScatterUpdate`, which on the cpu backend writes into the tensor that it is given. */
export function scattered<T extends tf.Tensor>(into: T, at: tf.Tensor, values: tf.Tensor): T {
  if (tf.getBackend() !== "cpu") return tf.tensorScatterUpdate(into, at, values) as T;
  return tf.tidy(() => tf.tensorScatterUpdate(tf.mul(into, tf.scalar(1, into.dtype)), at, values) as T);
}
