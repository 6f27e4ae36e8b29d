/**
 * D3PM's loss: one step's divergence of the posterior from the model's reverse step, and the cross-entropy of the clean token beside it.
 *
 * Convention: one row per token; the step ends at a noisy time. All in O(K) per token. Source: Austin et al. (2021), Eq. 5.
 */
import * as tf from "@tensorflow/tfjs-core";
import { logChanceOf } from "#impl/categorical/logits";
import { assertLaws, assertTokens, type Noise } from "#impl/categorical/noise";
import { bayes, type Survivals, stepLaw } from "#impl/categorical/posterior";
import { divergence } from "#impl/elbo/chain";
import { maskedStepKl } from "#impl/elbo/mdlm";
import { assertEach, assertRows } from "#impl/elbo/rows";
import { uniformStepKl } from "#impl/elbo/udlm";

export interface LossWeights {
  readonly bound: number;
  readonly cross: number;
}

/**
 * bound·D(q(xₛ | xₜ, x₀) ‖ p(xₛ | xₜ)) − cross·log p(x₀). Shapes `n K`, `n`, `n`, `n`. Throws `outside-domain` for weights below 0, laws
 * that do not sum to 1, and a step that ends at data, whose term is −log p(x₀) itself.
 */
export function hybridLoss(
  rule: "plug-in" | "mixture",
  laws: tf.Tensor2D,
  x0: tf.Tensor1D,
  xt: tf.Tensor1D,
  { s, t }: Survivals,
  noise: Noise,
  { bound, cross }: LossWeights,
): tf.Tensor1D {
  const where = "hybrid loss";
  assertRows(where, { laws, x0, xt });
  assertLaws(`${where} law`, laws);
  assertTokens(`${where} x0`, x0, noise.classes);
  assertTokens(`${where} xt`, xt, noise.classes);
  assertEach(where, "the earlier survival", s, "in [0, 1)", (x) => x >= 0 && x < 1);
  for (const [name, weight] of Object.entries({ bound, cross }))
    assertEach(where, name, weight, "≥ 0 and finite", (x) => x >= 0 && x < Infinity);
  return tf.tidy(() => {
    const known = logChanceOf(laws, x0);
    return tf.sub(
      tf.mul(stepKlOf(rule, laws, known, x0, xt, { s, t }, noise), tf.scalar(bound)),
      tf.mul(known, tf.scalar(cross)),
    ) as tf.Tensor1D;
  });
}

/** The divergence by the closed form where there is one. */
function stepKlOf(
  rule: "plug-in" | "mixture",
  laws: tf.Tensor2D,
  known: tf.Tensor1D,
  x0: tf.Tensor1D,
  xt: tf.Tensor1D,
  survivals: Survivals,
  noise: Noise,
): tf.Tensor1D {
  if (noise.mask !== null) return maskedStepKl(xt, known, noise.mask, survivals);
  if (rule === "plug-in" && survivals.s > 0) return uniformStepKl(laws, "law", x0, xt, survivals);
  return divergence(bayes(x0, xt, survivals, noise), stepLaw(rule, xt, laws, survivals, noise));
}
