/**
 * # Grids of noise levels
 *
 * Karras et al. interpolate σ^{1/ρ} linearly; ρ = 1 is a linear grid, ρ → ∞ the geometric one that libraries call exponential.
 *
 * Convention: σ_0 is the largest level, σ_{N−1} the smallest positive one; what follows the last call is the subject's end-point rule.
 * A grid of variances is declared as `geometric-variance`.
 */
import fc from "fast-check";
import { type Evidence, enclosure, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { type Expression, expression } from "#spec/number/expression";
import { karras2022 } from "#spec/sources";

const forms: Readonly<Record<string, Expression>> = {
  karras: expression("(high^(1 / rho) + k / (N - 1) * (low^(1 / rho) - high^(1 / rho)))^rho"),
  exponential: expression("exp(log(high) + k / (N - 1) * (log(low) - log(high)))"),
  // The published number is a variance; its root is the level.
  "geometric-variance": expression("high * (low / high)^(k / (N - 1))"),
};

export const karrasGrid: Law<"ReverseStep", { readonly pass: number }> = {
  id: "schedule.karras",
  title: "A named grid of noise levels is the interpolation of that name, end points included.",
  statement: [
    String.raw`\sigma_i = \left(\sigma_{\max}^{1/\rho} + \tfrac{i}{N-1}\left(\sigma_{\min}^{1/\rho}-\sigma_{\max}^{1/\rho}\right)\right)^{\rho}`,
  ],
  roles: ["ReverseStep"],
  kind: "definition",
  source: [karras2022("verified", "Eq. 5")],
  restsOn: [],
  given: { "the grid has one of these names": (_, facts) => facts.gridForm !== null && facts.gridForm.family in forms },
  cases: { pass: fc.constant(0) },
  *claim(_, sampler) {
    const { gridForm, sampler: claims } = yield* sampler.facts();
    const grid = yield* sampler.grid();
    const formula = forms[gridForm?.family ?? ""];
    if (gridForm === null || formula === undefined) return [];
    const { low = Number.NaN, high = Number.NaN, rho = 7 } = gridForm.parameters;
    const N = grid.asked;
    const levels = interpolated(grid.alpha, grid.sigma, N, claims?.stages ?? 1);
    if (N < 2) return [unmet("a grid of one point has no interpolation")];
    // An inverse sampler counts from the other end.
    const inverse = claims?.inverse === true;
    const k = Float64Array.from({ length: levels.length }, (_, index) => (inverse ? N - 1 - index : index));
    const answer: Evidence = enclosure("σ", formula, { high, low, rho, N, k }, levels, {
      roundings: 4 + 2 * rho,
      axes: [["index", levels.length]],
    });
    return [answer];
  },
  // The ρ-th power multiplies the relative error of its base by ρ: the tree counts it; stored levels are rounded once or twice more.
  tolerance: String.raw`\hat\sigma_i = \sigma_i(1+\theta_{4+2\rho})`,
};

/** σ/α of the N interpolated levels, where model calls are made: of methods of several stages, where whole steps begin. */
function interpolated(alpha: Float64Array, sigma: Float64Array, N: number, stages: number): Float64Array {
  const whole = Array.from(sigma, (s, k) => s / (alpha[k] ?? 1)).filter((_, k) => k % stages === 0);
  return Float64Array.from(whole.slice(0, N));
}
