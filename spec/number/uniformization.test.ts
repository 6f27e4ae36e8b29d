/**
 * Uniformization, in double and enclosed, against a scaled Taylor sum of the same doubles in decimals of 160 digits: every entry,
 * relatively.
 */
import { Decimal } from "decimal.js";
import { describe, expect, test } from "vitest";
import { particles, twoState } from "#spec/ctmc/families";
import { type Dyadic, dyadic } from "#spec/number/dyadic";
import { exitRate, poisson, truncated, uniformized } from "#spec/number/uniformization";
import { enclosedRow } from "#spec/number/uniformization-exact";
import { uniforms } from "#spec/stream";

const Long = Decimal.clone({ precision: 160, minE: -9e15, maxE: 9e15 });
type Square = readonly (readonly Decimal[])[];

const product = (a: Square, b: Square): Square =>
  a.map((row) => row.map((_, y) => row.reduce((sum, p, z) => sum.plus(p.times(b[z]?.[y] ?? 0)), new Long(0))));

/** All digits of a double: decimal.js would take the shortest text that reads back as it. */
const digitsOf = (x: number): Decimal => {
  const { mantissa, exponent } = dyadic(x);
  return new Long(String(mantissa)).times(new Long(2).pow(exponent));
};

/** exp of the doubles' matrix times τ, halved until its entries are below 1/16, by ninety terms, and squared back. */
function exponential(rates: Float64Array, K: number, tau: number): Square {
  const halvings = Math.max(0, Math.ceil(Math.log2(exitRate(rates, K) * tau)) + 5);
  const scale = new Long(2).pow(-halvings).times(digitsOf(tau));
  const at = (f: (x: number, y: number) => Decimal): Square =>
    Array.from({ length: K }, (_, x) => Array.from({ length: K }, (__, y) => f(x, y)));
  const A = at((x, y) => digitsOf(rates[x * K + y] ?? 0).times(scale));
  let term = at((x, y) => new Long(x === y ? 1 : 0));
  let sum = term;
  for (let k = 1; k <= 90; k++) {
    term = product(term, A).map((row) => row.map((value) => value.div(k)));
    sum = sum.map((row, x) => row.map((value, y) => value.plus(term[x]?.[y] ?? 0)));
  }
  for (let k = 0; k < halvings; k++) sum = product(sum, sum);
  return sum;
}

/** Rates off the diagonal with the diagonal that they make in doubles. */
function closed(K: number, off: (x: number, y: number) => number): Float64Array {
  const out = Float64Array.from({ length: K * K }, (_, k) => (k % (K + 1) === 0 ? 0 : off(Math.floor(k / K), k % K)));
  for (let x = 0; x < K; x++) out[x * K + x] = -out.subarray(x * K, (x + 1) * K).reduce((a, b) => a + b, 0);
  return out;
}

const drawn = uniforms(5, 0, 64);
const matrices = {
  "two states": closed(2, (x) => (x === 0 ? 1.5 : 0.25)),
  uniform: closed(5, () => 1 / 5),
  absorbing: closed(4, (x, y) => (y === 1 && x !== 1 ? 1 : 0)),
  "pure death": closed(6, (x, y) => (y === x - 1 ? x : 0)),
  "birth and death": closed(6, (x, y) => (y === x + 1 ? 0.7 : y === x - 1 ? 0.3 * x : 0)),
  asymmetric: closed(5, (x, y) => (drawn[x * 5 + y] ?? 0) + 0.01),
  "rates over twelve decades": closed(4, (x, y) => 10 ** -((5 * x + 3 * y) % 13)),
  "not diagonalisable": closed(3, (x, y) => (y === x + 1 ? 1 : 0)),
} as const;

const expectedJumps = [1e-8, 1e-3, 0.3, 4, 30, 200] as const;

interface Off {
  /** Largest error beside the stated bound, relative to it. */
  readonly share: number;
  /** Largest relative error of an entry, and the smallest entry, of those above the tail's reach. */
  readonly relative: number;
  readonly smallest: number;
}

function off(rates: Float64Array, jumps: number): Off {
  const K = Math.sqrt(rates.length);
  const tau = jumps / exitRate(rates, K);
  const truth = exponential(rates, K, tau);
  const { rows, relative, tail } = uniformized(
    rates,
    K,
    tau,
    Array.from({ length: K }, (_, x) => x),
  );
  const found = { share: 0, relative: 0, smallest: Number.POSITIVE_INFINITY };
  truth.forEach((row, x) => {
    row.forEach((entry, y) => {
      const got = rows[x * K + y] ?? 0;
      const error = entry.minus(digitsOf(got)).abs().toNumber();
      // Entries that are zero exactly come out of the squarings as zero too.
      const size = Math.max(entry.toNumber(), 0);
      found.share = Math.max(found.share, error / (relative * size + tail));
      if (size * relative < tail) return;
      found.relative = Math.max(found.relative, error / size);
      found.smallest = Math.min(found.smallest, size);
    });
  });
  return found;
}

