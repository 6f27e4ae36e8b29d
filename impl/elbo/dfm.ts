/**
 * The loss of discrete flow matching: the divergence of the jump rates that lead to a token from those that lead to a law of tokens.
 *
 * Convention: κ grows from noise at 0 to data at 1, κ̇ ≥ 0 is its slope; x₀ is the data token. The law is p(x₀ | xₜ).
 * Source: Gat et al. (2024).
 */
import * as tf from "@tensorflow/tfjs-core";
import { logSumExp } from "#impl/categorical/logits";
import { entryAt } from "#impl/categorical/places";
import { assertEach, coefficient } from "#impl/elbo/rows";
import { assertGiven, type Given } from "#impl/elbo/udlm";
import type { PerSample } from "#impl/shape";

/** −κ̇/(1 − κ)·[p(xₜ) − δ + (1 − δ)log p(x₀)], δ = 1 where xₜ is x₀. Shapes `n K`, `n`, `n`, `n`. Throws `outside-domain` unless 0 ≤ κ < 1. */
export function mixturePathKl(
  values: tf.Tensor2D,
  given: Given,
  x0: tf.Tensor1D,
  xt: tf.Tensor1D,
  { kappa, slope }: { readonly kappa: PerSample; readonly slope: PerSample },
): tf.Tensor1D {
  assertGiven("flow loss", values, given, x0, xt);
  assertEach("flow loss", "kappa", kappa, "in [0, 1)", (x) => x >= 0 && x < 1);
  assertEach("flow loss", "slope", slope, "≥ 0", (x) => x >= 0 && x < Number.POSITIVE_INFINITY);
  return tf.tidy(() => {
    const norm = given === "logits" ? logSumExp(values) : null;
    const [now, then] = [entryAt(values, xt), entryAt(values, x0)];
    const stays = norm === null ? now : tf.exp(tf.sub(now, norm));
    const known = norm === null ? tf.log(then) : tf.sub(then, norm);
    const price = tf.where(tf.equal(x0, xt), tf.sub(tf.scalar(1), stays), tf.neg(tf.add(stays, known)));
    return tf.mul(
      price,
      coefficient((k, d) => d / (1 - k), kappa, slope),
    ) as tf.Tensor1D;
  });
}
