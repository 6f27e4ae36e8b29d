/**
 * Enclosed uniformization against closed forms in decimals, where jumps are many and where rows do not sum to zero; and the error that
 * `uniformized` states against it.
 */
import { describe, expect, test } from "vitest";
import { compare, type Dyadic, toNumber, zero } from "#spec/number/dyadic";
import { enclose, type Interval } from "#spec/number/enclosure";
import { expression } from "#spec/number/expression";
import { exitRate, uniformized } from "#spec/number/uniformization";
import { enclosedRow } from "#spec/number/uniformization-exact";
import { uniforms } from "#spec/stream";

/** Rates of sixteenths, so that the rows sum to zero exactly. */
function drawn(K: number, stream: number): Float64Array {
  const raw = uniforms(stream, 0, K * K);
  const out = Float64Array.from({ length: K * K }, (_, k) => (k % (K + 1) === 0 ? 0 : Math.ceil(16 * (raw[k] ?? 0)) / 16));
  for (let x = 0; x < K; x++) out[x * K + x] = -out.subarray(x * K, (x + 1) * K).reduce((a, b) => a + b, 0);
  return out;
}

/** Whether two intervals have a point in common, in decimals of the second. */
function meets(lo: Dyadic, hi: Dyadic, { lo: from, hi: to }: Interval): boolean {
  const decimal = ({ mantissa, exponent }: Dyadic) =>
    from
      .times(0)
      .plus(String(mantissa))
      .div(String(2n ** BigInt(-exponent)));
  return decimal(lo).lte(to) && decimal(hi).gte(from);
}

const formOf = (source: string, values: Record<string, number>): Interval => enclose(expression(source).tree, values, 0, 120);

describe("closed forms", () => {
  test.each([1e-8, 0.3, 30, 1e4, 1e5])("two states, %s expected jumps", (jumps) => {
    const [a, b, t] = [1.5, 0.25, jumps / 1.5];
    const { lo, hi } = enclosedRow(Float64Array.of(-a, a, b, -b), 2, t, 0, 256);
    const forms = ["(b + a * exp(-(a + b) * t)) / (a + b)", "-a * expm1(-(a + b) * t) / (a + b)"];
    forms.forEach((form, y) => {
      const [least, most] = [lo[y], hi[y]];
      if (least === undefined || most === undefined) throw new Error("no entry");
      expect(meets(least, most, formOf(form, { a, b, t }))).toBe(true);
      expect(most.mantissa - least.mantissa).toBeLessThan(1n << 28n);
    });
  });

  test.each([
    ["leaves more than it gains", -0.75],
    ["gains more than it leaves", 0.5],
    ["only gains, beyond what a rate matrix does", 40],
  ])("one state that %s", (_, rate) => {
    const { lo, hi } = enclosedRow(Float64Array.of(rate), 1, 1.25, 0, 128);
    const [least, most] = [lo[0], hi[0]];
    if (least === undefined || most === undefined) throw new Error("no entry");
    expect(meets(least, most, formOf("exp(r * t)", { r: rate, t: 1.25 }))).toBe(true);
    expect(toNumber(most) / toNumber(least) - 1).toBeLessThan(2 ** -50);
  });

  test("diagonals that are rounded are exponentiated as they are", () => {
    const a = 1 + 2 ** -50;
    const { lo, hi } = enclosedRow(Float64Array.of(-1, a, 0, 0), 2, 3, 0, 128);
    const [least, most] = [lo[1], hi[1]];
    if (least === undefined || most === undefined) throw new Error("no entry");
    expect(meets(least, most, formOf("-a * expm1(-t)", { a, t: 3 }))).toBe(true);
    expect(meets(least, most, formOf("-expm1(-t)", { t: 3 }))).toBe(false);
  });

  test("no rates and no time leave a state where it is", () => {
    for (const [rates, t] of [[new Float64Array(9), 5] as const, [drawn(3, 1), 0] as const]) {
      const { lo } = enclosedRow(rates, 3, t, 1, 128);
      expect(lo.map(toNumber)).toEqual([0, 1, 0]);
    }
  });
});

describe("the error that double states", () => {
  const cases = [2, 3, 5].flatMap((K) => [30, 1e3, 1e5].map((jumps) => [K, jumps] as const));

  const off = (rates: Float64Array, K: number, tau: number, from: number): void => {
    const { rows, relative, tail } = uniformized(rates, K, tau, [from]);
    const { lo, hi } = enclosedRow(rates, K, tau, from, 128);
    rows.forEach((p, y) => {
      const [least, most] = [toNumber(lo[y] ?? zero), toNumber(hi[y] ?? zero)];
      expect(Math.max(p - least, most - p)).toBeLessThanOrEqual(relative * least + tail);
    });
  };

  test.each([...cases, [2, 999_999] as const, [40, 200] as const])("%i states, %s expected jumps", (K, jumps) => {
    const rates = drawn(K, 9);
    off(rates, K, jumps / exitRate(rates, K), K - 1);
  });

  test("holds for what multiplies mass at every jump", () => {
    off(Float64Array.of(-1, 3, 3, -1), 2, 20, 0);
    expect(uniformized(Float64Array.of(-1, 30, 30, -1), 2, 20, [0]).tail).toBe(Number.POSITIVE_INFINITY);
  });
});

test("more bits are narrower, inside", () => {
  const rates = drawn(4, 3);
  const [wide, narrow] = [128, 512].map((bits) => enclosedRow(rates, 4, 7, 2, bits));
  wide?.lo.forEach((lo, y) => {
    const [from, to, hi] = [narrow?.lo[y], narrow?.hi[y], wide.hi[y]];
    if (from === undefined || to === undefined || hi === undefined) throw new Error("no entry");
    expect([compare(lo, from), compare(from, to), compare(to, hi)]).toEqual([-1, -1, -1]);
  });
});

test("what is no rate matrix, no time and no state is refused", () => {
  const rates = drawn(3, 2);
  expect(() => enclosedRow(Float64Array.of(1, -1, 0, 0), 2, 1, 0, 128)).toThrow("rates ≥ 0");
  expect(() => enclosedRow(Float64Array.of(-1, Number.NaN, 0, 0), 2, 1, 0, 128)).toThrow("rates ≥ 0");
  expect(() => enclosedRow(Float64Array.of(-1, Number.POSITIVE_INFINITY, 0, 0), 2, 1, 0, 128)).toThrow("finite");
  expect(() => enclosedRow(Float64Array.of(Number.NaN, 1, 0, 0), 2, 1, 0, 128)).toThrow("expected jumps");
  expect(() => enclosedRow(rates, 3, -1, 0, 128)).toThrow("time ≥ 0");
  expect(() => enclosedRow(rates, 3, Number.NaN, 0, 128)).toThrow("time ≥ 0");
  expect(() => enclosedRow(rates, 3, 1e7, 0, 128)).toThrow("10⁶ expected jumps");
  expect(() => enclosedRow(Float64Array.of(1e7), 1, 1, 0, 128)).toThrow("10⁶ expected jumps");
  expect(() => enclosedRow(rates, 4, 1, 0, 128)).toThrow("16 rates");
  for (const state of [-1, 3, 0.5, Number.NaN]) expect(() => enclosedRow(rates, 3, 1, state, 128)).toThrow("a state below 3");
});
