/**
 * Draws from finite laws by inversion: one uniform number per token, and O(n·√K) memory beside the weights.
 *
 * States are cut into blocks; the uniform number chooses a block by the running sum of the blocks' weights, then a block within it, and
 * so on. A state of weight 0 is never drawn.
 */
import * as tf from "@tensorflow/tfjs-core";
import { byPieces } from "#impl/backend/chunks";
import { assertLogits, weightsOf } from "#impl/categorical/logits";
import { places } from "#impl/categorical/places";
import { SpecError } from "#spec/error";

/** Running sums are formed over this many numbers at once. */
const few = 64;
/** The largest factor below 1 by which a product is below its other factor, after rounding. */
const below = 1 - 2 ** -23;

/** The divisor of K that is nearest to √K, or 1. */
function divisor(K: number): number {
  for (let d = Math.floor(Math.sqrt(K)); d > 1; d--) if (K % d === 0) return d;
  return 1;
}

/**
 * The first state whose running sum exceeds u times the total. Shapes: weights `n K` ≥ 0, uniforms `n` in [0, 1), result `n`.
 * Throws `shape-mismatch`.
 */
export function drawn(weights: tf.Tensor2D, uniforms: tf.Tensor1D): tf.Tensor1D {
  const [n, K] = weights.shape;
  if (uniforms.shape[0] !== n) throw new SpecError("shape-mismatch", `draw: expected ${n} uniform numbers, got ${uniforms.shape[0]}`);
  return tf.tidy(() => {
    if (K <= few) return chosen(weights, (total) => tf.mul(total, tf.expandDims(uniforms, 1))).state;
    const target = (total: tf.Tensor): tf.Tensor => tf.mul(total, tf.expandDims(uniforms, 1));
    return within(weights, target);
  });
}

/** Draws in a row of any length, given what part of its total to reach. */
function within(weights: tf.Tensor2D, target: (total: tf.Tensor) => tf.Tensor): tf.Tensor1D {
  const [n, K] = weights.shape;
  if (K <= few) return chosen(weights, target).state;
  const blocks = divisor(K);
  if (blocks === 1) {
    // Filled up with states that are never drawn.
    const side = Math.ceil(Math.sqrt(K));
    return within(
      tf.pad(weights, [
        [0, 0],
        [0, side * side - K],
      ]),
      target,
    );
  }
  const length = K / blocks;
  const sums = tf.reshape(tf.sum(tf.reshape(weights, [n * blocks, length]), 1), [n, blocks]) as tf.Tensor2D;
  const { state: block, rest } = chosen(sums, target);
  const inner = tf.gatherND(tf.reshape(weights, [n, blocks, length]), places(block)) as tf.Tensor2D;
  const state = within(inner, () => rest);
  return tf.add(tf.mul(block, tf.scalar(length, "int32")), state) as tf.Tensor1D;
}

interface Choice {
  readonly state: tf.Tensor1D;
  /** How much of the chosen weight is below the target. Shape `n 1`. */
  readonly rest: tf.Tensor;
}

function chosen(weights: tf.Tensor2D, target: (total: tf.Tensor) => tf.Tensor): Choice {
  const [n, K] = weights.shape;
  const running = tf.cumsum(weights, 1);
  const total = tf.slice(running, [0, K - 1], [n, 1]);
  // What rounding carries to the total or beyond would find no state.
  const aim = tf.minimum(target(total), tf.mul(total, tf.scalar(below)));
  const state = tf.sum(tf.cast(tf.lessEqual(running, aim), "int32"), 1) as tf.Tensor1D;
  const at = places(state);
  const before = tf.sub(tf.gatherND(running, at), tf.gatherND(weights, at));
  return { state, rest: tf.maximum(tf.sub(aim, tf.expandDims(before, 1)), tf.scalar(0)) };
}

/** Draws from softmax of logits. `except` is a state that is never drawn. Shapes `n K`, `n`, `n`. Throws `outside-domain`. */
export function drawnFromLogits(logits: tf.Tensor2D, uniforms: tf.Tensor1D, except: number | null = null): tf.Tensor1D {
  assertLogits("draw", logits, except);
  return tf.tidy(() => byPieces([logits, uniforms], (part, u) => drawn(weightsOf(part as tf.Tensor2D, except).weights, u as tf.Tensor1D)));
}
