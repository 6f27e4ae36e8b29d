/**
 * Discretised Gaussian noise on ordered states: tokens move to near states more often than to far ones. Kernels reach `band` states to
 * either side and are kept as 2·band + 1 weights and K diagonal entries; they act in O(K·band) per token.
 *
 * Convention: entry (i, j) is e^{−4(i−j)²/((K−1)²β)} over the sum of all such numbers for differences up to `band`, the diagonal what is
 * left of 1. Kernels are symmetric; the uniform law is theirs. Source: Austin et al. (2021).
 */
import * as tf from "@tensorflow/tfjs-core";
import { valuesAtHand } from "#impl/backend/chunks";
import { clipped } from "#impl/backend/clipped";
import { hot } from "#impl/categorical/noise";
import { SpecError } from "#spec/error";

export interface BandedKernel {
  readonly classes: number;
  readonly band: number;
  /** Weights of differences −band … band; the middle one is 0. Shape `2·band + 1`. */
  readonly weights: Float64Array;
  /** Chances to stay. Shape `K`. */
  readonly diagonal: Float64Array;
}

/** One step of noise. Throws `outside-domain` for K < 2, a band that is not in 1 … K − 1, and β that is not positive. */
export function gaussianKernel(classes: number, beta: number, band: number = classes - 1): BandedKernel {
  if (!(Number.isInteger(classes) && classes >= 2))
    throw new SpecError("outside-domain", `Gaussian kernel: expected classes to be a whole number of at least 2, got ${classes}`);
  if (!(Number.isInteger(band) && band >= 1 && band < classes))
    throw new SpecError("outside-domain", `Gaussian kernel: expected band to be in 1 … ${classes - 1}, got ${band}`);
  if (!(beta > 0 && Number.isFinite(beta))) throw new SpecError("outside-domain", `Gaussian kernel: expected beta > 0, got ${beta}`);
  const bell = (d: number): number => Math.exp((-4 * d * d) / ((classes - 1) ** 2 * beta));
  let total = 1;
  for (let d = 1; d <= band; d++) total += 2 * bell(d);
  const weights = Float64Array.from({ length: 2 * band + 1 }, (_, k) => (k === band ? 0 : bell(k - band) / total));
  // Mass that leaves i to one side, by how many states there are.
  const side = new Float64Array(classes);
  for (let k = 1; k < classes; k++) side[k] = (side[k - 1] ?? 0) + (weights[band + k] ?? 0);
  const diagonal = Float64Array.from({ length: classes }, (_, i) => 1 - (side[i] ?? 0) - (side[classes - 1 - i] ?? 0));
  return { classes, band, weights, diagonal };
}

/** Where a token can go, and with what chance: 2·band + 1 states and itself. Shapes `n·(2·band + 2) 2`, `n 2·band + 2`. */
function reach(
  tokens: tf.Tensor1D,
  { classes, band, weights, diagonal }: BandedKernel,
): { readonly at: tf.Tensor2D; readonly chances: tf.Tensor2D } {
  const n = tokens.shape[0];
  const width = 2 * band + 2;
  const offsets = Int32Array.from({ length: width }, (_, k) => (k < width - 1 ? k - band : 0));
  const aimed = tf.add(tf.expandDims(tokens, 1), tf.tensor1d(offsets, "int32"));
  const states = clipped(aimed, 0, classes - 1);
  // What would lie outside adds 0 to the last state.
  const moves = tf.mul(tf.cast(tf.equal(aimed, states), "float32"), tf.tensor1d(Float32Array.of(...weights, 0)));
  const stays = tf.expandDims(tf.gather(tf.tensor1d(Float32Array.from(diagonal)), tokens), 1);
  const chances = tf.add(moves, tf.mul(stays, tf.tensor1d(Float32Array.from({ length: width }, (_, k) => (k === width - 1 ? 1 : 0)))));
  const row = tf.tile(tf.expandDims(tf.range(0, n, 1, "int32"), 1), [1, width]);
  return { at: tf.reshape(tf.stack([row, states], 2), [n * width, 2]) as tf.Tensor2D, chances: chances as tf.Tensor2D };
}

/** P(x, ·) for tokens x, which is P(·, x) too. Shapes `n`, `n K`. */
export function bandedRows(tokens: tf.Tensor1D, kernel: BandedKernel): tf.Tensor2D {
  return tf.tidy(() => {
    const { at, chances } = reach(tokens, kernel);
    return tf.scatterND(at, tf.reshape(chances, [-1]), [tokens.shape[0], kernel.classes]) as tf.Tensor2D;
  });
}

