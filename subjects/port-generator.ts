/**
 * # From canonical terms to a subject's own, for generators
 *
 * Test functions and densities are named on the line and tabulated on states; scores are derivatives of log densities on the line and
 * ratios on states. What laws know of the subject's own coefficients comes from its raw methods `levels`, `sde`, `rate`, `transition`.
 */
import type { Ask } from "#spec/ask";
import { levelsFrom, timesAt } from "#spec/convention";
import { SpecError } from "#spec/error";
import type { Facts } from "#spec/facts";
import {
  type Density,
  densityOf,
  differentiated,
  logDensity,
  type Rule,
  type Space,
  states,
  type TestFunction,
  valuesOf,
} from "#spec/generator/space";
import { gaussHermite } from "#spec/number/quadrature";
import type { Manner } from "#spec/roles";
import type { Generator } from "#spec/roles-discrete";
import { type Fields, tensor, type Value, vector } from "#spec/tensor";

export type Raw = (method: string, args: Record<string, Value>, manner?: Manner) => Ask<Fields>;
export type Declared = (manner?: Manner) => Ask<Facts>;

/** The K×n matrix as n×K: what a subject that reads columns answers, by rows. */
export function turned(values: Float64Array, rows: number): Float64Array {
  const columns = values.length / rows;
  const out = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[i * columns + j] = values[j * rows + i] ?? Number.NaN;
  return out;
}

/** A test function as a subject is told of it. */
function named(space: Space, f: TestFunction): Fields {
  if (space.kind === "states") return { kind: "vector", values: tensor(valuesOf(space, f, states(space.classes))) };
  return { kind: f.exponential === true ? "exponential" : "polynomial", coefficients: tensor(f.coefficients) };
}

/** A density as a subject is told of it. */
function namedDensity(space: Space, p: Density): Fields {
  if (space.kind === "line") return { kind: "gaussian", mean: p.mean, variance: p.variance };
  return { kind: "vector", values: tensor(densityOf(space, p, states(space.classes))) };
}

/** The derivative of log p at the points; on states the ratios p(y)/p(x), one row per point. */
function scores(space: Space, p: Density, x: Float64Array): Float64Array {
  if (space.kind === "line") return valuesOf(space, differentiated(logDensity(p)), x);
  const law = densityOf(space, p, states(space.classes));
  return Float64Array.from([...x].flatMap((k) => [...law].map((mass) => mass / (law[k] ?? Number.NaN))));
}

