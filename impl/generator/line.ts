/**
 * The generator of a linear SDE, (Lf)(x) = k·x·f′(x) + ½g²f″(x). On polynomials it is a map of coefficients, formed on the host in
 * binary64; tensors see one polynomial.
 *
 * Convention: the n-th coefficient belongs to xⁿ. Time runs towards noise.
 */
import * as tf from "@tensorflow/tfjs-core";
import { byPieces } from "#impl/backend/chunks";
import { SpecError } from "#spec/error";

/** Drift k·x and squared diffusion g² at one time. */
export interface LinearDiffusion {
  readonly drift: number;
  readonly diffusion2: number;
}

function checked({ drift, diffusion2 }: LinearDiffusion): void {
  if (!Number.isFinite(drift)) throw new SpecError("outside-domain", `generator: expected a finite drift, got ${drift}`);
  if (!(diffusion2 >= 0 && Number.isFinite(diffusion2)))
    throw new SpecError("outside-domain", `generator: expected diffusion2 ≥ 0, got ${diffusion2}`);
}

/** Coefficients of Lf. Shape of the input. */
export function actedOnLine(coefficients: ArrayLike<number>, at: LinearDiffusion): Float64Array {
  checked(at);
  const c = (n: number): number => coefficients[n] ?? 0;
  return Float64Array.from(coefficients, (_, n) => at.drift * n * c(n) + (at.diffusion2 / 2) * (n + 2) * (n + 1) * c(n + 2));
}

/** A polynomial at points, by Horner's rule. Shape of the points. */
export function polynomialAt(coefficients: ArrayLike<number>, x: tf.Tensor): tf.Tensor {
  const degree = coefficients.length - 1;
  if (degree < 0) throw new SpecError("outside-domain", "polynomial: expected at least one coefficient, got none");
  return tf.tidy(() => {
    if (degree === 0) return tf.fill([...x.shape], coefficients[0] ?? 0);
    const flat = byPieces([tf.reshape(x, [x.size])], (part) => {
      let sum: tf.Tensor = tf.mul(part, tf.scalar(coefficients[degree] ?? 0));
      for (let n = degree - 1; n > 0; n--) sum = tf.mul(tf.add(sum, tf.scalar(coefficients[n] ?? 0)), part);
      return tf.add(sum, tf.scalar(coefficients[0] ?? 0));
    });
    return tf.reshape(flat, [...x.shape]);
  });
}

/** (Lf)(x) for a polynomial f. Shape of the points. */
export function appliedOnLine(coefficients: ArrayLike<number>, x: tf.Tensor, at: LinearDiffusion): tf.Tensor {
  return polynomialAt(actedOnLine(coefficients, at), x);
}

/** The bound's integrand ½g²(∂log p − ∂log q)², from two scores. Shape of both. */
export function integrandOnLine(scoreP: tf.Tensor, scoreQ: tf.Tensor, at: LinearDiffusion): tf.Tensor {
  checked(at);
  return tf.tidy(() => tf.mul(tf.squaredDifference(scoreP, scoreQ), tf.scalar(at.diffusion2 / 2)));
}
