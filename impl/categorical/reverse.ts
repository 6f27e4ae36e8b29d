/**
 * Reverse steps straight from a network's logits, for vocabularies of any size: the law of xₛ given xₜ, or a draw from it.
 *
 * Convention: aₛ and aₜ are survivals from data. The prediction takes the place of the token (plug-in); with a mask that is the mixture
 * too, and the mask itself is never predicted. Tokens that are not masked stay.
 */
import * as tf from "@tensorflow/tfjs-core";
import { replacedWhere } from "#impl/backend/chunks";
import { drawn, drawnFromLogits } from "#impl/categorical/draw";
import { assertLogits, lawsFrom, weightsOf } from "#impl/categorical/logits";
import { assertShare, type Noise } from "#impl/categorical/noise";
import { entryAt, withEntries } from "#impl/categorical/places";
import { between, type Survivals } from "#impl/categorical/posterior";
import { SpecError } from "#spec/error";

/** Uniform numbers in [0, 1): whether a token moves, and where to. Shapes `n`. */
export interface StepDraws {
  readonly move: tf.Tensor1D;
  readonly pick: tf.Tensor1D;
}

function checked(logits: tf.Tensor2D, xt: tf.Tensor1D, { s, t }: Survivals, { classes, mask }: Noise): void {
  assertLogits("reverse step", logits, mask);
  if (logits.shape[1] !== classes)
    throw new SpecError("shape-mismatch", `reverse step: expected logits over ${classes} states, got ${logits.shape[1]}`);
  if (logits.shape[0] !== xt.shape[0])
    throw new SpecError("shape-mismatch", `reverse step: expected ${xt.shape[0]} rows of logits, got ${logits.shape[0]}`);
  assertShare("reverse step", s);
  assertShare("reverse step", t);
  if (t === 1) throw new SpecError("outside-domain", "reverse step: expected noise at the later time, got a survival of 1");
}

/** The law of xₛ. Shapes `n K`, `n`, `n K`. Throws `outside-domain`, `shape-mismatch`. Source: Austin et al. (2021). */
export function reverseLaw(logits: tf.Tensor2D, xt: tf.Tensor1D, survivals: Survivals, noise: Noise): tf.Tensor2D {
  checked(logits, xt, survivals, noise);
  const { classes, mask } = noise;
  const step = between(survivals);
  return tf.tidy(() => {
    const clean = lawsFrom(logits, mask);
    if (mask !== null) {
      const { stays, moves } = revealing(survivals);
      const masked = tf.cast(tf.equal(xt, tf.scalar(mask, "int32")), "float32");
      const law = tf.mul(clean, tf.expandDims(tf.mul(masked, tf.scalar(moves)), 1)) as tf.Tensor2D;
      return withEntries(law, xt, tf.add(tf.mul(masked, tf.scalar(stays - 1)), tf.scalar(1)));
    }
    const { s } = survivals;
    const [fresh, floor] = [(1 - step) / classes, (1 - s) / classes];
    const own = tf.add(tf.mul(entryAt(clean, xt), tf.scalar(s)), tf.scalar(floor)) as tf.Tensor1D;
    const total = tf.add(tf.mul(own, tf.scalar(step)), tf.scalar(fresh));
    const scaled = tf.mul(clean, tf.expandDims(tf.div(tf.scalar(fresh * s), total), 1));
    const law = tf.add(scaled, tf.expandDims(tf.div(tf.scalar(fresh * floor), total), 1)) as tf.Tensor2D;
    return withEntries(law, xt, tf.div(tf.mul(own, tf.scalar(fresh + step)), total) as tf.Tensor1D);
  });
}

/** Chances that a masked token stays so, and is revealed, in one step. */
function revealing({ s, t }: Survivals): { readonly stays: number; readonly moves: number } {
  return { stays: (1 - s) / (1 - t), moves: (s - t) / (1 - t) };
}

/**
 * A draw of xₛ. Logits are read only in rows whose tokens move where that can be known beforehand, and no law is formed.
 * Shapes `n K`, `n`, `n`. Throws as `reverseLaw`.
 */
export function reverseDraw(logits: tf.Tensor2D, xt: tf.Tensor1D, survivals: Survivals, noise: Noise, draws: StepDraws): tf.Tensor1D {
  checked(logits, xt, survivals, noise);
  return noise.mask === null ? uniformDraw(logits, xt, survivals, draws) : maskedDraw(logits, xt, survivals, noise.mask, draws);
}

function maskedDraw(logits: tf.Tensor2D, xt: tf.Tensor1D, survivals: Survivals, mask: number, { move, pick }: StepDraws): tf.Tensor1D {
  between(survivals);
  const { moves } = revealing(survivals);
  return tf.tidy(() => {
    const revealed = tf.logicalAnd(tf.equal(xt, tf.scalar(mask, "int32")), tf.less(move, tf.scalar(moves))) as tf.Tensor1D;
    return replacedWhere(xt, revealed, logits.shape[1], (rows) => drawnFromLogits(tf.gather(logits, rows), tf.gather(pick, rows), mask));
  });
}

/**
 * The law is a mixture: (aₛpₖ + f)(c + a δₖₓ) is what the model says times aₛc, the uniform law times Kfc, and the present token times
 * (aₛpₓ + f)a, with a = aₜ/aₛ, c = (1 − a)/K and f = (1 − aₛ)/K. Only the first asks the logits where to go.
 */
function uniformDraw(logits: tf.Tensor2D, xt: tf.Tensor1D, survivals: Survivals, { move, pick }: StepDraws): tf.Tensor1D {
  const { s } = survivals;
  const step = between(survivals);
  const classes = logits.shape[1];
  return tf.tidy(() => {
    const { weights, shift, total } = weightsOf(logits);
    const own = tf.div(tf.exp(tf.sub(entryAt(logits, xt), tf.squeeze(shift, [1]))), tf.squeeze(total, [1]));
    const [model, uniform] = [(s * (1 - step)) / classes, ((1 - s) * (1 - step)) / classes];
    const stays = tf.mul(tf.add(tf.mul(own, tf.scalar(s)), tf.scalar((1 - s) / classes)), tf.scalar(step));
    const aim = tf.mul(move, tf.add(stays, tf.scalar(model + uniform)));
    const asked = tf.less(aim, tf.scalar(model)) as tf.Tensor1D;
    const anywhere = tf.minimum(tf.cast(tf.floor(tf.mul(pick, tf.scalar(classes))), "int32"), tf.scalar(classes - 1, "int32"));
    const others = tf.where(tf.less(aim, tf.scalar(model + uniform)), anywhere, xt) as tf.Tensor1D;
    return replacedWhere(others, asked, classes, (rows) => drawn(tf.gather(weights, rows), tf.gather(pick, rows)));
  });
}
