/**
 * # Estimating scores on the line and on states
 *
 * One target: a law on K bins of [−1, 1]. On the line noise is Brownian with variance τ; on states it is the walk to either neighbour at
 * the rate ½/Δ² each, whose spread is the same, Δ the width of a bin. From n draws the plug-in estimator is the score, or the ratio, of
 * the noised draws. Its error is the generator's integrand E[(Lφ)/φ − L log φ], φ the true noised law over the estimated one: score
 * matching on the line, score entropy on states, both in nats per unit of τ.
 */
import type { Experiment, Result } from "#experiments/experiment";
import { normalise } from "#spec/categorical/table";
import { gaussHermite } from "#spec/number/quadrature";
import { uniformized } from "#spec/number/uniformization";
import { uniforms } from "#spec/stream";

export const K = 64;
export const width: number = 2 / (K - 1);
const centres = Float64Array.from({ length: K }, (_, k) => k * width - 1);
export const all: Float64Array = Float64Array.from({ length: K }, (_, k) => k);
/** Noise levels in bins. */
const levels: readonly number[] = [0.5, 1, 2, 3, 4, 6, 8];
const sampleSizes: readonly number[] = [100, 1000, 10000];
const dataSets = 12;

/** Two bells, and a little of everything but the ends: the states end where the line does not. */
export const target: Float64Array = normalise(
  centres.map((z) => Math.exp(-((z + 0.3) ** 2) / 0.02) + 0.6 * Math.exp(-((z - 0.35) ** 2) / 0.04) + 0.02),
);

/** Shares of n draws, by inversion. */
export function drawn(n: number, stream: number): Float64Array {
  const counts = new Float64Array(K);
  for (const w of uniforms(stream, 0, n)) {
    let [k, below] = [0, target[0] ?? 0];
    for (; w >= below && k < K - 1; below += target[k] ?? 0) k++;
    counts[k] = (counts[k] ?? 0) + 1 / n;
  }
  return counts;
}

/** d/dx log Σ pₖ N(x; zₖ, τ). */
function score(weights: Float64Array, x: number, tau: number): number {
  let [largest, mass, slope] = [Number.NEGATIVE_INFINITY, 0, 0];
  const logs = centres.map((z, k) => Math.log(weights[k] ?? 0) - (x - z) ** 2 / (2 * tau));
  for (const value of logs) largest = Math.max(largest, value);
  logs.forEach((value, k) => {
    const p = Math.exp(value - largest);
    mass += p;
    slope += (p * ((centres[k] ?? 0) - x)) / tau;
  });
  return slope / mass;
}

/** ½E|s − ŝ|² under the true noised law: the integrand of a diffusion with g² = 1. */
export function onLine(estimate: Float64Array, tau: number, size = 20): number {
  const { nodes, weights } = gaussHermite(size);
  let sum = 0;
  target.forEach((p, k) => {
    nodes.forEach((node, j) => {
      const x = (centres[k] ?? 0) + Math.sqrt(tau) * node;
      sum += 0.5 * p * (weights[j] ?? 0) * (score(target, x, tau) - score(estimate, x, tau)) ** 2;
    });
  });
  return sum;
}

const rate = 1 / (2 * width ** 2);
export const walk: Float64Array = Float64Array.from({ length: K * K }, (_, i) => {
  const [x, y] = [Math.floor(i / K), i % K];
  if (Math.abs(x - y) === 1) return rate;
  return x === y ? -rate * ((x > 0 ? 1 : 0) + (x < K - 1 ? 1 : 0)) : 0;
});

export function noised(law: Float64Array, kernel: Float64Array): Float64Array {
  const out = new Float64Array(K);
  law.forEach((p, x) => {
    for (let y = 0; y < K; y++) out[y] = (out[y] ?? 0) + p * (kernel[x * K + y] ?? 0);
  });
  return out;
}

/** Score entropy: E Σ R(y, x)·[s − r·log s + r(log r − 1)], the true ratio r against the estimated s. */
export function onStates(estimate: Float64Array, kernel: Float64Array): number {
  const [p, q] = [noised(target, kernel), noised(estimate, kernel)];
  let sum = 0;
  for (let x = 0; x < K; x++)
    for (const y of [x - 1, x + 1]) {
      if (y < 0 || y >= K) continue;
      const [r, s] = [(p[y] ?? 0) / (p[x] ?? 0), (q[y] ?? 0) / (q[x] ?? 0)];
      sum += (p[x] ?? 0) * rate * (s - r * Math.log(s) + r * (Math.log(r) - 1));
    }
  return sum;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

export interface Errors {
  readonly level: number;
  readonly n: number;
  readonly line: number;
  readonly states: number;
}

/** Medians over the data sets. */
export function errors(): readonly Errors[] {
  return levels.flatMap((level) => {
    const tau = (level * width) ** 2;
    const kernel = uniformized(walk, K, tau, all).rows;
    return sampleSizes.map((n, j) => {
      const estimates = Array.from({ length: dataSets }, (_, set) => drawn(n, 1000 * j + set));
      return {
        level,
        n,
        line: median(estimates.map((estimate) => onLine(estimate, tau))),
        states: median(estimates.map((estimate) => onStates(estimate, kernel))),
      };
    });
  });
}

function run(): Result {
  const found = errors();
  const shared = found.filter(({ level }) => level >= 2 && level <= 6).map(({ line, states }) => states / line);
  const [few] = found;
  return {
    columns: ["noise level (bins)", "n", "line: ½E|s − ŝ|²", "states: score entropy", "states / line"],
    rows: found.map(({ level, n, line, states }) => [level, n, line, states, states / line]),
    finding: `From two to six bins of noise, errors on states are ${Math.min(...shared).toFixed(2)} to ${Math.max(...shared).toFixed(2)} times those on the line; at eight the walk meets the ends of its states. At half a bin and ${few?.n} draws the line's error is ${((few?.line ?? Number.NaN) / (few?.states ?? Number.NaN)).toFixed(1)} times that on states.`,
    plot: {
      x: "noise level (bins)",
      y: "error of the plug-in estimator (nats per unit of variance)",
      lines: sampleSizes.flatMap((n, hue) => [
        { name: `line, n = ${n}`, hue, points: found.filter((one) => one.n === n).map(({ level, line }) => [level, line] as const) },
        {
          name: `states, n = ${n}`,
          hue,
          points: found.filter((one) => one.n === n).map(({ level, states }) => [level, states] as const),
          dashed: true,
        },
      ]),
    },
  };
}

export const estimation: Experiment = {
  name: "estimation",
  question: "How far off are scores estimated from finite data, on the line and on states, at each level of noise?",
  method: `${K} bins of [−1, 1]; medians over ${dataSets} data sets from numbered streams; errors are exact sums on states, Gauss–Hermite of 20 points per bin on the line.`,
  run,
};
