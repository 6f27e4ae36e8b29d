/**
 * Noise levels: pairs (α, σ) of a state αx₀ + σε, on the host in binary64.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { stored } from "#impl/linear";
import type { PerSample } from "#impl/shape";
import type { Levels, TimeDomain } from "#spec/convention";
import type { Level } from "#spec/sampler/step";

/** α and σ of a state: one pair for all samples, or one per sample. */
export interface SampleLevels {
  readonly alpha: PerSample;
  readonly sigma: PerSample;
}

/** A noising process: the level at each of its own times. */
export interface Process {
  readonly time: TimeDomain;
  readonly level: (t: number) => Level;
}

/** No noise at all. */
export const clean: Level = { alpha: 1, sigma: 0 };

/** Levels of a process at its own times. Shape `n` each. */
export function levelsAt({ level }: Process, times: Float64Array): Levels {
  return { alpha: times.map((t) => level(t).alpha), sigma: times.map((t) => level(t).sigma) };
}

/** Levels as tensors: the doubles rounded to binary32 once. Shape `n` each. */
export function storedLevels({ alpha, sigma }: Levels): { readonly alpha: tf.Tensor1D; readonly sigma: tf.Tensor1D } {
  return { alpha: stored(alpha), sigma: stored(sigma) };
}
