/**
 * What losses on tokens share: one row per token of one noisy state, and a level for all rows or one each.
 *
 * Convention: nats, per token, before any mean. σ = −log α is the integrated rate and σ̇ its slope in time; α the survival.
 */
import * as tf from "@tensorflow/tfjs-core";
import { perRow } from "#impl/categorical/places";
import type { PerSample } from "#impl/shape";
import { SpecError } from "#spec/error";

/** The level of each row, or of all. */
export interface RowLevel {
  readonly sigma: PerSample;
  readonly rate: PerSample;
}

/** f of levels on the host in binary64, rounded once. Shape `n` or a scalar. */
export function coefficient(f: (...levels: number[]) => number, ...levels: readonly PerSample[]): tf.Tensor1D {
  return perRow(mapped(f, ...levels));
}

/** The same without a tensor. */
export function mapped(f: (...levels: number[]) => number, ...levels: readonly PerSample[]): PerSample {
  const n = Math.max(...levels.map((one) => (typeof one === "number" ? 1 : one.length)));
  const at = (one: PerSample, k: number): number => (typeof one === "number" ? one : (one[one.length === 1 ? 0 : k] ?? Number.NaN));
  if (levels.every((one) => typeof one === "number")) return f(...(levels as readonly number[]));
  return Float64Array.from({ length: n }, (_, k) => f(...levels.map((one) => at(one, k))));
}

/** Throws `outside-domain`, naming the field, unless all values are in the domain. */
export function assertEach(where: string, field: string, values: PerSample, domain: string, holds: (x: number) => boolean): void {
  const wrong = (typeof values === "number" ? [values] : [...values]).find((x) => !holds(x));
  if (wrong !== undefined) throw new SpecError("outside-domain", `${where}: expected ${field} ${domain}, got ${wrong}`);
}

/** σ > 0 and σ̇ ≥ 0, finite. */
export function assertLevel(where: string, { sigma, rate }: RowLevel): void {
  assertEach(where, "sigma", sigma, "> 0", (x) => x > 0 && x < Number.POSITIVE_INFINITY);
  assertEach(where, "rate", rate, "≥ 0", (x) => x >= 0 && x < Number.POSITIVE_INFINITY);
}

/** Throws `outside-domain` for no rows, and `shape-mismatch` unless all have one length. */
export function assertRows(where: string, rows: Readonly<Record<string, tf.Tensor>>): void {
  const [[first, one] = ["rows", tf.scalar(0)], ...rest] = Object.entries(rows);
  if ((one.shape[0] ?? 0) === 0) throw new SpecError("outside-domain", `${where}: expected ${first} of at least one token, got none`);
  for (const [name, other] of rest)
    if (other.shape[0] !== one.shape[0])
      throw new SpecError("shape-mismatch", `${where}: expected ${one.shape[0]} rows of ${name}, got ${other.shape[0]}`);
}

/** Whether tokens are the mask. Shape `n`. */
export function isMask(xt: tf.Tensor1D, mask: number): tf.Tensor1D {
  return tf.equal(xt, tf.scalar(mask, "int32"));
}
