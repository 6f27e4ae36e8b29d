/**
 * # How large the terms of a generator are
 *
 * What rounding may do to a right generator is measured by the terms that it adds up. They follow from two questions: the drift
 * b = Lz and the spread 2Γ(z, z) = Lz² − 2z·Lz, which is g² on the line and ΣR(x, y)(z_y − z_x)² on states.
 *
 * Lemma. On K states neighbours are 2/(K − 1) apart, so that the exit rate of x is at most its spread times ((K − 1)/2)².
 */
import type { Ask } from "#spec/ask";
import {
  coordinate,
  type Density,
  densityOf,
  differentiated,
  logDensity,
  type Rule,
  type Space,
  type TestFunction,
  valuesOf,
} from "#spec/generator/space";
import type { Generator } from "#spec/roles-discrete";

/**
 * Drift and spread at points; on states, in place of the spread, a bound of all exit rates: sums over states may round at the size of the
 * largest, wherever they end.
 */
export interface Activity {
  readonly drift: Float64Array;
  readonly spread: Float64Array;
}

export function* activity(generator: Generator, space: Space, x: Float64Array, u: number): Ask<Activity> {
  const drift = (yield* generator.apply({ coefficients: Float64Array.of(0, 1) }, x, u)).map(Math.abs);
  const square = yield* generator.apply({ coefficients: Float64Array.of(0, 0, 1) }, x, u);
  const z = coordinate(space, x);
  const steps = space.kind === "line" ? 1 : ((space.classes - 1) / 2) ** 2;
  const spread = square.map((value, k) => steps * (Math.abs(value) + 2 * Math.abs((z[k] ?? 0) * (drift[k] ?? 0))));
  return { drift, spread: space.kind === "line" ? spread : spread.fill(Math.max(...spread)) };
}

/** Sums over K states round K times more than a formula on the line. */
export const roundingsOn = (space: Space, own = 16): number => own + (space.kind === "states" ? space.classes : 0);

/** |f| and its derivatives are at most those of this polynomial at |z|. */
export const majorant = ({ coefficients }: TestFunction): TestFunction => ({ coefficients: coefficients.map(Math.abs) });

const at = (f: TestFunction, z: Float64Array): Float64Array => valuesOf({ kind: "line" }, f, z.map(Math.abs));

/** Magnitudes of the terms of L f where |f| is at most `bound`. Shape `n`. */
export function sizes(space: Space, { drift, spread }: Activity, bound: TestFunction, x: Float64Array): Float64Array {
  if (space.kind === "states") {
    const largest = bound.coefficients.reduce((a, b) => a + b, 0);
    return spread.map((rate) => 2 * rate * largest);
  }
  const [slope, bend] = [at(differentiated(bound), x), at(differentiated(bound, 2), x)];
  return x.map((_, k) => (drift[k] ?? 0) * (slope[k] ?? 0) + 0.5 * (spread[k] ?? 0) * (bend[k] ?? 0));
}

/** Magnitudes of all terms of ∫p·Lf, ∫f·L*p and ∫p·L̂f where |f| is at most `bound`. */
export function pairing(space: Space, activity: Activity, bound: TestFunction, p: Density, { points, weights }: Rule): number {
  const mass = densityOf(space, p, points).map((density, k) => density * (weights[k] ?? 0));
  const own = sizes(space, activity, bound, points);
  const total = own.reduce((sum, size, k) => sum + 2 * size * (mass[k] ?? 0), 0);
  if (space.kind === "states") return total;
  const score = at(majorant(differentiated(logDensity(p))), points);
  const [value, slope] = [at(bound, points), at(differentiated(bound), points)];
  return points.reduce((sum, _, k) => {
    const [b, g2, s] = [activity.drift[k] ?? 0, activity.spread[k] ?? 0, score[k] ?? 0];
    return sum + (mass[k] ?? 0) * ((value[k] ?? 0) * (b * s + 0.5 * g2 * (s * s + 1 / p.variance)) + (slope[k] ?? 0) * g2 * s);
  }, total);
}

/** The sum as what is added and what is taken away, both ≥ 0: a balance of the two forgives the roundings of every term. */
export function gainsAndLosses({ weights }: Rule, ...factors: readonly Float64Array[]): readonly [gains: number, losses: number] {
  let [gains, losses] = [0, 0];
  weights.forEach((w, k) => {
    const term = factors.reduce((product, factor) => product * (factor[k] ?? Number.NaN), w);
    if (term < 0) losses -= term;
    else gains += term;
  });
  return [gains, losses];
}

/** Σ wₖ·f(xₖ)·g(xₖ)… over a rule. */
export function integral({ weights }: Rule, ...factors: readonly Float64Array[]): number {
  return weights.reduce((sum, w, k) => sum + factors.reduce((product, factor) => product * (factor[k] ?? Number.NaN), w), 0);
}
