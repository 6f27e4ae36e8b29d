/**
 * # Double-double arithmetic
 *
 * An unevaluated sum of two doubles carries about 106 bits. The middle tier of a decision: used where the residual of a
 * balance is too close to its bound for plain doubles. JavaScript has no fused multiply-add, so products are split.
 *
 * Convention: a value is `[high, low]` with |low| ≤ ulp(high)/2. Products are wrong above 2^996, where the splitting overflows.
 *
 * Source: Dekker (1971) for the splitting, Knuth for the two-sum.
 */

/** `high + low`, evaluated exactly only by whoever knows both. */
export type DoubleDouble = readonly [high: number, low: number];

const splitter = 2 ** 27 + 1;

/** Relative error of one `add` or `mul` below, with room to spare. */
export const doubleDoubleRoundoff: number = 2 ** -100;

export function add([ah, al]: DoubleDouble, [bh, bl]: DoubleDouble): DoubleDouble {
  const s = ah + bh;
  const bb = s - ah;
  const error = ah - (s - bb) + (bh - bb);
  const t = al + bl;
  const tt = t - al;
  const lowError = al - (t - tt) + (bl - tt);
  const c = error + t;
  const high = s + c;
  const rest = lowError + (c - (high - s));
  const sum = high + rest;
  return [sum, rest - (sum - high)];
}

export function mul([ah, al]: DoubleDouble, [bh, bl]: DoubleDouble): DoubleDouble {
  const p = ah * bh;
  const ta = splitter * ah;
  const a1 = ta - (ta - ah);
  const a2 = ah - a1;
  const tb = splitter * bh;
  const b1 = tb - (tb - bh);
  const b2 = bh - b1;
  const error = a2 * b2 - (p - a1 * b1 - a2 * b1 - a1 * b2) + (ah * bl + al * bh);
  const high = p + error;
  return [high, error - (high - p)];
}

export function neg([high, low]: DoubleDouble): DoubleDouble {
  return [-high, -low];
}
