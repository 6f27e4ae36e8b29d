/**
 * Whole numbers kept in a range, on every backend.
 */
import * as tf from "@tensorflow/tfjs-core";

/** As `tf.clipByValue` for int32, which the wasm backend compares as the bits of floating-point numbers: 5 is not above 3 there. */
export function clipped<T extends tf.Tensor>(x: T, low: number, high: number): T {
  return tf.tidy(() => tf.minimum(tf.maximum(x, tf.scalar(low, "int32")), tf.scalar(high, "int32")) as T);
}
