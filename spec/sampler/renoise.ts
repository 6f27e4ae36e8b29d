/**
 * # Consistency steps
 *
 * A consistency sampler jumps to the data and puts fresh noise of the next level on it: nothing of the old noise remains, and none
 * is put on at the end.
 *
 * Convention: x̂₀ is the prediction the sampler itself reports (after its boundary coefficients), or the exact one where it uses
 * predictions as they are.
 */
import fc from "fast-check";
import { data, noise } from "#spec/domain";
import { balance, enclosure, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation, expression } from "#spec/number/expression";
import { oneStep, samplerOf } from "#spec/sampler/step";
import { code, derived } from "#spec/sources";

const mean = equation("alpha_s * x0hat == mean");
const spread = expression("sigma_s");

export const renoise: Law<"ReverseStep", { readonly w: number; readonly x0: Float64Array; readonly eps: Float64Array }> = {
  id: "sampler.renoise",
  title: "A consistency step is the predicted data at the next level with fresh noise of that level, and none at the end.",
  statement: [String.raw`x_s = \alpha_s\hat x_0 + \sigma_s z`],
  roles: ["ReverseStep"],
  kind: "definition",
  source: [code("latent-consistency-models")("unverified"), derived("q(xₛ | x̂₀)")],
  restsOn: ["schedule.grid"],
  given: {
    "the sampler renoises and claims the marginal": (_, facts) => facts.sampler?.renoises === true && facts.sampler.noise === "marginal",
  },
  cases: { w: fc.integer({ min: 0, max: 16 }).map((k) => k / 16), x0: data(), eps: noise() },
  *claim({ w, x0, eps }, sampler) {
    const { exactOnConstants } = samplerOf(yield* sampler.facts());
    const affine = { name: "affine", slope: 0.25, intercept: 0 } as const;
    const known = exactOnConstants ? ({ name: "pair", x0, eps } as const) : affine;
    const step = yield* oneStep(sampler, { w, x0, eps, oracle: known });
    const x0hat = step.data ?? (exactOnConstants ? x0 : null);
    const { alpha: alpha_s, sigma: sigma_s } = step.to;
    const noiseEvidence = enclosure("noise", spread, { sigma_s }, Float64Array.of(Math.sqrt(step.variance)), {
      roundings: 6,
      via: alpha_s + sigma_s,
    });
    if (x0hat === null) return step.draws === 0 && sigma_s > 0 ? [unmet("reports no data prediction")] : [noiseEvidence];
    const via = step.xt.map((x, k) => Math.abs(x) + Math.abs(eps[k % eps.length] ?? 0));
    return [
      balance(
        "mean",
        mean,
        { alpha_s, x0hat, mean: step.mean },
        { answer: "mean", roundings: 6, via, axes: [["coordinate", step.mean.length]] },
      ),
      noiseEvidence,
    ];
  },
  tolerance: String.raw`\hat x_s = \alpha_s\hat x_0(1+\theta_6) + \sigma_s z(1+\theta_6)`,
};
