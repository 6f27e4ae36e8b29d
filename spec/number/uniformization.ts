/**
 * # Uniformization
 *
 * exp(τR) = Σ Pois(k; Λτ)·(I + R/Λ)ᵏ for a rate matrix R and Λ at least its largest exit rate (Jensen 1953). Every term is
 * non-negative, so nothing cancels: each entry is right to a relative error of a few roundings per jump, up to the tail of the
 * Poisson law that is left out. It is the oracle against which subjects' transitions are held; where its error matters to a decision,
 * `uniformization-exact.ts` encloses the same exponential.
 *
 * Roundings of an entry, for a last jump J and n Poisson weights: an entry of I + R/Λ has two, a product one and a sum K − 1, for each of
 * at most J jumps. A weight d places from the mode has 2d of its ratios and d of the mean; it is divided by a sum that has as many, and n
 * of adding up; products with states are one more, and their sum n. Together (K + 2)J + 8n + 2.
 *
 * Convention: rows; entry (x, y) of R is the rate from x to y.
 */
import { SpecError } from "#spec/error";
import { binary64, underflowUnit, unitRoundoff } from "#spec/number/format";

export interface Transition {
  /** One row of exp(τR) per state. Shape `n*K`. */
  readonly rows: Float64Array;
  /** Each entry is off by at most relative·entry + tail. */
  readonly relative: number;
  readonly tail: number;
}

/** The largest exit rate. */
export function exitRate(rates: Float64Array, classes: number): number {
  let largest = 0;
  for (let x = 0; x < classes; x++) largest = Math.max(largest, -(rates[x * classes + x] ?? 0));
  return largest;
}

/**
 * Rows of exp(τR) for some states, K² operations per jump and state. Throws `outside-domain` for a negative off-diagonal, a τ below 0,
 * or more than 10⁶ expected jumps.
 */
export function uniformized(rates: Float64Array, classes: number, tau: number, from: ArrayLike<number>): Transition {
  const bound = exitRate(rates, classes);
  const mean = bound * tau;
  assertJumps("uniformized", tau, mean);
  const jumps = jumpKernel(rates, classes, bound);
  const { first, weights, tail } = poisson(mean, largestSum(jumps, classes));
  const rows = new Float64Array(from.length * classes);
  for (let i = 0; i < from.length; i++) {
    let state: Float64Array = new Float64Array(classes);
    state[from[i] ?? 0] = 1;
    const sum = rows.subarray(i * classes, (i + 1) * classes);
    for (let k = 0; k < first + weights.length; k++) {
      if (k > 0) state = pushed(state, jumps, classes);
      const w = weights[k - first] ?? 0;
      if (k >= first) for (let y = 0; y < classes; y++) sum[y] = (sum[y] ?? 0) + w * (state[y] ?? 0);
    }
  }
  // Products that underflow lose a step of the subnormal numbers each.
  const underflow = (first + weights.length) * classes * underflowUnit(binary64);
  return { rows, relative: relativeTo(classes, first, weights.length), tail: tail + underflow };
}

/** The relative error of entries that `uniformized` states, for a number of states and of expected jumps. */
export function relativeError(classes: number, mean: number): number {
  const { first, weights } = poisson(mean);
  return relativeTo(classes, first, weights.length);
}

function relativeTo(classes: number, first: number, n: number): number {
  const nu = ((classes + 2) * (first + n - 1) + 8 * n + 2) * unitRoundoff(binary64);
  return nu / (1 - nu);
}

/** Throws `outside-domain` for a time below 0 and for more jumps than are summed. */
export function assertJumps(where: string, tau: number, mean: number): void {
  if (!(tau >= 0 && mean <= 1e6))
    throw new SpecError(
      "outside-domain",
      `${where}: expected a time ≥ 0 and at most 10⁶ expected jumps, got time ${tau} and ${mean} jumps`,
    );
}

/** The most by which a jump can multiply mass: 1 up to roundings for a rate matrix, more for what is none. */
function largestSum(jumps: Float64Array, classes: number): number {
  let largest = 1;
  for (let x = 0; x < classes; x++) {
    let sum = 0;
    for (let y = 0; y < classes; y++) sum += jumps[x * classes + y] ?? 0;
    largest = Math.max(largest, sum * (1 + (classes + 2) * 2 ** -52));
  }
  return largest;
}

