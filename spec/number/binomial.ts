/**
 * # Binomial tails
 *
 * P(X ≥ k) and P(X ≤ k) by summing the masses from k outwards, each from the one before: no cancellation, relative errors of a few
 * roundings per term beyond that of the first mass.
 */
import { lgamma } from "#spec/number/special";

function logMass(n: number, p: number, k: number): number {
  return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + (k === 0 ? 0 : k * Math.log(p)) + (k === n ? 0 : (n - k) * Math.log1p(-p));
}

/** P(X = k) for k = 0 … n. Shape `n + 1`. */
export function binomialLaw(n: number, p: number): Float64Array {
  return Float64Array.from({ length: n + 1 }, (_, k) => ((k > 0 && p === 0) || (k < n && p === 1) ? 0 : Math.exp(logMass(n, p, k))));
}

/** P(X ≥ k) for X binomial of n and p. */
export function upperTail(n: number, p: number, k: number): number {
  if (k <= 0) return 1;
  if (k > n || p === 0) return 0;
  if (p === 1) return 1;
  // Below the mean the other tail is the shorter sum.
  if (k <= n * p) return Math.max(0, 1 - lowerTail(n, p, k - 1));
  let mass = Math.exp(logMass(n, p, k));
  let sum = 0;
  for (let j = k; j <= n && mass > sum * Number.EPSILON * 2 ** -10; j++) {
    sum += mass;
    mass *= ((n - j) / (j + 1)) * (p / (1 - p));
  }
  return Math.min(1, sum);
}

/** P(X ≤ k). */
export function lowerTail(n: number, p: number, k: number): number {
  return k < n * p || k >= n ? (k >= n ? 1 : upperOf(n, p, k)) : Math.max(0, 1 - upperTail(n, p, k + 1));
}

/** P(X ≤ k) below the mean: the upper tail of the failures. */
const upperOf = (n: number, p: number, k: number): number => {
  if (k < 0) return 0;
  if (p === 0) return 1;
  if (p === 1) return 0;
  let mass = Math.exp(logMass(n, p, k));
  let sum = 0;
  for (let j = k; j >= 0 && mass > sum * Number.EPSILON * 2 ** -10; j--) {
    sum += mass;
    mass *= (j / (n - j + 1)) * ((1 - p) / p);
  }
  return Math.min(1, sum);
};