/** The methods of the role `Generator`, over one way to ask. */
export function generatorPort(raw: Raw, facts: Declared): Omit<Generator, "facts" | "times"> {
  function* space(manner?: Manner): Ask<Space> {
    const { discrete } = yield* facts(manner);
    return discrete === null ? { kind: "line" } : { kind: "states", classes: discrete.classes };
  }

  function* timeOf(u: number, manner?: Manner): Ask<number> {
    return timesAt((yield* facts(manner)).time, u)[0] ?? Number.NaN;
  }

  function* rows(method: string, args: Record<string, Value>, x: Float64Array, manner?: Manner): Ask<Float64Array> {
    const { discrete } = yield* facts(manner);
    const K = discrete?.classes ?? Number.NaN;
    const values = vector(yield* raw(method, { ...args, states: tensor(x) }, manner), "matrix", x.length * K);
    return discrete?.orientation === "row" ? values : turned(values, x.length);
  }

  /** Levels α and σ at the subject's own times. */
  function* levelsAt(times: readonly number[], manner?: Manner): Ask<readonly { readonly alpha: number; readonly sigma: number }[]> {
    const { level } = yield* facts(manner);
    const given = yield* raw("levels", { t: tensor(Float64Array.from(times)) }, manner);
    const names = "level" in given ? ["level"] : ["alpha", "sigma"];
    const { alpha, sigma } = levelsFrom(level, Object.fromEntries(names.map((name) => [name, vector(given, name, times.length)])));
    return times.map((_, k) => ({ alpha: alpha[k] ?? Number.NaN, sigma: sigma[k] ?? Number.NaN }));
  }

  function* answer(method: string, args: Record<string, Value>, x: Float64Array, u: number, manner?: Manner): Ask<Float64Array> {
    return vector(yield* raw(method, { ...args, x: tensor(x), t: yield* timeOf(u, manner) }, manner), "value", x.length);
  }

  return {
    space,
    *apply(f: TestFunction, x: Float64Array, u: number, manner?: Manner) {
      return yield* answer("apply", { f: named(yield* space(manner), f) }, x, u, manner);
    },
    *adjoint(p: Density, x: Float64Array, u: number, manner?: Manner) {
      return yield* answer("adjoint", { p: namedDensity(yield* space(manner), p) }, x, u, manner);
    },
    *reversed(f: TestFunction, p: Density, x: Float64Array, u: number, manner?: Manner) {
      const where = yield* space(manner);
      return yield* answer("reversed", { f: named(where, f), p: namedDensity(where, p) }, x, u, manner);
    },
    *tilted(f: TestFunction, h: TestFunction, x: Float64Array, u: number, manner?: Manner) {
      const where = yield* space(manner);
      return yield* answer("tilted", { f: named(where, f), h: named(where, h) }, x, u, manner);
    },
    *superposed(f: TestFunction, p: Density, strength: number, x: Float64Array, u: number, manner?: Manner) {
      const where = yield* space(manner);
      return yield* answer("superposed", { f: named(where, f), p: namedDensity(where, p), strength }, x, u, manner);
    },
    *integrand(p: Density, q: Density, x: Float64Array, u: number, manner?: Manner) {
      const where = yield* space(manner);
      return yield* answer("integrand", { truth: tensor(scores(where, p, x)), model: tensor(scores(where, q, x)) }, x, u, manner);
    },
    *reached(x0: number, u: number, manner?: Manner): Ask<Rule> {
      const where = yield* space(manner);
      const t = yield* timeOf(u, manner);
      if (where.kind === "states")
        return { points: states(where.classes), weights: yield* rows("transition", { s: null, t }, Float64Array.of(x0), manner) };
      const [{ alpha = Number.NaN, sigma = Number.NaN } = {}] = yield* levelsAt([t], manner);
      const { nodes, weights } = gaussHermite(32);
      return { points: nodes.map((z) => alpha * x0 + sigma * z), weights };
    },
    *leading(y: number, s: number, t: number, near: number, manner?: Manner) {
      const where = yield* space(manner);
      const [early, late] = [yield* timeOf(s, manner), yield* timeOf(t, manner)];
      if (where.kind === "states") {
        const every = states(where.classes);
        const kernel = yield* rows("transition", { s: early, t: late }, every, manner);
        const values = every.map((x) => kernel[x * where.classes + y] ?? Number.NaN);
        // Entries may be formed by subtraction from 1.
        const least = values.reduce((low, p) => (p > 0 && p < low ? p : low), 1);
        return { h: { coefficients: new Float64Array(0), values }, cancels: 1 / least };
      }
      const [from, to] = yield* levelsAt([early, late], manner);
      if (from === undefined || to === undefined) throw new SpecError("malformed-answer", "levels: expected two, got fewer");
      const a = to.alpha / from.alpha;
      const variance = to.sigma ** 2 - (a * from.sigma) ** 2;
      const [centre, width] = [y / a, variance / a ** 2];
      const c = [near * near - 2 * near * centre, 2 * centre, -1].map((value) => value / (2 * width));
      return { h: { coefficients: Float64Array.from(c), exponential: true }, cancels: (to.sigma ** 2 + (a * from.sigma) ** 2) / variance };
    },
    *coupling(f: TestFunction, g: TestFunction, x: Float64Array, u: number, manner?: Manner) {
      const where = yield* space(manner);
      const t = yield* timeOf(u, manner);
      if (where.kind === "line") {
        const half = (vector(yield* raw("sde", { t: tensor(Float64Array.of(t)) }, manner), "diffusion2", 1)[0] ?? Number.NaN) / 2;
        const slopes = [f, g].map((h) => valuesOf(where, differentiated(h), x));
        return x.map((_, k) => half * (slopes[0]?.[k] ?? 0) * (slopes[1]?.[k] ?? 0));
      }
      const R = yield* rows("rate", { t }, x, manner);
      const every = states(where.classes);
      const [a, b] = [valuesOf(where, f, every), valuesOf(where, g, every)];
      return x.map((from, i) => {
        const difference = (values: Float64Array, y: number): number => (values[y] ?? 0) - (values[from] ?? 0);
        return every.reduce((sum, y) => sum + 0.5 * (R[i * where.classes + y] ?? 0) * difference(a, y) * difference(b, y), 0);
      });
    },
  };
}
