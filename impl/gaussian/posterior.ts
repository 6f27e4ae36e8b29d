/**
 * The posterior of one step back, q(xₛ | xₜ, x₀), for any pair of levels s before t.
 */
import * as tf from "@tensorflow/tfjs-core";
import { transition } from "#impl/kernel/chapman-kolmogorov";
import { combine, scaled } from "#impl/linear";
import { sameShape } from "#impl/shape";
import { SpecError } from "#spec/error";
import type { Level } from "#spec/sampler/step";

/** Mean c₀x₀ + cₜxₜ and variance β̃; `step` is σ²_{t|s}, the variance that the step adds. On the host in binary64. */
export interface PosteriorCoefficients {
  readonly c0: number;
  readonly ct: number;
  readonly variance: number;
  readonly step: number;
}

/** Source: Kingma et al. (2021). Throws `outside-domain` where t has no noise or s no signal. */
export function posteriorCoefficients(s: Level, t: Level): PosteriorCoefficients {
  if (t.sigma === 0) throw new SpecError("outside-domain", "posterior: expected noise at the later level, got σ = 0");
  const { scale, variance: step } = transition(s, t);
  const share = step / t.sigma ** 2;
  return { c0: s.alpha * share, ct: (scale * s.sigma ** 2) / t.sigma ** 2, variance: share * s.sigma ** 2, step };
}

/** Mean and variance of xₛ given xₜ and x₀. Shape `batch ...`; the variance is one number. Throws `shape-mismatch`, `outside-domain`. */
export function posterior(x0: tf.Tensor, xt: tf.Tensor, s: Level, t: Level): { readonly mean: tf.Tensor; readonly variance: number } {
  const { c0, ct, variance } = posteriorCoefficients(s, t);
  return { mean: combine("posterior", ["x0", c0, x0], ["xt", ct, xt]), variance };
}

/**
 * The divergence of two posteriors that differ in their data alone, ½(SNRₛ − SNRₜ)(x₀ − x̂₀)², in nats per coordinate. Shape `batch ...`.
 * Source: Kingma et al. (2021). Throws `outside-domain` at σₛ = 0, where it is infinite, and `shape-mismatch`.
 */
export function posteriorKl(x0: tf.Tensor, x0hat: tf.Tensor, s: Level, t: Level): tf.Tensor {
  if (s.sigma === 0) throw new SpecError("outside-domain", "posterior divergence: expected noise at the earlier level, got σ = 0");
  sameShape("posterior divergence", { x0, x0hat });
  const [before, after] = [s.alpha / s.sigma, t.alpha / t.sigma];
  const half = ((before - after) * (before + after)) / 2;
  return tf.tidy(() => scaled("posterior divergence", half, tf.square(tf.sub(x0, x0hat))));
}

/** β̃, σ²_{t|s}, or between their logarithms by a predicted share. Source: Ho et al. (2020), Nichol and Dhariwal (2021). */
export type VarianceChoice = "small" | "large" | "log-range";

/**
 * Standard deviation of a reverse step: a number, or a tensor like `share` ∈ [−1, 1], the model's second output, where −1 means small and
 * 1 large. Throws `outside-domain` when the choice needs a share and none is given.
 */
export function reverseStd({ variance, step }: PosteriorCoefficients, choice: VarianceChoice, share?: tf.Tensor): number | tf.Tensor {
  if (choice === "small") return Math.sqrt(variance);
  if (choice === "large") return Math.sqrt(step);
  if (share === undefined)
    throw new SpecError("outside-domain", "reverse variance: expected a predicted share, got none", {
      hint: "a log-range model answers { output, share }",
    });
  const [low, high] = [Math.log(variance) / 2, Math.log(step) / 2];
  return tf.tidy(() => {
    const w = tf.div(tf.add(share, tf.scalar(1)), tf.scalar(2));
    return tf.exp(tf.add(tf.scalar(low), tf.mul(w, tf.scalar(high - low))));
  });
}
