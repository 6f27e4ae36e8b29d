/**
 * Noise that keeps a token with probability a and otherwise draws it anew: from all states alike, or the mask. Its kernels are
 * a·I + (1 − a)·1πᵀ; they act on vectors in O(K), and no K×K matrix is ever formed.
 */
import * as tf from "@tensorflow/tfjs-core";
import { leastAtHand, readAtHand, valuesAtHand } from "#impl/backend/chunks";
import { onlyAt } from "#impl/categorical/places";
import { SpecError } from "#spec/error";

export interface Noise {
  /** K, the mask among the states. */
  readonly classes: number;
  /** The absorbing state; null for uniform noise. */
  readonly mask: number | null;
}

/** Uniform noise on K states. Throws `bad-argument` for K < 2. */
export function uniformNoise(classes: number): Noise {
  assertClasses(classes);
  return { classes, mask: null };
}

/** Absorbing noise on K states, the mask among them. Throws `bad-argument`. */
export function absorbingNoise(classes: number, mask: number = classes - 1): Noise {
  assertClasses(classes);
  if (!Number.isInteger(mask) || mask < 0 || mask >= classes)
    throw new SpecError("bad-argument", `absorbing noise: expected mask to be a state 0 … ${classes - 1}, got ${mask}`);
  return { classes, mask };
}

function assertClasses(classes: number): void {
  if (!Number.isInteger(classes) || classes < 2)
    throw new SpecError("bad-argument", `noise: expected classes to be a whole number of at least 2, got ${classes}`);
}

/** Throws `outside-domain` unless 0 ≤ a ≤ 1. */
export function assertShare(where: string, a: number): void {
  if (!(a >= 0 && a <= 1)) throw new SpecError("outside-domain", `${where}: expected a survival probability in [0, 1], got ${a}`);
}

/** Throws `outside-domain` unless every token is a state. Reads the tokens back, where that can be done at once. */
export function assertTokens(where: string, tokens: tf.Tensor, classes: number): void {
  if (tokens.size === 0) throw new SpecError("outside-domain", `${where}: expected at least one token, got none`);
  valuesAtHand(tokens)?.forEach((x, k) => {
    if (!Number.isInteger(x) || x < 0 || x >= classes)
      throw new SpecError("outside-domain", `${where}: expected tokens to be states 0 … ${classes - 1}, got ${x} at ${k}`);
  });
}

/** Throws `outside-domain` unless there are rows and each is a law, up to what rounding K numbers does. Reads sums back. Shape `n K`. */
export function assertLaws(where: string, laws: tf.Tensor2D): void {
  if (laws.shape[0] === 0) throw new SpecError("outside-domain", `${where}: expected at least one law, got none`);
  const least = leastAtHand(laws) ?? 0;
  if (!(least >= 0)) throw new SpecError("outside-domain", `${where}: expected probabilities ≥ 0, got ${least}`);
  const room = laws.shape[1] * 2 ** -23;
  readAtHand(() => tf.sum(laws, 1))?.forEach((sum, k) => {
    if (!(Math.abs(sum - 1) <= room))
      throw new SpecError("outside-domain", `${where}: expected probabilities that sum to 1, got ${sum} in row ${k}`);
  });
}

/** Throws `outside-domain` for a ratio of chances that is negative, infinite or NaN, where values can be read at once. */
export function assertRatios(where: string, ratios: tf.Tensor): void {
  const [low, high] = [leastAtHand(ratios) ?? 0, readAtHand(() => tf.max(ratios))?.[0] ?? 0];
  if (!(low >= 0 && high < Number.POSITIVE_INFINITY))
    throw new SpecError("outside-domain", `${where}: expected finite ratios ≥ 0, got ${low >= 0 ? high : low}`);
}

