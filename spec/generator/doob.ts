/**
 * # Doob's transform
 *
 * A positive function h guides a process towards where h is large: Lʰf = (1/h)[L(hf) − f·Lh]. On the line it adds g²∇log h to the drift;
 * on states it multiplies rates by h(y)/h(x), and the diagonal follows. Classifier guidance is this with h = p(label | x).
 *
 * Convention: h need not be harmonic in time for the formula; where ∂ₜh + Lh = 0 the guided process is the process given its end.
 */
import { balance } from "#spec/evidence";
import { instant, polynomial, positivePolynomial, sites, summable } from "#spec/generator/cases";
import { activity, majorant, roundingsOn, sizes } from "#spec/generator/scale";
import { product, type TestFunction, valuesOf } from "#spec/generator/space";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { Generator } from "#spec/roles-discrete";
import { standard } from "#spec/sources";

const transform = equation("h * a == b - f * c");

export const doob: Law<"Generator", { readonly at: number; readonly f: TestFunction; readonly h: TestFunction }> = {
  id: "generator.doob",
  title: "A guided process is the process weighted by where it is guided to.",
  statement: [
    String.raw`\mathcal L^h f = \tfrac1h\left[\mathcal L(hf) - f\,\mathcal Lh\right]`,
    String.raw`b^h = b + g^2\,\nabla\log h,\qquad R^h(x,y) = R(x,y)\,\frac{h(y)}{h(x)}\ (y \ne x)`,
  ],
  roles: ["Generator"],
  kind: "theorem",
  source: [standard("Doob's h-transform")],
  restsOn: ["generator.duality"],
  given: summable,
  cases: { at: instant(), f: polynomial(3), h: positivePolynomial() },
  *claim({ at, f, h }, generator: Generator) {
    const space = yield* generator.space();
    const x = sites(space);
    const bound = product(majorant(h), majorant(f));
    const terms = yield* activity(generator, space, x, at);
    return [
      balance(
        "transform",
        transform,
        {
          h: valuesOf(space, h, x),
          a: yield* generator.tilted(f, h, x, at),
          b: yield* generator.apply(product(h, f), x, at),
          f: valuesOf(space, f, x),
          c: yield* generator.apply(h, x, at),
        },
        {
          answer: "a",
          roundings: roundingsOn(space),
          via: sizes(space, terms, bound, x).map((size) => 2 * size),
          axes: [["point", x.length]],
        },
      ),
    ];
  },
  tolerance: String.raw`|h\hat{\mathcal L}^hf - \mathcal L(hf) + f\mathcal Lh| \le \gamma_{16+K}\,(|b||(hf)'| + \tfrac12g^2|(hf)''| + \ldots)`,
};
