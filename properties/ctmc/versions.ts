/**
 * Chains whose kernels, rates or reverse rates are changed while all else is right.
 */
import type { RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import type { Process } from "#properties/textbook/process";
import { type Fields, tensor, vector } from "#spec/tensor";

type Kernel = Process["transition"];
type Entry = (value: number, x: number, y: number) => number;

const changed = (values: Float64Array, K: number, change: Entry): Float64Array =>
  values.map((value, k) => change(value, Math.floor(k / K), k % K));

/** The textbook with other kernels beside its rates. */
export const withKernel = (process: Process, change: (kernel: Kernel) => Kernel): RawMethods =>
  discreteBook({ process: { ...process, transition: change(process.transition) } });

/** Entries of kernels changed one by one. */
export const withEntries = (process: Process, change: Entry): RawMethods =>
  withKernel(process, (kernel) => (s, t) => changed(kernel(s, t), process.classes, change));

/** Entries of forward rates changed one by one; kernels stay. */
export const withRates = (process: Process, change: Entry): RawMethods => {
  const { classes: K, rate } = process;
  return discreteBook({ process: { ...process, rate: (t) => changed(rate?.(t) ?? new Float64Array(), K, change) } });
};

/** Rows of the reverse rate changed, forward rates left alone. */
export const withReverse = (process: Process, change: (row: Float64Array, x: number, t: number) => Float64Array): RawMethods =>
  discreteBook({ process }, (right) => ({
    reverserate: (args, config) => {
      const law = vector(right["reverserate"]?.(args, config) as Fields, "law").slice();
      vector(args, "xt").forEach((x, i) => {
        const row = law.subarray(i * process.classes, (i + 1) * process.classes);
        row.set(change(row.slice(), x, Number(args["t"])));
      });
      return { law: tensor(law) };
    },
  }));

/** A row of rates with its diagonal made anew. */
export function closed(row: Float64Array, x: number): Float64Array {
  const out = row.slice();
  out[x] = 0;
  out[x] = -out.reduce((sum, r) => sum + r, 0);
  return out;
}

/** Kernels as they are in binary32. */
export const rounded = (process: Process): RawMethods => withEntries(process, (p) => Math.fround(p));
