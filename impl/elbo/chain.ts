/**
 * Terms of the bound of any chain on few states, from its kernels.
 *
 * Convention: kernels by rows, from data to s (`early`) and from s to t (`step`); `clean` has a law of clean tokens per noisy state.
 * Matrices K×K are formed. Source: Austin et al. (2021).
 */
import * as tf from "@tensorflow/tfjs-core";
import { assertLaws, assertTokens } from "#impl/categorical/noise";
import { assertRows } from "#impl/elbo/rows";
import { SpecError } from "#spec/error";

export interface ChainStep {
  readonly early: tf.Tensor2D;
  readonly step: tf.Tensor2D;
}

/** Σ p log(p/q) row by row; 0 log 0 is 0. Shapes `n K`, `n`. Throws `outside-domain` for rows that are no laws. */
export function categoricalKl(p: tf.Tensor2D, q: tf.Tensor2D): tf.Tensor1D {
  assertRows("divergence", { p, q });
  assertLaws("divergence p", p);
  assertLaws("divergence q", q);
  return divergence(p, q);
}

/** The same without a look at the sums. */
export function divergence(p: tf.Tensor2D, q: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => {
    const some = tf.greater(p, tf.scalar(0));
    const [top, bottom] = [p, q].map((one) => tf.where(some, one, tf.onesLike(one)));
    return tf.sum(tf.mul(p, tf.sub(tf.log(top as tf.Tensor), tf.log(bottom as tf.Tensor))), 1) as tf.Tensor1D;
  });
}

const normalised = (rows: tf.Tensor): tf.Tensor2D => tf.divNoNan(rows, tf.sum(rows, 1, true)) as tf.Tensor2D;

/**
 * D(q(xₛ | xₜ, x₀) ‖ p(xₛ | xₜ)) for pairs of tokens, where the model's step is Bayes' rule with its law in place of the token (plug-in) or
 * the mean of posteriors under it. Shapes `n`, `n`, `K K`, `n`. Throws `outside-domain` for tables whose rows are no laws.
 */
export function stepKl(
  rule: "plug-in" | "mixture",
  x0: tf.Tensor1D,
  xt: tf.Tensor1D,
  clean: tf.Tensor2D,
  { early, step }: ChainStep,
): tf.Tensor1D {
  assertRows("step", { x0, xt });
  const K = early.shape[1];
  for (const [name, table] of Object.entries({ clean, early, step })) {
    if (table.shape[0] !== K || table.shape[1] !== K)
      throw new SpecError("shape-mismatch", `step: expected ${name} of shape ${K}×${K}, got ${table.shape.join("×")}`);
    assertLaws(`step ${name}`, table);
  }
  assertTokens("step x0", x0, K);
  assertTokens("step xt", xt, K);
  return tf.tidy(() => {
    const likelihood = tf.transpose(step);
    const truth = normalised(tf.mul(tf.gather(early, x0), tf.gather(likelihood, xt)));
    const late = tf.matMul(early, step);
    const share = rule === "plug-in" ? clean : tf.divNoNan(clean, tf.transpose(late));
    const model = normalised(tf.mul(tf.matMul(share as tf.Tensor2D, early), likelihood));
    return divergence(truth, tf.gather(model, xt) as tf.Tensor2D);
  });
}
