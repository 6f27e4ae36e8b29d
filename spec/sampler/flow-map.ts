/**
 * # The exact flow in one dimension
 *
 * The probability flow preserves the order of points, so it maps quantiles to quantiles: the state at another level is the point
 * with the same value of the distribution function. No ODE is solved.
 *
 * Convention: a one-dimensional mixture noised to level (α, σ) has components N(αm, α²v + σ²).
 */
import { erf } from "#spec/number/special";
import type { Level } from "#spec/sampler/step";

interface Mixture {
  readonly weights: Float64Array;
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

/** Where the flow takes points that are `x` at level `from`: a function of the level. */
export function flowMap(mixture: Mixture, x: Float64Array, from: Level): (to: Level) => Float64Array {
  const masses = Array.from(x, (point) => tails(mixture, from, point));
  let near = x.map((point) => point / Math.hypot(from.alpha, from.sigma));
  // Levels are asked one after the other: the point before, scaled, is close.
  return (to) => {
    const size = Math.hypot(to.alpha, to.sigma);
    const found = near.map((point, j) => quantile(mixture, to, masses[j] ?? nothing, point * size));
    near = found.map((point) => point / size);
    return found;
  };
}

interface Tails {
  readonly below: number;
  readonly above: number;
}

const nothing: Tails = { below: Number.NaN, above: Number.NaN };

/** Mass on either side: the smaller one keeps its digits far out. */
function tails({ weights, means, variances }: Mixture, { alpha, sigma }: Level, x: number): Tails {
  let [below, above] = [0, 0];
  for (let k = 0; k < weights.length; k++) {
    const w = weights[k] ?? 0;
    const z = (x - alpha * (means[k] ?? 0)) / Math.sqrt(2 * (alpha * alpha * (variances[k] ?? 0) + sigma * sigma));
    const far = half(Math.abs(z));
    // Near the middle 1 − far keeps all its digits, as far is at most ½.
    below += w * (z < 0 ? far : 1 - far);
    above += w * (z < 0 ? 1 - far : far);
  }
  return { below, above };
}

/** ½ erfc(z) for z ≥ 0, accurate in the upper tail by its continued fraction. */
function half(z: number): number {
  if (z < 2) return 0.5 * (1 - erf(z));
  let tail = z;
  for (let k = 60; k >= 1; k--) tail = z + k / 2 / tail;
  return Math.exp(-z * z) / (2 * Math.sqrt(Math.PI) * tail);
}

function density({ weights, means, variances }: Mixture, { alpha, sigma }: Level, x: number): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) {
    const total = alpha * alpha * (variances[k] ?? 0) + sigma * sigma;
    sum += ((weights[k] ?? 0) * Math.exp(-((x - alpha * (means[k] ?? 0)) ** 2) / (2 * total))) / Math.sqrt(2 * Math.PI * total);
  }
  return sum;
}

/** The point with these tails: bracketed, then Newton with bisection as a net. */
function quantile(mixture: Mixture, level: Level, target: Tails, guess: number): number {
  const low = target.below <= target.above;
  const miss = (x: number): number => (low ? tails(mixture, level, x).below - target.below : target.above - tails(mixture, level, x).above);
  let [a, b] = [guess - 1, guess + 1];
  for (let width = 1; miss(a) > 0; width *= 2) a -= width;
  for (let width = 1; miss(b) < 0; width *= 2) b += width;
  let x = Math.min(Math.max(guess, a), b);
  for (let k = 0; k < 200; k++) {
    const off = miss(x);
    if (off === 0) break;
    if (off > 0) b = x;
    else a = x;
    const next = x - off / density(mixture, level, x);
    const moved = next > a && next < b ? next : (a + b) / 2;
    // Newton squares the error: after a step this small nothing is left of it that binary32 could see.
    const settled = Math.abs(moved - x) <= 2 ** -30 * Math.max(1, Math.abs(x));
    x = moved;
    if (settled) break;
  }
  return x;
}
