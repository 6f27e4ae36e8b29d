import fc from "fast-check";
import { expect, test } from "vitest";
import { type Weighed, weigh, weighAtOnce } from "#spec/number/balance";
import type { Input, Inputs } from "#spec/number/compile";
import { equation } from "#spec/number/expression";
import { bfloat16, binary32, binary64, type Format } from "#spec/number/format";

/** Terms that are an array times scalars, terms that are products of arrays, and squares. */
const equations = ["q * x == (a * q - b * p) * y + b * z", "x * y - z == p * (x - y)", "x^2 + y^2 == z^2"].map(equation);

const ordinary = fc.double({ min: -8, max: 8, noNaN: true });
const delicate = fc.oneof(
  { weight: 6, arbitrary: ordinary },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1, 2 ** -300, 2 ** -150, 2 ** 150, 2 ** 300) },
);

/** Inputs under which about half of the points nearly balance: z is solved for, as well as doubles can, and then moved. */
const drawn = fc.record({
  which: fc.nat(equations.length - 1),
  format: fc.constantFrom<Format>(binary32, bfloat16, binary64),
  roundings: fc.constantFrom(0, 1, 6, 12),
  scalars: fc.array(ordinary, { minLength: 4, maxLength: 4 }),
  points: fc.array(fc.tuple(delicate, delicate, fc.constantFrom(0, 2 ** -50, 2 ** -25, 2 ** -22, 2 ** -8, 1)), {
    minLength: 2,
    maxLength: 40,
  }),
  via: fc.option(delicate, { nil: 0 }),
});

function solved(which: number, [a = 0, b = 0, p = 0, q = 0]: readonly number[], x: number, y: number): number {
  if (which === 0) return (q * x - (a * q - b * p) * y) / b;
  return which === 1 ? x * y - p * (x - y) : Math.hypot(x, y);
}

test("many points are weighed as each of them alone", () => {
  fc.assert(
    fc.property(drawn, ({ which, format, roundings, scalars, points, via }) => {
      const of = equations[which];
      const z = points.map(([x, y, off]) => solved(which, scalars, x, y) * (1 + off));
      fc.pre(of !== undefined && z.every(Number.isFinite));
      const [a = 0, b = 0, p = 0, q = 0] = scalars;
      const shared: Inputs = which === 0 ? { a, b, p, q } : which === 1 ? { p } : {};
      const vector = (k: 0 | 1): Float64Array => Float64Array.from(points, (point) => point[k]);
      const weighed = (x: Input, y: Input, of3: Input): Weighed => weigh(of, { ...shared, x, y, z: of3 }, roundings, format, Math.abs(via));
      let all: Weighed;
      let alone: readonly Weighed[];
      try {
        all = weighed(vector(0), vector(1), Float64Array.from(z));
        alone = points.map(([x, y], k) => weighed(x, y, z[k] ?? 0));
      } catch {
        return; // Terms overflowed: no exact number stands for them.
      }
      expect([...all.failed].sort((i, j) => i - j)).toEqual(alone.flatMap(({ failed }, k) => (failed.length > 0 ? [k] : [])));
      expect(all.open).toBe(alone.reduce((sum, { open }) => sum + open, 0));
      const used = Math.max(...alone.map((one) => one.used));
      expect(Number.isFinite(used) ? Math.abs(all.used - used) <= used * 2 ** -50 : all.used === used).toBe(true);
      const detectable = Math.min(...alone.map((one) => one.detectable));
      expect(
        Number.isFinite(detectable) ? Math.abs(all.detectable - detectable) <= detectable * 2 ** -50 : all.detectable === detectable,
      ).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("nothing is weighed at once where an input is not finite, or is not looked at", () => {
  const of = equation("2 * x == y");
  const x = Float64Array.from({ length: 100 }, (_, k) => k);
  const y = x.map((value) => 2 * value);
  expect(weighAtOnce(of, { x, y }, 4, binary32)?.failed).toEqual([]);
  expect(weighAtOnce(of, { x, y, z: Number.NaN }, 4, binary32)).toBeNull();
  for (const strange of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    for (const k of [0, 7, 99]) {
      expect(weighAtOnce(of, { x: x.with(k, strange), y }, 4, binary32)).toBeNull();
      expect(weighAtOnce(of, { x: x.with(k, strange), y: y.with(k, strange) }, 4, binary32)).toBeNull();
    }
});
