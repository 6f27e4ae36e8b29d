/**
 * # Dyadic rationals
 *
 * Every finite float is an integer times a power of two, so sums and products of floats are exact in `bigint`. This is the
 * last tier of a decision; hot loops decide in double or double-double first.
 */
import { SpecError } from "#spec/error";

/** The number `mantissa` · 2^`exponent`. Closed under +, − and ×. */
export interface Dyadic {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const word = new DataView(new ArrayBuffer(8));

/** The exact value of a finite float. Throws on NaN and infinities. */
export function dyadic(x: number): Dyadic {
  if (!Number.isFinite(x)) throw new SpecError("non-finite", `dyadic: expected a finite number, got ${x}`);
  word.setFloat64(0, x);
  const bits = word.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const magnitude = biased === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: x < 0 ? -magnitude : magnitude, exponent: Math.max(biased, 1) - 1075 };
}

export const zero: Dyadic = { mantissa: 0n, exponent: 0 };

/** 2^`exponent`, also where it is no float. */
export function powerOfTwo(exponent: number): Dyadic {
  return { mantissa: 1n, exponent };
}

function aligned({ mantissa, exponent }: Dyadic, to: number): bigint {
  return mantissa << BigInt(exponent - to);
}

export function add(a: Dyadic, b: Dyadic): Dyadic {
  if (a.mantissa === 0n) return b;
  if (b.mantissa === 0n) return a;
  const exponent = Math.min(a.exponent, b.exponent);
  return { mantissa: aligned(a, exponent) + aligned(b, exponent), exponent };
}

export function mul(a: Dyadic, b: Dyadic): Dyadic {
  return { mantissa: a.mantissa * b.mantissa, exponent: a.exponent + b.exponent };
}

export function neg(a: Dyadic): Dyadic {
  return { mantissa: -a.mantissa, exponent: a.exponent };
}

export function abs(a: Dyadic): Dyadic {
  return a.mantissa < 0n ? neg(a) : a;
}

/** The sum of the terms; zero for none. */
export function sum(terms: readonly Dyadic[]): Dyadic {
  return terms.reduce(add, zero);
}

/** −1, 0 or 1 as a is below, equal to or above b. */
export function compare(a: Dyadic, b: Dyadic): -1 | 0 | 1 {
  const difference = add(a, neg(b)).mantissa;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function bitLength(n: bigint): number {
  return n === 0n ? 0 : n.toString(16).length * 4 - (Math.clz32(Number.parseInt(n.toString(16)[0] ?? "0", 16)) - 28);
}

/** The nearest double, up to one unit in its last place; ±∞ beyond the range. */
export function toNumber(a: Dyadic): number {
  const magnitude = a.mantissa < 0n ? -a.mantissa : a.mantissa;
  const excess = Math.max(bitLength(magnitude) - 60, 0);
  const leading = Number(magnitude >> BigInt(excess));
  const exponent = a.exponent + excess;
  // Two factors, because 2^exponent alone may leave the range of doubles when the product does not.
  const half = Math.trunc(exponent / 2);
  const value = leading * 2 ** half * 2 ** (exponent - half);
  return a.mantissa < 0n ? -value : value;
}

/** a / b as a double; 0 for 0/0 and ∞ for a/0. */
export function ratio(a: Dyadic, b: Dyadic): number {
  if (b.mantissa === 0n) return a.mantissa === 0n ? 0 : Number.POSITIVE_INFINITY;
  const shift = 64 + Math.max(bitLength(abs(b).mantissa) - bitLength(abs(a).mantissa), 0);
  const quotient = (a.mantissa << BigInt(shift)) / b.mantissa;
  return toNumber({ mantissa: quotient, exponent: a.exponent - b.exponent - shift });
}