/** p·P for laws p, or measures of any mass. Shape `n K`. Memory O(n·K + band²). */
export function bandedPushed(laws: tf.Tensor2D, { classes, band, weights, diagonal }: BandedKernel): tf.Tensor2D {
  const [n, K] = laws.shape;
  if (K !== classes) throw new SpecError("shape-mismatch", `banded kernel: expected laws over ${classes} states, got ${K}`);
  return tf.tidy(() => {
    const stays = tf.mul(laws, tf.tensor1d(Float32Array.from(diagonal)));
    if (classes <= least) {
      const moves = Float32Array.from({ length: K * K }, (_, place) => weights[band + (place % K) - Math.floor(place / K)] ?? 0);
      return tf.add(tf.matMul(laws, tf.tensor2d(moves, [K, K])), stays) as tf.Tensor2D;
    }
    // Blocks of at least `band` states see their neighbours only, by the same 3·size × size weights.
    const size = Math.max(band, least);
    const blocks = Math.ceil(classes / size);
    const near = new Float32Array(3 * size * size);
    for (let from = 0; from < 3 * size; from++)
      for (let to = 0; to < size; to++) {
        const d = to + size - from;
        if (Math.abs(d) <= band) near[from * size + to] = weights[band + d] ?? 0;
      }
    const filled = tf.pad(laws, [
      [0, 0],
      [size, size + blocks * size - classes],
    ]);
    const image = tf.reshape(filled, [n, 1, (blocks + 2) * size, 1]) as tf.Tensor4D;
    const moved = tf.conv2d(image, tf.tensor4d(near, [1, 3 * size, 1, size]), [1, size], "valid");
    const sum = tf.slice(tf.reshape(moved, [n, blocks * size]), [0, 0], [n, classes]);
    return tf.add(sum, stays) as tf.Tensor2D;
  });
}

/** Smaller blocks than this keep a matrix product from its speed. */
const least = 16;

/** p·P₁·P₂⋯ for several steps, the first first. Shape `n K`. */
export function bandedPushedAlong(laws: tf.Tensor2D, kernels: readonly BandedKernel[]): tf.Tensor2D {
  let current = tf.clone(laws);
  for (const kernel of kernels) {
    const next = bandedPushed(current, kernel);
    current.dispose();
    current = next;
  }
  return current;
}

/**
 * q(xₛ | xₜ, x₀) from the law of xₛ given x₀, which `bandedPushedAlong` makes, and the kernel of the step from s to t. With the law that a
 * model's clean tokens are pushed to, it is the reverse step. Shapes `n K`, `n`, `n K`. Throws `outside-domain` where xₜ cannot be reached.
 */
export function bandedPosterior(before: tf.Tensor2D, xt: tf.Tensor1D, kernel: BandedKernel): tf.Tensor2D {
  return tf.tidy(() => {
    const { at, chances } = reach(xt, kernel);
    const joint = tf.mul(tf.reshape(tf.gatherND(before, at), [...chances.shape]), chances);
    const evidence = tf.sum(joint, 1, true);
    assertReached(evidence);
    return tf.scatterND(at, tf.reshape(tf.div(joint, evidence), [-1]), [...before.shape]) as tf.Tensor2D;
  });
}

/**
 * q(xₛ | xₜ, x₀) over several steps: what is known before them, weighed by the chance to reach xₜ from each state. Kernels
 * are symmetric: that is the chance to come from xₜ by the same steps backwards. Shapes `n K`, `n`, `n K`. Throws `outside-domain` where xₜ cannot be reached.
 */
export function bandedBayes(before: tf.Tensor2D, xt: tf.Tensor1D, kernels: readonly BandedKernel[]): tf.Tensor2D {
  const [only] = kernels;
  if (only !== undefined && kernels.length === 1) return bandedPosterior(before, xt, only);
  return tf.tidy(() => {
    const joint = tf.mul(before, bandedPushedAlong(hot(xt, before.shape[1]), kernels.toReversed()));
    const evidence = tf.sum(joint, 1, true);
    assertReached(evidence);
    return tf.div(joint, evidence) as tf.Tensor2D;
  });
}

function assertReached(evidence: tf.Tensor): void {
  const k = valuesAtHand(evidence)?.findIndex((mass) => !(mass > 0)) ?? -1;
  if (k >= 0)
    throw new SpecError("outside-domain", `banded posterior: expected a state that noise can reach, got an impossible pair at ${k}`);
}
