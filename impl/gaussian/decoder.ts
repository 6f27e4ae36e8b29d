/**
 * The discretised decoder: probabilities of K grey levels 2k/(K−1) − 1 under a Gaussian, the outer bins reaching to infinity.
 */
import * as tf from "@tensorflow/tfjs-core";
import { stored } from "#impl/linear";
import { SpecError } from "#spec/error";

/** Rational approximations, highest power first: erf(z)/z in z² below `bend`, erfc(z)·e^{z²} in z above. Source: Cody (1969). */
const inner = {
  over: [0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694],
  under: [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171],
} as const;
const outer = {
  over: [
    2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769,
    1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
  ],
  under: [
    1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597, 4362.619090143247,
    3439.3676741437216, 1230.3393548037495,
  ],
} as const;
const bend = 0.46875;
/** Beyond this e^{−z²} is 0 in binary32. */
const nothing = 14;

function rational({ over, under }: { readonly over: readonly number[]; readonly under: readonly number[] }, z: tf.Tensor): tf.Tensor {
  const horner = ([top = 0, ...rest]: readonly number[]): tf.Tensor =>
    rest.reduce<tf.Tensor>((sum, c) => tf.add(tf.mul(sum, z), tf.scalar(c)), tf.fill([...z.shape], top));
  return tf.div(horner(over), horner(under));
}

/** Where an edge cuts a standard normal, at z√2: half its erf, which is exact near the mean, and the mass beyond it, which is exact far out. */
interface Cut {
  readonly halfErf: tf.Tensor;
  readonly tail: tf.Tensor;
  /** −1 and 1 far to the left and right of the mean, 0 near it. */
  readonly side: tf.Tensor;
}

function cutAt(z: tf.Tensor): Cut {
  const size = tf.minimum(tf.abs(z), tf.scalar(nothing));
  const far = tf.greaterEqual(size, tf.scalar(bend));
  const tail = tf.mul(tf.mul(tf.exp(tf.neg(tf.square(size))), rational(outer, size)), tf.scalar(0.5));
  const near = tf.mul(tf.mul(z, rational(inner, tf.square(tf.minimum(size, tf.scalar(bend))))), tf.scalar(0.5));
  const side = tf.mul(tf.sign(z), tf.cast(far, "float32"));
  return { halfErf: tf.where(far, tf.mul(side, tf.sub(tf.scalar(0.5), tail)), near), tail, side };
}

/**
 * Masses of the K levels. Shapes: mean `...`, result `... K`; `std` > 0 in the units of the data, which lie in [−1, 1]. Each edge is
 * computed once. Throws `outside-domain`. Source: Ho et al. (2020).
 */
export function decoderMasses(mean: tf.Tensor, std: number, K: number): tf.Tensor {
  if (!(Number.isInteger(K) && K >= 2 && std > 0))
    throw new SpecError("outside-domain", `decoder: expected K ≥ 2 levels and a deviation > 0, got ${K} and ${std}`);
  return tf.tidy(() => {
    const edges = stored(Float64Array.from({ length: K - 1 }, (_, j) => (2 * j + 1) / (K - 1) - 1));
    const { halfErf, tail, side } = cutAt(tf.div(tf.sub(edges, tf.expandDims(mean, -1)), tf.scalar(std * Math.SQRT2)));
    // The outer bins end at infinity, which is an edge like any other.
    const axis = mean.shape.length;
    const between = (x: tf.Tensor, low: number, high: number): readonly [tf.Tensor, tf.Tensor] => {
      const end = (value: number): tf.Tensor => tf.fill([...mean.shape, 1], value);
      return [tf.concat([end(low), x], axis), tf.concat([x, end(high)], axis)];
    };
    const [lowErf, highErf] = between(halfErf, -0.5, 0.5);
    const [lowTail, highTail] = between(tail, 0, 0);
    const [lowSide, highSide] = between(side, -1, 1);
    // Beyond the mean on one side, tails are small and their difference keeps its digits; elsewhere halves of erf do.
    const oneSide = tf.greater(tf.mul(lowSide, highSide), tf.scalar(0));
    return tf.where(oneSide, tf.abs(tf.sub(highTail, lowTail)), tf.sub(highErf, lowErf));
  });
}
