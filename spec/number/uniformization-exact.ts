/**
 * # Uniformization, enclosed
 *
 * One row of exp(τR) between two numbers, by the series of `uniformization.ts` in whole numbers of 2^−bits. Used only where double
 * with its error bound cannot decide.
 *
 * The exponential is that of the doubles as they are given, off-diagonals and diagonal, whether or not their rows sum to zero. With Λ
 * the largest exit rate, M = R + ΛI has no negative entry. For N at least M's largest row sum and S = N − Λ,
 *
 *   exp(τR) = e^{−Λτ} Σ τᵏMᵏ/k! = e^{Sτ} Σ Pois(k; Nτ)·(M/N)ᵏ,
 *
 * where M, N, S and Nτ are exact. S is 0 unless a row sums to more than zero, by rounding or because R is no rate matrix.
 *
 * Lower bounds: all products are non-negative and rounded down. Upper bounds, in units of 2^−bits:
 * - Rows of M/N sum to at most 1. An entry of it that is rounded down and a sum that is rounded down each lose less than one unit, so
 *   that after k jumps the K entries of a state together lack at most 2Kk.
 * - Poisson weights, 1 at the mode, are made by ratios below 1: d places away from the mode one lacks at most d. Where they have become
 *   zero the next are at most geometric, and their sum is added.
 * - A sum of weights times states is then short by what the weights lack (states are at most 1) and by what the states lack.
 *
 * Zeros of the row are zeros of the lower bound; small entries are known to 2^−bits times those counts, not relatively.
 *
 * Cost: a product of whole numbers per jump and positive entry of M, a tenth of a microsecond. One row to 128 bits, no rate zero, in ms
 * (the last extrapolated):
 *
 * | jumps | K = 5 | K = 32 | K = 256 |
 * | ----- | ----- | ------ | ------- |
 * | 30    | 0.4   | 17     | 1000    |
 * | 200   | 1     | 28     | 3000    |
 * | 10⁵   | 500   | 11000  | 600000  |
 *
 * Convention: as in `uniformization.ts`.
 */
import { SpecError } from "#spec/error";
import { add, compare, type Dyadic, dyadic, mul, neg, toNumber, zero } from "#spec/number/dyadic";
import { enclose } from "#spec/number/enclosure";
import { expression } from "#spec/number/expression";
import { assertJumps, exitRate } from "#spec/number/uniformization";

/** Entry y lies between lo[y] and hi[y]. Shapes `K`. */
export interface EnclosedRow {
  readonly lo: readonly Dyadic[];
  readonly hi: readonly Dyadic[];
}

const growth = expression("exp(s * t)");

/**
 * The row of exp(τR) that begins at a state. Throws `outside-domain` as `uniformized` does, and for a state that is none;
 * `shape-mismatch` for rates that are not K²; `non-finite` for rates that are no numbers.
 */
export function enclosedRow(rates: Float64Array, classes: number, tau: number, from: number, bits: number): EnclosedRow {
  if (rates.length !== classes * classes)
    throw new SpecError("shape-mismatch", `enclosedRow: expected ${classes * classes} rates of ${classes} states, got ${rates.length}`);
  if (!(Number.isInteger(from) && from >= 0 && from < classes))
    throw new SpecError("outside-domain", `enclosedRow: expected a state below ${classes}, got ${from}`);
  assertJumps("enclosedRow", tau, exitRate(rates, classes) * tau);
  const { jumps, bound, excess } = jumpsOf(rates, classes, bits);
  assertJumps("enclosedRow", tau, excess * tau);
  const { first, weights, total, missing } = poisson(mul(bound, dyadic(tau)), bits);
  const last = first + weights.length - 1;
  const wide = BigInt(bits);
  const sum = new Array<bigint>(classes).fill(0n);
  let state = Array.from({ length: classes }, (_, y) => (y === from ? 1n << wide : 0n));
  for (let k = 0; k <= last; k++) {
    if (k > 0) state = pushed(state, jumps, wide);
    const w = weights[k - first] ?? 0n;
    if (k >= first) for (let y = 0; y < classes; y++) sum[y] = (sum[y] ?? 0n) + w * (state[y] ?? 0n);
  }
  const short = (missing << wide) + (total + missing) * BigInt(2 * classes * last);
  const [least, most] = growthOf(excess, tau, bits);
  const whole = (n: bigint): Dyadic => ({ mantissa: n, exponent: -bits });
  return {
    lo: sum.map((n) => whole((least * n) / ((total + missing) << wide))),
    hi: sum.map((n) => whole((most * (n + short)) / (total << wide) + 1n)),
  };
}

/** How many products a row takes, about. */
export function productsOf(rates: Float64Array, classes: number, tau: number, bits: number): number {
  const mean = exitRate(rates, classes) * tau;
  // The weights of either side fall to 2^−bits about √(2·bits·ln 2·mean) + bits places from the mode.
  const jumps = mean + Math.sqrt(2 * Math.LN2 * bits * mean) + bits;
  return jumps * rates.reduce((sum, rate) => sum + (rate === 0 ? 0 : 1), 0);
}

