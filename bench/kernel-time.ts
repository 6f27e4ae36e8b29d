/**
 * Clocks of the kernel bench.
 */
import * as tf from "@tensorflow/tfjs-core";

/** Milliseconds of each of so many calls; answers are disposed outside the clock. */
export async function timed(call: () => tf.TensorContainer, calls: number): Promise<number[]> {
  const times: number[] = [];
  for (let k = 0; k < calls; k++) {
    const before = performance.now();
    const answer = call();
    await finished();
    times.push(performance.now() - before);
    tf.dispose(answer);
  }
  return times;
}

interface WebGpu {
  readonly submitQueue: () => void;
  readonly device: { readonly queue: { readonly onSubmittedWorkDone: () => Promise<void> } };
}

/** webgpu answers before the work is done. */
export async function finished(): Promise<void> {
  if (tf.getBackend() !== "webgpu") return;
  const backend = tf.backend() as unknown as WebGpu;
  backend.submitQueue();
  await backend.device.queue.onSubmittedWorkDone();
}

export function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
