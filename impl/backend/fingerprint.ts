/**
 * # What a device does to numbers
 *
 * Measured when a backend starts, stored with every report. One of these widens a tolerance: a device that flushes subnormals is judged in
 * a binary32 that does. The others explain differences between devices.
 */
import * as tf from "@tensorflow/tfjs-core";

export interface Fingerprint {
  /** Results below the smallest normal number become zero. */
  readonly flushesSubnormals: boolean;
  /** Bits of the significand that enter a matrix product: 24 in binary32, 11 with TF32, 8 with bfloat16. */
  readonly productBits: number;
  /** a·b + c in a matrix product is rounded once. */
  readonly contracts: boolean;
  /** The same sum and the same matrix product twice give the same bits. */
  readonly repeats: boolean;
  /** exp of what has a subnormal result, and log of a subnormal number. */
  readonly subnormalExp: boolean;
  readonly subnormalLog: boolean;
}

const smallest = 2 ** -126;

/** Measures the current backend. A few milliseconds; reads back by waiting, so that it serves every backend. */
export async function fingerprint(): Promise<Fingerprint> {
  const halved = await read(() => tf.mul(tf.tensor1d([smallest, 1]), tf.tensor1d([0.5, 1])));
  const exp = await read(() => tf.exp(tf.tensor1d([-100, 0])));
  const log = await read(() => tf.log(tf.tensor1d([smallest / 4, 1])));
  return {
    flushesSubnormals: halved[0] === 0,
    productBits: await productBits(),
    contracts: await contracts(),
    repeats: await repeats(),
    subnormalExp: exp[0] !== 0,
    subnormalLog: Number.isFinite(log[0] ?? Number.NaN),
  };
}

async function read(make: () => tf.Tensor): Promise<Float32Array> {
  const x = tf.tidy(make);
  const values = (await x.data()) as Float32Array;
  x.dispose();
  return values;
}

/** (1 + 2⁻ᵏ)·1 keeps its last bit as long as k bits enter. The size is one that devices have special code for. */
async function productBits(): Promise<number> {
  const n = 64;
  const product = await read(() =>
    tf.matMul(tf.eye(n), tf.tensor2d(Array.from({ length: n }, (_, i) => Array.from({ length: n }, () => 1 + 2 ** -Math.min(i + 1, 23))))),
  );
  let bits = 1;
  while (bits < 24 && product[(bits - 1) * n] !== 1) bits += 1;
  return bits;
}

/** With x = 1 + 2⁻¹², x·x − fl(x·x) is 2⁻²⁴ where the product is not rounded before the sum, else 0. */
async function contracts(): Promise<boolean> {
  const x = 1 + 2 ** -12;
  const rounded = Math.fround(x * x);
  const [value = 0] = await read(() => tf.matMul(tf.tensor2d([[-rounded, x]]), tf.tensor2d([[1], [x]])));
  return value !== 0;
}

async function repeats(): Promise<boolean> {
  const values = Float32Array.from({ length: 1 << 16 }, (_, k) => Math.sin(k) * 2 ** (k % 20));
  const once = (): Promise<Float32Array> =>
    read(() => {
      const x = tf.tensor2d(values, [256, 256]);
      return tf.concat([tf.reshape(tf.sum(x), [1]), tf.reshape(tf.matMul(x, x), [-1])]);
    });
  const [first, second] = [await once(), await once()];
  return first.every((value, k) => Object.is(value, second[k]));
}
