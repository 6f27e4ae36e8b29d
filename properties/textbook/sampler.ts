/**
 * The sampling loop in double, with the step as a parameter.
 */

import type { Chain } from "#properties/textbook/chain";
import { type Level, oracleFrom, posteriorOf } from "#properties/textbook/values";
import { predict } from "#spec/oracle";
import { normals } from "#spec/stream";
import { type Fields, number, tensor, type Value, vector } from "#spec/tensor";

/** What a step is given: the state, the exact prediction at it, both levels, noise on demand, and what it kept from earlier steps. */
export interface Step {
  readonly x: Float64Array;
  readonly x0: Float64Array;
  readonly eps: Float64Array;
  readonly from: Level;
  readonly to: Level;
  readonly k: number;
  /** Number of steps of the whole grid. */
  readonly total: number;
  readonly noise: () => Float64Array;
  readonly memory: Map<string, Float64Array | number>;
}

export type Stepper = (step: Step) => Float64Array;

/** x_s = α_s x̂₀ + σ_s ε̂. */
export const ddim: Stepper = ({ x0, eps, to }) => x0.map((value, j) => to.alpha * value + to.sigma * (eps[j] ?? 0));

/** The posterior mean and variance; no noise is drawn where the variance is 0. */
export const ancestral: Stepper = ({ x, x0, from, to, noise }) => {
  const { c0, ct, variance } = posteriorOf(to, from);
  const mean = x0.map((value, j) => c0 * value + ct * (x[j] ?? 0));
  if (variance <= 0) return mean;
  const z = noise();
  return mean.map((value, j) => value + Math.sqrt(variance) * (z[j] ?? 0));
};

/** DDIM with stochasticity η. */
export const ddimEta =
  (eta: number): Stepper =>
  ({ x0, eps, from, to, noise }) => {
    const std = eta * Math.sqrt(posteriorOf(to, from).variance);
    const direction = Math.sqrt(Math.max(to.sigma ** 2 - std ** 2, 0));
    const mean = x0.map((value, j) => to.alpha * value + direction * (eps[j] ?? 0));
    if (std === 0) return mean;
    const z = noise();
    return mean.map((value, j) => value + std * (z[j] ?? 0));
  };

/** Times of n steps, noisiest first; the state after the last is clean data. */
export function spaced({ time }: Chain, n: number): Float64Array {
  if (time.kind === "list") return time.times.slice().reverse();
  const span = time.last - time.first;
  const times = Float64Array.from({ length: n }, (_, k) => time.first + (span * (n - k)) / n);
  return time.kind === "index" ? times.map((t) => Math.max(Math.round(t), time.first)) : times;
}

export function runWith(chain: Chain, times: Float64Array, stepper: Stepper, args: Fields): Fields {
  const oracle = oracleFrom(args["oracle"]);
  const draws = (args["draws"] ?? {}) as Fields;
  const [p, q, alpha, sigma] = ["p", "q", "alpha", "sigma"].map((name) => vector(args, name));
  const first = number(args, "first");
  const count = number(args, "count");
  let x = vector(args, "start");
  const states = [x];
  const record: Record<"inputs" | "outputs" | "data", Float64Array[]> = { inputs: [], outputs: [], data: [] };
  const drawn: number[] = [];
  const memory = new Map<string, Float64Array | number>();
  let draw = 0;
  for (let call = 0; call < count; call++) {
    const k = first + call;
    const from = chain.levels(times[k] ?? Number.NaN);
    const to = k + 1 < times.length ? chain.levels(times[k + 1] ?? Number.NaN) : { alpha: 1, sigma: 0 };
    const output = outputsOf(oracle, x, call, alpha?.[call] ?? 1, sigma?.[call] ?? 0, p?.[call] ?? 0, q?.[call] ?? 1);
    const { x0, eps } = read(x, output, p?.[call] ?? 0, q?.[call] ?? 1, from);
    const before = draw;
    const noise = (): Float64Array => noiseOf(draws, draw++, x.length);
    record.inputs.push(x);
    record.outputs.push(output);
    record.data.push(x0);
    x = stepper({ x, x0, eps, from, to, k, total: times.length, noise, memory });
    drawn.push(draw - before);
    states.push(x);
  }
  const joined = (parts: readonly Float64Array[]): Value => {
    const out = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return tensor(out);
  };
  return {
    states: joined(states),
    inputs: joined(record.inputs),
    outputs: joined(record.outputs),
    data: joined(record.data),
    drawn: tensor(Float64Array.from(drawn)),
  };
}

/** The model's output from an oracle at the state. */
function outputsOf(
  oracle: ReturnType<typeof oracleFrom>,
  x: Float64Array,
  call: number,
  alpha: number,
  sigma: number,
  p: number,
  q: number,
): Float64Array {
  if (oracle.name === "outputs") return oracle.outputs.slice(call * x.length, (call + 1) * x.length);
  if (oracle.name === "affine") return x.map((value) => oracle.slope * value + oracle.intercept);
  return x.map((value, j) => {
    const { x0, eps } = predict(oracle, value, alpha, sigma, j);
    return (p === 0 ? 0 : p * x0) + (q === 0 ? 0 : q * eps);
  });
}

/** Data and noise from an output p·x̂₀ + q·ε̂ at the level the sampler believes in. */
function read(
  x: Float64Array,
  output: Float64Array,
  p: number,
  q: number,
  { alpha, sigma }: Level,
): { readonly x0: Float64Array; readonly eps: Float64Array } {
  const determinant = alpha * q - sigma * p;
  return {
    x0: x.map((value, j) => (q * value - sigma * (output[j] ?? 0)) / determinant),
    eps: x.map((value, j) => (alpha * (output[j] ?? 0) - p * value) / determinant),
  };
}

function noiseOf(draws: Fields, index: number, d: number): Float64Array {
  const mode = draws["mode"];
  if (mode === "none") return new Float64Array(d);
  if (mode === "basis") {
    const unit = new Float64Array(d);
    unit[index] = 1;
    return unit;
  }
  return normals(Number(draws["number"] ?? 0), index, d);
}
