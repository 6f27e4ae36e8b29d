/**
 * The generator of noise that draws tokens anew, β·(1πᵀ − I), in O(K) on functions and on laws.
 *
 * Convention: a row is one function f, or one measure p, on all K states.
 */
import * as tf from "@tensorflow/tfjs-core";
import { byPieces } from "#impl/backend/chunks";
import { hot, type Noise } from "#impl/categorical/noise";
import { entryAt, sumOfOthers } from "#impl/categorical/places";
import { SpecError } from "#spec/error";

function checked(values: tf.Tensor2D, beta: number, { classes }: Noise): void {
  if (values.shape[0] === 0) throw new SpecError("outside-domain", "generator: expected at least one function, got none");
  if (values.shape[1] !== classes)
    throw new SpecError("shape-mismatch", `generator: expected values on ${classes} states, got ${values.shape[1]}`);
  if (!(beta >= 0 && Number.isFinite(beta))) throw new SpecError("outside-domain", `generator: expected beta ≥ 0, got ${beta}`);
}

/** Lf = β(⟨π, f⟩ − f). Shape `n K`. */
export function appliedOnStates(values: tf.Tensor2D, beta: number, noise: Noise): tf.Tensor2D {
  checked(values, beta, noise);
  const { mask } = noise;
  return tf.tidy(() =>
    byPieces([values], (part) => {
      const rows = part as tf.Tensor2D;
      const mean = mask === null ? tf.mean(rows, 1, true) : tf.slice(rows, [0, mask], [rows.shape[0], 1]);
      return (beta === 1 ? tf.sub(mean, rows) : tf.mul(tf.sub(mean, rows), tf.scalar(beta))) as tf.Tensor2D;
    }),
  );
}

/** L*p = β(|p|π − p). Shape `n K`. */
export function adjointOnStates(measures: tf.Tensor2D, beta: number, noise: Noise): tf.Tensor2D {
  checked(measures, beta, noise);
  const { classes, mask } = noise;
  return tf.tidy(() =>
    byPieces([measures], (part) => {
      const rows = part as tf.Tensor2D;
      const kept = tf.mul(rows, tf.scalar(-beta));
      const mass = tf.mul(tf.sum(rows, 1, true), tf.scalar(mask === null ? beta / classes : beta));
      return (mask === null ? tf.add(kept, mass) : tf.add(kept, tf.mul(mass, hot(tf.tensor1d([mask], "int32"), classes)))) as tf.Tensor2D;
    }),
  );
}

/**
 * The bound's integrand at tokens x, Σ over y of R(x, y)(r_y − 1 − log r_y), from log r with r = φ(y)/φ(x), φ truth over model.
 * Shapes `n K`, `n`, `n`.
 */
export function integrandOnStates(logRatio: tf.Tensor2D, tokens: tf.Tensor1D, beta: number, noise: Noise): tf.Tensor1D {
  checked(logRatio, beta, noise);
  const { classes, mask } = noise;
  const price = (l: tf.Tensor): tf.Tensor => tf.sub(tf.expm1(l), l);
  return tf.tidy(() => {
    if (mask === null)
      return byPieces([logRatio, tokens], (part, at) => {
        const others = sumOfOthers(price(part) as tf.Tensor2D, at as tf.Tensor1D);
        return tf.mul(others, tf.scalar(beta / classes)) as tf.Tensor1D;
      });
    const way = price(entryAt(logRatio, tf.fill([tokens.shape[0]], mask, "int32")));
    return tf.mul(way, tf.mul(tf.cast(tf.notEqual(tokens, tf.scalar(mask, "int32")), "float32"), tf.scalar(beta))) as tf.Tensor1D;
  });
}
