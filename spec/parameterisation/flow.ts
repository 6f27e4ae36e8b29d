/**
 * # Predictions on affine paths
 *
 * On a path αx₀ + σε the velocity α̇x₀ + σ̇ε determines data and noise exactly where ασ̇ − σα̇ ≠ 0; on the straight path the
 * determinant is 1 and nothing is lost anywhere.
 *
 * Convention: time grows with noise. flow_matching's runs the other way; its adapter declares it and rates change sign.
 */

import fc from "fast-check";
import { data, noise } from "#spec/domain";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { code } from "#spec/sources";

const velocity = equation("v == alpha_rate * x0 + sigma_rate * eps");
const dataOf = equation("(alpha * sigma_rate - sigma * alpha_rate) * x0 == sigma_rate * xt - sigma * v");
const noiseOf = equation("(alpha * sigma_rate - sigma * alpha_rate) * eps == alpha * v - alpha_rate * xt");

export const affineVelocity: Law<
  "GaussianForward" | "Schedule",
  { readonly at: number; readonly x0: Float64Array; readonly eps: Float64Array }
> = {
  id: "parameterisation.flow",
  title: "The velocity of a path is its time derivative, and gives back the data and the noise.",
  statement: [velocity, dataOf, noiseOf],
  roles: ["GaussianForward", "Schedule"],
  kind: "theorem",
  source: [code("flow_matching")("verified", "AffineProbPath"), code("diffusers")("verified", "scale_noise")],
  restsOn: ["gaussian.forward.marginal"],
  given: {},
  cases: { at: fc.integer({ min: 1, max: 63 }).map((k) => k / 64), x0: data(), eps: noise() },
  *claim({ at, x0, eps }, subject) {
    const { alpha, sigma } = yield* subject.coeffs(at);
    const { alphaRate: alpha_rate, sigmaRate: sigma_rate } = yield* subject.rates(at);
    const v = yield* subject.velocity(x0, at, eps);
    const xt = yield* subject.sample(x0, at, eps);
    const determinant = (alpha[0] ?? 0) * (sigma_rate[0] ?? 0) - (sigma[0] ?? 0) * (alpha_rate[0] ?? 0);
    if (determinant === 0) return [unmet("the path is not invertible at this time")];
    const levels = { alpha, sigma, alpha_rate, sigma_rate };
    const axes = [["coordinate", v.length]] as const;
    return [
      balance("velocity", velocity, { v, ...levels, x0, eps }, { answer: "v", roundings: 4, axes }),
      balance(
        "data",
        dataOf,
        { ...levels, x0, xt, v },
        { answer: "v", roundings: 8, via: cross(alpha, sigma_rate, x0, sigma, alpha_rate, eps), axes },
      ),
      balance(
        "noise",
        noiseOf,
        { ...levels, eps, xt, v },
        { answer: "v", roundings: 8, via: cross(alpha, sigma_rate, eps, sigma, alpha_rate, x0), axes },
      ),
    ];
  },
  // Sums of two products of rounded amplitudes; the terms that cancel in the inverse are forgiven like those that stay.
  tolerance: String.raw`\hat v = \dot\alpha x_0(1+\theta_4) + \dot\sigma\varepsilon(1+\theta_4)`,
};

/** Magnitudes of the terms that cancel between σ̇x and σv. */
function cross(...[a, b, x, c, d, y]: readonly Float64Array[]): Float64Array {
  const at = (values: Float64Array | undefined, k: number): number => Math.abs(values?.[values.length === 1 ? 0 : k] ?? 0);
  return Float64Array.from(
    { length: x?.length ?? 0 },
    (_, k) => (at(a, k) * at(b, k) + at(c, k) * at(d, k)) * (at(x, k) + at(y, k)) + at(b, k) * at(c, k) * at(y, k),
  );
}
