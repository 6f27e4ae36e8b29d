/**
 * # Enclosures
 *
 * The value of an expression at exact double inputs, between two decimals. Sums, products, quotients and roots are rounded
 * outward by decimal.js itself; elementary functions are widened by their stated error. Used only where double with a running
 * error bound cannot decide: at 50 digits a product costs microseconds, exp and log fractions of a millisecond.
 */
import { Decimal } from "decimal.js";
import { SpecError } from "#spec/error";
import type { Input, Inputs } from "#spec/number/compile";
import { dyadic } from "#spec/number/dyadic";
import type { FunctionName } from "#spec/number/functions";
import { erf, expm1, lgamma, log1p, pi } from "#spec/number/series";
import type { Tree } from "#spec/number/tree";

export interface Interval {
  readonly lo: Decimal;
  readonly hi: Decimal;
}

type Constructor = typeof Decimal;

/** Precision and rounding direction are settings of a constructor and never global. */
interface Arithmetic {
  readonly digits: number;
  readonly down: Constructor;
  readonly up: Constructor;
  /** Round to nearest with five more digits, for elementary functions; and with room for any double, for cos of a large one. */
  readonly nearest: Constructor;
  readonly wide: Constructor;
}

const known = new Map<number, Arithmetic>();

function arithmetic(digits: number): Arithmetic {
  const found = known.get(digits);
  if (found !== undefined) return found;
  const settings = { precision: digits, minE: -9e15, maxE: 9e15 };
  const made: Arithmetic = {
    digits,
    down: Decimal.clone({ ...settings, rounding: Decimal.ROUND_FLOOR }),
    up: Decimal.clone({ ...settings, rounding: Decimal.ROUND_CEIL }),
    nearest: Decimal.clone({ ...settings, precision: digits + 5 }),
    wide: Decimal.clone({ ...settings, precision: digits + 330 }),
  };
  known.set(digits, made);
  return made;
}

/** An interval that contains the expression's exact value at point `index` of the inputs. */
export function enclose(tree: Tree, inputs: Inputs, index: number, digits: number): Interval {
  const a = arithmetic(digits);
  return walk(tree, a, (name) => at(inputs[name], index, name));
}

function at(input: Input | undefined, index: number, name: string): number {
  if (input === undefined) throw new SpecError("unknown-symbol", `enclose: expected a value for "${name}", got none`);
  const value = typeof input === "number" ? input : input[input.length === 1 ? 0 : index];
  if (value === undefined || !Number.isFinite(value)) throw new SpecError("non-finite", `enclose: expected a finite ${name}, got ${value}`);
  return value;
}

function walk(tree: Tree, a: Arithmetic, value: (name: string) => number): Interval {
  const inner = (node: Tree): Interval => walk(node, a, value);
  switch (tree.kind) {
    case "constant":
      return { lo: new a.down(tree.text).plus(0), hi: new a.up(tree.text).plus(0) };
    case "pi":
      return widened(pi(a.digits), a);
    case "symbol":
      return exactly(value(tree.name), a);
    case "negate":
      return negated(inner(tree.a), a);
    case "add":
      return plus(inner(tree.a), inner(tree.b), a);
    case "subtract":
      return plus(inner(tree.a), negated(inner(tree.b), a), a);
    case "multiply":
      return times(inner(tree.a), inner(tree.b), a);
    case "divide":
      return times(inner(tree.a), reciprocal(inner(tree.b), a), a);
    case "power":
      return power(inner(tree.a), tree.b, inner, a);
    case "call":
      return call(tree.name, tree.args.map(inner), a);
    default:
      throw new SpecError("bad-expression", `enclose: unknown node ${JSON.stringify(tree satisfies never)}`);
  }
}

/** All decimal digits of a double. decimal.js would take the shortest text that reads back as the double, another number. */
function exactly(x: number, a: Arithmetic): Interval {
  if (Number.isInteger(x) && Math.abs(x) < 2 ** 53) return { lo: new a.down(x), hi: new a.up(x) };
  const { mantissa, exponent } = dyadic(x);
  // m·2^−k = m·5^k·10^−k.
  const digits = exponent < 0 ? `${mantissa * 5n ** BigInt(-exponent)}e${exponent}` : `${mantissa << BigInt(exponent)}`;
  return { lo: new a.down(digits), hi: new a.up(digits) };
}

function negated(x: Interval, a: Arithmetic): Interval {
  return { lo: new a.down(x.hi).neg(), hi: new a.up(x.lo).neg() };
}

function plus(x: Interval, y: Interval, a: Arithmetic): Interval {
  return { lo: new a.down(x.lo).plus(y.lo), hi: new a.up(x.hi).plus(y.hi) };
}

function times(x: Interval, y: Interval, a: Arithmetic): Interval {
  const corners = (D: Constructor): Decimal[] =>
    [x.lo, x.hi].flatMap((p) => [y.lo, y.hi].map((q) => (p.isZero() || q.isZero() ? new D(0) : new D(p).times(q))));
  return { lo: a.down.min(...corners(a.down)), hi: a.up.max(...corners(a.up)) };
}

function reciprocal(x: Interval, a: Arithmetic): Interval {
  if (x.lo.lte(0) && x.hi.gte(0)) return everything;
  return { lo: new a.down(1).div(x.hi), hi: new a.up(1).div(x.lo) };
}

const everything: Interval = { lo: new Decimal(Number.NEGATIVE_INFINITY), hi: new Decimal(Number.POSITIVE_INFINITY) };

