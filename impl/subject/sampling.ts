/**
 * Grids and runs of the builtin samplers.
 */
import * as tf from "@tensorflow/tfjs-core";
import { dataPredictions } from "#impl/parameterisation/gaussian";
import { callOf, type Model, type Sampler, type Seen, sample } from "#impl/sampler/loop";
import { outputOf } from "#impl/sampler/oracle";
import { computed, constant, type Methods, oracleOf, tensorOf, word } from "#impl/subject/answers";
import type { OutputKind } from "#spec/convention";
import { SpecError } from "#spec/error";
import type { Oracle } from "#spec/oracle";
import { normals } from "#spec/stream";
import { type Fields, number, vector } from "#spec/tensor";

export interface Sampled {
  readonly sampler: Sampler;
  readonly prediction: OutputKind;
  readonly sigmaData?: number;
  /** The number of steps asked for. */
  readonly asked: number;
  /** How published times and levels belong together; `scaled` with scale 1 where the time is σ itself. */
  readonly clock: "exact" | "scaled";
}

export function samplerMethods(sampled: Sampled): Methods {
  const { calls } = sampled.sampler;
  const levels = [...calls.map(({ from }) => from), ...calls.slice(-1).map(({ to }) => to)];
  return {
    grid: constant(() => ({
      times: Float64Array.from(calls, ({ time }) => time),
      alpha: Float64Array.from(levels, ({ alpha }) => alpha),
      sigma: Float64Array.from(levels, ({ sigma }) => sigma),
      asked: sampled.asked,
      clock: sampled.clock,
      scale: 1,
    })),
    run: computed((args) => {
      // A sampler keeps nothing between runs; `reused` shows it by running twice.
      if (word(args, "state") === "reused") ran(sampled, args);
      return ran(sampled, args);
    }),
  };
}

/** Everything a run passes through, on the device until it has ended; states follow one another. Shapes `(m+1)·d`, `m·d`, `m`. */
function ran({ sampler, prediction, sigmaData }: Sampled, args: Fields): Readonly<Record<string, tf.Tensor>> {
  const start = tensorOf(args, "start");
  const [first, count] = [number(args, "first"), number(args, "count")];
  const d = start.size;
  const drawn = new Float32Array(count);
  // The loop disposes of what it made; what is shown is kept until the end of the run. Clones cost nothing, other shapes an operation.
  const kept = (x: tf.Tensor): tf.Tensor => tf.keep(tf.clone(x));
  const states = [kept(start)];
  const outputs: tf.Tensor[] = [];
  const own: tf.Tensor[] = [];
  const visit = ({ index, output, after, draws }: Seen): void => {
    outputs.push(kept(output));
    if (after.data !== undefined) own.push(kept(after.data));
    states.push(kept(after.x));
    drawn[index - first] = draws;
  };
  const draws = (args["draws"] ?? {}) as Fields;
  sample(sampler, modelOf(args, first), start, {
    first,
    count,
    visit,
    noise: (shape, draw) => tf.tensor(noiseOf(draws, draw, d), [...shape]),
  }).dispose();
  const row = (list: readonly tf.Tensor[]): tf.Tensor => (list.length === 0 ? tf.zeros([0]) : tf.concat([...list], 0));
  const [all, predicted] = [row(states), row(outputs)];
  const inputs = tf.slice(all, 0, count * d);
  // Where the step reports no data prediction of its own it is what its output says, for all calls at once.
  const read = (): tf.Tensor => {
    const from = Array.from({ length: count }, (_, k) => callOf({ calls: sampler.calls, index: first + k }).from);
    const [output, x] = [predicted, inputs].map((values) => tf.reshape(values, [count, d])) as [tf.Tensor, tf.Tensor];
    return tf.reshape(dataPredictions(prediction, output, x, from, sigmaData), [count * d]);
  };
  const data = own.length > 0 ? row(own) : read();
  tf.dispose([...states, ...outputs, ...own]);
  return { states: all, inputs, outputs: predicted, data, drawn: tf.tensor1d(drawn) };
}

/** The exact model that was named, at the levels that were handed over. */
function modelOf(args: Fields, first: number): Model {
  const oracle: Oracle = oracleOf(args);
  const [alpha, sigma, p, q] = ["alpha", "sigma", "p", "q"].map((name) => vector(args, name));
  // Models that predict a variance as well are given a share; others ignore it.
  const share = typeof args["variance"] === "number" ? args["variance"] : 0.25;
  const output = (x: tf.Tensor, k: number): tf.Tensor => {
    if (oracle.name === "outputs") return tf.tensor(Float32Array.from(oracle.outputs.slice(k * x.size, (k + 1) * x.size)), x.shape);
    if (oracle.name === "affine") return tf.add(tf.mul(x, tf.scalar(oracle.slope)), tf.scalar(oracle.intercept));
    return outputOf(
      oracle,
      x,
      { alpha: alpha?.[k] ?? Number.NaN, sigma: sigma?.[k] ?? Number.NaN },
      p?.[k] ?? Number.NaN,
      q?.[k] ?? Number.NaN,
    );
  };
  return (x, _, index) => ({ output: output(x, index - first), share: tf.scalar(share) });
}

function noiseOf(draws: Fields, draw: number, d: number): Float32Array {
  switch (draws["mode"]) {
    case "none":
      return new Float32Array(d);
    case "basis":
      return Float32Array.from({ length: d }, (_, k) => (k === draw ? 1 : 0));
    case "feed":
      return Float32Array.from(normals(number(draws, "number"), draw, d));
    default:
      throw new SpecError("malformed-answer", `draws: expected none, basis or feed, got ${JSON.stringify(draws["mode"])}`);
  }
}
