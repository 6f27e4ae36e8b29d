/**
 * # State spaces and what generators act on
 *
 * One text of a law serves a diffusion on the line and a chain on K states: test functions are polynomials and densities are bells,
 * both in a coordinate z. On the line z is the state itself; on K states it is where the state lies between −1 and 1.
 *
 * Convention: densities are against the space's own measure, dx on the line and counting on states.
 */
import { gaussHermite } from "#spec/number/quadrature";

export type Space = { readonly kind: "line" } | { readonly kind: "states"; readonly classes: number };

/** f(z) = Σ cₖzᵏ, or its exponential; or on states any function, by its values. */
export interface TestFunction {
  readonly coefficients: Float64Array;
  readonly exponential?: boolean;
  /** Shape `K`. */
  readonly values?: Float64Array;
}

/** exp(−(z − mean)²/(2·variance)), normalised on its space. */
export interface Density {
  readonly mean: number;
  readonly variance: number;
}

/** All K states of a finite space. */
export function states(classes: number): Float64Array {
  return Float64Array.from({ length: classes }, (_, x) => x);
}

/** The coordinate of states. Shape `n`. */
export function coordinate(space: Space, x: Float64Array): Float64Array {
  return space.kind === "line" ? x : x.map((k) => (2 * k) / (space.classes - 1) - 1);
}

/** Values of a test function. Shape `n`. */
export function valuesOf(space: Space, { coefficients, exponential = false, values }: TestFunction, x: Float64Array): Float64Array {
  if (values !== undefined && space.kind === "states") return x.map((k) => values[k] ?? Number.NaN);
  const polynomial = coordinate(space, x).map((z) => coefficients.reduceRight((sum, c) => sum * z + c, 0));
  return exponential ? polynomial.map(Math.exp) : polynomial;
}

/** The n-th derivative of a polynomial. */
export function differentiated({ coefficients }: TestFunction, times = 1): TestFunction {
  let current = coefficients;
  for (let k = 0; k < times; k++) current = current.slice(1).map((c, j) => c * (j + 1));
  return { coefficients: current };
}

/** Product of two polynomials. */
export function product(f: TestFunction, g: TestFunction): TestFunction {
  const out = new Float64Array(f.coefficients.length + g.coefficients.length - 1);
  f.coefficients.forEach((a, i) => {
    g.coefficients.forEach((b, j) => {
      out[i + j] = (out[i + j] ?? 0) + a * b;
    });
  });
  return { coefficients: out };
}

/** The density without its normalisation as exp of a polynomial: log p up to a constant. */
export function logDensity({ mean, variance }: Density): TestFunction {
  return { coefficients: Float64Array.of(-(mean ** 2) / (2 * variance), mean / variance, -1 / (2 * variance)) };
}

/** Densities at points. Shape `n`. */
export function densityOf(space: Space, { mean, variance }: Density, x: Float64Array): Float64Array {
  const bell = (points: Float64Array): Float64Array => coordinate(space, points).map((z) => Math.exp(-((z - mean) ** 2) / (2 * variance)));
  if (space.kind === "line") return bell(x).map((p) => p / Math.sqrt(2 * Math.PI * variance));
  const total = bell(states(space.classes)).reduce((a, b) => a + b, 0);
  return bell(x).map((p) => p / total);
}

/** Points and weights of the space's measure: Σ wᵢh(xᵢ) = ∫h, exact on the line for a polynomial of degree below twice its points times the density. */
export interface Rule {
  readonly points: Float64Array;
  readonly weights: Float64Array;
}

export function ruleOf(space: Space, density: Density, size = 32): Rule {
  if (space.kind === "states") {
    const points = states(space.classes);
    return { points, weights: points.map(() => 1) };
  }
  const { nodes, weights } = gaussHermite(size);
  const points = nodes.map((z) => density.mean + Math.sqrt(density.variance) * z);
  const at = densityOf(space, density, points);
  return { points, weights: weights.map((w, k) => w / (at[k] ?? Number.NaN)) };
}
