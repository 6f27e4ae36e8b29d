/**
 * # Large tensors in pieces
 *
 * What lies between the operations of a loss is as large as its input. Above 128 MB TensorFlow is handed pieces of 32, so that memory for it
 * does not grow with the batch; below that, pieces cost more operations than they save. TensorFlow shares the memory of a slice along the
 * first axis where it starts at a multiple of 64 bytes; other backends copy slices, and are given the whole.
 */
import * as tf from "@tensorflow/tfjs-core";
import { scattered } from "#impl/backend/scattered";

/** Numbers in a piece: 32 MB in binary32. */
const piece = 2 ** 23;
/** Numbers in 64 bytes. */
const aligned = 16;

/** Whether results can be read at once. On webgpu one must wait: there only shapes and numbers are checked, and values that are on the host. */
export function readable(): boolean {
  return tf.getBackend() !== "webgpu";
}

/** The values of a tensor where they can be read at once: on webgpu, of what was handed in and of what tfjs computed on the host. */
export function valuesAtHand(x: tf.Tensor): tf.TypedArray | null {
  if (readable()) return x.dataSync();
  const { tensorMap } = tf.backend() as unknown as { readonly tensorMap: tf.DataStorage<{ readonly values?: tf.TypedArray | null }> };
  return tensorMap.get(x.dataId).values ?? null;
}

/** The same of what is computed for that alone, and then given up. */
export function readAtHand(make: () => tf.Tensor): tf.TypedArray | null {
  const x = make();
  const values = valuesAtHand(x);
  x.dispose();
  return values;
}

/** The smallest value of a tensor, NaN where one is NaN; null where it cannot be read at once. */
export function leastAtHand(x: tf.Tensor): number | null {
  const values = readAtHand(() => tf.min(x));
  return values === null ? null : (values[0] ?? Number.NaN);
}

/** Whether so many numbers are handed over in pieces. */
export function inPieces(numbers: number): boolean {
  return tf.getBackend() === "tensorflow" && numbers > 4 * piece;
}

/** How many rows of that width a piece takes, or all of them where cutting does not pay. */
function rowsPerPiece(rows: number, width: number): number {
  if (!inPieces(rows * width)) return rows;
  let unit = 1;
  while ((unit * width) % aligned !== 0) unit *= 2;
  return Math.min(rows, Math.max(unit, Math.floor(piece / width / unit) * unit));
}

/**
 * f on pieces of tensors that have one first axis, put together along it. f sees all of it at once where cutting does not pay; it must
 * treat rows one by one. Shapes `n ...`.
 */
export function byPieces<T extends tf.Tensor>(inputs: readonly tf.Tensor[], f: (...parts: tf.Tensor[]) => T): T {
  const [first] = inputs;
  const rows = first?.shape[0] ?? 0;
  const width = Math.max(...inputs.map((x) => (rows === 0 ? 0 : x.size / rows)));
  const step = rowsPerPiece(rows, width);
  if (step >= rows) return f(...inputs);
  const parts: T[] = [];
  for (let begin = 0; begin < rows; begin += step)
    parts.push(
      tf.tidy(() => {
        const size = Math.min(step, rows - begin);
        return f(...inputs.map((x) => tf.slice(x, [begin, ...x.shape.slice(1).map(() => 0)], [size, ...x.shape.slice(1)])));
      }),
    );
  const whole = tf.concat(parts, 0) as T;
  tf.dispose(parts);
  return whole;
}

/**
 * `defaults` with other numbers in the chosen rows. `f` is handed row numbers, in pieces for rows of that width, and asked only for rows
 * that are chosen; where choices cannot be read, for all. Shapes `n ...`, `n`, `n ...`.
 */
export function replacedWhere<T extends tf.Tensor>(defaults: T, chosen: tf.Tensor1D, width: number, f: (rows: tf.Tensor1D) => T): T {
  const n = defaults.shape[0] ?? 0;
  return tf.tidy(() => {
    if (!readable()) {
      const along = tf.reshape(chosen, [n, ...defaults.shape.slice(1).map(() => 1)]);
      return tf.where(tf.broadcastTo(along, [...defaults.shape]), f(tf.range(0, n, 1, "int32") as tf.Tensor1D), defaults) as T;
    }
    const rows: number[] = [];
    chosen.dataSync().forEach((yes, k) => {
      if (yes) rows.push(k);
    });
    if (rows.length === 0) return tf.clone(defaults);
    const step = rowsPerPiece(rows.length, width);
    const parts: T[] = [];
    for (let begin = 0; begin < rows.length; begin += step)
      parts.push(tf.tidy(() => f(tf.tensor1d(rows.slice(begin, begin + step), "int32"))));
    const values = tf.concat(parts) as T;
    return rows.length === n ? values : (scattered(defaults, tf.tensor2d(rows, [rows.length, 1], "int32"), values) as T);
  });
}
