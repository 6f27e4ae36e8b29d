/**
 * # Ancestral sampling
 *
 * A stochastic step splits the target noise into a part that is carried along and a fresh part; sampling with the right variance is
 * exact on Gaussian data at any number of steps.
 *
 * Convention: levels are those of the published grid; σ_up is the standard deviation of the fresh noise, σ_down the coefficient of
 * the old.
 */
import fc from "fast-check";
import { positive } from "#spec/domain";
import { atLeast, type Evidence, enclosure, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { oneStep, samplerOf } from "#spec/sampler/step";
import { code, derived } from "#spec/sources";

const up = expression("sigma_s * sqrt(sigma^2 - (alpha / alpha_s)^2 * sigma_s^2) / sigma");
const down = expression("alpha / alpha_s * sigma_s^2 / sigma");

const place = { w: fc.integer({ min: 0, max: 16 }).map((k) => k / 16) };

export const upDown: Law<"ReverseStep", { readonly w: number }> = {
  id: "sampler.ancestral.updown",
  title: "An ancestral step splits the next noise level into old and fresh noise whose squares add up to it.",
  statement: [
    String.raw`\sigma_{\mathrm{up}}^2 + \sigma_{\mathrm{down}}^2 = \sigma_s^2,\qquad \sigma_{\mathrm{up}}^2 = \frac{\sigma_s^2\,\sigma^2_{t|s}}{\sigma_t^2},\quad \sigma_{\mathrm{down}} = \frac{\alpha_{t|s}\,\sigma_s^2}{\sigma_t}`,
  ],
  roles: ["ReverseStep"],
  kind: "theorem",
  source: [code("k-diffusion")("verified", "get_ancestral_step"), code("diffusers")("verified", "EulerAncestralDiscreteScheduler.step")],
  restsOn: ["sampler.ddim.family"],
  given: { "η is 1: all noise of the posterior": (_, facts) => facts.sampler?.eta === 1 && facts.sampler.noise === "marginal" },
  cases: place,
  *claim({ w }, sampler) {
    const [zero, one] = [Float64Array.of(0), Float64Array.of(1)];
    const step = yield* oneStep(sampler, { w, x0: zero, eps: one, oracle: { name: "point", point: zero } });
    const { from, to } = step;
    if (from.alpha === 0) return [unmet("αₜ = 0: nothing of the old noise belongs to the posterior")];
    if (step.noiseless) return [unmet("the last step, which is said to leave its noise out")];
    const values = { alpha: from.alpha, sigma: from.sigma, alpha_s: to.alpha, sigma_s: to.sigma };
    const via = to.alpha + to.sigma;
    const kept = enclosure("down", down, values, step.mean.slice(0, 1), { roundings: 12, via });
    return [kept, enclosure("up", up, values, Float64Array.of(Math.sqrt(step.variance)), { roundings: 6, via })];
  },
  // σ_down may be formed as √(σₛ² − σ_up²): the roundings of σₛ² stay, divided by twice the root.
  tolerance: String.raw`|\hat\sigma_{\mathrm{down}}-\sigma_{\mathrm{down}}| \le u\left(E + 12(\sigma_{\mathrm{down}}+\alpha_s+\sigma_s)\right)`,
};

export const ancestralVariance: Law<"ReverseStep", { readonly w: number; readonly v: number }> = {
  id: "sampler.ancestral.variance",
  title: "Small and large reverse variance bracket the true one for data of at most unit variance.",
  statement: [
    String.raw`\varsigma^{*2} = \tilde\beta + c_0^2\,\mathrm{Var}[x_0\mid x_t],\qquad \tilde\beta \le \varsigma^2_{\mathrm{small}} \le \varsigma^{*2} \le \varsigma^2_{\mathrm{large}} \le \sigma^2_{t|s} \text{ for } s^2\le 1`,
  ],
  roles: ["ReverseStep"],
  kind: "bound",
  source: [derived("law of total variance; the bracket by Var[x₀|xₜ] ≤ σₜ²/(αₜ² + σₜ²)")],
  restsOn: ["gaussian.posterior.log-variance-modes"],
  given: {
    "steps are posterior steps with small or large variance": (_, facts) =>
      facts.sampler?.posterior === true && ["marginal", "large"].includes(facts.sampler.noise),
    "the process preserves variance": (_, facts) => facts.scale === "vp",
  },
  cases: { ...place, v: positive(-4, -1) },
  *claim({ w, v }, sampler) {
    const { noise: claim } = samplerOf(yield* sampler.facts());
    const [zero, one] = [Float64Array.of(0), Float64Array.of(1)];
    const step = yield* oneStep(sampler, { w, x0: zero, eps: one, oracle: { name: "point", point: zero } });
    const { from, to, variance } = step;
    if (from.alpha === 0 || to.sigma === 0 || step.noiseless) return [unmet("the first or last step of the chain")];
    const ratio = from.alpha / to.alpha;
    const beta = from.sigma ** 2 - (ratio * to.sigma) ** 2;
    const c0 = (to.alpha * beta) / from.sigma ** 2;
    const posterior = (v * from.sigma ** 2) / (from.alpha ** 2 * v + from.sigma ** 2);
    const small = (beta * to.sigma ** 2) / from.sigma ** 2;
    const truth = small + c0 * c0 * posterior;
    // Compared as sums with the state's size, whose rounding hides that much of a variance.
    const size = (to.alpha + to.sigma) ** 2;
    const ordered = (name: string, more: number, less: number): Evidence => atLeast(name, more + size, less + size, { roundings: 16 });
    const ends = [ordered("at least the posterior's", variance, small), ordered("at most the step's", beta, variance)];
    return [
      claim === "large" ? ordered("above the true variance", variance, truth) : ordered("below the true variance", truth, variance),
      ...ends,
    ];
  },
  tolerance: String.raw`\text{each variance} \pm\, 16\,u\,(\varsigma^2 + (\alpha_s+\sigma_s)^2)`,
};
