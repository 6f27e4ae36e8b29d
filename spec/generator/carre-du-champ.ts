/**
 * # The carré du champ
 *
 * Γ(f, g) = ½[L(fg) − f·Lg − g·Lf] is what a generator says of how two functions move together. Drift falls out of it: on the line
 * ½g²f′g′ is left, on states ½ΣR(x, y)(f(y) − f(x))(g(y) − g(x)), of a pure flow nothing.
 */
import { atLeast, balance } from "#spec/evidence";
import { instant, polynomial, sites, summable } from "#spec/generator/cases";
import { activity, majorant, roundingsOn, sizes } from "#spec/generator/scale";
import { product, type TestFunction, valuesOf } from "#spec/generator/space";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { Generator } from "#spec/roles-discrete";
import { standard } from "#spec/sources";

const square = equation("2 * c == a - f * h - g * k");

export const carreDuChamp: Law<"Generator", { readonly at: number; readonly f: TestFunction; readonly g: TestFunction }> = {
  id: "generator.carre-du-champ",
  title: "What a generator does to products is its own diffusion or jumps, and never negative on squares.",
  statement: [
    String.raw`\Gamma(f,g) = \tfrac12\left[\mathcal L(fg) - f\,\mathcal Lg - g\,\mathcal Lf\right],\qquad \Gamma(f,f) \ge 0`,
    String.raw`\Gamma(f,g) = \tfrac12 g_t^2 f'g'\quad\text{or}\quad \tfrac12\sum_y R(x,y)\,(f(y)-f(x))(g(y)-g(x))`,
  ],
  roles: ["Generator"],
  kind: "theorem",
  source: [standard("carré du champ")],
  restsOn: ["generator.duality"],
  given: summable,
  cases: { at: instant(), f: polynomial(2), g: polynomial(2) },
  *claim({ at, f, g }, generator: Generator) {
    const space = yield* generator.space();
    const x = sites(space);
    const terms = yield* activity(generator, space, x, at);
    const sizeOf = (a: TestFunction, b: TestFunction): Float64Array =>
      sizes(space, terms, product(majorant(a), majorant(b)), x).map((size) => 2 * size);
    const [crossed, own] = [sizeOf(f, g), sizeOf(f, f)];
    const squared = yield* generator.apply(product(f, f), x, at);
    const mixed = yield* generator.apply(product(f, g), x, at);
    const [h, k] = [yield* generator.apply(g, x, at), yield* generator.apply(f, x, at)];
    const [values, others] = [valuesOf(space, f, x), valuesOf(space, g, x)];
    const axes = [["point", x.length]] as const;
    const roundings = roundingsOn(space);
    return [
      balance(
        "explicit form",
        square,
        { c: yield* generator.coupling(f, g, x, at), a: mixed, f: values, g: others, h, k },
        { answer: "a", roundings, via: crossed, axes },
      ),
      atLeast(
        "squares",
        // Both sides moved by what their terms add up to, so that its roundings are forgiven.
        squared.map((value, i) => value + (own[i] ?? 0)),
        values.map((value, i) => 2 * value * (k[i] ?? 0) + (own[i] ?? 0)),
        { roundings, axes },
      ),
    ];
  },
  // The products cancel; what they add up counts, and the explicit form is the reference.
  tolerance: String.raw`|2\Gamma - (\mathcal L(fg) - f\mathcal Lg - g\mathcal Lf)| \le \gamma_{16+K}\,(|b|\,|(fg)'| + \tfrac12 g^2|(fg)''| + \ldots)`,
};
