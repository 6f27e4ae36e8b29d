/**
 * Balances against oracles at the very edge of their tolerance: so many jumps that double is off by more than neighbouring answers are
 * apart, and decimals decide.
 */
import { Decimal } from "decimal.js";
import { describe, expect, test } from "vitest";
import { judge } from "#properties/engine/judge";
import { balance } from "#spec/evidence";
import { dyadic } from "#spec/number/dyadic";
import { equation } from "#spec/number/expression";
import { binary32, underflowUnit, unitRoundoff } from "#spec/number/format";
import { between, type Computed, exponential } from "#spec/number/oracle";
import { exitRate } from "#spec/number/uniformization";
import { uniforms } from "#spec/stream";

const same = equation("p == q");
const roundings = 16;
const Long = Decimal.clone({ precision: 120 });
const digitsOf = (x: number): Decimal => {
  const { mantissa, exponent } = dyadic(x);
  return new Long(String(mantissa)).times(new Long(2).pow(exponent));
};

/** The row of the last state of a drawn chain after a number of expected jumps. */
function computed(K: number, jumps: number, apart = 0): Computed {
  const raw = uniforms(K, 0, K * K);
  // Two states exchange fast, and all others so slowly that it takes all the jumps: no entry is small, or that of the limit.
  const slow = (k: number): boolean => Math.floor(k / K) > 1 || k % K > 1;
  const rates = Float64Array.from({ length: K * K }, (_, k) => (k % (K + 1) === 0 ? 0 : (1 + (raw[k] ?? 0)) / (slow(k) ? jumps : 2)));
  for (let x = 0; x < K; x++) rates[x * K + x] = -rates.subarray(x * K, (x + 1) * K).reduce((a, b) => a + b, 0);
  const time = jumps / exitRate(rates, K);
  return exponential("q", { rates, classes: K, time, from: Float64Array.of(K - 1), apart });
}

const judged = ({ values: q, oracle }: Computed, p: Float64Array) =>
  judge(balance("kernel", same, { p, q }, { answer: "p", roundings, via: 1, oracle }), "f64");

const blindly = ({ values: q }: Computed, p: Float64Array) =>
  judge(balance("kernel", same, { p, q }, { answer: "p", roundings, via: 1 }), "f64");

/** The middle of an enclosure much narrower than a double. */
const truthOf = ({ oracle }: Computed, y: number): Decimal => {
  const ends = between(oracle, y, 256);
  if (ends === null) throw new Error("too long");
  return ends
    .reduce((sum, { mantissa, exponent }) => sum.plus(new Long(String(mantissa)).times(new Long(2).pow(exponent))), new Long(0))
    .div(2);
};

/** |p − q| ≤ f(p + q + 1) + a, solved for p above and below q. */
function edges(q: Decimal): readonly [below: Decimal, above: Decimal] {
  const nu = digitsOf(roundings * unitRoundoff(binary32));
  const factor = nu.div(new Long(1).minus(nu.times(2)));
  const absolute = digitsOf(roundings * 2 * underflowUnit(binary32));
  const [rest, one] = [factor.plus(absolute), new Long(1)];
  return [q.times(one.minus(factor)).minus(rest).div(one.plus(factor)), q.times(one.plus(factor)).plus(rest).div(one.minus(factor))];
}

const next = (x: number, up: boolean): number => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + (up === x > 0 ? 1n : -1n));
  return view.getFloat64(0);
};

/** The last double that passes and the first that fails, at the upper edge or the lower. */
function neighbours(q: Decimal, above: boolean): readonly [passes: number, fails: number] {
  const edge = edges(q)[above ? 1 : 0];
  const beyond = (x: number): boolean => (above ? digitsOf(x).gt(edge) : digitsOf(x).lt(edge));
  let x = edge.toNumber();
  while (beyond(x)) x = next(x, !above);
  while (!beyond(next(x, above))) x = next(x, above);
  return [x, next(x, above)];
}

const cases = [
  [2, 1e5],
  [2, 9e5],
  [3, 1e5],
  [5, 1e5],
] as const;

