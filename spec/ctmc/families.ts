/**
 * # Textbook families of chains
 *
 * What the families' names mean. Rates are a clock β(t) times the family's matrix:
 * - `uniform`: to every state at the same rate.
 * - `absorbing`: to the mask alone.
 * - `two-state` (a, b): a from 0 to 1, b back.
 * - `cycle` (r): r to either neighbour on a ring of at least three states.
 * - `ehrenfest` (N, a, b): the number of ones among N particles that turn from 0 to 1 at rate a and back at rate b.
 * - `pure-death`: each of x particles dies at rate 1.
 * - `birth-death`: one up or one down.
 *
 * Convention: rows; states of the last four count particles.
 */
import type { DiscreteFacts } from "#spec/categorical/facts";
import type { Facts } from "#spec/facts";

export const isFamily =
  (...names: readonly string[]) =>
  (_: unknown, { discrete }: Facts): boolean =>
    names.includes(discrete?.family ?? "");

/** Whether the family lets x jump to y ≠ x; always where the family is not one of the above. */
export function mayJump(discrete: DiscreteFacts | null, x: number, y: number): boolean {
  const K = discrete?.classes ?? 0;
  switch (discrete?.family) {
    case "absorbing":
      return y === discrete.mask && x !== discrete.mask;
    case "cycle":
      return (x - y + K) % K === 1 || (y - x + K) % K === 1;
    case "ehrenfest":
    case "birth-death":
      return Math.abs(x - y) === 1;
    case "pure-death":
      return y === x - 1;
    default:
      return true;
  }
}

/** The law of how many of N independent particles are at 1, n of which are there before: they stay with p11, others come with p01. */
export function particles(n: number, N: number, { p01, p00, p10, p11 }: TwoState): Float64Array {
  const out = new Float64Array(N + 1);
  out[0] = 1;
  for (let k = 0; k < N; k++) {
    const [come, not] = k < n ? [p11, p10] : [p01, p00];
    for (let y = k + 1; y >= 0; y--) out[y] = (out[y] ?? 0) * not + (y > 0 ? (out[y - 1] ?? 0) * come : 0);
  }
  return out;
}

interface TwoState {
  readonly p00: number;
  readonly p01: number;
  readonly p10: number;
  readonly p11: number;
}

/** Kernel of one particle after a clock time t. */
export function twoState(a: number, b: number, t: number): TwoState {
  const moved = a + b === 0 ? t : -Math.expm1(-(a + b) * t) / (a + b);
  const left = Math.exp(-(a + b) * t);
  const [p01, p10] = [a * moved, b * moved];
  return { p01, p10, p00: a + b === 0 ? 1 : (b + a * left) / (a + b), p11: a + b === 0 ? 1 : (a + b * left) / (a + b) };
}
