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
    await finished(answer);
    times.push(performance.now() - before);
    tf.dispose(answer);
  }
  return times;
}

/** webgpu answers before the work is done; one number of the answer is read back, which waits for all of it. */
async function finished(answer: tf.TensorContainer): Promise<void> {
  if (tf.getBackend() !== "webgpu") return;
  const [first] = (Array.isArray(answer) ? answer : [answer]) as tf.Tensor[];
  if (first === undefined) return;
  const one = tf.tidy(() => tf.slice(tf.reshape(first, [first.size]), [0], [1]));
  await one.data();
  one.dispose();
}

export function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