/** One row per token: `offset` everywhere, and `scale` more at the token. Shape `n K`. */
export function hot(tokens: tf.Tensor, classes: number, scale = 1, offset = 0): tf.Tensor2D {
  if (tf.getBackend() !== "wasm") return tf.oneHot(tokens, classes, scale + offset, offset, "float32") as tf.Tensor2D;
  // One-hot rows of numbers that are not whole come out of the wasm backend as the bits of integers.
  return tf.tidy(() => {
    const ones = tf.cast(tf.oneHot(tokens, classes), "float32") as tf.Tensor2D;
    const scaled = scale === 1 ? ones : tf.mul(ones, tf.scalar(scale));
    return (offset === 0 ? scaled : tf.add(scaled, tf.scalar(offset))) as tf.Tensor2D;
  });
}

/** The law that noise tends to. Shape `K`. */
export function stationary({ classes, mask }: Noise): tf.Tensor1D {
  if (mask === null) return tf.fill([classes], 1 / classes);
  return tf.tidy(() => hot(tf.scalar(mask, "int32"), classes) as tf.Tensor as tf.Tensor1D);
}

/** P(x, ·) for tokens x: what noising draws from. Shapes `n`, `n K`. */
export function rows(tokens: tf.Tensor1D, a: number, noise: Noise): tf.Tensor2D {
  assertShare("rows", a);
  const { classes, mask } = noise;
  return tf.tidy(() => {
    if (mask === null) return hot(tokens, classes, a, (1 - a) / classes);
    const [n] = tokens.shape;
    return onlyAt(classes, [tokens, tf.fill([n], a)], [tf.fill([n], mask, "int32"), tf.fill([n], 1 - a)]);
  });
}

/** P(·, y) for tokens y: the likelihood of what could have been before. Shapes `n`, `n K`. */
export function columns(tokens: tf.Tensor1D, a: number, { classes, mask }: Noise): tf.Tensor2D {
  assertShare("columns", a);
  return tf.tidy(() => {
    if (mask === null) return hot(tokens, classes, a, (1 - a) / classes);
    const masked = tf.expandDims(tf.mul(tf.cast(tf.equal(tokens, tf.scalar(mask, "int32")), "float32"), tf.scalar(1 - a)), 1);
    return tf.add(hot(tokens, classes, a, 0), masked);
  });
}

/** p·P for laws p, or measures of any mass. Shape `n K`. */
export function pushed(laws: tf.Tensor2D, a: number, noise: Noise): tf.Tensor2D {
  assertShare("pushed", a);
  return tf.tidy(() => {
    const mass = tf.mul(tf.sum(laws, 1, true), tf.scalar(1 - a));
    return tf.add(tf.mul(laws, tf.scalar(a)), tf.mul(mass, stationary(noise))) as tf.Tensor2D;
  });
}

/** P(x, y) for pairs of tokens. Shape `n`. */
export function entries(from: tf.Tensor1D, to: tf.Tensor1D, a: number, { classes, mask }: Noise): tf.Tensor1D {
  assertShare("entries", a);
  return tf.tidy(() => {
    const same = tf.mul(tf.cast(tf.equal(from, to), "float32"), tf.scalar(a));
    const drawn =
      mask === null ? tf.scalar((1 - a) / classes) : tf.mul(tf.cast(tf.equal(to, tf.scalar(mask, "int32")), "float32"), tf.scalar(1 - a));
    return tf.add(same, drawn) as tf.Tensor1D;
  });
}

/**
 * Noised tokens from uniform draws: one says whether the token is kept, the other which state takes its place. Shapes `n`.
 * Throws `shape-mismatch`.
 */
export function noisedTokens(
  tokens: tf.Tensor1D,
  a: number,
  { classes, mask }: Noise,
  keep: tf.Tensor1D,
  replace: tf.Tensor1D,
): tf.Tensor1D {
  assertShare("noised", a);
  return tf.tidy(() => {
    const drawn = mask === null ? tf.cast(tf.floor(tf.mul(replace, tf.scalar(classes))), "int32") : tf.fill(tokens.shape, mask, "int32");
    return tf.where(tf.less(keep, tf.scalar(a)), tokens, drawn) as tf.Tensor1D;
  });
}