interface Jump {
  readonly to: number;
  readonly chance: bigint;
}

interface Jumps {
  /** Rows of M/N without zeros, rounded down. */
  readonly jumps: readonly (readonly Jump[])[];
  /** N and S. */
  readonly bound: Dyadic;
  readonly excess: number;
}

function jumpsOf(rates: Float64Array, classes: number, bits: number): Jumps {
  const lambda = dyadic(exitRate(rates, classes));
  const rows = Array.from({ length: classes }, (_, x) =>
    Array.from({ length: classes }, (__, y) => {
      const rate = rates[x * classes + y] ?? Number.NaN;
      if (y !== x && !(rate >= 0))
        throw new SpecError("outside-domain", `enclosedRow: expected rates ≥ 0 off the diagonal, got ${rate} from ${x} to ${y}`);
      return y === x ? add(lambda, dyadic(rate)) : dyadic(rate);
    }),
  );
  const largest = rows.map((row) => row.reduce(add, zero)).reduce((a, b) => (compare(a, b) < 0 ? b : a), zero);
  const over = toNumber(add(largest, neg(lambda)));
  // A double above the difference, which is known up to a unit in the last place.
  const excess = over > 0 ? over * (1 + 4 * Number.EPSILON) + Number.MIN_VALUE : 0;
  const bound = add(lambda, dyadic(excess));
  const jumps = rows.map((row) =>
    row.flatMap((entry, to): readonly Jump[] => (entry.mantissa === 0n ? [] : [{ to, chance: quotient(entry, bound, bits) }])),
  );
  return { jumps, bound, excess };
}

/** a/b in units of 2^−bits, rounded down. */
function quotient(a: Dyadic, b: Dyadic, bits: number): bigint {
  const shift = bits + a.exponent - b.exponent;
  return shift >= 0 ? (a.mantissa << BigInt(shift)) / b.mantissa : a.mantissa / (b.mantissa << BigInt(-shift));
}

function pushed(state: readonly bigint[], jumps: Jumps["jumps"], wide: bigint): bigint[] {
  const out = new Array<bigint>(state.length).fill(0n);
  state.forEach((p, x) => {
    if (p !== 0n) for (const { to, chance } of jumps[x] ?? []) out[to] = (out[to] ?? 0n) + p * chance;
  });
  return out.map((n) => n >> wide);
}

interface Weights {
  readonly first: number;
  /** Proportional to the Poisson law, 2^bits at the mode, rounded down. */
  readonly weights: readonly bigint[];
  /** Their sum, and the most by which the sum of all true weights exceeds it. */
  readonly total: bigint;
  readonly missing: bigint;
}

function poisson(mean: Dyadic, bits: number): Weights {
  const one = 1n << BigInt(bits);
  if (mean.mantissa === 0n) return { first: 0, weights: [one], total: one, missing: 0n };
  // The mean as a fraction.
  const above = mean.mantissa << BigInt(Math.max(mean.exponent, 0));
  const below = 1n << BigInt(Math.max(-mean.exponent, 0));
  const mode = above / below;
  const [down, up]: [bigint[], bigint[]] = [[], [one]];
  for (let [k, w] = [mode, one]; k > 0n && w > 0n; k--) {
    w = (w * k * below) / above;
    down.push(w);
  }
  for (let [k, w] = [mode + 1n, one]; w > 0n; k++) {
    w = (w * above) / (below * k);
    up.push(w);
  }
  const first = mode - BigInt(down.length);
  const last = mode + BigInt(up.length - 1);
  // The last weights that were made are zero: true ones are at most as many units as they are places away.
  const places = (n: number): bigint => (BigInt(n) * BigInt(n + 1)) / 2n;
  const right = (BigInt(up.length - 1) * (mode + 1n)) / (last - mode) + 1n;
  const left = first === 0n ? 0n : (BigInt(down.length) * first) / (mode - first) + 1n;
  const weights = [...down.reverse(), ...up];
  return {
    first: Number(first),
    weights,
    total: weights.reduce((a, b) => a + b, 0n),
    missing: places(down.length) + places(up.length - 1) + right + left,
  };
}

/** e^{Sτ} in units of 2^−bits, between two whole numbers. */
function growthOf(s: number, t: number, bits: number): readonly [lo: bigint, hi: bigint] {
  const one = 1n << BigInt(bits);
  if (s === 0) return [one, one];
  // Three bits are less than a decimal digit.
  const { lo, hi } = enclose(growth.tree, { s, t }, 0, Math.ceil(bits / 3));
  const scaled = [lo, hi].map((end) => end.times(String(one)));
  const [least, most] = [scaled[0]?.floor(), scaled[1]?.ceil()].map((end) => BigInt(end?.toFixed(0) ?? 0));
  return [least ?? 0n, most ?? 0n];
}
