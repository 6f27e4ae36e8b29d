/**
 * What token processes draw, by numbers of the stream that the question names: runs and paths.
 */
import * as tf from "@tensorflow/tfjs-core";
import { drawn } from "#impl/categorical/draw";
import { type Noise, noisedTokens, stationary } from "#impl/categorical/noise";
import type { Clock } from "#impl/categorical/schedule";
import { stepRows } from "#impl/sampler/parallel-decoding";
import { computed, type Methods } from "#impl/subject/answers";
import { jumpPathMethods, streamOf } from "#impl/subject/token-paths";
import { uniforms } from "#spec/stream";
import { number, vector } from "#spec/tensor";

/** Chains and clocks alike: noised states. `survival` is that from data to the process's own time. */
export function drawMethods(noise: Noise, survival: (t: number) => number): Methods {
  return {
    paths: computed((args) => {
      const [from, count] = [args["s"] === null ? 1 : survival(number(args, "s")), number(args, "count")];
      const [keep, replace] = [0, 1].map((draw) => tf.tensor1d(Float32Array.from(uniforms(streamOf(args), draw, count))));
      const states = tf.fill([count], number(args, "x"), "int32") as tf.Tensor1D;
      const a = from === 0 ? 0 : survival(number(args, "t")) / from;
      return { states: noisedTokens(states, a, noise, keep as tf.Tensor1D, replace as tf.Tensor1D) };
    }),
  };
}

/** Paths by holding times and jumps, and runs of sequences. */
export function clockDrawMethods(noise: Noise, clock: Clock): Methods {
  const { classes: K, mask } = noise;
  // Rates of leaving, in units of the clock's rate: tokens go to a mask, or to all states alike.
  const leaving = (x: number): Float64Array =>
    new Float64Array(K).map((_, y) => (y === x || x === mask ? 0 : mask === null ? 1 / K : y === mask ? 1 : 0));
  const every = Array.from({ length: K }, (_, from) => leaving(from));
  const row = (from: number, t: number): Float64Array => (every[from] ?? new Float64Array(K)).map((r) => r * clock.rate(t));
  // Clocks run faster and faster.
  const exit = Math.max(...every.map((rates) => rates.reduce((a, b) => a + b, 0)));
  return {
    ...jumpPathMethods(row, (last) => exit * clock.rate(last)),
    runs: computed((args) => {
      const [length, steps, count, stream] = [number(args, "length"), number(args, "steps"), number(args, "count"), streamOf(args)];
      const fractions = (draw: number): Float64Array => uniforms(stream, draw, count * length);
      const data = vector(args, "table");
      const powers = tf.tensor2d(
        Array.from({ length }, (_, i) => K ** (length - 1 - i)),
        [1, length],
        "int32",
      );
      const numbered = (states: tf.Tensor1D): tf.Tensor1D => tf.sum(tf.mul(tf.reshape(states, [count, length]), powers), 1);
      const law = tf.expandDims(stationary(noise), 0);
      let states = drawn(tf.tile(law, [count * length, 1]) as tf.Tensor2D, tf.tensor1d(Float32Array.from(fractions(0))));
      for (let step = steps; step > 0; step--) {
        const levels = [clock.survival(step / steps), clock.survival((step - 1) / steps)] as const;
        // Sequences that no data lead to are none that a run comes to.
        const every = stepRows(data, length, noise, levels).map((p) => (Number.isNaN(p) ? 0 : p));
        const laws = tf.gather(tf.tensor3d(Float32Array.from(every), [K ** length, length, K]), numbered(states));
        states = drawn(tf.reshape(laws, [count * length, K]), tf.tensor1d(Float32Array.from(fractions(steps - step + 1))));
      }
      return { states: numbered(states) };
    }),
  };
}
