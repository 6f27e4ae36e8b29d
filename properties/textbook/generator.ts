/**
 * Generators by their definitions, in double: a diffusion b∂ + ½g²∂² on the line, rates on states. A control replaces a method or one of
 * the coefficients that all of them are made of.
 */
import { AbsentHere } from "#properties/engine/controls";
import type { RawMethods } from "#properties/engine/property";
import { type Chain, vpSde } from "#properties/textbook/chain";
import { discreteBook, reversed } from "#properties/textbook/discrete";
import { sdeOf } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { type Process, randomProcess } from "#properties/textbook/process";
import type { Change } from "#properties/textbook/wrong";
import { rowsOf } from "#spec/categorical/table";
import { type Fields, number, tensor, type Value, vector } from "#spec/tensor";

/** A function at a point: itself and two derivatives. */
interface Jet {
  readonly f: number;
  readonly d1: number;
  readonly d2: number;
}

/** Polynomials and their exponentials, by Horner's rule for value and derivatives. */
function jetAt(raw: Value | undefined, x: number): Jet {
  const fields = (raw ?? {}) as Fields;
  let [f, d1, half] = [0, 0, 0];
  for (const c of vector(fields, "coefficients").slice().reverse()) {
    half = half * x + d1;
    d1 = d1 * x + f;
    f = f * x + c;
  }
  const d2 = 2 * half;
  if (fields["kind"] !== "exponential") return { f, d1, d2 };
  const e = Math.exp(f);
  return { f: e, d1: e * d1, d2: e * (d2 + d1 * d1) };
}

/** b and g² at a point of the line. */
interface Coefficients {
  readonly b: number;
  readonly g2: number;
  /** ∂b/∂x. */
  readonly slope: number;
}

/** Formulas of the methods on the line, each at one point; `score` and `bend` are the first two derivatives of log p. */
interface LineFormulas {
  readonly apply: (f: Jet, c: Coefficients) => number;
  readonly adjoint: (score: number, bend: number, c: Coefficients) => number;
  readonly reversed: (f: Jet, score: number, c: Coefficients) => number;
  readonly tilted: (f: Jet, h: Jet, c: Coefficients) => number;
  readonly corrector: (f: Jet, score: number, c: Coefficients) => number;
  readonly integrand: (truth: number, model: number, c: Coefficients) => number;
}

const onLine: LineFormulas = {
  apply: ({ d1, d2 }, { b, g2 }) => b * d1 + 0.5 * g2 * d2,
  adjoint: (score, bend, { b, g2, slope }) => -slope - b * score + 0.5 * g2 * (score * score + bend),
  reversed: ({ d1, d2 }, score, { b, g2 }) => (g2 * score - b) * d1 + 0.5 * g2 * d2,
  tilted: ({ d1, d2 }, h, { b, g2 }) => (b + (g2 * h.d1) / h.f) * d1 + 0.5 * g2 * d2,
  corrector: ({ d1, d2 }, score, { g2 }) => g2 * (score * d1 + d2),
  integrand: (truth, model, { g2 }) => 0.5 * g2 * (truth - model) ** 2,
};

interface Line {
  readonly chain?: Chain;
  readonly formulas?: Partial<LineFormulas>;
}

/** A diffusion on the line with the textbook's formulas, some of them replaced. */
export function line({ chain = vpSde(), formulas = {} }: Line = {}, replace: Change = () => ({})): RawMethods {
  const { apply, adjoint, reversed: back, tilted, corrector, integrand } = { ...onLine, ...formulas };
  const each = (args: Fields, value: (x: number, c: Coefficients, k: number) => number): Fields => {
    const { f, g2 } = sdeOf(chain, number(args, "t"));
    return { value: tensor(vector(args, "x").map((x, k) => value(x, { b: f * x, g2, slope: f }, k))) };
  };
  const bellOf = (args: Fields): { readonly mean: number; readonly variance: number } => {
    const p = args["p"] as Fields;
    return { mean: number(p, "mean"), variance: number(p, "variance") };
  };
  return book({ chain }, (right) => {
    const own: RawMethods = {
      apply: (args) => each(args, (x, c) => apply(jetAt(args["f"], x), c)),
      adjoint: (args) => {
        const { mean, variance } = bellOf(args);
        const density = (x: number): number => Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
        return each(args, (x, c) => density(x) * adjoint((mean - x) / variance, -1 / variance, c));
      },
      reversed: (args) => {
        const { mean, variance } = bellOf(args);
        return each(args, (x, c) => back(jetAt(args["f"], x), (mean - x) / variance, c));
      },
      tilted: (args) => each(args, (x, c) => tilted(jetAt(args["f"], x), jetAt(args["h"], x), c)),
      superposed: (args) => {
        const { mean, variance } = bellOf(args);
        const strength = number(args, "strength");
        return each(args, (x, c) => {
          const f = jetAt(args["f"], x);
          return apply(f, c) + strength * corrector(f, (mean - x) / variance, c);
        });
      },
      integrand: (args) => {
        const [truth, model] = [vector(args, "truth"), vector(args, "model")];
        return each(args, (_, c, k) => integrand(truth[k] ?? 0, model[k] ?? 0, c));
      },
    };
    return { ...own, ...replace({ ...right, ...own }) };
  });
}

