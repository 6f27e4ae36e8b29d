/**
 * Kernels exp(τR) of any rates between K states, by uniformisation: at the times of a Poisson clock as fast as the largest exit rate, states
 * move by I + R/Λ. No term of the series is negative, so nothing cancels.
 *
 * Convention: row x holds the rates of leaving x; its diagonal is minus their sum.
 */
import * as tf from "@tensorflow/tfjs-core";
import { SpecError } from "#spec/error";

/** Jumps to be expected in one series: its first weight, e^−16, is far from underflow in binary32. */
const longest = 16;
/** Jumps to be expected altogether, at most. */
const most = 2 ** 14;

/** Rates with I + R/Λ at hand. Dispose of `jumps`. */
export interface Uniformised {
  readonly classes: number;
  /** Λ, the largest exit rate. */
  readonly exit: number;
  /** Shape `K K`. */
  readonly jumps: tf.Tensor2D;
}

/** Shape `K*K`. Throws `shape-mismatch`; `outside-domain` for a rate of leaving that is no finite number ≥ 0. Diagonals are not read. */
export function uniformise(rates: Float64Array, classes: number): Uniformised {
  if (!(Number.isInteger(classes) && classes >= 2 && rates.length === classes * classes))
    throw new SpecError(
      "shape-mismatch",
      `rates: expected a square matrix of at least 2 states, got ${rates.length} numbers for ${classes}`,
    );
  const exits = new Float64Array(classes);
  rates.forEach((rate, k) => {
    const [x, y] = [Math.floor(k / classes), k % classes];
    if (x === y) return;
    if (!(rate >= 0 && rate < Number.POSITIVE_INFINITY))
      throw new SpecError("outside-domain", `rates: expected finite rates of leaving ≥ 0, got ${rate} from state ${x} to ${y}`);
    exits[x] = (exits[x] ?? 0) + rate;
  });
  const exit = exits.reduce((a, b) => Math.max(a, b), 0);
  // What stays is what rounded moves leave: a row that does not sum to 1 loses or gains mass at every jump.
  const scaled = Float32Array.from(rates, (rate, k) => (exit === 0 || k % (classes + 1) === 0 ? 0 : rate / exit));
  for (let x = 0; x < classes; x++)
    scaled[x * (classes + 1)] = 1 - scaled.subarray(x * classes, (x + 1) * classes).reduce((a, b) => a + b, 0);
  return { classes, exit, jumps: tf.tensor2d(scaled, [classes, classes]) };
}

/** Weights of 0, 1, 2, … jumps, as far as binary32 has numbers for them: states that many jumps lead to are rare, and yet right. */
function poissonWeights(mean: number): readonly number[] {
  const weights: number[] = [];
  for (let [k, weight] = [0, Math.exp(-mean)]; weight >= 2 ** -126; k++, weight *= mean / k) weights.push(weight);
  return weights;
}

/** p·exp(τR) for laws p. Shape `n K`. Throws `outside-domain` for τ < 0, or where more than 16,384 jumps are to be expected. */
export function pushedBy(laws: tf.Tensor2D, tau: number, { classes, exit, jumps }: Uniformised): tf.Tensor2D {
  const mean = exit * tau;
  if (!(tau >= 0 && mean <= most))
    throw new SpecError("outside-domain", `kernel: expected a time ≥ 0 with at most ${most} expected jumps, got ${tau} with ${mean}`);
  if (laws.shape[1] !== classes)
    throw new SpecError("shape-mismatch", `kernel: expected laws over ${classes} states, got ${laws.shape[1]}`);
  const pieces = Math.max(1, Math.ceil(mean / longest));
  const weights = poissonWeights(mean / pieces);
  return tf.tidy(() => {
    let now = laws;
    for (let piece = 0; piece < pieces; piece++) now = tf.tidy(() => along(now, weights, jumps));
    // Mass stays; what rounding made of it would grow with the number of jumps.
    return tf.mul(now, tf.divNoNan(tf.sum(laws, 1, true), tf.sum(now, 1, true))) as tf.Tensor2D;
  });
}

/**
 * Σ wₖ·p·Mᵏ: twice as many p·Mᵏ at every step, by powers of M that are squared, and then one product with the weights. Some twenty operations
 * where one term after the other takes a hundred and more, and memory for as many laws as there are weights.
 */
function along(laws: tf.Tensor2D, weights: readonly number[], jumps: tf.Tensor2D): tf.Tensor2D {
  let [moved, power, count] = [laws, jumps, 1];
  for (; count < weights.length; count *= 2) {
    if (count > 1) power = tf.matMul(power, power);
    moved = tf.concat([moved, tf.matMul(moved, power)]);
  }
  const padded = Float32Array.from({ length: count }, (_, k) => weights[k] ?? 0);
  return tf.reshape(tf.matMul(tf.tensor2d(padded, [1, count]), tf.reshape(moved, [count, laws.size])), laws.shape);
}
