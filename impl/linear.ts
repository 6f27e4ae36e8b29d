/**
 * Linear combinations whose coefficients are functions of the noise level alone.
 *
 * Coefficients are computed on the host in binary64 and rounded to binary32 once, when they meet a tensor. Everything that depends on
 * a state, on data, on noise or on a model's output is computed by tfjs in binary32.
 */
import * as tf from "@tensorflow/tfjs-core";
import { byPieces, inPieces } from "#impl/backend/chunks";
import { assertLike, matchesBatch, type PerSample } from "#impl/shape";

export type Term = readonly [name: string, coefficient: PerSample, x: tf.Tensor];

/**
 * Σ cₖxₖ in the order given. Shape `batch ...` of all xₖ. A coefficient 0 leaves its term out, so that 0·∞ does not arise.
 * Throws `shape-mismatch`.
 */
export function combine(where: string, ...terms: readonly Term[]): tf.Tensor {
  assertLike(where, terms);
  // One scope for the whole sum: scopes cost as much as products of small tensors.
  return tf.tidy(() => {
    const kept = terms.filter(([, coefficient]) => coefficient !== 0);
    const [first] = kept;
    if (first === undefined) return tf.zerosLike(terms[0]?.[2] ?? tf.scalar(0));
    if (!inPieces(first[2].size) || !kept.every(([, coefficient]) => typeof coefficient === "number")) return summed(where, kept);
    const sum = byPieces(
      kept.map(([, , x]) => tf.reshape(x, [x.size])),
      (...parts) =>
        summed(
          where,
          kept.map(([name, c], k) => [name, c, parts[k] ?? tf.scalar(0)]),
        ),
    );
    return tf.reshape(sum, first[2].shape);
  });
}

function summed(where: string, terms: readonly Term[]): tf.Tensor {
  const products = terms.map(([, coefficient, x]) => (coefficient === 1 ? x : times(where, coefficient, x)));
  const sum = products.reduce((total, x) => tf.add(total, x));
  return terms.some(([, , x]) => x === sum) ? tf.clone(sum) : sum;
}

/** c·x as a tensor of its own. */
export function scaled(where: string, coefficient: PerSample, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => (coefficient === 1 ? tf.clone(x) : times(where, coefficient, x)));
}

/** The product; the tensor of the coefficient is left to the caller's scope. */
function times(where: string, coefficient: PerSample, x: tf.Tensor): tf.Tensor {
  if (typeof coefficient === "number") return tf.mul(x, tf.scalar(coefficient, "float32"));
  matchesBatch(where, coefficient, x.shape);
  if (coefficient.length === 1) return tf.mul(x, tf.scalar(coefficient[0] ?? Number.NaN, "float32"));
  return tf.mul(x, tf.tensor(Float32Array.from(coefficient), [coefficient.length, ...x.shape.slice(1).map(() => 1)]));
}

/** A table as a tensor: its doubles rounded to binary32 once. Shape `n`. */
export function stored(values: ArrayLike<number>): tf.Tensor1D {
  return tf.tensor1d(Float32Array.from(values), "float32");
}
