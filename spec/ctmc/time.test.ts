/**
 * How far integrals over a chain's time and exponentials of its clock say they may be off, against closed forms.
 */
import { describe, expect, test } from "vitest";
import type { Ask } from "#spec/ask";
import { clocked, integrated } from "#spec/ctmc/time";
import { uniformized } from "#spec/number/uniformization";
import type { RateGenerator } from "#spec/roles-discrete";
import type { Fields } from "#spec/tensor";

/** What is asked of nobody. */
function now<T>(asked: Ask<T>): T {
  let step = asked.next();
  while (step.done !== true) step = asked.next({} as Fields);
  return step.value;
}

// biome-ignore lint/correctness/useYield: it has the answer itself
function* known<T>(value: T): Ask<T> {
  return value;
}

interface Clock {
  readonly name: string;
  readonly rate: (t: number) => number;
  readonly total: (s: number, t: number) => number;
}

/** Differences that do not cancel: errors that are looked for are near 10⁻¹⁶. */
const clocks: readonly Clock[] = [
  { name: "linear", rate: (t) => 0.5 + 3.5 * t, total: (s, t) => (t - s) * (0.5 + 1.75 * (s + t)) },
  { name: "stiff", rate: (t) => 20 + 180 * t, total: (s, t) => (t - s) * (20 + 90 * (s + t)) },
  { name: "growing", rate: (t) => Math.exp(8 * t), total: (s, t) => (Math.exp(8 * s) * Math.expm1(8 * (t - s))) / 8 },
  { name: "log-linear", rate: (t) => 0.999 / (1 - 0.999 * t), total: (s, t) => -Math.log1p((-0.999 * (t - s)) / (1 - 0.999 * s)) },
  { name: "with a pole", rate: (t) => (1.01 - t) ** -2, total: (s, t) => (t - s) / ((1.01 - s) * (1.01 - t)) },
  {
    name: "in waves",
    rate: (t) => 2 + Math.sin(30 * t),
    total: (s, t) => 2 * (t - s) + (Math.sin(15 * (s + t)) * Math.sin(15 * (t - s))) / 15,
  },
];

const spans = [
  [1 / 64, 2 / 64],
  [1 / 64, 17 / 64],
  [0.25, 0.5],
  [0.75, 1 - 1 / 64],
] as const;

/** Rates β(t)R of two states, each entry changed. */
function chain(rate: (t: number) => number, change = (r: number, _t: number): number => r): RateGenerator {
  const matrix = [-1, 1, 0.3, -0.3];
  return {
    facts: () => known({ discrete: { classes: 2 } }),
    times: (values: readonly number[]) => known(Float64Array.from(values)),
    rate: (t: number) => known(Float64Array.from(matrix, (r) => change(r * rate(t), t))),
  } as unknown as RateGenerator;
}

describe.each(clocks)("a clock: $name", ({ rate, total }) => {
  test.each(spans)("from %d to %d", (s, t) => {
    const at = (r: number) => known({ value: Float64Array.of(rate(r)), size: Float64Array.of(rate(r)) });
    const found = now(integrated(chain(rate), s, t, at));
    if (found === null) throw new Error("not resolved");
    const truth = total(s, t);
    expect(Math.abs((found.value[0] ?? 0) - truth)).toBeLessThanOrEqual(found.error + 16 * 2 ** -53 * truth);
    // Resolved is √u and no less.
    expect(found.error).toBeLessThan(64 * 2 ** -26.5 * truth);
  });
});

describe("a kernel", () => {
  const [s, t] = [0.25, 0.5];
  const matrix = Float64Array.of(-1, 1, 0.3, -0.3);

  test.each(clocks)("of a clock, $name", ({ rate, total }) => {
    const found = now(clocked(chain(rate), s, t));
    if (found === null) throw new Error("no clock");
    const [p, q] = [[matrix, total(s, t)] as const, [found.matrix, found.total] as const].map(([rates, time]) =>
      uniformized(rates, 2, time, [0, 1]),
    );
    p?.rows.forEach((entry, k) => {
      const off = Math.abs(entry - (q?.rows[k] ?? Number.NaN));
      expect(off).toBeLessThanOrEqual(found.apart + (p.relative + (q?.relative ?? 0)) * entry);
    });
  });

  test("of rates that are rounded to binary32 is apart by their roundings times the jumps", () => {
    const { rate, total } = clocks[1] ?? { rate: () => 0, total: () => 0 };
    const found = now(clocked(chain(rate, Math.fround), s, t));
    if (found === null) throw new Error("no clock");
    expect(found.apart).toBeGreaterThan(2 ** -28 * total(s, t));
    expect(found.apart).toBeLessThan(2 ** -22 * total(s, t));
  });

  test("of rates that differ by more has no clock", () => {
    expect(
      now(
        clocked(
          chain(
            () => 1,
            (r, at) => (r > 0 ? r * (1 + 1e-5 * at) : r),
          ),
          s,
          t,
        ),
      ),
    ).toBeNull();
  });
});
