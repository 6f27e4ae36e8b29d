/**
 * Losses of masked tokens: cross-entropies at masked tokens, times what a level makes them weigh. Tokens that are not masked cost nothing.
 * Source: Sahoo et al. (2024).
 *
 * Convention: `logChances` are log p(x₀), row by row: of `maskedLogChance` for logits, of `logChanceOf` for laws.
 */
import * as tf from "@tensorflow/tfjs-core";
import { replacedWhere } from "#impl/backend/chunks";
import { assertLogits, logChance } from "#impl/categorical/logits";
import { assertLaws } from "#impl/categorical/noise";
import { entryAt } from "#impl/categorical/places";
import { assertEach, assertLevel, assertRows, coefficient, isMask, mapped, type RowLevel } from "#impl/elbo/rows";
import type { PerSample } from "#impl/shape";
import { SpecError } from "#spec/error";

/** Survivals from data to the two ends of a step, of each row or of all. */
export interface RowStep {
  readonly s: PerSample;
  readonly t: PerSample;
}

/** log p(x₀) at masked tokens, 0 at others; the mask has no share, and only masked rows are read. Shapes `n K`, `n`, `n`, `n`. */
export function maskedLogChance(logits: tf.Tensor2D, x0: tf.Tensor1D, xt: tf.Tensor1D, mask: number): tf.Tensor1D {
  assertLogits("masked loss", logits, mask);
  assertRows("masked loss", { logits, x0, xt });
  return tf.tidy(() =>
    replacedWhere(tf.zeros([logits.shape[0]]) as tf.Tensor1D, isMask(xt, mask), logits.shape[1], (rows) =>
      logChance(tf.gather(logits, rows), tf.gather(x0, rows), mask),
    ),
  );
}

/** −log p(x₀) at masks, times weights. Shapes `n`. */
export function maskedCrossEntropy(
  xt: tf.Tensor1D,
  logChances: tf.Tensor1D,
  mask: number,
  weights: tf.Tensor1D = tf.scalar(1) as never,
): tf.Tensor1D {
  assertRows("masked loss", { xt, logChances });
  return tf.tidy(() => {
    const price = tf.mul(tf.neg(logChances), weights);
    return tf.where(isMask(xt, mask), price, tf.zerosLike(price)) as tf.Tensor1D;
  });
}

/** The integrand of the bound, −σ̇/(e^σ − 1)·log p(x₀). Shapes `n`. Throws `outside-domain`. */
export function maskedNelbo(xt: tf.Tensor1D, logChances: tf.Tensor1D, mask: number, level: RowLevel): tf.Tensor1D {
  assertLevel("masked loss", level);
  return tf.tidy(() =>
    maskedCrossEntropy(
      xt,
      logChances,
      mask,
      coefficient((s, r) => r / Math.expm1(s), level.sigma, level.rate),
    ),
  );
}

/** One step's divergence, −(αₛ − αₜ)/(1 − αₜ)·log p(x₀). Shapes `n`. Throws `outside-domain` unless 0 ≤ αₜ ≤ αₛ ≤ 1 and αₜ < 1. */
export function maskedStepKl(xt: tf.Tensor1D, logChances: tf.Tensor1D, mask: number, { s, t }: RowStep): tf.Tensor1D {
  assertStep({ s, t });
  return tf.tidy(() =>
    maskedCrossEntropy(
      xt,
      logChances,
      mask,
      coefficient((a, b) => (a - b) / (1 - b), s, t),
    ),
  );
}

function assertStep({ s, t }: RowStep): void {
  assertEach("masked step", "the later survival", t, "in [0, 1)", (x) => x >= 0 && x < 1);
  const late = mapped((a, b) => (a >= b && a <= 1 ? 0 : a), s, t);
  assertEach("masked step", "the earlier survival", late, "to be at most 1 and not below the later", (x) => x === 0);
}

/** The same where the law leaves mass to the mask. Shapes: laws `n K`, others `n`. Source: Sahoo et al. (2024), Eq. 8. */
export function maskedStepKlLeaky(laws: tf.Tensor2D, x0: tf.Tensor1D, xt: tf.Tensor1D, mask: number, { s, t }: RowStep): tf.Tensor1D {
  assertLogits("masked step", laws, mask);
  assertRows("masked step", { laws, x0, xt });
  assertLaws("masked step", laws);
  assertStep({ s, t });
  return tf.tidy(() => {
    const [early, late] = [coefficient((x) => x, s), coefficient((x) => x, t)];
    const [stays, moves] = [coefficient((a, b) => (1 - a) / (1 - b), s, t), coefficient((a, b) => (a - b) / (1 - b), s, t)];
    const leak = entryAt(laws, tf.fill([laws.shape[0]], mask, "int32"));
    const gone = coefficient((b) => 1 - b, t);
    const whole = tf.add(gone, tf.mul(late, leak));
    const revealed = tf.mul(moves, tf.log(tf.div(whole, tf.mul(gone, entryAt(laws, x0)))));
    // A step to clean data leaves nothing masked: 0·log 0 is 0.
    const some = tf.greater(tf.add(stays, tf.zerosLike(leak)), tf.scalar(0));
    const share = tf.div(
      tf.mul(stays, whole),
      tf.add(
        tf.mul(early, leak),
        coefficient((a) => 1 - a, s),
      ),
    );
    const kept = tf.where(some, tf.mul(stays, tf.log(tf.where(some, share, tf.onesLike(share)))), tf.zerosLike(leak));
    const price = tf.add(revealed, kept);
    return tf.where(isMask(xt, mask), price, tf.zerosLike(price)) as tf.Tensor1D;
  });
}

/**
 * The bound with a number of masks for a level: L/(how many are masked) times their cross-entropies. One number per sequence; tokens of
 * `count` sequences of L follow one another. Shapes `count·L`, `count`. Throws `outside-domain` for a sequence without masks.
 */
export function maskedCountLoss(xt: tf.Tensor1D, logChances: tf.Tensor1D, mask: number, length: number): tf.Tensor1D {
  const n = xt.shape[0];
  if (!(Number.isInteger(length) && length >= 1 && n >= length && n % length === 0))
    throw new SpecError("outside-domain", `masked loss: expected length to divide ${n} tokens, got ${length}`);
  return tf.tidy(() => {
    const price = tf.reshape(maskedCrossEntropy(xt, logChances, mask), [n / length, length]);
    const count = tf.sum(tf.cast(tf.reshape(isMask(xt, mask), [n / length, length]), "float32"), 1);
    return tf.mul(tf.div(tf.sum(price, 1), count), tf.scalar(length)) as tf.Tensor1D;
  });
}