/** Formulas of the methods on states: rows at x as functions of all rates. */
interface StatesFormulas {
  /** The row of the reversed rates, from ratios p(y)/p(x). */
  readonly reversed: (R: Float64Array, K: number, x: number, ratios: Float64Array) => Float64Array;
  /** The row of the guided rates. */
  readonly tilted: (row: Float64Array, x: number, h: Float64Array) => Float64Array;
  /** The row of what is added at strength c. */
  readonly corrector: (row: Float64Array, back: Float64Array) => Float64Array;
  readonly integrand: (R: Float64Array, K: number, x: number, truth: Float64Array, model: Float64Array) => number;
}

/** Off-diagonal entries made by a formula, and the diagonal that sums them to 0. */
export function rowOf(K: number, x: number, entry: (y: number) => number): Float64Array {
  const row = Float64Array.from({ length: K }, (_, y) => (y === x ? 0 : entry(y)));
  row[x] = -row.reduce((a, b) => a + b, 0);
  return row;
}

const onStates: StatesFormulas = {
  reversed,
  tilted: (row, x, h) => rowOf(row.length, x, (y) => ((row[y] ?? 0) * (h[y] ?? 0)) / (h[x] ?? 0)),
  corrector: (row, back) => row.map((r, y) => r + (back[y] ?? 0)),
  // Score entropy (Lou et al.): rates into x, the model's ratio s against the true r: s − r·log s + r(log r − 1).
  integrand: (R, K, x, truth, model) => {
    let sum = 0;
    for (let y = 0; y < K; y++) {
      if (y === x) continue;
      const [r, s] = [truth[y] ?? 0, model[y] ?? 0];
      sum += (R[y * K + x] ?? 0) * (s - r * Math.log(s) + r * (Math.log(r) - 1));
    }
    return sum;
  },
};

interface States {
  readonly process?: Process;
  readonly formulas?: Partial<StatesFormulas>;
}

/** A chain on states with the textbook's formulas, some of them replaced. */
export function chained({ process = randomProcess(), formulas = {} }: States = {}, replace: Change = () => ({})): RawMethods {
  const { classes: K, rate } = process;
  const made = { ...onStates, ...formulas };
  const rates = (args: Fields): Float64Array => {
    if (rate === null) throw new AbsentHere("a chain by index has no rates");
    return rate(number(args, "t"));
  };
  const dot = (row: Float64Array, f: Float64Array): number => row.reduce((sum, r, y) => sum + r * (f[y] ?? 0), 0);
  const rowAt = (R: Float64Array, x: number): Float64Array => rowsOf(R, K, [x]);
  const values = (args: Fields, name: string): Float64Array => vector(args[name] as Fields, "values");
  const ratiosAt = (p: Float64Array, x: number): Float64Array => p.map((mass) => mass / (p[x] ?? 0));
  const each = (args: Fields, value: (x: number, k: number) => number): Fields => ({ value: tensor(vector(args, "x").map(value)) });
  return discreteBook({ process }, (right) => {
    const own: RawMethods = {
      reversed: (args) => {
        const [R, f, p] = [rates(args), values(args, "f"), values(args, "p")];
        return each(args, (x) => dot(made.reversed(R, K, x, ratiosAt(p, x)), f));
      },
      tilted: (args) => {
        const [R, f, h] = [rates(args), values(args, "f"), values(args, "h")];
        return each(args, (x) => dot(made.tilted(rowAt(R, x), x, h), f));
      },
      superposed: (args) => {
        const [R, f, p, c] = [rates(args), values(args, "f"), values(args, "p"), number(args, "strength")];
        return each(args, (x) => {
          const row = rowAt(R, x);
          return dot(row, f) + c * dot(made.corrector(row, made.reversed(R, K, x, ratiosAt(p, x))), f);
        });
      },
      integrand: (args) => {
        const [R, truth, model] = [rates(args), vector(args, "truth"), vector(args, "model")];
        return each(args, (x, k) => made.integrand(R, K, x, truth.subarray(k * K, (k + 1) * K), model.subarray(k * K, (k + 1) * K)));
      },
    };
    return { ...own, ...replace({ ...right, ...own }) };
  });
}
