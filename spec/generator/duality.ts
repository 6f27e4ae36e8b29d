/**
 * # A generator and its adjoint
 *
 * L acts on functions, L* on densities, and ⟨p, Lf⟩ = ⟨L*p, f⟩ says that both describe one process. Constants stay: L1 = 0. Mass stays:
 * ∫L*p = 0. Where f is largest it can only fall: Lf ≤ 0.
 *
 * Convention: on the line L = b∂ + ½g²∂² and L*p = −(bp)′ + ½g²p″; on states (Lf)(x) = ΣR(x, y)f(y) and (L*p)(y) = Σp(x)R(x, y).
 */
import type { Ask } from "#spec/ask";
import { atLeast, balance } from "#spec/evidence";
import { bell, instant, polynomial, sites, summable } from "#spec/generator/cases";
import { activity, gainsAndLosses, majorant, pairing, roundingsOn, sizes } from "#spec/generator/scale";
import { coordinate, type Density, densityOf, ruleOf, type Space, type TestFunction, valuesOf } from "#spec/generator/space";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { Generator } from "#spec/roles-discrete";
import { standard } from "#spec/sources";

/** Gains and losses of ⟨p, Lf⟩ and of ⟨L*p, f⟩. */
const paired = equation("a - c == b - d");
const kept = equation("b == d");
const none = equation("a == 0");
const one: TestFunction = { coefficients: Float64Array.of(1) };

/** L(−(z − zₓ)²) at x: minus the spread there. Shape `n`. */
export function* atMaxima(
  apply: (f: TestFunction, x: Float64Array) => Ask<Float64Array>,
  space: Space,
  x: Float64Array,
): Ask<Float64Array> {
  const out = new Float64Array(x.length);
  for (const [k, c] of coordinate(space, x).entries()) {
    const [value = Number.NaN] = yield* apply({ coefficients: Float64Array.of(-c * c, 2 * c, -1) }, x.slice(k, k + 1));
    out[k] = value;
  }
  return out;
}

export const duality: Law<"Generator", { readonly at: number; readonly f: TestFunction; readonly p: Density }> = {
  id: "generator.duality",
  title: "A generator and its adjoint describe one process, which keeps constants and mass and has no way up from a maximum.",
  statement: [
    String.raw`\langle p, \mathcal L f\rangle = \langle \mathcal L^* p, f\rangle,\qquad \mathcal L 1 = 0,\qquad \int \mathcal L^* p = 0`,
    String.raw`f(x) = \max f \;\Rightarrow\; (\mathcal L f)(x) \le 0`,
  ],
  roles: ["Generator"],
  kind: "theorem",
  source: [standard("generators and their adjoints"), standard("the Kolmogorov forward equation in Generator Matching", "second-hand")],
  restsOn: [],
  given: summable,
  cases: { at: instant(), f: polynomial(4), p: bell() },
  *claim({ at, f, p }, generator: Generator) {
    const space = yield* generator.space();
    const rule = ruleOf(space, p);
    const { points } = rule;
    const terms = yield* activity(generator, space, points, at);
    const onFunctions = yield* generator.apply(f, points, at);
    const onDensities = yield* generator.adjoint(p, points, at);
    const few = sites(space);
    const roundings = roundingsOn(space);
    const within = (bound: TestFunction): number => pairing(space, terms, majorant(bound), p, rule);
    const [a, c] = gainsAndLosses(rule, densityOf(space, p, points), onFunctions);
    const [b, d] = gainsAndLosses(rule, onDensities, valuesOf(space, f, points));
    const [gained, lost] = gainsAndLosses(rule, onDensities);
    return [
      balance("pairing", paired, { a, c, b, d }, { answer: "b", roundings, via: within(f) }),
      balance("mass", kept, { b: gained, d: lost }, { answer: "b", roundings, via: within(one) }),
      balance(
        "constants",
        none,
        { a: yield* generator.apply(one, points, at) },
        { answer: "a", roundings, via: sizes(space, terms, one, points) },
      ),
      atLeast("maxima", 0, yield* atMaxima((g, x) => generator.apply(g, x, at), space, few), {
        roundings: 16,
        axes: [["point", few.length]],
      }),
    ];
  },
  // Both pairings add up drift, spread and the slopes of log p at each point; on states the rates into and out of each state.
  tolerance: String.raw`|\langle \hat p,\mathcal Lf\rangle-\langle\mathcal L^*p,f\rangle| \le \gamma_{16+K}\sum_k w_k p_k\,(|b f'| + \tfrac12 g^2|f''| + \ldots)`,
};
