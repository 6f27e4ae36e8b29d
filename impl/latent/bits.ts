/**
 * Analog bits: integers as rows of −b and +b, most significant digit first. Source: Chen, Zhang and Hinton (2023).
 */
import * as tf from "@tensorflow/tfjs-core";
import { SpecError } from "#spec/error";

/** ⌈log₂K⌉, at least 1. */
export function bitsFor(classes: number): number {
  if (!Number.isInteger(classes) || classes < 2)
    throw new SpecError("bad-argument", `analog bits: expected classes to be a whole number of at least 2, got ${classes}`);
  return Math.ceil(Math.log2(classes));
}

/** Digits of tokens. Shapes `n`, `n bits`. */
export function encodeBits(tokens: tf.Tensor1D, classes: number, scale = 1): tf.Tensor2D {
  const weights = weightsOf(bitsFor(classes));
  return tf.tidy(() => {
    const digits = tf.mod(tf.floor(tf.div(tf.expandDims(tf.cast(tokens, "float32"), 1), weights)), tf.scalar(2));
    return tf.mul(tf.sub(tf.mul(digits, tf.scalar(2)), tf.scalar(1)), tf.scalar(scale)) as tf.Tensor2D;
  });
}

/** Tokens from signs; 0 counts as −. Codes from K on become the last token. Shapes `n bits`, `n`. */
export function decodeBits(latents: tf.Tensor2D, classes: number): tf.Tensor1D {
  const weights = weightsOf(bitsFor(classes));
  return tf.tidy(() => {
    const digits = tf.cast(tf.greater(latents, tf.scalar(0)), "float32");
    return tf.minimum(tf.sum(tf.mul(digits, weights), 1), tf.scalar(classes - 1)) as tf.Tensor1D;
  });
}

const weightsOf = (bits: number): tf.Tensor1D => tf.tensor1d(Float32Array.from({ length: bits }, (_, k) => 2 ** (bits - 1 - k)));
