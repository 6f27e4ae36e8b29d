/**
 * Losses of uniform noise: the jump divergence of continuous time, and one step's divergence of a chain. Each reads the law once; what
 * depends on tokens is two entries per row.
 *
 * Convention: α is survival from data, α̇ ≤ 0 its slope. The prediction takes the place of the token (plug-in).
 */
import * as tf from "@tensorflow/tfjs-core";
import { byPieces } from "#impl/backend/chunks";
import { assertLogits, lawsFrom, logChance, logChanceOf } from "#impl/categorical/logits";
import { assertLaws } from "#impl/categorical/noise";
import { column, entryAt, withEntries } from "#impl/categorical/places";
import type { RowStep } from "#impl/elbo/mdlm";
import { assertEach, assertRows, coefficient, mapped } from "#impl/elbo/rows";
import type { PerSample } from "#impl/shape";

/** Σ over y ≠ x of a·p_y + f, and of their logarithms, and that number at x and at x₀. Shapes `n`. */
interface Sums {
  readonly sum: tf.Tensor;
  readonly logs: tf.Tensor;
  readonly here: tf.Tensor;
  readonly there: tf.Tensor;
}

/** What a law is given as. */
export type Given = "law" | "logits";

/** Throws `outside-domain`, `shape-mismatch` unless every pair of tokens has its law, or its logits. Shapes `n K`, `n`, `n`. */
export function assertGiven(where: string, values: tf.Tensor2D, given: Given, x0: tf.Tensor1D, xt: tf.Tensor1D): void {
  assertLogits(where, values);
  assertRows(where, { values, x0, xt });
  if (given === "law") assertLaws(where, values);
}

function sumsOf(values: tf.Tensor2D, given: Given, x0: tf.Tensor1D, xt: tf.Tensor1D, share: PerSample, floor: PerSample): Sums {
  const [a, f] = [column(share), column(floor)];
  const wide = (x: tf.Tensor): tf.Tensor => (x.shape.length === 0 ? tf.zeros([x0.shape[0], 1]) : x);
  const all = byPieces([values, x0, xt, wide(a), wide(f)], (part, data, noisy, scale, offset) => {
    const laws = given === "law" ? (part as tf.Tensor2D) : lawsFrom(part as tf.Tensor2D);
    const [aPart, fPart] = [a.shape.length === 0 ? a : (scale as tf.Tensor), f.shape.length === 0 ? f : (offset as tf.Tensor)];
    const mixed = tf.add(tf.mul(laws, aPart), fPart) as tf.Tensor2D;
    const [here, there] = [entryAt(mixed, noisy as tf.Tensor1D), entryAt(mixed, data as tf.Tensor1D)];
    const ones = tf.onesLike(here) as tf.Tensor1D;
    const without = withEntries(mixed, noisy as tf.Tensor1D, ones);
    const sum = tf.sum(withEntries(mixed, noisy as tf.Tensor1D, tf.zerosLike(ones)), 1);
    return tf.stack([sum, tf.sum(tf.log(without), 1), here, there], 1);
  });
  const [sum = all, logs = all, here = all, there = all] = tf.unstack(all, 1);
  return { sum, logs, here, there };
}

/**
 * −α̇/(Kα) Σ over y ≠ x of the score entropy of ratios x̄_y/x̄_x, x̄ = Kα·p + 1 − α. Shapes `n K`, `n`, `n`, `n`.
 * Throws `outside-domain` unless 0 < α < 1 and α̇ ≤ 0.
 */
