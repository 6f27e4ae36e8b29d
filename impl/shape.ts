/**
 * Shapes, checked once where a user's tensors arrive.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { SpecError } from "#spec/error";

/** One number for all samples, or one per entry of the first axis. Doubles on the host; rounded once when they meet a tensor. */
export type PerSample = number | Float64Array;

const written = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** Throws `shape-mismatch` unless all named tensors have the shape of the first. */
export function sameShape(where: string, tensors: Readonly<Record<string, tf.Tensor>>): void {
  assertLike(
    where,
    Object.entries(tensors).map(([name, x]) => [name, 1, x]),
  );
}

/** The same for the terms of a sum. */
export function assertLike(where: string, terms: readonly (readonly [name: string, coefficient: PerSample, x: tf.Tensor])[]): void {
  const [first] = terms;
  if (first === undefined) return;
  const [name, , { shape }] = first;
  for (const [other, , { shape: found }] of terms)
    if (found.length !== shape.length || found.some((n, k) => n !== shape[k]))
      throw new SpecError("shape-mismatch", `${where}: expected ${other} of shape ${written(shape)} like ${name}, got ${written(found)}`, {
        hint: "data, noise, states and predictions have one shape: batch first, then coordinates",
      });
}

/** Throws `shape-mismatch` unless `values` is one number or one per sample of a tensor of that shape. */
export function matchesBatch(where: string, values: PerSample, shape: readonly number[]): void {
  if (typeof values === "number" || values.length === 1 || values.length === shape[0]) return;
  throw new SpecError(
    "shape-mismatch",
    `${where}: expected 1 or ${shape[0] ?? 1} levels for a tensor of shape ${written(shape)}, got ${values.length}`,
    {
      hint: "levels are one for all samples, or one per entry of the first axis",
    },
  );
}
