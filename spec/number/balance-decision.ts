/**
 * # Balances that double leaves open
 *
 * One point of a balance at a time, whether it lies outside the bound of `balance.ts`: in double-double, then exactly. Where one of the
 * values is known only between two numbers, exactly at both, in as many bits as it takes.
 *
 * Convention: |Σt|·(1 − 2nu) ≤ nu·(Σ|t| + via) + underflow passes; what cannot be decided does not fail.
 */
import { SpecError } from "#spec/error";
import * as dd from "#spec/number/double-double";
import * as exact from "#spec/number/dyadic";
import { type Format, underflowUnit, unitRoundoff } from "#spec/number/format";
import type { Tree } from "#spec/number/tree";

/** A point: the balance's terms, the values of its symbols there, and what is forgiven. */
export interface Point {
  readonly terms: readonly Tree[];
  readonly value: (name: string) => number;
  readonly roundings: number;
  readonly format: Format;
  readonly via: number;
}

export function lemma(roundings: number, terms: number, format: Format): { readonly factor: number; readonly absolute: number } {
  const nu = roundings * unitRoundoff(format);
  if (2 * nu >= 1) throw new SpecError("too-many-roundings", `balance: expected 2nu < 1, got ${roundings} roundings in ${format.name}`);
  return { factor: nu / (1 - 2 * nu), absolute: roundings * terms * underflowUnit(format) };
}

export function fails(point: Point): boolean {
  const { terms, value, roundings, format, via } = point;
  const { factor, absolute } = lemma(roundings, terms.length, format);
  const pairs = terms.map((term) => folded(term, doubleDoubles, (name) => doubleDoubles.of(value(name))));
  const total = pairs.reduce(dd.add, [0, 0]);
  const scale = pairs.reduce((sum, pair) => sum + Math.abs(pair[0]), via);
  const largest = terms.reduce((sum, term) => sum + folded(term, magnitudes, (name) => Math.abs(value(name))), 0);
  const uncertain = (terms.length + 8) * dd.doubleDoubleRoundoff * largest + scale * factor * 2 ** -50;
  const over = Math.abs(total[0]) - (factor * scale + absolute);
  if (largest < 2 ** 900 && Math.abs(over) > uncertain && largest > 2 ** -800) return over > 0;
  return excess(point, (name) => exact.dyadic(value(name))).over > 0;
}

/**
 * Whether the point fails wherever between its bounds the value of a symbol lies; null bounds are no decision. The symbol stands alone as
 * a term and is not negative, so that residual minus bound is convex in it: at most the greater of the ends, and between two ends whose
 * residuals have one sign at least the lesser.
 */
export function failsWithin(
  point: Point,
  symbol: string,
  between: (bits: number) => readonly [lo: exact.Dyadic, hi: exact.Dyadic] | null,
): boolean {
  const at = (end: exact.Dyadic): Excess => excess(point, (name) => (name === symbol ? end : exact.dyadic(point.value(name))));
  for (const bits of [128, 256, 512]) {
    const ends = between(bits);
    if (ends === null) return false;
    const [lo, hi] = [at(ends[0]), at(ends[1])];
    if (lo.over <= 0 && hi.over <= 0) return false;
    if (lo.over > 0 && hi.over > 0 && lo.side === hi.side) return true;
  }
  return false;
}

/** The sign of the residual, and that of its excess over the bound. */
interface Excess {
  readonly side: -1 | 0 | 1;
  readonly over: -1 | 0 | 1;
}

function excess({ terms, roundings, format, via }: Point, value: (name: string) => exact.Dyadic): Excess {
  const values = terms.map((term) => folded(term, dyadics, value));
  const nu = exact.mul(exact.dyadic(roundings), exact.powerOfTwo(-format.precision));
  const slack = exact.add(exact.dyadic(1), exact.neg(exact.add(nu, nu)));
  const residual = exact.sum(values);
  const underflow = exact.mul(exact.dyadic(roundings * terms.length), exact.dyadic(underflowUnit(format)));
  const bound = exact.add(exact.mul(nu, exact.add(exact.sum(values.map(exact.abs)), exact.dyadic(via))), exact.mul(underflow, slack));
  return { side: exact.compare(residual, exact.zero), over: exact.compare(exact.mul(exact.abs(residual), slack), bound) };
}

/** Sums and products over some kind of number: what a polynomial is evaluated in. */
interface Algebra<T> {
  readonly of: (value: number) => T;
  readonly neg: (a: T) => T;
  readonly add: (a: T, b: T) => T;
  readonly mul: (a: T, b: T) => T;
}

const doubleDoubles: Algebra<dd.DoubleDouble> = { of: (value) => [value, 0], neg: dd.neg, add: dd.add, mul: dd.mul };
const dyadics: Algebra<exact.Dyadic> = { of: exact.dyadic, neg: exact.neg, add: exact.add, mul: exact.mul };
/** Every difference turned into a sum of magnitudes: what rounding errors scale with. */
const magnitudes: Algebra<number> = { of: Math.abs, neg: (a) => a, add: (a, b) => a + b, mul: (a, b) => a * b };

function folded<T>(tree: Tree, { of, neg, add, mul }: Algebra<T>, value: (name: string) => T): T {
  const fold = (node: Tree): T => {
    switch (node.kind) {
      case "constant":
        return of(node.value);
      case "symbol":
        return value(node.name);
      case "negate":
        return neg(fold(node.a));
      case "add":
        return add(fold(node.a), fold(node.b));
      case "subtract":
        return add(fold(node.a), neg(fold(node.b)));
      case "multiply":
        return mul(fold(node.a), fold(node.b));
      case "power": {
        const a = fold(node.a);
        return mul(a, a);
      }
      default:
        throw new SpecError("not-polynomial", `balance: a ${node.kind} is no polynomial`);
    }
  };
  return fold(tree);
}
