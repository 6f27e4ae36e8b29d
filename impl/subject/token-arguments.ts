/**
 * Tokens and laws of tokens as questions carry them.
 */
import * as tf from "@tensorflow/tfjs-core";
import { assertTokens } from "#impl/categorical/noise";
import { type Fields, isTensor, vector } from "#spec/tensor";

/** Throws `outside-domain` unless they are states. Shape `n`. */
export function tokensOf(args: Fields, name: string, classes: number): tf.Tensor1D {
  const tokens = tf.tensor1d(Int32Array.from(vector(args, name)), "int32");
  assertTokens(name, tokens, classes);
  return tokens;
}

/** Shape `n K`. */
export function lawsOf(args: Fields, name: string, classes: number): tf.Tensor2D {
  const values = vector(args, name);
  return tf.tensor2d(Float32Array.from(values), [values.length / classes, classes]);
}

/** The states that were asked for, or all. Shape `n`. */
export function statesOf(args: Fields, classes: number): tf.Tensor1D {
  const states = isTensor(args["states"]) ? Int32Array.from(args["states"].data) : Int32Array.from({ length: classes }, (_, x) => x);
  return tf.tensor1d(states, "int32");
}