/** Integer powers by their monotone pieces, other powers as e^{b log a}. */
function power(base: Interval, exponent: Tree, inner: (node: Tree) => Interval, a: Arithmetic): Interval {
  const n = exponent.kind === "constant" ? exponent.value : Number.NaN;
  if (Number.isInteger(n) && n >= 0 && n <= 64) {
    let result = exactly(1, a);
    const magnitude = n % 2 === 0 ? absolute(base, a) : base;
    for (let k = 0; k < n; k++) result = times(result, magnitude, a);
    return result;
  }
  const b = inner(exponent);
  if (base.lo.isZero() && base.hi.isZero() && b.lo.gt(0)) return exactly(0, a);
  return call("exp", [times(b, call("log", [base], a), a)], a);
}

function absolute(x: Interval, a: Arithmetic): Interval {
  if (x.lo.gte(0)) return x;
  if (x.hi.lte(0)) return negated(x, a);
  return { lo: new a.down(0), hi: a.up.max(x.lo.neg(), x.hi) };
}

/** Widened by one unit in the last of the kept digits: what the functions below promise. */
function widened(x: Decimal, a: Arithmetic, absolutely = 0): Interval {
  if (!x.isFinite()) return { lo: x, hi: x };
  const slack = new a.up(x)
    .abs()
    .plus(absolutely)
    .times(new a.up(10).pow(2 - a.digits));
  return { lo: new a.down(x).minus(slack), hi: new a.up(x).plus(slack) };
}

/** f is increasing: its values at the two ends, widened. */
function increasing(x: Interval, f: (end: Decimal) => Decimal, a: Arithmetic, absolutely = 0): Interval {
  return { lo: widened(f(x.lo), a, absolutely).lo, hi: widened(f(x.hi), a, absolutely).hi };
}

function call(name: FunctionName, args: readonly Interval[], a: Arithmetic): Interval {
  const [x, y = x] = args;
  if (x === undefined || y === undefined) throw new SpecError("bad-expression", `enclose: ${name} without an argument`);
  if (!(x.lo.isFinite() && x.hi.isFinite())) return name === "cos" || name === "sin" ? unit(a) : everything;
  const at = (end: Decimal): Decimal => new a.nearest(end);
  switch (name) {
    case "exp":
      return increasing(x, (end) => at(end).exp(), a);
    case "log":
      if (x.lo.lt(0)) return everything;
      return increasing(x, (end) => at(end).ln(), a);
    case "sqrt":
      if (x.lo.lt(0)) return everything;
      return { lo: new a.down(x.lo).sqrt(), hi: new a.up(x.hi).sqrt() };
    case "expm1":
      return increasing(x, (end) => expm1(end, a.digits), a);
    case "log1p":
      if (x.lo.lte(-1)) return everything;
      return increasing(x, (end) => log1p(end, a.digits), a);
    case "erf":
      return increasing(x, (end) => erf(end, a.digits), a);
    case "lgamma":
      return logGamma(x, a);
    case "sin":
      return cosine(plus(negated(x, a), halfPi(a), a), a);
    case "cos":
      return cosine(x, a);
    case "abs":
      return absolute(x, a);
    case "min":
      return { lo: a.down.min(x.lo, y.lo), hi: a.up.min(x.hi, y.hi) };
    case "max":
      return { lo: a.down.max(x.lo, y.lo), hi: a.up.max(x.hi, y.hi) };
    default:
      throw new SpecError("bad-expression", `enclose: unknown function ${name satisfies never}`);
  }
}

const unit = (a: Arithmetic): Interval => ({ lo: new a.down(-1), hi: new a.up(1) });
const halfPi = (a: Arithmetic): Interval => times(widened(pi(a.digits), a), exactly(0.5, a), a);

/** Decreasing left of its minimum at 1.4616…, increasing right of it; across the minimum −0.1215 is the floor. */
function logGamma(x: Interval, a: Arithmetic): Interval {
  if (x.lo.lte(0)) return everything;
  const [left, right] = [x.lo, x.hi].map((end) => widened(lgamma(end, a.digits), a, 1));
  if (left === undefined || right === undefined) return everything;
  const crosses = x.lo.lt("1.4617") && x.hi.gt("1.4616");
  return { lo: crosses ? new a.down("-0.1215") : a.down.min(left.lo, right.lo), hi: a.up.max(left.hi, right.hi) };
}

/** Ends, and ±1 where a multiple of π lies inside. decimal.js may miss the last digits of cos: two are given away. */
function cosine(x: Interval, a: Arithmetic): Interval {
  const size = a.up.max(x.lo.abs(), x.hi.abs());
  const D = size.lt(1000) ? a.nearest : a.wide;
  const ends = [x.lo, x.hi].map((end) => widened(new D(end).cos(), a, 1));
  const [left, right] = ends;
  if (left === undefined || right === undefined) return unit(a);
  const turn = pi(a.digits + (size.lt(1000) ? 5 : 330));
  // Which multiples of π the interval contains, with the ends moved outward by the error of π.
  const slack = new D(10).pow(3 - a.digits);
  const first = new D(x.lo).div(turn).minus(slack).ceil();
  const last = new D(x.hi).div(turn).plus(slack).floor();
  const inside = last.minus(first).toNumber();
  const even = inside >= 1 || (inside === 0 && first.mod(2).isZero());
  const odd = inside >= 1 || (inside === 0 && !first.mod(2).isZero());
  return {
    lo: odd ? new a.down(-1) : a.down.max(-1, a.down.min(left.lo, right.lo)),
    hi: even ? new a.up(1) : a.up.min(1, a.up.max(left.hi, right.hi)),
  };
}
