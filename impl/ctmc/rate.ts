/**
 * Jump rates β·(1πᵀ − I) of noise that draws tokens anew, and their reversal. O(K) per token.
 *
 * Convention: row x holds the rates of leaving x; its diagonal is minus their sum.
 */
import * as tf from "@tensorflow/tfjs-core";
import { leastAtHand, valuesAtHand } from "#impl/backend/chunks";
import { assertLaws, assertRatios, hot, type Noise, pushed, stationary } from "#impl/categorical/noise";
import { withEntries } from "#impl/categorical/places";
import { reached } from "#impl/categorical/posterior";
import { SpecError } from "#spec/error";

function assertRate(beta: number): void {
  if (!(beta >= 0 && Number.isFinite(beta))) throw new SpecError("outside-domain", `rate: expected a rate ≥ 0, got ${beta}`);
}

/** Rows of the rate at tokens. Shapes `n`, `n K`. Throws `outside-domain`. */
export function rateRows(tokens: tf.Tensor1D, beta: number, noise: Noise): tf.Tensor2D {
  assertRate(beta);
  if (tokens.size === 0) throw new SpecError("outside-domain", "rate: expected at least one token, got none");
  const { classes, mask } = noise;
  return tf.tidy(() => {
    // The diagonal is written as what it is, not as a difference: an absorbing row is exactly zero.
    const to = tf.mul(stationary(noise), tf.scalar(beta));
    const stays = hot(tokens, classes);
    const exit =
      mask === null
        ? tf.scalar((beta * (1 - classes)) / classes)
        : tf.mul(tf.expandDims(tf.cast(tf.notEqual(tokens, tf.scalar(mask, "int32")), "float32"), 1), tf.scalar(-beta));
    const off = tf.mul(tf.expandDims(to, 0), tf.sub(tf.scalar(1), stays));
    return tf.add(off, tf.mul(stays, exit)) as tf.Tensor2D;
  });
}

/** R(y, x) for all y at tokens x, with 0 where y = x: the rates into x. Shapes `n`, `n K`. */
export function ratesInto(tokens: tf.Tensor1D, beta: number, { classes, mask }: Noise): tf.Tensor2D {
  assertRate(beta);
  return tf.tidy(() => {
    const others = hot(tokens, classes, -1, 1);
    if (mask === null) return tf.mul(others, tf.scalar(beta / classes)) as tf.Tensor2D;
    const at = tf.expandDims(tf.cast(tf.equal(tokens, tf.scalar(mask, "int32")), "float32"), 1);
    return tf.mul(others, tf.mul(at, tf.scalar(beta))) as tf.Tensor2D;
  });
}

/**
 * Rows of the reverse rate, R(y, x)·q(y)/q(x), from ratios of marginals. Shapes `n`, `n K`, `n K`.
 * Throws `outside-domain` for a ratio that is negative, infinite or NaN. Source: Lou et al. (2024).
 */
export function reverseRate(tokens: tf.Tensor1D, ratios: tf.Tensor2D, beta: number, noise: Noise): tf.Tensor2D {
  assertRatios("reverse rate", ratios);
  return tf.tidy(() => {
    const off = tf.mul(ratesInto(tokens, beta, noise), ratios);
    return tf.sub(off, tf.mul(hot(tokens, noise.classes), tf.sum(off, 1, true))) as tf.Tensor2D;
  });
}

/** Ratios q(y)/q(x) = Σ p(x₀ | x)·P(x₀, y)/P(x₀, x) from a law of clean tokens. Shapes `n`, `n K`, `n K`. Throws `outside-domain`. Source: Campbell et al. (2022). */
export function ratiosFrom(tokens: tf.Tensor1D, clean: tf.Tensor2D, a: number, noise: Noise): tf.Tensor2D {
  assertLaws("ratios, clean law", clean);
  return tf.tidy(() => pushed(reached(clean, tokens, a, noise), a, noise));
}

/** Throws `outside-domain` unless rates of leaving are ≥ 0 and rows sum to 0, up to what rounding K numbers does. */
function assertRateRows(where: string, tokens: tf.Tensor1D, rates: tf.Tensor2D): void {
  const K = rates.shape[1];
  const off = withEntries(rates, tokens, tf.zeros([tokens.shape[0]]));
  const least = leastAtHand(off) ?? 0;
  const totals = [tf.sum(rates, 1), tf.tidy(() => tf.sum(tf.abs(rates), 1))];
  const [sums, sizes] = totals.map(valuesAtHand);
  tf.dispose([off, ...totals]);
  if (!(least >= 0)) throw new SpecError("outside-domain", `${where}: expected rates of leaving ≥ 0, got ${least}`);
  const wrong = sums?.findIndex((sum, k) => !(Math.abs(sum) <= K * 2 ** -23 * (sizes?.[k] ?? 0))) ?? -1;
  if (wrong >= 0)
    throw new SpecError("outside-domain", `${where}: expected rows of rates that sum to 0, got ${sums?.[wrong]} in row ${wrong}`);
}

/**
 * The law of an Euler step, δ + τR̂, for steps short enough that it is one. Shapes `n`, `n K`, `n K`.
 * Throws `outside-domain` where τ times an exit rate exceeds 1, a rate of leaving is negative or a row does not sum to 0.
 */
export function eulerLaw(tokens: tf.Tensor1D, rates: tf.Tensor2D, tau: number): tf.Tensor2D {
  assertRateRows("Euler step", tokens, rates);
  const law = tf.tidy(() => tf.add(hot(tokens, rates.shape[1]), tf.mul(rates, tf.scalar(tau))) as tf.Tensor2D);
  const least = leastAtHand(law) ?? 0;
  if (least >= 0) return law;
  law.dispose();
  throw new SpecError("outside-domain", `Euler step: expected τ·(exit rate) ≤ 1, got a probability of ${least}`, {
    hint: "take shorter steps",
  });
}