/**
 * The series after `last` jumps, for a Λ that may be larger than the largest exit rate: at most exp(τR) in each entry, and short of it
 * by `missing` in each row. Throws `outside-domain` for a smaller Λ.
 */
export function truncated(
  rates: Float64Array,
  classes: number,
  tau: number,
  from: ArrayLike<number>,
  last: number,
  bound: number,
): { readonly rows: Float64Array; readonly missing: number } {
  if (!(bound >= exitRate(rates, classes)))
    throw new SpecError("outside-domain", `truncated: expected Λ ≥ the largest exit rate ${exitRate(rates, classes)}, got ${bound}`);
  const jumps = jumpKernel(rates, classes, bound);
  const { first, weights } = poisson(bound * tau);
  const weight = (k: number): number => weights[k - first] ?? 0;
  const rows = new Float64Array(from.length * classes);
  for (let i = 0; i < from.length; i++) {
    let state: Float64Array = new Float64Array(classes);
    state[from[i] ?? 0] = 1;
    for (let k = 0; k <= last; k++) {
      if (k > 0) state = pushed(state, jumps, classes);
      for (let y = 0; y < classes; y++) rows[i * classes + y] = (rows[i * classes + y] ?? 0) + weight(k) * (state[y] ?? 0);
    }
  }
  return { rows, missing: weights.reduce((sum, w, k) => sum + (first + k > last ? w : 0), 0) };
}

/** I + R/Λ. */
function jumpKernel(rates: Float64Array, classes: number, bound: number): Float64Array {
  const out = new Float64Array(classes * classes);
  for (let x = 0; x < classes; x++) {
    // The diagonal is what the row leaves, in exact arithmetic 1 − Z/Λ: no cancellation beyond that of the rates themselves.
    for (let y = 0; y < classes; y++) {
      const rate = rates[x * classes + y] ?? 0;
      if (y !== x && !(rate >= 0))
        throw new SpecError("outside-domain", `uniformized: expected rates ≥ 0 off the diagonal, got ${rate} from ${x} to ${y}`);
      out[x * classes + y] = y === x ? (bound === 0 ? 1 : (bound + rate) / bound) : bound === 0 ? 0 : rate / bound;
    }
  }
  return out;
}

/** v·M. */
export function pushed(v: Float64Array, matrix: Float64Array, classes: number): Float64Array {
  const out = new Float64Array(classes);
  for (let x = 0; x < v.length; x++) {
    const p = v[x] ?? 0;
    if (p !== 0) for (let y = 0; y < classes; y++) out[y] = (out[y] ?? 0) + p * (matrix[x * classes + y] ?? 0);
  }
  return out;
}

/**
 * Poisson weights around the mode, by their ratios, normalised; what lies outside, each weight multiplied by `growth` for every jump, is at
 * most `tail`.
 */
export function poisson(mean: number, growth = 1): { readonly first: number; readonly weights: Float64Array; readonly tail: number } {
  if (mean === 0) return { first: 0, weights: Float64Array.of(1), tail: 0 };
  const mode = Math.floor(mean);
  const least = 1e-40;
  const [down, up]: [number[], number[]] = [[], [1]];
  for (let k = mode; k > 0 && (down.at(-1) ?? 1) > least; k--) down.push(((down.at(-1) ?? 1) * k) / mean);
  for (let k = mode; (up.at(-1) ?? 1) > least; k++) up.push(((up.at(-1) ?? 1) * mean) / (k + 1));
  const weights = Float64Array.of(...down.reverse(), ...up);
  const total = weights.reduce((a, b) => a + b, 0);
  // Beyond either end the ratios only fall: a geometric series of ratio r weighs its first term r/(1 − r).
  const last = mode + up.length - 1;
  const first = mode - down.length;
  const right = (mean / (last + 1)) * growth;
  const left = first / mean;
  const beyond = least * ((growth ** last * right) / (1 - right) + (first > 0 ? (growth ** first * left) / (1 - left) : 0));
  return { first, weights: weights.map((w) => w / total), tail: right < 1 ? beyond / total : Number.POSITIVE_INFINITY };
}
