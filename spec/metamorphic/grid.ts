/**
 * # Grids that do not matter
 *
 * More steps, or other labels of time, change nothing where the mathematics depends on noise levels alone.
 */
import fc from "fast-check";
import { data, noise, positive, signed } from "#spec/domain";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { predict } from "#spec/oracle";
import { accumulated, onPath } from "#spec/sampler/oracle";
import { counts, farthest, floor, mixture, starts } from "#spec/sampler/order";
import { levelAt, samplerOf } from "#spec/sampler/step";
import { derived, kingma2021 } from "#spec/sources";
import { tiled } from "#spec/tensor";

/** Calls of the longest run that is made finer. */
const mostSteps = 24;

const ends = equation("alpha * x0 + sigma * eps == xs");
const inLevels = equation("drift * alpha - alpha_rate * x == epshat * sigma_rate * alpha - epshat * sigma * alpha_rate");

export const splittingSteps: Law<"ReverseStep", { readonly x0: Float64Array; readonly eps: Float64Array; readonly factor: number }> = {
  id: "metamorphic.step-splitting",
  title: "More steps lead to the same end when the predictions are constant.",
  statement: [String.raw`x_{\mathrm{end}}^{(kN)} = x_{\mathrm{end}}^{(N)} = \alpha_{\mathrm{end}}x_0 + \sigma_{\mathrm{end}}\varepsilon`],
  roles: ["ReverseStep"],
  kind: "theorem",
  source: [derived("the update is exact on constant predictions, for any grid")],
  restsOn: ["schedule.step-consistency", "sampler.oracle.point-mass"],
  given: {
    "steps are deterministic": (_, facts) => facts.sampler?.noise === "none" && !facts.sampler.inverse,
    "predictions are used as they are": (_, facts) => facts.sampler?.exactOnConstants === true,
    "data pass clipping": (c, facts) => facts.clip === null || c.x0.every((x) => Math.abs(x) <= (facts.clip ?? 0)),
  },
  cases: { x0: data(), eps: noise(), factor: fc.constantFrom(1, 2, 3) },
  *claim({ x0, eps, factor }, sampler) {
    const { asked, times } = yield* sampler.grid();
    if (asked !== times.length) return [unmet("the grid was not asked for by its number of steps")];
    // Long runs are not made longer: any grid has to lead to the same end, this one included.
    const manner = factor === 1 || asked * factor > mostSteps ? {} : { override: { steps: asked * factor } };
    const finer = yield* sampler.grid(manner);
    // The constant pair: a model that knows the point would lead any state there with the last step.
    const run = yield* sampler.run({ oracle: { name: "pair", x0, eps }, start: { x0, eps }, draws: "none" }, manner);
    const { alpha, sigma } = levelAt(finer, finer.sigma.length - 1);
    const xs = run.states.slice(-run.d);
    const states = run.states.length / run.d;
    const wide = (x: Float64Array): Float64Array => tiled(x.length === run.d ? x : tiled(x, run.d), states);
    const path = { alpha: run.alpha, x0: wide(x0), sigma: run.sigma, eps: wide(eps), xt: run.states };
    // What a state is off by shows in x̂₀, which is all that the end sees of it.
    const via = accumulated(yield* sampler.facts(manner), path, run.d, "pair").slice(-run.d);
    return [balance("end", ends, { alpha, x0, sigma, eps, xs }, { answer: "xs", roundings: 8, via, axes: [["coordinate", run.d]] })];
  },
  tolerance: String.raw`|\hat x_{\mathrm{end}} - x_{\mathrm{end}}| \le \gamma_{8}\left(|x_{\mathrm{end}}| + \text{the terms of all steps, as far as they are passed on}\right)`,
};

export const levelsAlone: Law<
  "Sampler" | "Schedule",
  { readonly at: number; readonly m: number; readonly v: number; readonly eps: Float64Array }