describe.each(cases)("%i states, %d expected jumps", (K, jumps) => {
  const made = computed(K, jumps);
  const at = (y: number, value: number): Float64Array => made.values.map((q, k) => (k === y ? value : q));

  test("double is not certain of the last digits", () => {
    const shares = Array.from(made.values, (q, y) => {
      const off = digitsOf(q).minus(truthOf(made, y)).abs().toNumber();
      expect(off).toBeLessThan(made.oracle.error[y] ?? 0);
      return off / q;
    });
    expect(Math.max(...shares)).toBeGreaterThan(2 ** -53);
  });

  test.each([
    ["above", true],
    ["below", false],
  ] as const)("decimals tell the last answer that is forgiven from the next, %s", (_, above) => {
    let misjudged = 0;
    for (let y = 0; y < K; y++) {
      const [passes, fails] = neighbours(truthOf(made, y), above);
      expect(judged(made, at(y, passes))).toMatchObject({ outcome: "holds", open: 1 });
      expect(judged(made, at(y, fails))).toMatchObject({ outcome: "violated", open: 1 });
      misjudged += blindly(made, at(y, passes)).outcome === "violated" || blindly(made, at(y, fails)).outcome === "holds" ? 1 : 0;
    }
    expect(misjudged).toBeGreaterThan(0);
  });

  test("what is clearly inside or outside needs none of it", () => {
    const tolerance = 16 * unitRoundoff(binary32);
    expect(judged(made, made.values)).toMatchObject({ outcome: "holds", open: 0 });
    expect(judged(made, at(1, (made.values[1] ?? 0) + tolerance / 2))).toMatchObject({ outcome: "holds", open: 0 });
    expect(judged(made, at(1, (made.values[1] ?? 0) + 4 * tolerance))).toMatchObject({ outcome: "violated", open: 0 });
  });
});

describe("an oracle of something that is itself known up to an error", () => {
  const apart = unitRoundoff(binary32);
  const made = computed(3, 100, apart);
  const [, above] = edges(truthOf(made, 1)).map((edge) => edge.toNumber());
  const at = (share: number) =>
    judged(
      made,
      made.values.map((q, k) => (k === 1 ? (above ?? 0) + share * apart : q)),
    );

  test("does not fail what that error may explain, and fails what it cannot", () => {
    for (const share of [-2, -0.5, 0, 0.5]) expect(at(share)).toMatchObject({ outcome: "holds", open: 0 });
    expect(at(0.5).used).toBeLessThanOrEqual(1);
    // The bound grows with the value: a little more than the error itself.
    expect(at(1.001)).toMatchObject({ outcome: "violated", open: 0 });
    expect(at(1.001).used).toBeGreaterThan(1);
  });

  test("is as sharp at its edge", () => {
    let [low, high] = [0, 2];
    for (let k = 0; k < 60; k++) {
      const middle = (low + high) / 2;
      if (at(middle).outcome === "holds") low = middle;
      else high = middle;
    }
    expect([at(low), at(high)]).toMatchObject([{ open: 1 }, { open: 1 }]);
    expect(low).toBeGreaterThan(1);
    expect(high).toBeLessThan(1 + 64 * unitRoundoff(binary32));
  });

  test("says how small a change it sees", () => {
    expect(at(0).detectable).toBeGreaterThan(judged(computed(3, 100), made.values).detectable * 1.01);
  });
});

test("what takes too long to enclose does not fail", () => {
  const made = computed(12, 9e5);
  expect(between(made.oracle, 0, 128)).toBeNull();
  const y = 3;
  const edge = edges(digitsOf(made.values[y] ?? 0))[1].toNumber();
  const near = (error: number) =>
    judged(
      made,
      made.values.map((q, k) => (k === y ? edge + error * (made.oracle.error[y] ?? 0) : q)),
    );
  expect(near(0.5)).toMatchObject({ outcome: "holds", open: 1 });
  expect(near(2)).toMatchObject({ outcome: "violated", open: 0 });
});

describe("what is no answer", () => {
  const made = computed(3, 100);
  const { values: q, oracle } = made;

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("%s is not finite", (x) => {
    expect(judged(made, Float64Array.of(q[0] ?? 0, x, 0))).toMatchObject({ name: "finite", outcome: "violated", worst: { got: x } });
  });

  test.each([0, 2, 4])("%i entries are not a row", (length) => {
    expect(() => judged(made, new Float64Array(length))).toThrow("expected");
  });

  test("an oracle of other points, or one that is multiplied, is refused", () => {
    const options = { answer: "p", roundings, via: 1, oracle };
    expect(() => judge(balance("kernel", same, { p: 1, q: 1 }, options), "f64")).toThrow("expected 3 points");
    for (const text of ["p == 2 * q", "p == q + q", "p == q^2", "p == r"])
      expect(() => judge(balance("kernel", equation(text), { p: q, q, r: q }, options), "f64")).toThrow("one term, alone");
  });
});
