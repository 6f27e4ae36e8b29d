/**
 * # Eigenfunctions
 *
 * Polynomials that are orthogonal under the law noise tends to are eigenfunctions of the generator: Hermite's Heₙ of the
 * variance-preserving SDE, with n times the rate of the first; those of K equal states of uniform noise, all with one rate. So each
 * decays on its own: E[eₙ(Xₜ) | x₀] = eₙ(x₀) times a power of the signal that is left.
 *
 * Lemma. With L = −½βx∂ + ½β∂², LHeₙ = ½β(Heₙ″ − xHeₙ′) = −½nβHeₙ is Hermite's equation. With R = β(1πᵀ − I), Lf = β(πf − f), and
 * πeₙ = 0 for n ≥ 1.
 */
import fc from "fast-check";
import { balance } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import { instant, sites, summable } from "#spec/generator/cases";
import { activity, integral, majorant, roundingsOn, sizes } from "#spec/generator/scale";
import { type Rule, ruleOf, type Space, states, type TestFunction, valuesOf } from "#spec/generator/space";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { Generator } from "#spec/roles-discrete";
import { standard } from "#spec/sources";

const eigen = equation("a * h == n * b * f");
const decay = equation("p == q");

/** Points of N(0, 1), or all states alike. Weights sum to 1. */
function stationary(space: Space): Rule {
  if (space.kind === "states") return { points: states(space.classes), weights: new Float64Array(space.classes).fill(1 / space.classes) };
  const rule = ruleOf(space, { mean: 0, variance: 1 });
  return { ...rule, weights: rule.weights.map((w, k) => (w * Math.exp(-((rule.points[k] ?? 0) ** 2) / 2)) / Math.sqrt(2 * Math.PI)) };
}

/** Monic and orthogonal under a law that is symmetric around 0: e_{k+1} = z·e_k − (‖e_k‖²/‖e_{k−1}‖²)·e_{k−1}. */
export function orthogonal(space: Space, rule: Rule, degree: number): TestFunction {
  let [before, current]: [Float64Array, Float64Array] = [Float64Array.of(0), Float64Array.of(1)];
  let norm = 0;
  for (let k = 0; k < degree; k++) {
    const values = valuesOf(space, { coefficients: current }, rule.points);
    const next = integral(rule, values, values);
    const ratio = k === 0 ? 0 : next / norm;
    [before, current] = [current, Float64Array.from({ length: k + 2 }, (_, j) => (current[j - 1] ?? 0) - ratio * (before[j] ?? 0))];
    norm = next;
  }
  return { coefficients: current };
}

const tendsTo = ({ discrete, scale, form }: Facts): boolean =>
  discrete === null ? scale === "vp" || form?.family === "vp-sde" : discrete.family === "uniform";

export const hermite: Law<"Generator", { readonly at: number; readonly degree: number }> = {
  id: "generator.ou.hermite",
  title: "Polynomials orthogonal under the limit of noise decay each on its own.",
  statement: [
    String.raw`\mathcal L\,\mathrm{He}_n = -\tfrac{n\beta}{2}\,\mathrm{He}_n,\qquad E[\mathrm{He}_n(X_t)\mid x_0] = \alpha_t^n\,\mathrm{He}_n(x_0)`,
    String.raw`R = \beta(\mathbf 1\pi^\top - I) \;\Rightarrow\; \mathcal L e_n = -\beta\,e_n,\qquad E[e_n(X_t)\mid x_0] = a_t\,e_n(x_0)`,
  ],
  roles: ["Generator"],
  kind: "theorem",
  source: [standard("Mehler; Ornstein–Uhlenbeck"), standard("uniform noise, by the algebra above", "derived")],
  restsOn: ["generator.duality"],
  given: { ...summable, "noise tends to N(0, 1), or to all states alike": (_, facts) => tendsTo(facts) },
  cases: { at: instant(), degree: fc.integer({ min: 1, max: 6 }) },
  *claim({ at, degree }, generator: Generator) {
    const space = yield* generator.space();
    const most = space.kind === "states" ? Math.min(degree, space.classes - 1) : degree;
    const rule = stationary(space);
    const e = orthogonal(space, rule, most);
    // The first eigenfunction is z; its rate, read off at one point, is that of all.
    const first: TestFunction = { coefficients: Float64Array.of(0, 1) };
    const power = space.kind === "line" ? most : 1;
    const x = sites(space);
    const x0 = space.kind === "line" ? 1.5 : space.classes - 1;
    const z0 = valuesOf(space, first, Float64Array.of(x0));
    const terms = yield* activity(generator, space, x, at);
    const [rate = Number.NaN] = yield* generator.apply(first, Float64Array.of(x0), at);
    const later = yield* generator.reached(x0, at);
    const left = integral(later, valuesOf(space, first, later.points)) / (z0[0] ?? Number.NaN);
    const sizeOf = (points: Float64Array): Float64Array =>
      valuesOf({ kind: "line" }, majorant(e), space.kind === "line" ? points.map(Math.abs) : points.map(() => 1));
    const roundings = roundingsOn(space, 24);
    return [
      balance(
        "eigenfunction",
        eigen,
        { a: z0, h: yield* generator.apply(e, x, at), n: power, b: rate, f: valuesOf(space, e, x) },
        {
          answer: "h",
          roundings,
          via: sizes(space, terms, majorant(e), x).map((size, k) => (z0[0] ?? 0) * size + power * Math.abs(rate) * (sizeOf(x)[k] ?? 0)),
          axes: [["point", x.length]],
        },
      ),
      balance(
        "decay",
        decay,
        {
          p: integral(later, valuesOf(space, e, later.points)),
          q: left ** power * (valuesOf(space, e, Float64Array.of(x0))[0] ?? Number.NaN),
        },
        { answer: "p", roundings, via: integral(later, sizeOf(later.points)) },
      ),
    ];
  },
  // Heₙ is summed from its coefficients: relative to Σ|cₖ||x|ᵏ, not to itself.
  tolerance: String.raw`|\mathcal L\hat e_n + \lambda_n e_n| \le \gamma_{24+K}\sum_k |c_k|\left(|\mathcal L z^k| + \lambda_n|x|^k\right)`,
};
