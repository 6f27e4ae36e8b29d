/**
 * Parallel decoding: every masked token is drawn, and the draws that the model is surest of are kept.
 *
 * Convention: rows are the tokens of sequences of one length, one sequence after the other. Source: Chang et al. (2022).
 */
import * as tf from "@tensorflow/tfjs-core";
import { replacedWhere } from "#impl/backend/chunks";
import { scattered } from "#impl/backend/scattered";
import { drawn } from "#impl/categorical/draw";
import { assertLogits, weightsOf } from "#impl/categorical/logits";
import { entryAt } from "#impl/categorical/places";
import { assertRows, isMask } from "#impl/elbo/rows";
import { SpecError } from "#spec/error";

/** Tokens drawn at masks, and the chance that each draw had; elsewhere what is there, with −1. Shapes `n`, `n`. */
export function drawnWithChances(
  logits: tf.Tensor2D,
  xt: tf.Tensor1D,
  mask: number,
  uniforms: tf.Tensor1D,
): { readonly tokens: tf.Tensor1D; readonly chances: tf.Tensor1D } {
  assertLogits("parallel decoding", logits, mask);
  assertRows("parallel decoding", { logits, xt, uniforms });
  return tf.tidy(() => {
    const present = tf.stack([tf.cast(xt, "float32"), tf.fill([xt.shape[0]], -1)], 1);
    const both = replacedWhere(present, isMask(xt, mask), logits.shape[1], (rows) => {
      const { weights, total } = weightsOf(tf.gather(logits, rows), mask);
      const tokens = drawn(weights, tf.gather(uniforms, rows));
      // Tokens below 2²⁴ are exact in binary32.
      return tf.stack([tf.cast(tokens, "float32"), tf.div(entryAt(weights, tokens), tf.squeeze(total, [1]))], 1);
    });
    const [tokens = both, chances = both] = tf.unstack(both, 1);
    return { tokens: tf.cast(tokens, "int32") as tf.Tensor1D, chances: chances as tf.Tensor1D };
  });
}

/**
 * Reveals up to `count` masked tokens of every sequence, those whose draws had the greatest chance; ties go to the earlier. Shapes `n K`, `n`, `n`.
 * Throws `outside-domain` for an empty sequence, a mask out of range or a count below 0.
 */
export function unmasked(
  logits: tf.Tensor2D,
  xt: tf.Tensor1D,
  { mask, length, count }: { readonly mask: number; readonly length: number; readonly count: number },
  uniforms: tf.Tensor1D,
): tf.Tensor1D {
  const n = xt.shape[0];
  if (!(Number.isInteger(length) && length >= 1 && n % length === 0))
    throw new SpecError("outside-domain", `parallel decoding: expected length to divide ${n} tokens, got ${length}`);
  if (!(Number.isInteger(count) && count >= 0 && count <= length))
    throw new SpecError("outside-domain", `parallel decoding: expected count to be in 0 … ${length}, got ${count}`);
  if (count === 0) return tf.clone(xt);
  return tf.tidy(() => {
    const { tokens, chances } = drawnWithChances(logits, xt, mask, uniforms);
    const { indices } = tf.topk(tf.reshape(chances, [n / length, length]), count);
    const first = tf.mul(tf.range(0, n / length, 1, "int32"), tf.scalar(length, "int32"));
    const at = tf.reshape(tf.add(indices, tf.expandDims(first, 1)), [(n / length) * count, 1]);
    // What was not masked is among the chosen only where masks are too few, and then stays.
    return scattered(xt, at, tf.gather(tokens, tf.squeeze(at, [1]))) as tf.Tensor1D;
  });
}
