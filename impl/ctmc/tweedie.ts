/**
 * The analytic step: ratios of marginals at t are carried back to s by the inverse kernel, and multiplied by the likelihood of what is
 * there now. For one token and exact ratios it is the reverse kernel. Source: Lou et al. (2024), Theorem 4.1.
 *
 * Convention: s_y = q_t(y)/q_t(x), with 1 at x itself; `elapsed` is the integrated rate between s and t. In binary32 the inverse loses
 * e^elapsed of its digits: what comes out negative is nothing, and rows are normalised.
 */
import * as tf from "@tensorflow/tfjs-core";
import { drawn } from "#impl/categorical/draw";
import { assertRatios, type Noise, stationary } from "#impl/categorical/noise";
import { entryAt, withEntries } from "#impl/categorical/places";
import { isMask } from "#impl/elbo/rows";
import { SpecError } from "#spec/error";

function checked(score: tf.Tensor2D, elapsed: number, { classes }: Noise): void {
  if (score.shape[0] === 0) throw new SpecError("outside-domain", "analytic step: expected ratios of at least one token, got none");
  if (score.shape[1] !== classes)
    throw new SpecError("shape-mismatch", `analytic step: expected ratios over ${classes} states, got ${score.shape[1]}`);
  if (!(elapsed >= 0 && Number.isFinite(elapsed)))
    throw new SpecError("outside-domain", `analytic step: expected elapsed ≥ 0, got ${elapsed}`);
  assertRatios("analytic step", score);
}

/** Ratios q_s(y)/q_t(x). Shape `n K`. */
export function staggered(score: tf.Tensor2D, elapsed: number, noise: Noise): tf.Tensor2D {
  checked(score, elapsed, noise);
  return tf.tidy(() => {
    const grown = tf.mul(score, tf.scalar(Math.exp(elapsed)));
    const lost = tf.mul(tf.sum(score, 1, true), tf.scalar(-Math.expm1(elapsed)));
    if (noise.mask === null) return tf.add(grown, tf.mul(lost, tf.scalar(1 / noise.classes))) as tf.Tensor2D;
    return tf.add(grown, tf.mul(lost, tf.expandDims(stationary(noise), 0))) as tf.Tensor2D;
  });
}

/** Weights of the states before, up to one factor per row; none is negative. Shapes `n K`, `n`, `n K`. */
function weights(score: tf.Tensor2D, xt: tf.Tensor1D, elapsed: number, noise: Noise): tf.Tensor2D {
  const before = tf.maximum(staggered(score, elapsed, noise), tf.scalar(0)) as tf.Tensor2D;
  const [kept, changed] = [Math.exp(-elapsed), -Math.expm1(-elapsed)];
  const own = entryAt(before, xt);
  if (noise.mask === null) {
    const fresh = changed / noise.classes;
    return withEntries(tf.mul(before, tf.scalar(fresh)), xt, tf.mul(own, tf.scalar(kept + fresh)) as tf.Tensor1D);
  }
  // Only the mask can have been another token; from the mask nothing leads away.
  const masked = tf.cast(isMask(xt, noise.mask), "float32");
  const others = tf.mul(before, tf.expandDims(tf.mul(masked, tf.scalar(changed)), 1)) as tf.Tensor2D;
  return withEntries(others, xt, tf.mul(own, tf.add(tf.mul(masked, tf.scalar(1 - kept)), tf.scalar(kept))) as tf.Tensor1D);
}

/** The law of xₛ given xₜ. Shapes `n K`, `n`, `n K`. Throws `outside-domain`, `shape-mismatch`. */
export function analyticLaw(score: tf.Tensor2D, xt: tf.Tensor1D, elapsed: number, noise: Noise): tf.Tensor2D {
  return tf.tidy(() => {
    const joint = weights(score, xt, elapsed, noise);
    return tf.div(joint, tf.sum(joint, 1, true)) as tf.Tensor2D;
  });
}

/** A draw from it. Shapes `n K`, `n`, `n`, `n`. */
export function analyticDraw(score: tf.Tensor2D, xt: tf.Tensor1D, elapsed: number, noise: Noise, uniforms: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => drawn(weights(score, xt, elapsed, noise), uniforms));
}
