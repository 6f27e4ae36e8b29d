/**
 * Score entropy: what a wrong ratio of marginals costs, s − r log s + r(log r − 1), and its sums over the states of uniform and absorbing
 * noise in closed form. Source: Lou et al. (2024).
 *
 * Convention: models hand out log s, with s_y for q(y)/q(x); what they say of the present state x itself does not count.
 */
import * as tf from "@tensorflow/tfjs-core";
import { byPieces, replacedWhere } from "#impl/backend/chunks";
import { calmSum, leavingOut } from "#impl/categorical/logits";
import { assertRatios } from "#impl/categorical/noise";
import { column, entryAt, sumOfOthers, withEntries } from "#impl/categorical/places";
import { assertLevel, assertRows, coefficient, isMask, mapped, type RowLevel } from "#impl/elbo/rows";
import { sameShape } from "#impl/shape";
import { SpecError } from "#spec/error";

/** Pair by pair. A ratio of 0 costs s. Shape of both inputs. Throws `outside-domain` for ratios that are negative, infinite or NaN. */
export function pairScoreEntropy(logScore: tf.Tensor, ratio: tf.Tensor): tf.Tensor {
  sameShape("score entropy", { logScore, ratio });
  assertRatios("score entropy", ratio);
  return tf.tidy(() => {
    const some = tf.greater(ratio, tf.scalar(0));
    const known = tf.where(some, ratio, tf.onesLike(ratio));
    const price = tf.mul(known, tf.sub(tf.sub(tf.log(known), tf.scalar(1)), logScore));
    return tf.add(tf.exp(logScore), tf.where(some, price, tf.zerosLike(price)));
  });
}

const few = 256;

/** Σ over y ≠ x of the rate σ̇/K times score entropy. Shapes `n K`, `n`, `n`, `n`. Throws `outside-domain`, `shape-mismatch`. */
export function scoreEntropyUniform(logScore: tf.Tensor2D, x0: tf.Tensor1D, xt: tf.Tensor1D, level: RowLevel): tf.Tensor1D {
  assertLevel("score entropy", level);
  assertRows("score entropy", { logScore, x0, xt });
  const K = logScore.shape[1];
  if (K < 2) throw new SpecError("outside-domain", `score entropy: expected at least 2 states, got ${K}`);
  const { sigma, rate } = level;
  return tf.tidy(() => {
    const sums = byPieces([logScore, xt], (logs, at) => {
      const [rows, own] = [logs as tf.Tensor2D, at as tf.Tensor1D];
      const zero = tf.zeros([rows.shape[0]]) as tf.Tensor1D;
      const scores = sumOfOthers(tf.exp(rows) as tf.Tensor2D, own);
      // Of few logarithms one can exceed all others together, and is left out; of many it is taken off the sum.
      const sum = K <= few ? tf.sum(withEntries(rows, own, zero), 1) : tf.sub(tf.sum(rows, 1), entryAt(rows, own));
      return tf.stack([scores, sum], 1);
    });
    const [scores, logs] = tf.unstack(sums, 1);
    const same = tf.equal(x0, xt) as tf.Tensor1D;
    // q(y)/q(x) where x is the token and y is not, r = (1 − a)/(1 + (K−1)a); and at the token where x is not, 1/r.
    const low = mapped((s) => -Math.expm1(-s) / (-Math.expm1(-s) + K * Math.exp(-s)), sigma);
    const [r, logR] = [coefficient((x) => x, low), coefficient(Math.log, low)];
    const there = entryAt(logScore, x0);
    const stays = tf.mul(r, tf.sub(tf.mul(tf.sub(logR, tf.scalar(1)), tf.scalar(K - 1)), logs ?? there));
    const data = tf.div(tf.sub(tf.neg(tf.add(logR, tf.scalar(1))), there), r);
    const moved = tf.add(data, tf.sub(tf.scalar(2 - K), tf.sub(logs ?? there, there)));
    const price = tf.add(scores ?? there, tf.where(same, stays, moved));
    return tf.mul(
      price,
      coefficient((x) => x / K, rate),
    ) as tf.Tensor1D;
  });
}

/**
 * σ̇·(Σ over y ≠ m of score entropy) at masked tokens, 0 at others; only masked rows are read. Shapes `n K`, `n`, `n`, `n`.
 * Throws `outside-domain`, `shape-mismatch`.
 */
export function scoreEntropyAbsorbing(logScore: tf.Tensor2D, x0: tf.Tensor1D, xt: tf.Tensor1D, mask: number, level: RowLevel): tf.Tensor1D {
  assertLevel("score entropy", level);
  assertRows("score entropy", { logScore, x0, xt });
  const [n, K] = logScore.shape;
  if (!(Number.isInteger(mask) && mask >= 0 && mask < K))
    throw new SpecError("outside-domain", `score entropy: expected mask to be a state 0 … ${K - 1}, got ${mask}`);
  const { sigma, rate } = level;
  return tf.tidy(() => {
    const masked = isMask(xt, mask);
    const scores = replacedWhere(tf.zeros([n]) as tf.Tensor1D, masked, K, (rows) => scoreSum(tf.gather(logScore, rows), mask));
    const ratio = coefficient((s) => 1 / Math.expm1(s), sigma);
    const logs = coefficient((s) => -Math.log(Math.expm1(s)) - 1, sigma);
    const price = tf.add(scores, tf.mul(ratio, tf.sub(logs, entryAt(logScore, x0))));
    const paid = tf.mul(
      price,
      coefficient((x) => x, rate),
    );
    return tf.where(masked, paid, tf.zerosLike(paid)) as tf.Tensor1D;
  });
}

/** Σ of all scores but the mask's. Shapes `n K`, `n`. */
function scoreSum(logScore: tf.Tensor2D, mask: number): tf.Tensor1D {
  const calmly = calmSum(logScore, mask);
  return calmly === null ? (tf.sum(tf.exp(leavingOut(logScore, mask)), 1) as tf.Tensor1D) : (tf.squeeze(calmly, [1]) as tf.Tensor1D);
}

/** Scores of a model of clean tokens under absorbing noise, p/(e^σ − 1), as logarithms. Shapes `n K`. */
export function absorbingLogScore(logLaws: tf.Tensor2D, sigma: RowLevel["sigma"]): tf.Tensor2D {
  return tf.tidy(() => tf.sub(logLaws, column(mapped((s) => Math.log(Math.expm1(s)), sigma))) as tf.Tensor2D);
}
