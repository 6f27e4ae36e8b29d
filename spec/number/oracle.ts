/**
 * # Oracles
 *
 * A value that a law computes instead of printing it: known in double up to a stated error, and between two numbers to as many bits as a
 * decision needs. A closed set, and data: an oracle says what its value is of, and this file knows how to compute it wider.
 *
 * Convention: points are entries of rows, one row per state of `from`.
 */
import { add, type Dyadic, dyadic, neg } from "#spec/number/dyadic";
import { uniformized } from "#spec/number/uniformization";
import { type EnclosedRow, enclosedRow, productsOf } from "#spec/number/uniformization-exact";

/** Rows of exp(time·rates) of the doubles given. */
export interface Exponential {
  readonly kind: "exponential";
  /** The symbol of the balance that has this value. It stands alone, as a term. */
  readonly symbol: string;
  /** Shape `K*K`. */
  readonly rates: Float64Array;
  readonly classes: number;
  readonly time: number;
  readonly from: Float64Array;
  /** Each value in double is at most so far from the exponential. Shape `n*K`. */
  readonly error: Float64Array;
  /** The exponential is so far from what it stands for, at most, in each entry: no precision takes that away. */
  readonly apart: number;
}

export type Oracle = Exponential;

/** The values in double, shape `n*K`, and what they are of. */
export interface Computed {
  readonly values: Float64Array;
  readonly oracle: Oracle;
}

/** Throws `outside-domain` as `uniformized` does. */
export function exponential(
  symbol: string,
  { rates, classes, time, from, apart = 0 }: Pick<Exponential, "rates" | "classes" | "time" | "from"> & { readonly apart?: number },
): Computed {
  const { rows, relative, tail } = uniformized(rates, classes, time, from);
  // The bound is relative to the exact entry P: |P̂ − P| ≤ rP + t gives P ≤ (P̂ + t)/(1 − r). Four roundings are this sum's own.
  const error = rows.map((p) => ((relative * p + tail) / (1 - relative)) * (1 + 4 * Number.EPSILON));
  return { values: rows, oracle: { kind: "exponential", symbol, rates, classes, time, from, error, apart } };
}

/** Products of a row beyond which a decision is left open: at a tenth of a microsecond each, some seconds. */
const most = 2 ** 26;

const known = new WeakMap<Oracle, Map<string, EnclosedRow | null>>();

/** What the value at a point stands for lies between these two, neither below zero; null where that would take too long. */
export function between(oracle: Oracle, index: number, bits: number): readonly [lo: Dyadic, hi: Dyadic] | null {
  const { classes, apart } = oracle;
  const row = rowOf(oracle, Math.floor(index / classes), bits);
  const [lo, hi] = [row?.lo[index % classes], row?.hi[index % classes]];
  if (lo === undefined || hi === undefined) return null;
  const least = add(lo, neg(dyadic(apart)));
  return [least.mantissa < 0n ? dyadic(0) : least, add(hi, dyadic(apart))];
}

function rowOf(oracle: Oracle, place: number, bits: number): EnclosedRow | null {
  const rows = known.get(oracle) ?? new Map<string, EnclosedRow | null>();
  known.set(oracle, rows);
  const key = `${place} ${bits}`;
  const found = rows.get(key);
  if (found !== undefined) return found;
  const { rates, classes, time, from } = oracle;
  const affordable = productsOf(rates, classes, time, bits) <= most;
  const made = affordable ? enclosedRow(rates, classes, time, from[place] ?? Number.NaN, bits) : null;
  rows.set(key, made);
  return made;
}
