/**
 * # Time reversal
 *
 * One formula reverses every process whose law at a time is p: L̂f = (1/p)[L*(pf) − f·L*p]. It is Anderson's drift −b + g²∇log p on the
 * line and R̂(x, y) = R(y, x)p(y)/p(x) on states.
 *
 * Lemma. Integrated against p·g, the formula becomes E_p[g·L̂f] = E_p[f·Lg] − ∫(L*p)·fg, in which f and g are polynomials and nothing
 * is divided by p. It is symmetric: with L̂ for L and −L*p for L*p it reverses L̂ into L.
 */
import { balance } from "#spec/evidence";
import { bell, instant, polynomial, summable } from "#spec/generator/cases";
import { activity, gainsAndLosses, majorant, pairing, roundingsOn } from "#spec/generator/scale";
import { type Density, densityOf, product, ruleOf, type TestFunction, valuesOf } from "#spec/generator/space";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { Generator } from "#spec/roles-discrete";
import { song2021sde, standard } from "#spec/sources";

/** Gains and losses of E_p[g·L̂f], E_p[f·Lg] and ∫(L*p)·fg. */
const reversal = equation("a - k == (b - d) - (c - h)");

interface Pair {
  readonly at: number;
  readonly f: TestFunction;
  readonly g: TestFunction;
  readonly p: Density;
}

export const timeReversal: Law<"Generator", Pair> = {
  id: "generator.time-reversal",
  title: "One formula reverses diffusions and jumps.",
  statement: [
    String.raw`\hat{\mathcal L} f = \tfrac1p\left[\mathcal L^*(pf) - f\,\mathcal L^*p\right]`,
    String.raw`E_p[g\,\hat{\mathcal L}f] = E_p[f\,\mathcal Lg] - \int (\mathcal L^*p)\,f g`,
  ],
  roles: ["Generator"],
  kind: "theorem",
  source: [standard("reversal of generators, by the algebra above", "derived"), song2021sde("verified", "Eq. 6")],
  restsOn: ["generator.duality"],
  given: summable,
  cases: { at: instant(), f: polynomial(3), g: polynomial(3), p: bell() },
  *claim({ at, f, g, p }, generator: Generator) {
    const space = yield* generator.space();
    const rule = ruleOf(space, p);
    const { points } = rule;
    const density = densityOf(space, p, points);
    const [values, others] = [valuesOf(space, f, points), valuesOf(space, g, points)];
    const bound = product(majorant(f), majorant(g));
    const [a, k] = gainsAndLosses(rule, density, others, yield* generator.reversed(f, p, points, at));
    const [b, d] = gainsAndLosses(rule, density, values, yield* generator.apply(g, points, at));
    const [c, h] = gainsAndLosses(rule, yield* generator.adjoint(p, points, at), values, others);
    return [
      balance(
        "reversal",
        reversal,
        { a, k, b, d, c, h },
        {
          answer: "a",
          roundings: roundingsOn(space),
          via: 2 * pairing(space, yield* activity(generator, space, points, at), bound, p, rule),
        },
      ),
    ];
  },
  tolerance: String.raw`|E_p[g\hat{\mathcal L}f] - E_p[f\mathcal Lg] + \textstyle\int(\mathcal L^*p)fg| \le \gamma_{16+K}\sum_k w_kp_k(|b||(fg)'| + \ldots)`,
};
