/**
 * # What a device does to numbers
 *
 * Measured when a backend starts, stored with every report. Two of these widen tolerances: a device that flushes subnormals, or whose
 * exponentials drift, is judged in a binary32 that does. The others explain differences between devices.
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
  /** The error of exp(x) grows with |x|, as where it is 2 to a power that was rounded. */
  readonly expDrifts: boolean;
}

const smallest = 2 ** -126;

/** Measures the current backend. A few milliseconds; reads back by waiting, so that it serves every backend. */
export async function fingerprint(): Promise<Fingerprint> {
  const halved = await read(() => tf.mul(onDevice([smallest]), onDevice([0.5])));
  const exp = await read(() => tf.exp(onDevice([-100])));
  const log = await read(() => tf.log(onDevice([smallest / 4])));
  return {
    flushesSubnormals: halved[0] === 0,
    productBits: await productBits(),
    contracts: await contracts(),
    repeats: await repeats(),
    subnormalExp: exp[0] !== 0,
    subnormalLog: Number.isFinite(log[0] ?? Number.NaN),
    expDrifts: await expDrifts(),
  };
}

/** The values again and again: fewer than a thousand numbers are the host's to compute on webgpu. */
const onDevice = (values: ArrayLike<number>): tf.Tensor1D =>
  tf.tensor1d(Float32Array.from({ length: 2048 }, (_, k) => values[k % values.length] ?? Number.NaN));

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

/** Between 16 and 80, a library's own exp is a unit or two in the last place off, and one by a rounded power up to 80. */
async function expDrifts(): Promise<boolean> {
  const x = Float32Array.from({ length: 2048 }, (_, k) => 16 + k / 32);
  const values = await read(() => tf.exp(onDevice(x)));
  return values.some((value, k) => Math.abs(value / Math.exp(x[k] ?? 0) - 1) > 2 ** -21);
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