/** How far decimals are outside the enclosure, and its widest entry, in units of 2^−bits. */
function outside(rates: Float64Array, jumps: number, bits: number): { readonly distance: number; readonly width: number } {
  const K = Math.sqrt(rates.length);
  const tau = jumps / exitRate(rates, K);
  const units = (x: Dyadic | undefined): Decimal => new Long(String(x?.mantissa)).times(new Long(2).pow((x?.exponent ?? 0) + bits));
  const found = { distance: 0, width: 0 };
  exponential(rates, K, tau).forEach((row, x) => {
    const { lo, hi } = enclosedRow(rates, K, tau, x, bits);
    row.forEach((entry, y) => {
      const [least, most, value] = [units(lo[y]), units(hi[y]), entry.times(new Long(2).pow(bits))];
      found.distance = Math.max(found.distance, least.minus(value).toNumber(), value.minus(most).toNumber());
      found.width = Math.max(found.width, most.minus(least).toNumber());
    });
  });
  return found;
}

describe.each([128, 256])("enclosed in %i bits, against decimals", (bits) => {
  const cases = Object.entries(matrices).flatMap(([name, rates]) => expectedJumps.map((jumps) => [name, jumps, rates] as const));

  test.each(cases)("%s, %s expected jumps", (_, jumps, rates) => {
    const { distance, width } = outside(rates, jumps, bits);
    // Squarings of decimals double their error: 160 digits leave more than 2^−400.
    expect(distance).toBeLessThanOrEqual(2 ** -100);
    expect(width).toBeLessThan(2 ** 16);
  });
});

describe("against decimals", () => {
  const cases = Object.entries(matrices).flatMap(([name, rates]) => expectedJumps.map((jumps) => ({ name, jumps, ...off(rates, jumps) })));

  test.each(
    cases.map(
      ({ name, jumps, relative, smallest, share }) => [name, jumps, relative.toExponential(1), smallest.toExponential(1), share] as const,
    ),
  )("%s, %s expected jumps: relative error %s, smallest entry %s", (_name, _jumps, _relative, _smallest, share) => {
    expect(share).toBeLessThanOrEqual(1);
  });

  test("zeros are zeros", () => {
    const { rows } = uniformized(matrices["pure death"], 6, 0.5, [2]);
    expect(Array.from(rows.subarray(3))).toEqual([0, 0, 0]);
  });
});

describe("many states", () => {
  test("pure death of 255 particles thins, entry by entry", () => {
    const rates = closed(256, (x, y) => (y === x - 1 ? x : 0));
    const { rows, relative, tail } = uniformized(rates, 256, 0.25, [255]);
    const expected = particles(255, 255, twoState(0, 1, 0.25));
    const worst = expected.reduce(
      (share, p, y) => Math.max(share, Math.abs(p - (rows[y] ?? 0)) / ((relative + 600 * 2 ** -53) * p + tail)),
      0,
    );
    expect(worst).toBeLessThanOrEqual(1);
  });
});

describe("Poisson weights", () => {
  test.each([1e-300, 1e-8, 0.5, 1, 30, 745, 1e4, 1e6])("of mean %s sum to 1 and have that mean", (mean) => {
    const { first, weights, tail } = poisson(mean);
    const sum = weights.reduce((a, b) => a + b, 0);
    const average = weights.reduce((a, w, k) => a + w * (first + k), 0);
    expect(Math.abs(sum - 1)).toBeLessThan(weights.length * 2 ** -52);
    expect(Math.abs(average / mean - 1)).toBeLessThan((weights.length + first) * 2 ** -50);
    expect(tail).toBeLessThan(1e-38);
  });
});

describe("partial sums", () => {
  test("lie below the kernel by the weight of more jumps, whatever the bound", () => {
    const rates = matrices.asymmetric;
    const { rows } = uniformized(rates, 5, 2, [0]);
    for (const slack of [1, 1.5, 3]) {
      const { rows: part, missing } = truncated(rates, 5, 2, [0], 6, slack * exitRate(rates, 5));
      const short = rows.map((p, y) => p - (part[y] ?? 0));
      expect(Math.min(...short)).toBeGreaterThan(0);
      expect(Math.abs(short.reduce((a, b) => a + b, 0) - missing)).toBeLessThan(2 ** -48);
    }
  });

  test("refuse a bound below the largest exit rate", () => {
    expect(() => truncated(matrices.uniform, 5, 1, [0], 3, 0.5)).toThrow("expected Λ ≥");
  });
});

test("what is no rate matrix is refused", () => {
  expect(() => uniformized(Float64Array.of(1, -1, 0, 0), 2, 1, [0])).toThrow("rates ≥ 0");
  expect(() => uniformized(matrices.uniform, 5, -1, [0])).toThrow("time ≥ 0");
  expect(() => uniformized(matrices.uniform, 5, 1e7, [0])).toThrow("10⁶ expected jumps");
});