> = {
  id: "metamorphic.time-rescale",
  title: "Against the noise level, the probability flow of x/α is the noise prediction: labels of time drop out.",
  statement: [String.raw`\frac{d(x/\alpha)}{d(\sigma/\alpha)} = \hat\varepsilon(x)`, inLevels],
  roles: ["Sampler", "Schedule"],
  kind: "theorem",
  source: [kingma2021("second-hand", "Eq. 18"), derived("quotient rule on v = α̇x̂₀ + σ̇ε̂")],
  restsOn: ["flow.velocity.equals-pfode"],
  given: {},
  cases: { at: fc.integer({ min: 4, max: 60 }).map((k) => k / 64), m: signed(-3, 1), v: positive(-4, 2), eps: noise() },
  *claim({ at, m, v, eps }, sampler) {
    const levels = yield* sampler.coeffs(at);
    const [alpha = 0, sigma = 0] = [levels.alpha[0], levels.sigma[0]];
    const { alphaRate, sigmaRate } = yield* sampler.rates(at);
    const [alpha_rate = 0, sigma_rate = 0] = [alphaRate[0], sigmaRate[0]];
    const x = eps.map((e) => alpha * m + Math.hypot(alpha * Math.sqrt(v), sigma) * e);
    const oracle = { name: "gaussian", mean: Float64Array.of(m), variance: Float64Array.of(v) } as const;
    const { drift } = yield* sampler.drift(oracle, x, at, 0);
    const epshat = x.map((value, j) => predict(oracle, value, alpha, sigma, j).eps);
    const scale = Math.abs(alpha_rate) + (Math.abs(sigma_rate) * alpha) / sigma;
    const via = x.map((value) => 4 * scale * (Math.abs(value) + alpha * Math.abs(m)));
    return [
      balance(
        "flow",
        inLevels,
        { drift, alpha, alpha_rate, x, epshat, sigma_rate, sigma },
        { answer: "drift", roundings: 12, via, axes: [["coordinate", x.length]] },
      ),
    ];
  },
  tolerance: String.raw`\text{as flow.velocity.equals-pfode, times } \alpha`,
};

export const inversion: Law<"ReverseStep", { readonly x0: Float64Array; readonly eps: Float64Array }> = {
  id: "metamorphic.inversion",
  title: "An inverse sampler carries clean data up the noising path, and follows the probability flow at order 1.",
  statement: [onPath, String.raw`\max_{i,x}\left|\hat x_i - \Phi_{0\to\sigma_i}(x)\right| = O(1/N)`],
  roles: ["ReverseStep"],
  kind: "theorem",
  source: [derived("DDIM with s and t exchanged")],
  restsOn: ["schedule.step-consistency"],
  given: {
    "the sampler runs towards noise, without noise": (_, facts) => facts.sampler?.inverse === true && facts.sampler.noise === "none",
    "predictions are not clipped": (_, facts) => facts.clip === null,
  },
  cases: { x0: data(), eps: noise() },
  share: 3,
  *claim({ x0, eps }, sampler) {
    const facts = yield* sampler.facts();
    const { order } = samplerOf(facts);
    const run = yield* sampler.run({ oracle: { name: "pair", x0, eps }, start: { x0, eps }, draws: "none" });
    const states = run.states.length / run.d;
    const wide = (x: Float64Array): Float64Array => tiled(x.length === run.d ? x : tiled(x, run.d), states);
    const values = { alpha: run.alpha, x0: wide(x0), sigma: run.sigma, eps: wide(eps), xt: run.states };
    const axes = [
      ["state", states],
      ["coordinate", run.d],
    ] as const;
    // The last state alone would not do: little of the data is left in it, and little of what went wrong with them.
    const exact = facts.sampler?.exactOnConstants === true;
    const path = balance("path", onPath, values, { answer: "xt", roundings: 8, via: accumulated(facts, values, run.d, "pair"), axes });
    const found = exact ? [path] : [unmet("steps are not exact on constant predictions")];
    if (order === null) return found;
    const errors: number[] = [];
    for (const N of counts) {
      const manner = { override: { steps: N } };
      const finer = yield* sampler.grid(manner);
      const climb = yield* sampler.run({ oracle: mixture, start: starts, draws: "none" }, manner);
      errors.push(farthest(climb, finer, starts));
    }
    return [...found, { kind: "order", name: "convergence", claimed: 1, steps: counts, errors, floor }];
  },
  tolerance: String.raw`\text{the path as sampler.oracle.point-mass; the order as sampler.order}`,
};
