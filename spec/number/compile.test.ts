import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluate } from "#spec/number/compile";
import { enclose } from "#spec/number/enclosure";
import { expression } from "#spec/number/expression";
import { binary32, drifting } from "#spec/number/format";
import { functions } from "#spec/number/functions";

/** Exponent and fraction drawn apart: log-uniform over the whole range, subnormals and zero included. */
const double = (lo: number, hi: number): fc.Arbitrary<number> =>
  fc
    .tuple(fc.double({ min: 1, max: 2, noNaN: true }), fc.integer({ min: lo, max: hi }), fc.boolean())
    .map(([fraction, exponent, negative]) => (negative ? -1 : 1) * fraction * 2 ** exponent);

const ordinary = double(-20, 8);
const near = (centres: readonly number[]): fc.Arbitrary<number> =>
  fc.tuple(fc.constantFrom(...centres), double(-50, -4)).map(([centre, offset]) => centre + offset);

// Values where a formula of this book is delicate: 0, ±1, extrema and zeros of cos, subnormals, huge and tiny.
const delicate = fc.oneof(
  { weight: 4, arbitrary: ordinary },
  { weight: 2, arbitrary: near([0, 1, -1, Math.PI / 2, Math.PI, 2 * Math.PI]) },
  { weight: 1, arbitrary: double(-1074, -960) },
  { weight: 1, arbitrary: double(40, 100) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, -1, 0.5, 2) },
);

/** The share of its bound that an evaluation used; undefined where either side leaves the range. */
function shareUsed(source: string, inputs: Record<string, number>): number | undefined {
  const of = expression(source);
  const { values, errors } = evaluate(of, inputs, 2 ** -53, 2 ** -1021);
  const [value = Number.NaN] = values;
  const bound = 2 ** -53 * (errors[0] ?? Number.NaN);
  if (!Number.isFinite(value) || !Number.isFinite(bound)) return undefined;
  const { lo, hi } = enclose(of.tree, inputs, 0, 40);
  if (!lo.isFinite() || !hi.isFinite()) return undefined;
  const { lo: exact } = enclose(expression("x").tree, { x: value }, 0, 40);
  const above = hi.minus(exact);
  const below = lo.minus(exact);
  // The enclosure's own width is given to the evaluation: what is tested is the bound, not the enclosure.
  const error = above.isNegative() ? above.abs() : below.isPositive() ? below : above.times(0);
  if (error.isZero()) return 0;
  return error.div(bound).toNumber();
}

const leaf = fc.constantFrom("a", "b", "c", "2", "0.5", "0.1", "pi");
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.tuple(tie("tree"), fc.constantFrom("+", "-", "*", "/"), tie("tree")).map(([a, o, b]) => `(${a} ${o} ${b})`),
    tie("tree").map((a) => `(-${a})`),
    fc.tuple(tie("tree"), fc.constantFrom("2", "3", "0.5", "(-1)", "b")).map(([a, n]) => `(${a}^${n})`),
    fc
      .tuple(fc.constantFrom(...Object.entries(functions)), tie("tree"), tie("tree"))
      .map(([[name, rule], a, b]) => (rule.arity === 1 ? `${name}(${a})` : `${name}(${a}, ${b})`)),
  ),
}));

test("the running bound covers the error of every tree", () => {
  const shares: number[] = [];
  fc.assert(
    fc.property(tree, delicate, delicate, delicate, (source, a, b, c) => {
      const share = shareUsed(source, { a, b, c });
      if (share !== undefined) shares.push(share);
      expect(share ?? 0, `${source} at ${a}, ${b}, ${c}`).toBeLessThanOrEqual(1);
    }),
    { numRuns: 4000, seed: 11 },
  );
  expect(shares.length).toBeGreaterThan(1500);
});

test.each(Object.entries(functions))("the bound of %s covers its error, edges first", (name, rule) => {
  const source = rule.arity === 1 ? `${name}(a)` : `${name}(a, b)`;
  const through = rule.arity === 1 ? `${name}(a - b)` : `${name}(a - b, b * c)`;
  fc.assert(
    fc.property(delicate, delicate, delicate, (a, b, c) => {
      const own = shareUsed(source, { a, b });
      expect(own ?? 0, `${source} at ${a}, ${b}`).toBeLessThanOrEqual(1);
      expect(shareUsed(through, { a, b, c }) ?? 0, `${through} at ${a}, ${b}, ${c}`).toBeLessThanOrEqual(1);
    }),
    { numRuns: name === "lgamma" ? 150 : 800, seed: 3 },
  );
});

test.each([
  ["1 - abar", { abar: 1 - 2 ** -53 }],
  ["sqrt(1 - alpha^2)", { alpha: 1 - 2 ** -30 }],
  ["(1 - a) - (1 - b)", { a: 2 ** -60, b: 2 ** -61 }],
  ["alpha * x0 + sigma * eps", { alpha: 2 ** -1040, x0: 3.1, sigma: 2 ** -1060, eps: 1.7 }],
  ["sigma_max^(1/rho) - sigma_min^(1/rho)", { sigma_max: 1e5, sigma_min: 1e-5, rho: 7 }],
  ["cos((t + s) / (1 + s) * pi / 2)^2", { t: 1, s: 0.008 }],
  ["exp(-a) - 1 + a", { a: 1e-9 }],
])("edge: %s", (source, inputs) => {
  expect(shareUsed(source, inputs)).toBeLessThanOrEqual(1);
});

test("the bound of a format whose exponentials drift covers 2 to a power that was rounded in it, and no other bound does", () => {
  const { expDrift } = drifting(binary32);
  const u = 2 ** -24;
  const x = Float64Array.from({ length: 2048 }, (_, k) => Math.fround(k / 16 - 64));
  const rounded = x.map((power) => 2 ** Math.fround(power * Math.fround(Math.LOG2E)));
  const covered = (drift: number): boolean => {
    const { values, errors } = evaluate(expression("exp(x)"), { x }, u, 2 ** -102, drift);
    return rounded.every((value, k) => Math.abs(value - (values[k] ?? 0)) <= u * (errors[k] ?? 0));
  };
  expect(covered(expDrift)).toBe(true);
  expect(covered(0)).toBe(false);
});
