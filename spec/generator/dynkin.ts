/**
 * # Dynkin's formula
 *
 * E f(Xₜ) − E f(Xₛ) = ∫ₛᵗ E[(Lf)(X_r)] dr: what a generator says of rates and what the process's own marginals say of states is one
 * process. On the line the marginals are those of the levels α and σ, on states the rows of the kernels.
 *
 * Convention: time is the subject's own; X starts from one point of clean data. Polynomials are integral exactly in space; in time by
 * Gauss–Legendre rules of 16 and of 12 points, which must agree to one rounding of binary32 before the law speaks.
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import { balance, unmet } from "#spec/evidence";
import { cleanAt, polynomial, summable } from "#spec/generator/cases";
import { integral, majorant, roundingsOn } from "#spec/generator/scale";
import { type Rule, type Space, type TestFunction, valuesOf } from "#spec/generator/space";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { binary32, unitRoundoff } from "#spec/number/format";
import { gaussLegendre } from "#spec/number/quadrature";
import type { Generator } from "#spec/roles-discrete";
import { lou2024, standard } from "#spec/sources";

const change = equation("a == b + c");

/** Each point's share of E f, and of E|f| bounded coefficient by coefficient. */
export function expected(space: Space, f: TestFunction, rule: Rule): { readonly value: number; readonly size: number } {
  const bound = majorant(f);
  const size = rule.points.map((x) => valuesOf({ kind: "line" }, bound, Float64Array.of(space.kind === "line" ? Math.abs(x) : 1))[0] ?? 0);
  return { value: integral(rule, valuesOf(space, f, rule.points)), size: integral(rule, size) };
}

/** ∫ E[(Lf)(X_r)] dr over canonical times s … s + h, per unit of canonical time, and the magnitudes in it. */
function* flux(
  generator: Generator,
  f: TestFunction,
  x0: number,
  s: number,
  h: number,
  nodes: number,
): Ask<{ readonly value: number; readonly size: number }> {
  const times = gaussLegendre(nodes);
  let [value, size] = [0, 0];
  for (const [k, node] of times.nodes.entries()) {
    const u = s + h * node;
    const rule = yield* generator.reached(x0, u);
    const rates = yield* generator.apply(f, rule.points, u);
    const weight = times.weights[k] ?? Number.NaN;
    value += weight * integral(rule, rates);
    size += weight * integral(rule, rates.map(Math.abs));
  }
  return { value, size };
}

interface Span {
  readonly from: number;
  readonly h: number;
  readonly f: TestFunction;
  readonly w: number;
}

export const dynkin: Law<"Generator", Span> = {
  id: "generator.dynkin",
  title: "Expectations change at the rate of the generator.",
  statement: [
    String.raw`\frac{d}{dt}E\,f(X_t) = E\,(\mathcal L_t f)(X_t)`,
    String.raw`E\,f(X_t) - E\,f(X_s) = \int_s^t E\,(\mathcal L_r f)(X_r)\,dr`,
  ],
  roles: ["Generator"],
  kind: "theorem",
  source: [standard("Dynkin's formula"), lou2024("verified")],
  restsOn: ["generator.duality"],
  given: summable,
  cases: {
    from: fc.integer({ min: 4, max: 40 }).map((k) => k / 64),
    h: fc.integer({ min: 4, max: 16 }).map((k) => k / 64),
    f: polynomial(6),
    w: fc.integer({ min: 0, max: 1023 }).map((k) => k / 1024),
  },
  *claim({ from, h, f, w }, generator: Generator) {
    const space = yield* generator.space();
    const { discrete } = yield* generator.facts();
    const x0 = cleanAt(space, w, discrete?.mask ?? null);
    const [early = 0, late = 0] = yield* generator.times([from, from + h]);
    const [before, after] = [
      expected(space, f, yield* generator.reached(x0, from)),
      expected(space, f, yield* generator.reached(x0, from + h)),
    ];
    const fine = yield* flux(generator, f, x0, from, h, 16);
    const coarse = yield* flux(generator, f, x0, from, h, 12);
    const length = Math.abs(late - early);
    const via = before.size + after.size + length * fine.size;
    if (!(length * Math.abs(fine.value - coarse.value) <= unitRoundoff(binary32) * via))
      return [unmet("rates change too fast for a rule of 16 points")];
    return [
      balance(
        "expectation",
        change,
        { a: after.value, b: before.value, c: length * fine.value },
        { answer: "a", roundings: roundingsOn(space, 32), via },
      ),
    ];
  },
  // Six powers of the levels, the rates' own roundings, and sums over the points.
  tolerance: String.raw`|E f(X_t) - E f(X_s) - \textstyle\int| \le \gamma_{32+K}\left(E|f|(X_t) + E|f|(X_s) + \textstyle\int E|\mathcal L f|\right)`,
};
