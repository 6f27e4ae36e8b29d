/**
 * # The integrand of the bound
 *
 * With φ = p/q the truth over the model, a continuous-time bound grows at the rate E_p[(Lφ)/φ − L log φ], L the generator towards noise.
 * On the line that is ½g²E|∇log p − ∇log q|², score matching; on states ΣR(x, y)(r − 1 − log r) with r = φ(y)/φ(x), score entropy.
 *
 * Convention: the subject's integrand is handed scores: derivatives of log p and log q, or ratios p(y)/p(x) and q(y)/q(x).
 * The two sides agree in expectation; a score entropy weights by the rates into x, and pointwise it is another function.
 *
 * Lemma. On the line (Le^ℓ)/e^ℓ − Lℓ = ½g²ℓ′²: drift and second derivatives cancel. On states it is the printed sum, and exchanging the
 * names of x and y in Σp(x)R(x, y)(…) gives the weights R(y, x) of the score entropy.
 */
import { positive, signed } from "#spec/domain";
import { atLeast, balance } from "#spec/evidence";
import { bell, instant, summable } from "#spec/generator/cases";
import { activity, integral, majorant, roundingsOn, sizes } from "#spec/generator/scale";
import {
  type Density,
  densityOf,
  differentiated,
  logDensity,
  product,
  ruleOf,
  type Space,
  type TestFunction,
  valuesOf,
} from "#spec/generator/space";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { Generator } from "#spec/roles-discrete";
import { standard } from "#spec/sources";

const bound = equation("a == b - c");

/** log p − log q up to a constant. */
function logRatio(p: Density, q: Density): TestFunction {
  const [a, b] = [logDensity(p).coefficients, logDensity(q).coefficients];
  // The constant plays no part; without it φ is near 1 where both are large.
  return { coefficients: a.map((value, k) => (k === 0 ? 0 : value - (b[k] ?? 0))) };
}

/** |∂log p|² + |∂log q|² as one polynomial: what is squared before the difference is small. */
const scoresSquared = (p: Density, q: Density): TestFunction => {
  const [a, b] = [p, q].map((law) => majorant(differentiated(logDensity(law))));
  const sum: TestFunction = {
    coefficients: Float64Array.from({ length: 2 }, (_, k) => (a?.coefficients[k] ?? 0) + (b?.coefficients[k] ?? 0)),
  };
  return product(sum, sum);
};

/** Magnitudes of the integrand's terms at points. Shape `n`. */
function magnitudes(space: Space, spread: Float64Array, p: Density, q: Density, phi: Float64Array, x: Float64Array): Float64Array {
  if (space.kind === "line") {
    const squares = valuesOf(space, scoresSquared(p, q), x.map(Math.abs));
    return spread.map((g2, k) => g2 * ((squares[k] ?? 0) + 1 / p.variance + 1 / q.variance));
  }
  const largest = Math.max(...phi);
  return spread.map((rate, k) => rate * (2 + largest / (phi[k] ?? Number.NaN) + 2 * Math.abs(Math.log(largest / (phi[k] ?? Number.NaN)))));
}

interface Pair {
  readonly at: number;
  readonly p: Density;
  /** The model's mean, from the truth's in its standard deviations, and its variance over the truth's. */
  readonly shift: number;
  readonly ratio: number;
}

export const elboIntegrand: Law<"Generator", Pair> = {
  id: "generator.elbo-integrand",
  title: "Score matching and score entropy are one bound.",
  statement: [
    String.raw`E_p\!\left[\frac{\mathcal L\varphi}{\varphi} - \mathcal L\log\varphi\right] \ge 0,\qquad \varphi = p/q`,
    String.raw`\tfrac12 g_t^2\,|\nabla\log\varphi|^2\quad\text{or}\quad \sum_y R(x,y)\left[r - 1 - \log r\right],\ r = \varphi(y)/\varphi(x)`,
  ],
  roles: ["Generator"],
  kind: "theorem",
  source: [standard("the objective of Benton et al."), standard("the identity, by the algebra above", "derived")],
  restsOn: ["generator.duality"],
  given: summable,
  cases: { at: instant(), p: bell(), shift: signed(-2, -1), ratio: positive(-1, 0) },
  *claim({ at, p, shift, ratio }, generator: Generator) {
    const space = yield* generator.space();
    const q: Density = { mean: p.mean + shift * Math.sqrt(p.variance), variance: p.variance * ratio };
    // Eight points: a polynomial of degree 2 is left, and φ stays within the range of binary32.
    const rule = ruleOf(space, p, 8);
    const { points } = rule;
    const density = densityOf(space, p, points);
    const log = logRatio(p, q);
    const phi = valuesOf(space, { ...log, exponential: true }, points);
    const moved = yield* generator.apply({ ...log, exponential: true }, points, at);
    const raised = moved.map((value, k) => value / (phi[k] ?? Number.NaN));
    const plain = yield* generator.apply(log, points, at);
    const { drift, spread } = yield* activity(generator, space, points, at);
    const own = magnitudes(space, spread, p, q, phi, points);
    const rest = sizes(space, { drift, spread }, majorant(log), points);
    const [b, c] = [integral(rule, density, raised), integral(rule, density, plain)];
    const via = integral(rule, density, own) + 2 * integral(rule, density, rest);
    const roundings = roundingsOn(space);
    return [
      balance(
        "integrand",
        bound,
        { a: integral(rule, density, yield* generator.integrand(p, q, points, at)), b, c },
        { answer: "a", roundings, via },
      ),
      atLeast("no negative rate", b + via, c + via, { roundings }),
    ];
  },
  tolerance: String.raw`|E_p\hat I - E_p[\mathcal L\varphi/\varphi - \mathcal L\log\varphi]| \le \gamma_{16+K}E_p\left[|b\,\ell'| + g^2(|\nabla\log p|^2 + |\nabla\log q|^2 + \ldots)\right]`,
};
