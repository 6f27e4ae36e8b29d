/**
 * # Enclosing series
 *
 * decimal.js has exp, ln, sqrt, sin and cos. The rest is enclosed here, at one exact point, from series with a stated
 * remainder; `enclosure.ts` extends them to intervals.
 *
 * Convention: each function returns a decimal within 10^−digits of the truth, relative to the result (absolute for lgamma).
 */
import { Decimal } from "decimal.js";

const guard = 12;

/** Remembers a function of the number of digits: constructors and constants are needed again and again. */
function remembered<T>(make: (digits: number) => T): (digits: number) => T {
  const known = new Map<number, T>();
  return (digits) => {
    const found = known.get(digits) ?? make(digits);
    known.set(digits, found);
    return found;
  };
}

/** A constructor with that many digits and room for the roundings of a series. */
const context = remembered((digits) =>
  Decimal.clone({ precision: digits + guard, rounding: Decimal.ROUND_HALF_EVEN, minE: -9e15, maxE: 9e15 }),
);

/** π by Machin's formula: alternating series, so the remainder is below the first term left out. */
export const pi: (digits: number) => Decimal = remembered((digits) => {
  const D = context(digits);
  const arctanOfInverse = (n: number): Decimal => {
    let power = new D(1).div(n);
    let sum = power;
    for (let k = 1; power.gt(new D(10).pow(-digits - guard)); k++) {
      power = power.div(n * n);
      sum = k % 2 === 0 ? sum.plus(power.div(2 * k + 1)) : sum.minus(power.div(2 * k + 1));
    }
    return sum;
  };
  return arctanOfInverse(5).times(16).minus(arctanOfInverse(239).times(4));
});

/** eˣ − 1. Taylor below ½: the tail after xⁿ/n! is at most |xⁿ/n!| since ratios stay below ½. */
export function expm1(x: Decimal, digits: number): Decimal {
  const D = context(digits);
  const a = new D(x);
  if (a.abs().gte(0.5)) return a.exp().minus(1);
  let term = a;
  let sum = a;
  for (let n = 2; !term.isZero() && term.abs().gt(a.abs().times(new D(10).pow(-digits - guard))); n++) {
    term = term.times(a).div(n);
    sum = sum.plus(term);
  }
  return sum;
}

/** log(1 + x) for x > −1. Below ½ as 2 artanh(z), z = x/(2 + x): the tail is at most term·z²/(1 − z²) < term. */
export function log1p(x: Decimal, digits: number): Decimal {
  const D = context(digits);
  const a = new D(x);
  if (a.abs().gte(0.5)) return a.plus(1).ln();
  const z = a.div(a.plus(2));
  const square = z.times(z);
  let power = z;
  let sum = z;
  for (let n = 3; !power.isZero() && power.abs().gt(z.abs().times(new D(10).pow(-digits - guard))); n += 2) {
    power = power.times(square);
    sum = sum.plus(power.div(n));
  }
  return sum.times(2);
}

/**
 * erf x = 2/√π · e^{−x²} Σ 2ⁿx^{2n+1}/(2n+1)!!: positive terms. Once 2x²/(2n+3) < ½ the tail is below the last term.
 * Beyond 40, erfc x < e^{−x²} < 10^−690 and 1 is returned.
 */
export function erf(x: Decimal, digits: number): Decimal {
  const D = context(digits);
  const a = new D(x).abs();
  if (a.isZero()) return new D(0);
  if (a.gt(40)) return new D(x.isNegative() ? -1 : 1);
  const twice = a.times(a).times(2);
  let term = a;
  let sum = a;
  for (let n = 1; twice.gt((2 * n + 1) / 2) || term.gt(sum.times(new D(10).pow(-digits - guard))); n++) {
    term = term.times(twice).div(2 * n + 1);
    sum = sum.plus(term);
  }
  const value = sum
    .times(a.times(a).neg().exp())
    .times(2)
    .div(pi(digits + guard).sqrt());
  return x.isNegative() ? value.neg() : value;
}

/** Bernoulli numbers B₀…B₂ₘ for a series of that many digits, by the recurrence Σ C(n+1, k) Bₖ = 0. */
const bernoulli = remembered((digits): readonly Decimal[] => {
  const D = Decimal.clone({ precision: 4 * digits + 40 });
  const count = Math.ceil(digits / 1.5);
  const numbers: Decimal[] = [];
  for (let n = 0; n <= 2 * count; n++) {
    let sum = new D(n === 0 ? 1 : 0);
    let binomial = new D(1);
    for (let k = 0; k < n; k++) {
      sum = sum.minus((numbers[k] ?? new D(0)).times(binomial));
      binomial = binomial.times(n + 1 - k).div(k + 1);
    }
    numbers.push(sum.div(n === 0 ? 1 : n + 1));
  }
  return numbers;
});

/** log Γ(x), x > 0: shifted to y ≥ digits, then Stirling's series, whose error is below the first term left out. */
export function lgamma(x: Decimal, digits: number): Decimal {
  const D = context(digits + 10);
  const shift = Math.max(0, Math.ceil(digits - x.toNumber()));
  let y = new D(x);
  let product = new D(1);
  for (let k = 0; k < shift; k++) {
    product = product.times(y);
    y = y.plus(1);
  }
  const numbers = bernoulli(digits);
  let tail = new D(0);
  for (let k = 1; 2 * k < numbers.length; k++) {
    const term = (numbers[2 * k] ?? new D(0)).div(2 * k * (2 * k - 1)).div(y.pow(2 * k - 1));
    tail = tail.plus(term);
    if (term.abs().lt(new D(10).pow(-digits - guard))) break;
  }
  const halfLog = pi(digits + guard)
    .times(2)
    .ln()
    .div(2);
  return y.minus(0.5).times(y.ln()).minus(y).plus(halfLog).plus(tail).minus(product.ln());
}
