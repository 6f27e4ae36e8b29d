/**
 * Laws from logits, without a table of them where a number per row is all that is wanted.
 *
 * Convention: a state that is left out has no share, whatever its logit is: models of masked tokens never predict the mask.
 */
import * as tf from "@tensorflow/tfjs-core";
import { byPieces, readable } from "#impl/backend/chunks";
import { entryAt, withEntries } from "#impl/categorical/places";
import { SpecError } from "#spec/error";

/** exp of such logits, and sums of up to 2³⁰ of them, are normal numbers of binary32: no shift is needed. */
const calm = 60;
/** The logit of a state without a share: its exponential is 0, and differences with it are finite. */
const nothing = -1e30;

/** Weights wₖ = e^{lₖ − shift} of each row, and what they sum to. Shapes `n K`, `n 1`, `n 1`. */
export interface Weights {
  readonly weights: tf.Tensor2D;
  readonly shift: tf.Tensor;
  readonly total: tf.Tensor2D;
}

/** Throws `outside-domain` unless there is a row, K ≥ 2, and `except` is a state or null. */
export function assertLogits(where: string, logits: tf.Tensor2D, except: number | null = null): void {
  const [n, K] = logits.shape;
  if (n === 0) throw new SpecError("outside-domain", `${where}: expected logits of at least one token, got none`);
  if (K < 2) throw new SpecError("outside-domain", `${where}: expected logits over at least 2 states, got ${K}`);
  if (except !== null && !(Number.isInteger(except) && except >= 0 && except < K))
    throw new SpecError("outside-domain", `${where}: expected mask to be a state 0 … ${K - 1}, got ${except}`);
}

/** Logits with one state left out. Shape `n K`. */
export function leavingOut(logits: tf.Tensor2D, except: number | null): tf.Tensor2D {
  if (except === null) return logits;
  const n = logits.shape[0];
  return tf.tidy(() => withEntries(logits, tf.fill([n], except, "int32"), tf.fill([n], nothing)));
}

/** Weights of all states. Throws `outside-domain` where a logit is NaN or +∞, or where no state is possible, if values can be read. */
export function weightsOf(logits: tf.Tensor2D, except: number | null = null): Weights {
  return tf.tidy(() => {
    const left = leavingOut(logits, except);
    const top = tf.max(left, 1, true);
    const small = readable() && top.dataSync().every((x) => Math.abs(x) <= calm);
    const weights = tf.exp(small ? left : tf.sub(left, top)) as tf.Tensor2D;
    const total = tf.sum(weights, 1, true) as tf.Tensor2D;
    if (readable()) assertPossible(total);
    return { weights, shift: small ? tf.zerosLike(top) : top, total } as Weights & tf.TensorContainerObject;
  });
}

function assertPossible(total: tf.Tensor2D): void {
  const k = total.dataSync().findIndex((sum) => !(sum > 0 && sum < Number.POSITIVE_INFINITY));
  if (k >= 0) throw new SpecError("outside-domain", `logits: expected numbers, one of them above −∞, got none or NaN in row ${k}`);
}

/** Σₖ e^{lₖ} without one state, which is read but not copied, where no exponential is infinite; else null. Shape `n 1`. */
export function calmSum(logits: tf.Tensor2D, except: number): tf.Tensor2D | null {
  if (!readable()) return null;
  const top = tf.max(logits, 1);
  if (!top.dataSync().every((x) => Math.abs(x) <= calm)) return null;
  const rest = new Float32Array(logits.shape[1]).fill(1);
  rest[except] = 0;
  return tf.matMul(tf.exp(logits) as tf.Tensor2D, tf.tensor2d(rest, [rest.length, 1]));
}

/** log Σₖ e^{lₖ}. Shapes `n K`, `n`. Throws as `weightsOf`. */
export function logSumExp(logits: tf.Tensor2D, except: number | null = null): tf.Tensor1D {
  assertLogits("log sum", logits, except);
  return tf.tidy(() =>
    byPieces([logits], (part) => {
      const rows = part as tf.Tensor2D;
      const calmly = except === null ? null : calmSum(rows, except);
      // Where the state that is left out was the greatest by far, little or nothing is left to tell the others apart.
      if (calmly?.dataSync().every((sum) => sum > least) === true) return tf.reshape(tf.log(calmly), [rows.shape[0]]) as tf.Tensor1D;
      const { shift, total } = weightsOf(rows, except);
      return tf.reshape(tf.add(shift, tf.log(total)), [rows.shape[0]]) as tf.Tensor1D;
    }),
  );
}

/** Sums above this are of normal numbers. */
const least = 2 ** -90;

/** log p(tokenᵢ) of each row: a log-softmax of which one entry is wanted. Shapes `n K`, `n`, `n`. Throws as `weightsOf`. */
export function logChance(logits: tf.Tensor2D, tokens: tf.Tensor1D, except: number | null = null): tf.Tensor1D {
  return tf.tidy(() => tf.sub(entryAt(logits, tokens), logSumExp(logits, except)) as tf.Tensor1D);
}

/** log p(tokenᵢ) of laws that are given as such. Shapes `n K`, `n`, `n`. */
export function logChanceOf(laws: tf.Tensor2D, tokens: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => tf.log(entryAt(laws, tokens)));
}

/** The laws themselves. Shape `n K`. */
export function lawsFrom(logits: tf.Tensor2D, except: number | null = null): tf.Tensor2D {
  assertLogits("laws", logits, except);
  return tf.tidy(() => tf.softmax(leavingOut(logits, except)) as tf.Tensor2D);
}
