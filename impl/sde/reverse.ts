/**
 * Reverse-time dynamics of a path, and a corrector.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { marginalVelocity } from "#impl/flow/velocity";
import { combine } from "#impl/linear";
import type { Prediction } from "#impl/sampler/oracle";
import type { Path } from "#impl/sde/path";
import { SpecError } from "#spec/error";
import type { Level } from "#spec/sampler/step";

/**
 * Drift f·x − ½(1 + λ²)g²·score and squared diffusion λ²g² at a time, for time running towards noise: λ = 0 is the probability-flow ODE,
 * λ = 1 the reverse SDE. Shape `batch ...`. Throws `shape-mismatch`. Source: Song et al. (2021).
 *
 * The flow is formed from data and score, α̇x̂₀ − σσ̇·score, because f·x and g²·score nearly cancel where the noise dominates.
 */
export function reverseDynamics(
  path: Path,
  t: number,
  prediction: Prediction,
  lambda: number,
): { readonly drift: tf.Tensor; readonly diffusion2: number } {
  const { diffusion2 } = path.sde(t);
  const rates = path.rates(t);
  const extra = (lambda * lambda * diffusion2) / 2;
  const { x0, score } = prediction;
  const drift =
    extra === 0
      ? marginalVelocity(prediction, rates)
      : combine("reverse drift", ["x0", rates.alphaRate, x0], ["score", -rates.varianceRate - extra, score]);
  return { drift, diffusion2: 2 * extra };
}

/**
 * A corrector step that keeps α·data + σ·noise exactly on one-point data: x + (1 − keep)σ²·score + √(1 − keep²)σz. `keep` ∈ [0, 1] is the
 * share of the old noise that stays; small steps are Langevin steps. Shape `batch ...`. Throws `outside-domain`, `shape-mismatch`.
 */
export function corrected(x: tf.Tensor, score: tf.Tensor, { sigma }: Level, keep: number, noise: tf.Tensor): tf.Tensor {
  if (!(keep >= 0 && keep <= 1)) throw new SpecError("outside-domain", `corrector: expected a share in [0, 1], got ${keep}`);
  const fresh = Math.sqrt((1 - keep) * (1 + keep)) * sigma;
  return combine("corrector", ["x", 1, x], ["score", (1 - keep) * sigma * sigma, score], ["noise", fresh, noise]);
}
