/**
 * One entry per row of a matrix with K columns: read, or written in a copy. O(n) besides the copy.
 */
import * as tf from "@tensorflow/tfjs-core";
import { leastAtHand } from "#impl/backend/chunks";
import { scattered } from "#impl/backend/scattered";

/** (i, tokenᵢ) for all rows. Shape `n 2`. */
export function places(tokens: tf.Tensor1D): tf.Tensor2D {
  return tf.tidy(() => tf.stack([tf.range(0, tokens.shape[0], 1, "int32"), tokens], 1) as tf.Tensor2D);
}

/** The entry of each row at its token. Shapes `n K`, `n`, `n`. */
export function entryAt(matrix: tf.Tensor2D, tokens: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => tf.gatherND(matrix, places(tokens)) as tf.Tensor1D);
}

/** The matrix with other entries at the tokens. Shapes `n K`, `n`, `n`. */
export function withEntries(matrix: tf.Tensor2D, tokens: tf.Tensor1D, values: tf.Tensor1D): tf.Tensor2D {
  return tf.tidy(() => scattered(matrix, places(tokens), values) as tf.Tensor2D);
}

/**
 * Row sums of numbers ≥ 0 without one entry each: taken off where that costs no digits, and where it does, left out in a copy.
 * Shapes `n K`, `n`, `n`.
 */
export function sumOfOthers(matrix: tf.Tensor2D, tokens: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => {
    const [total, own] = [tf.sum(matrix, 1), entryAt(matrix, tokens)];
    const margin = leastAtHand(tf.sub(total, tf.mul(own, tf.scalar(2))));
    if (margin !== null && margin >= 0) return tf.sub(total, own) as tf.Tensor1D;
    return tf.sum(withEntries(matrix, tokens, tf.zerosLike(own)), 1) as tf.Tensor1D;
  });
}

/** Zeros but at tokens; what falls on one place is added up. Shape `n K`. */
export function onlyAt(classes: number, ...entries: readonly (readonly [tokens: tf.Tensor1D, values: tf.Tensor1D])[]): tf.Tensor2D {
  return tf.tidy(() => {
    const rows = entries[0]?.[0].shape[0] ?? 0;
    const where = tf.concat(entries.map(([tokens]) => places(tokens)));
    return tf.scatterND(where, tf.concat(entries.map(([, values]) => values)), [rows, classes]) as tf.Tensor2D;
  });
}

/** A number per row as a column; one number for all rows stays a scalar. Rounded to binary32 once. */
export function column(values: number | Float64Array): tf.Tensor {
  return typeof values === "number" ? tf.scalar(values) : tf.tensor2d(Float32Array.from(values), [values.length, 1]);
}

/** A number per row. Shape `n`, or a scalar where there is one for all. */
export function perRow(values: number | Float64Array): tf.Tensor1D {
  return (typeof values === "number" ? tf.scalar(values) : tf.tensor1d(Float32Array.from(values))) as tf.Tensor1D;
}