export function uniformNelbo(
  values: tf.Tensor2D,
  given: Given,
  x0: tf.Tensor1D,
  xt: tf.Tensor1D,
  { survival, slope }: { readonly survival: PerSample; readonly slope: PerSample },
): tf.Tensor1D {
  assertGiven("uniform loss", values, given, x0, xt);
  assertEach("uniform loss", "survival", survival, "in (0, 1)", (x) => x > 0 && x < 1);
  assertEach("uniform loss", "slope", slope, "≤ 0", (x) => x <= 0 && x > Number.NEGATIVE_INFINITY);
  const K = values.shape[1];
  return tf.tidy(() => {
    const floor = mapped((a) => 1 - a, survival);
    const { sum, logs, here, there } = sumsOf(
      values,
      given,
      x0,
      xt,
      mapped((a) => K * a, survival),
      floor,
    );
    const same = tf.equal(x0, xt);
    const logHere = tf.log(here);
    // Ratios of a token: low at states that are not x₀, high at x₀ where x is another.
    const low = mapped((a) => (1 - a) / (K * a + 1 - a), survival);
    const [r, logR] = [coefficient((x) => x, low), coefficient(Math.log, low)];
    const scores = tf.div(sum, here);
    const stays = tf.mul(r, tf.add(tf.mul(tf.add(tf.sub(logR, tf.scalar(1)), logHere), tf.scalar(K - 1)), tf.neg(logs)));
    const logThere = tf.log(there);
    const others = tf.sub(tf.mul(tf.sub(logHere, tf.scalar(1)), tf.scalar(K - 2)), tf.sub(logs, logThere));
    const data = tf.div(tf.add(tf.sub(tf.neg(logR), tf.scalar(1)), tf.sub(logHere, logThere)), r);
    const price = tf.add(scores, tf.where(same, stays, tf.add(others, data)));
    return tf.mul(
      price,
      coefficient((a, d) => -d / (K * a), survival, slope),
    ) as tf.Tensor1D;
  });
}

/**
 * One step's divergence of q(xₛ | xₜ, x₀) from the plug-in reverse step, with `hybrid` times −log p(x₀) added. Shapes `n K`, `n`, `n`, `n`.
 * Throws `outside-domain` unless 0 ≤ aₜ ≤ aₛ < 1: at clean data the term is −log p(x₀) itself. Source: Austin et al. (2021).
 */
export function uniformStepKl(
  values: tf.Tensor2D,
  given: Given,
  x0: tf.Tensor1D,
  xt: tf.Tensor1D,
  { s, t }: RowStep,
  hybrid = 0,
): tf.Tensor1D {
  assertGiven("uniform step", values, given, x0, xt);
  assertEach("uniform step", "the earlier survival", s, "in (0, 1)", (x) => x > 0 && x < 1);
  assertEach(
    "uniform step",
    "the later survival",
    mapped((a, b) => (b >= 0 && b <= a ? 0 : b), s, t),
    "in [0, earlier]",
    (x) => x === 0,
  );
  const K = values.shape[1];
  return tf.tidy(() => {
    const { logs, here, there } = sumsOf(
      values,
      given,
      x0,
      xt,
      s,
      mapped((a) => (1 - a) / K, s),
    );
    const number = (f: (a: number, step: number) => number): tf.Tensor => coefficient((a, b) => f(a, b / a), s, t);
    const [step, fresh] = [number((_, c) => c), number((_, c) => (1 - c) / K)];
    const [floor, top] = [number((a) => (1 - a) / K), number((a) => a + (1 - a) / K)];
    const same = tf.equal(x0, xt);
    // Normalisers of truth and model, and what the truth says of x, of x₀ and of all others, before it.
    const evidence = tf.where(
      same,
      tf.add(
        tf.zerosLike(here),
        number((a, c) => a * c + (1 - a * c) / K),
      ),
      tf.add(
        tf.zerosLike(here),
        number((a, c) => (1 - a * c) / K),
      ),
    );
    const whole = tf.add(tf.mul(step, here), fresh);
    const own = tf.where(same, tf.add(tf.zerosLike(here), top), tf.add(tf.zerosLike(here), floor));
    const atNoisy = tf.mul(tf.mul(own, tf.add(step, fresh)), tf.log(tf.div(own, here)));
    const [logThere, logFloor] = [tf.log(there), tf.log(floor)];
    const rest = tf.where(
      same,
      tf.sub(tf.mul(logFloor, tf.scalar(K - 1)), logs),
      tf.sub(tf.mul(logFloor, tf.scalar(K - 2)), tf.sub(logs, logThere)),
    );
    const atData = tf.where(same, tf.zerosLike(here), tf.mul(top, tf.sub(tf.log(top), logThere)));
    const sum = tf.add(atNoisy, tf.mul(fresh, tf.add(tf.mul(floor, rest), atData)));
    const price = tf.add(tf.div(sum, evidence), tf.log(tf.div(whole, evidence)));
    if (hybrid === 0) return price as tf.Tensor1D;
    const known = given === "logits" ? logChance(values, x0) : logChanceOf(values, x0);
    return tf.sub(price, tf.mul(known, tf.scalar(hybrid))) as tf.Tensor1D;
  });
}
