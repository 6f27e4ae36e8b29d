/**
 * # De Bruijn's identity
 *
 * The divergence of two noised laws falls at the rate of half g² times their Fisher divergence.
 *
 * Convention: data N(m₁, v) and N(m₂, v), gap Δ = m₁ − m₂: D = α²Δ²/(2S) and E‖Δscore‖² = α²Δ²/S², S = α²v + σ².
 */
import fc from "fast-check";
import { positive } from "#spec/domain";
import { enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { evaluate } from "#spec/number/compile";
import { derivative, type Expression, expression } from "#spec/number/expression";
import { binary64, unitRoundoff } from "#spec/number/format";
import { standard } from "#spec/sources";

const divergence = expression("alpha^2 * gap^2 / (2 * (alpha^2 * v + sigma^2))");
const dissipation = expression("-(0.5 * diffusion2 * (alpha * gap / (alpha^2 * v + sigma^2))^2)");

interface Parts {
  /** dD/dt, from the rates. */
  readonly fall: Expression;
  readonly terms: readonly Expression[];
}

let made: Parts | undefined;

/** Made when first used: differentiation takes milliseconds. */
function parts(): Parts {
  if (made !== undefined) return made;
  const inTime = [`(${derivative(divergence, "alpha").source}) * alpha_rate`, `(${derivative(divergence, "sigma").source}) * sigma_rate`];
  made = { fall: expression(inTime.join(" + ")), terms: [...inTime, dissipation.source].map(expression) };
  return made;
}

export const klDissipation: Law<"Schedule", { readonly at: number; readonly v: number; readonly gap: number }> = {
  id: "sde.kl-dissipation",
  title: "Divergence falls at the rate ½g² times the Fisher divergence.",
  statement: [
    String.raw`\frac{d}{dt}D_{\mathrm{KL}}(p_t\|q_t) = -\tfrac12 g^2\,\mathbb E_{p_t}\left\|\nabla\log p_t-\nabla\log q_t\right\|^2`,
  ],
  roles: ["Schedule"],
  kind: "theorem",
  source: [standard("de Bruijn's identity")],
  restsOn: ["sde.coeffs.alpha-sigma"],
  given: {},
  cases: { at: fc.integer({ min: 2, max: 62 }).map((k) => k / 64), v: positive(-4, 2), gap: positive(-3, 3) },
  *claim({ at, v, gap }, schedule) {
    const { alpha, sigma } = yield* schedule.coeffs(at);
    const { alphaRate: alpha_rate, sigmaRate: sigma_rate } = yield* schedule.rates(at);
    const { diffusion2 } = yield* schedule.sde(at);
    const values = { alpha, sigma, alpha_rate, sigma_rate, diffusion2, v, gap };
    const { fall, terms } = parts();
    const evaluated = (part: Expression): Float64Array => evaluate(part, values, unitRoundoff(binary64), 0).values;
    const via = terms.reduce((sum, term) => sum + Math.abs(evaluated(term)[0] ?? 0), 0);
    return [enclosure("rate", fall, values, evaluated(dissipation), { roundings: 16, via })];
  },
  // Rates and diffusion are themselves rounded: each term is forgiven its own roundings, of its own size.
  tolerance: String.raw`|\dot D + \tfrac12 g^2 J| \le u\left(E + 16\sum_k|r_k|\right),\quad r_k \text{ the three terms}`,
};
