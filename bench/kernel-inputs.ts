/**
 * What the rows of the benchmark have in common: sizes, drawn inputs, one step of a sampler.
 */
import * as tf from "@tensorflow/tfjs-core";
import { callsAlong, type Step } from "#impl/sampler/loop";
import { clean } from "#impl/schedule/level";

/** Numbers per tensor: samples and coordinates, or rows and K. */
import type { Level } from "#spec/sampler/step";

export interface Size {
  readonly n: number;
  readonly K: number;
}

/** Makes inputs, and answers the call that is timed. */
export type Make = (size: Size) => () => tf.TensorContainer;

export interface Row {
  readonly name: string;
  /** `gaussian` rows are of n samples of K coordinates, others of n tokens with K states. */
  readonly group: "gaussian" | "tokens" | "losses" | "samplers";
  readonly make: Make;
  /** The large size, and the small one where what an operation costs to start counts. */
  readonly large: Size;
  readonly small: Size;
  /** PyTorch works with K×K matrices. */
  readonly dense?: boolean;
}

export const image: Pick<Row, "large" | "small"> = { large: { n: 64, K: 2 ** 18 }, small: { n: 4, K: 2 ** 12 } };
export const grey: Pick<Row, "large" | "small"> = { large: { n: 2 ** 14, K: 256 }, small: { n: 2 ** 6, K: 256 } };
export const wide: Pick<Row, "large" | "small"> = { large: { n: 2 ** 10, K: 2 ** 11 }, small: { n: 16, K: 1024 } };
export const words: Pick<Row, "large" | "small"> = { large: { n: 128, K: 50_257 }, small: { n: 256, K: 27 } };

export const s: Level = { alpha: 0.8, sigma: 0.6 };
export const t: Level = { alpha: 0.6, sigma: 0.8 };
export const survivals = { s: 0.6, t: 0.5 };

/** Normal numbers; a block of them again and again, because tfjs draws them one by one on the host. */
export function normal({ n, K }: Size): tf.Tensor2D {
  const block = 65_537;
  return tf.tidy(() => {
    const many = tf.tile(tf.randomNormal([block]), [Math.ceil((n * K) / block)]);
    return tf.reshape(tf.slice(many, [0], [n * K]), [n, K]) as tf.Tensor2D;
  });
}

export const uniform = ({ n }: Size): tf.Tensor1D => tf.randomUniform([n]);
export const tokens = ({ n, K }: Size, most: number = K): tf.Tensor1D => tf.randomUniform([n], 0, most, "int32");
export const laws = (size: Size): tf.Tensor2D => tf.tidy(() => tf.softmax(normal(size)) as tf.Tensor2D);
/** Half of the tokens are masked, the last state being the mask. */
export const halfMasked = ({ n, K }: Size): tf.Tensor1D =>
  tf.tensor1d(
    Array.from({ length: n }, (_, k) => (k % 2 === 0 ? K - 1 : k % (K - 1))),
    "int32",
  );
export const allMasked = ({ n, K }: Size): tf.Tensor1D => tf.fill([n], K - 1, "int32");

export function stepped(step: Step, x: tf.Tensor, output: tf.Tensor, memory: readonly tf.Tensor[]): () => tf.TensorContainer {
  const calls = callsAlong(Float64Array.of(3, 2, 1), [{ alpha: 0.4, sigma: Math.sqrt(1 - 0.16) }, t, s], clean);
  return () => {
    const input = { x, output, share: undefined, memory, calls, index: 1, noise: () => tf.zerosLike(x) };
    return tf.tidy(() => {
      const { x: next, memory: kept } = step(input);
      return [next, ...kept];
    });
  };
}

/** Clean tokens that the half masked ones can come from. */
export function halfMaskedFrom({ n, K }: Size): tf.Tensor1D {
  return tf.tensor1d(
    Array.from({ length: n }, (_, k) => k % (K - 1)),
    "int32",
  );
}
