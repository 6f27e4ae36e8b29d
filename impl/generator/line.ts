/**
 * The generator of a linear SDE, (Lf)(x) = k·x·f′(x) + ½g²f″(x). On polynomials it is a map of coefficients, formed on the host in
 * binary64; tensors see one polynomial.
 *
 * Convention: the n-th coefficient belongs to xⁿ. Time runs towards noise.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { polynomialAt, scoreMatching } from "#impl/generator/diffusion";
import type { PathSde } from "#impl/sde/path";
import { SpecError } from "#spec/error";

function checked({ drift, diffusion2 }: PathSde): void {
  if (!Number.isFinite(drift)) throw new SpecError("outside-domain", `generator: expected a finite drift, got ${drift}`);
  if (!(diffusion2 >= 0 && Number.isFinite(diffusion2)))
    throw new SpecError("outside-domain", `generator: expected diffusion2 ≥ 0, got ${diffusion2}`);
}

/** Coefficients of Lf. Shape of the input. */
export function actedOnLine(coefficients: ArrayLike<number>, at: PathSde): Float64Array {
  checked(at);
  const c = (n: number): number => coefficients[n] ?? 0;
  return Float64Array.from(coefficients, (_, n) => at.drift * n * c(n) + (at.diffusion2 / 2) * (n + 2) * (n + 1) * c(n + 2));
}

/** (Lf)(x) for a polynomial f. Shape of the points. */
export function appliedOnLine(coefficients: ArrayLike<number>, x: tf.Tensor, at: PathSde): tf.Tensor {
  return polynomialAt(actedOnLine(coefficients, at), x);
}

/** The bound's integrand ½g²(∂log p − ∂log q)², from two scores. Shape of both. */
export function integrandOnLine(scoreP: tf.Tensor, scoreQ: tf.Tensor, at: PathSde): tf.Tensor {
  checked(at);
  return scoreMatching(scoreP, scoreQ, at);
}
