/**
 * The prior term of the bound.
 */
import * as tf from "@tensorflow/tfjs-core";
import { SpecError } from "#spec/error";

/**
 * D_KL(q(x_T | x₀) ‖ N(0, 1)) on a variance-preserving process, in nats per coordinate. Shape `batch ...`; ᾱ of the last time, in [0, 1).
 * Throws `outside-domain`. Source: Kingma et al. (2021).
 */
export function priorKl(x0: tf.Tensor, abar: number): tf.Tensor {
  if (!(abar >= 0 && abar < 1))
    throw new SpecError("outside-domain", `prior term: expected ᾱ in [0, 1), got ${abar}`, {
      hint: "ᾱ = 1 leaves no noise and an infinite divergence",
    });
  // −ᾱ − log(1 − ᾱ) is ᾱ²/2 + …: the cancellation happens on the host, in binary64.
  const constant = (-abar - Math.log1p(-abar)) / 2;
  return tf.tidy(() => tf.add(tf.mul(tf.square(x0), tf.scalar(abar / 2)), tf.scalar(constant)));
}
