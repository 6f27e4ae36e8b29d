/**
 * # Doob's transform
 *
 * A positive function h guides a process towards where h is large: Lʰf = (1/h)[L(hf) − f·Lh]. On the line it adds g²∇log h to the drift;
 * on states it multiplies rates by h(y)/h(x), and the diagonal follows. Classifier guidance is this with h = p(label | x).
 *
 * Convention: h need not be harmonic in time for the formula. Where ∂ₜh + Lh = 0 the guided process has the kernel
 * P_{s,u}(x, z)h_u(z)/h_s(x); with h_s(x) = P_{s,T}(x, y) that is the process given its end y, a bridge. Between two points it has the law
 * P_{0,r}(x₀, x)P_{r,T}(x, y)/P_{0,T}(x₀, y), on the line a Gaussian.
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import { balance, type Evidence, unmet } from "#spec/evidence";
import { cleanAt, instant, polynomial, positivePolynomial, sites, summable } from "#spec/generator/cases";
import { expected } from "#spec/generator/dynkin";
import { activity, integral, majorant, roundingsOn, sizes } from "#spec/generator/scale";
import { differentiated, product, type Rule, type Space, states, type TestFunction, valuesOf } from "#spec/generator/space";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { binary32, unitRoundoff } from "#spec/number/format";
import { gaussHermite, gaussLegendre } from "#spec/number/quadrature";
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

const change = equation("a == b + c");
const whole = equation("p == q");

interface Bridge {
  readonly from: number;
  readonly h: number;
  readonly rest: number;
  readonly f: TestFunction;
  readonly w: number;
  readonly end: number;
}

export const bridge: Law<"Generator", Bridge> = {
  id: "generator.doob.bridge",
  title: "A process guided by its own kernel towards a point is the process given that it ends there.",
  statement: [
    String.raw`h_r(x) = P_{r,T}(x,y),\qquad P^h_{s,u}(x,z) = P_{s,u}(x,z)\,\frac{h_u(z)}{h_s(x)},\qquad \int P^h_{s,u}(x,z)\,dz = 1`,
    String.raw`E[f(X_u)\mid X_0,X_T] - E[f(X_s)\mid X_0,X_T] = \int_s^u E\bigl[(\mathcal L_r^{h_r} f)(X_r)\mid X_0,X_T\bigr]\,dr`,
  ],
  roles: ["Generator"],
  kind: "theorem",
  source: [standard("Doob's h-transform and bridges")],
  restsOn: ["generator.doob", "generator.dynkin"],
  given: {
    "the space is a line or has at most 64 states": (_, { discrete }) => discrete === null || discrete.classes <= 64,
  },
  cases: {
    from: fc.integer({ min: 8, max: 24 }).map((k) => k / 64),
    h: fc.integer({ min: 4, max: 12 }).map((k) => k / 64),
    rest: fc.integer({ min: 6, max: 16 }).map((k) => k / 64),
    f: polynomial(3),
    w: fc.integer({ min: 0, max: 1023 }).map((k) => k / 1024),
    end: fc.integer({ min: 0, max: 1023 }).map((k) => k / 1024),
  },
  share: 2,
  *claim({ from, h: length, rest, f, w, end }, generator: Generator) {
    const space = yield* generator.space();
    const { discrete } = yield* generator.facts();
    const x0 = cleanAt(space, w, discrete?.mask ?? null);
    const last = from + length + rest;
    const arrived = yield* generator.reached(x0, last);
    const y = endOf(space, arrived, end);
    const at = (u: number): Ask<Given> => given(generator, space, x0, y, u, last);
    const [early = 0, late = 0] = yield* generator.times([from, from + length]);
    const [start, stop] = [yield* at(from), yield* at(from + length)];
    const [before, after] = [expected(space, f, start.rule), expected(space, f, stop.rule)];
    const flux = function* (nodes: number) {
      const times = gaussLegendre(nodes);
      let [value, size] = [0, 0];
      for (const [k, node] of times.nodes.entries()) {
        const u = from + length * node;
        const { rule, h, cancels } = yield* at(u);
        const weight = times.weights[k] ?? Number.NaN;
        value += weight * integral(rule, yield* generator.tilted(f, h, rule.points, u));
        size += weight * cancels * integral(rule, yield* guidedSizes(generator, space, f, h, rule.points, u));
      }
      return { value, size };
    };
    const fine = yield* flux(16);
    const coarse = yield* flux(12);
    const span = Math.abs(late - early);
    const via = start.cancels * before.size + stop.cancels * after.size + span * fine.size;
    if (!(span * Math.abs(fine.value - coarse.value) <= unitRoundoff(binary32) * via))
      return [unmet("rates change too fast for a rule of 16 points")];
    const found: Evidence[] = [
      balance(
        "bridge",
        change,
        { a: after.value, b: before.value, c: span * fine.value },
        { answer: "a", roundings: roundingsOn(space, 32), via },
      ),
    ];
    if (space.kind === "states") {
      const q = arrived.weights[y] ?? Number.NaN;
      found.push(balance("rows", whole, { p: start.mass, q }, { answer: "p", roundings: roundingsOn(space, 8), via: 2 }));
    }
    return found;
  },
  // Levels or entries of kernels may cancel where both ends are near: their roundings are forgiven by as much.
  tolerance: String.raw`\left|\Delta E f - \textstyle\int\right| \le \gamma_{32+K}\left(c_sE|f|(X_s) + c_uE|f|(X_u) + \textstyle\int c_rE|\mathcal L^{h}f|\right),\quad c_r \text{ from } \sigma^2_{T|r} \text{ or } 1/\min h`,
};

/** An end that is not rare: a point within two deviations, or a state of those that are reached in one of 4K. */
function endOf(space: Space, { points, weights }: Rule, w: number): number {
  if (space.kind === "line") {
    const { mean, variance } = moments({ points, weights });
    return mean + Math.sqrt(variance) * (4 * w - 2);
  }
  const likely = states(space.classes).filter((x) => (weights[x] ?? 0) * 4 * space.classes >= 1);
  return likely[Math.floor(w * likely.length)] ?? 0;
}

