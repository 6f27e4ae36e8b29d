/**
 * # Fokker–Planck
 *
 * The densities of the noised data solve the forward Kolmogorov equation of the SDE: what a schedule says of its amplitudes, their
 * rates, the drift and the diffusion fits together.
 *
 * Convention: data N(m, v); pₜ = N(αm, α²v + σ²); time derivatives by the chain rule through α and σ. All derivatives are symbolic.
 *
 * Lemma. With p = p(x; α, σ), ∂ₜp = p_α α̇ + p_σ σ̇, and the right side is −f·(p + x p_x) + ½g² p_xx.
 */
import fc from "fast-check";
import { noise, positive, signed } from "#spec/domain";
import { enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { evaluate } from "#spec/number/compile";
import { derivative, type Expression, expression } from "#spec/number/expression";
import { binary64, unitRoundoff } from "#spec/number/format";
import { pauline2025, standard } from "#spec/sources";

const density = expression("exp(-(x - alpha * m)^2 / (2 * (alpha^2 * v + sigma^2))) / sqrt(2 * pi * (alpha^2 * v + sigma^2))");

interface Parts {
  /** ∂ₜp, from the rates. */
  readonly time: Expression;
  /** −∂ₓ(f x p) + ½g² ∂ₓ²p, from drift and diffusion. */
  readonly space: Expression;
  /** The five terms of both. */
  readonly terms: readonly Expression[];
}

let made: Parts | undefined;

/** Made when first used: differentiation takes milliseconds. */
function parts(): Parts {
  if (made !== undefined) return made;
  const p = density.source;
  const px = derivative(density, "x");
  const inTime = [`(${derivative(density, "alpha").source}) * alpha_rate`, `(${derivative(density, "sigma").source}) * sigma_rate`];
  const inSpace = [`-(drift * (${p}))`, `-(drift * x * (${px.source}))`, `0.5 * diffusion2 * (${derivative(px, "x").source})`];
  made = { time: expression(inTime.join(" + ")), space: expression(inSpace.join(" + ")), terms: [...inTime, ...inSpace].map(expression) };
  return made;
}

export const fokkerPlanck: Law<"Schedule", { readonly at: number; readonly m: number; readonly v: number; readonly eps: Float64Array }> = {
  id: "sde.fokker-planck",
  title: "The noised densities solve the Fokker–Planck equation of the schedule's SDE.",
  statement: [String.raw`\partial_t p_t = -\partial_x(f x\,p_t) + \tfrac12 g^2\,\partial_x^2 p_t`],
  roles: ["Schedule"],
  kind: "theorem",
  source: [standard("the forward Kolmogorov equation"), pauline2025("unverified")],
  restsOn: ["sde.coeffs.alpha-sigma"],
  given: {},
  cases: { at: fc.integer({ min: 4, max: 60 }).map((k) => k / 64), m: signed(-3, 1), v: positive(-4, 2), eps: noise() },
  *claim({ at, m, v, eps }, schedule) {
    const { alpha, sigma } = yield* schedule.coeffs(at);
    const { alphaRate: alpha_rate, sigmaRate: sigma_rate } = yield* schedule.rates(at);
    const { drift, diffusion2 } = yield* schedule.sde(at);
    const [a = 0, s = 0] = [alpha[0], sigma[0]];
    const x = eps.map((e) => a * m + Math.hypot(a * Math.sqrt(v), s) * e);
    const values = { x, m, v, alpha, sigma, alpha_rate, sigma_rate, drift, diffusion2 };
    const { time, space, terms } = parts();
    const evaluated = (part: Expression): Float64Array => evaluate(part, values, unitRoundoff(binary64), 0).values;
    // Rates and coefficients are themselves rounded: each term is forgiven its own roundings, of its own size.
    const sizes = terms.map(evaluated);
    const via = x.map((_, k) => sizes.reduce((sum, size) => sum + Math.abs(size[size.length === 1 ? 0 : k] ?? 0), 0));
    return [enclosure("rate of the density", time, values, evaluated(space), { roundings: 16, via, axes: [["point", x.length]] })];
  },
  tolerance: String.raw`|\partial_t p - (\ldots)| \le u\left(E + 16\sum_k|r_k|\right),\quad r_k \text{ the five terms}`,
};
