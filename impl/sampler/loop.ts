/**
 * The sampling loop: model calls, steps, and what a step remembers. Steps are functions; nothing is kept between runs.
 */
import * as tf from "@tensorflow/tfjs-core";
import { SpecError } from "#spec/error";
import type { Level } from "#spec/sampler/step";

/** One model call: when it is made, at which level, and where the state is after it. */
export interface Call {
  /** The process's own time. */
  readonly time: number;
  readonly from: Level;
  readonly to: Level;
}

/** The model's output for a state; with a share in [−1, 1] where it predicts a variance too. Shape of the state. */
export type Model = (x: tf.Tensor, call: Call, index: number) => tf.Tensor | { readonly output: tf.Tensor; readonly share: tf.Tensor };

export interface StepInput {
  readonly x: tf.Tensor;
  readonly output: tf.Tensor;
  readonly share: tf.Tensor | undefined;
  readonly calls: readonly Call[];
  readonly index: number;
  /** What the step before left; empty at the start of a run. */
  readonly memory: readonly tf.Tensor[];
  /** A fresh standard normal draw of the state's shape. */
  readonly noise: () => tf.Tensor;
}

export interface Stepped {
  readonly x: tf.Tensor;
  readonly memory: readonly tf.Tensor[];
  /** The data prediction used, where it is not the model's own. */
  readonly data?: tf.Tensor;
}

/** Called inside a `tf.tidy`: what it returns lives on, all else is disposed. */
export type Step = (input: StepInput) => Stepped;

/** A sampler: its model calls, noisiest first, and its step. */
export interface Sampler {
  readonly calls: readonly Call[];
  readonly step: Step;
}

/** What a run shows of each step, for as long as the callback runs. */
export interface Seen {
  readonly index: number;
  readonly before: tf.Tensor;
  readonly output: tf.Tensor;
  readonly after: Stepped;
  readonly draws: number;
}

export interface RunOptions {
  /** Index of the first call and how many; all by default. */
  readonly first?: number;
  readonly count?: number;
  /** Draw number k since the start of the run; `tf.randomNormal` by default. The loop disposes it. */
  readonly noise?: (shape: readonly number[], draw: number) => tf.Tensor;
  readonly visit?: (seen: Seen) => void;
}

/** Runs a sampler from a state and returns the last one; the caller disposes both. Shape `batch ...`. Throws `outside-domain` for calls it has not. */
export function sample({ calls, step }: Sampler, model: Model, start: tf.Tensor, options: RunOptions = {}): tf.Tensor {
  const { first = 0, count = calls.length - first, noise = gaussian, visit } = options;
  if (!(first >= 0 && count >= 0 && first + count <= calls.length))
    throw new SpecError("outside-domain", `sampling: expected calls within 0 … ${calls.length - 1}, got ${count} from ${first}`);
  let x = tf.clone(start);
  let memory: readonly tf.Tensor[] = [];
  let drawn = 0;
  for (let index = first; index < first + count; index++) {
    const before = drawn;
    const [next, ...left] = tf.tidy(() => {
      const call = calls[index];
      if (call === undefined) throw new SpecError("outside-domain", `sampling: no call ${index}`);
      const answer = model(x, call, index);
      const { output, share } = "output" in answer ? answer : { output: answer, share: undefined };
      const stepped = step({ x, output, share, calls, index, memory, noise: () => noise(x.shape, drawn++) });
      visit?.({ index, before: x, output, after: stepped, draws: drawn - before });
      return [stepped.x, ...stepped.memory];
    });
    tf.dispose([x, ...memory]);
    if (next === undefined) throw new SpecError("outside-domain", "sampling: the step returned no state");
    x = next;
    memory = left;
  }
  tf.dispose([...memory]);
  return x;
}

const gaussian = (shape: readonly number[]): tf.Tensor => tf.randomNormal([...shape]);

/** The calls of one-stage samplers: from each level to the next, the last one to `end`. `times` and `levels` have one entry per call. */
export function callsAlong(times: ArrayLike<number>, levels: readonly Level[], end: Level): readonly Call[] {
  return levels.map((from, k) => ({ time: times[k] ?? Number.NaN, from, to: levels[k + 1] ?? end }));
}

/** The call that is being made. */
export function callOf({ calls, index }: Pick<StepInput, "calls" | "index">): Call {
  const call = calls[index];
  if (call === undefined) throw new SpecError("outside-domain", `step: expected a call 0 … ${calls.length - 1}, got ${index}`);
  return call;
}