function moments(rule: Rule): { readonly mean: number; readonly variance: number } {
  const mean = integral(rule, rule.points);
  return {
    mean,
    variance: integral(
      rule,
      rule.points.map((x) => (x - mean) ** 2),
    ),
  };
}

/** The law at u of the process from x₀ that ends in y at T, and the h that guides it there. */
interface Given {
  readonly rule: Rule;
  readonly h: TestFunction;
  readonly cancels: number;
  /** Σ P_{0,u}(x₀, x)h(x) on states. */
  readonly mass: number;
}

function* given(generator: Generator, space: Space, x0: number, y: number, u: number, last: number): Ask<Given> {
  const free = yield* generator.reached(x0, u);
  if (space.kind === "states") {
    const { h, cancels } = yield* generator.leading(y, u, last, 0);
    const joint = valuesOf(space, h, free.points).map((value, k) => value * (free.weights[k] ?? 0));
    const mass = joint.reduce((a, b) => a + b, 0);
    // Where h is 0 the guided process does not come.
    const kept = Float64Array.from(joint.keys()).filter((k) => (joint[k] ?? 0) > 0);
    const [points, weights] = [kept.map((k) => free.points[k] ?? 0), kept.map((k) => (joint[k] ?? 0) / mass)];
    return { rule: { points, weights }, h, cancels, mass };
  }
  const { mean, variance } = moments(free);
  // h is a bell: its exponent tells the precision and the centre that it adds.
  const { h: bell } = yield* generator.leading(y, u, last, 0);
  const [, slope = 0, bend = 0] = bell.coefficients;
  const precision = 1 / variance - 2 * bend;
  const centre = (mean / variance + slope) / precision;
  const { nodes, weights } = gaussHermite(32);
  const { h, cancels } = yield* generator.leading(y, u, last, centre);
  return { rule: { points: nodes.map((z) => centre + z / Math.sqrt(precision)), weights }, h, cancels, mass: 1 };
}

/** Magnitudes of the terms of Lʰf. Shape `n`. */
function* guidedSizes(generator: Generator, space: Space, f: TestFunction, h: TestFunction, x: Float64Array, u: number): Ask<Float64Array> {
  const terms = yield* activity(generator, space, x, u);
  const own = sizes(space, terms, majorant(f), x);
  // On states exit rates grow by the ratios of h, whose least is what it cancels by.
  if (space.kind === "states") return own;
  const [pull, slope] = [differentiated(h), differentiated(f)].map((g) =>
    valuesOf(space, majorant({ coefficients: g.coefficients }), x.map(Math.abs)),
  );
  return own.map((size, k) => size + (terms.spread[k] ?? 0) * (pull?.[k] ?? 0) * (slope?.[k] ?? 0));
}
