/**
 * # The next point of the grid
 *
 * A sampler publishes a grid of times. The step taken at one of them must land on the next one, with the noise level that the
 * schedule has there: then a loop over the published times transports an exact model exactly.
 *
 * Convention: the level of a published time is that of the training schedule; on a grid between training times it lies between the
 * levels of the neighbouring indices, whichever interpolation is used.
 */
import fc from "fast-check";
import { data, noise } from "#spec/domain";
import type { Evidence } from "#spec/evidence";
import { atLeast, balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { callAt, levelAt, samplerOf, scaleOfStep } from "#spec/sampler/step";
import { code, derived } from "#spec/sources";

const lands = equation("alpha_s * x0 + sigma_s * eps == xs");
const agree = equation("sigma == time");
const same = equation("sigma * alpha_t == sigma_t * alpha");

interface Landing {
  readonly w: number;
  readonly x0: Float64Array;
  readonly eps: Float64Array;
  readonly state: "fresh" | "started";
}

export const stepConsistency: Law<"ReverseStep", Landing> = {
  id: "schedule.step-consistency",
  title: "A deterministic step lands on the next published point of the grid.",
  statement: [lands],
  roles: ["ReverseStep"],
  kind: "requirement",
  source: [code("diffusers")("verified", "issue 9261"), derived("the update x_s = α_s x̂₀ + σ_s ε̂ on exact predictions")],
  restsOn: [],
  given: {
    "steps are deterministic, or noise is switched off": (_, facts) =>
      facts.sampler !== null && ["none", "marginal", "large"].includes(facts.sampler.noise),
    "predictions are used as they are": (_, facts) => facts.sampler?.exactOnConstants === true,
    "data pass clipping": (c, facts) => facts.clip === null || c.x0.every((x) => Math.abs(x) <= (facts.clip ?? 0)),
  },
  cases: { w: fc.integer({ min: 0, max: 16 }).map((k) => k / 16), x0: data(), eps: noise(), state: fc.constantFrom("fresh", "started") },
  *claim({ w, x0, eps, state }, sampler) {
    const facts = yield* sampler.facts();
    const { noise: claim, stages } = samplerOf(facts);
    const grid = yield* sampler.grid();
    const first = callAt(grid, stages, w);
    const count = Math.min(stages, grid.times.length - first);
    // With noise off, only the data part of a stochastic step is fixed by the levels: no noise is put in at all.
    const still = claim === "none" ? eps : new Float64Array(x0.length);
    const run = yield* sampler.run({
      oracle: { name: "pair", x0, eps: still },
      start: { x0, eps: still },
      first,
      count,
      draws: "none",
      state,
    });
    const { alpha: alpha_s, sigma: sigma_s } = levelAt(grid, first + count);
    const xs = run.states.slice(-run.d);
    const from = levelAt(grid, first);
    const to = { alpha: alpha_s, sigma: sigma_s };
    const scale = scaleOfStep(facts, from, to);
    const via = xs.map((_, k) => scale({ x0: x0[k % x0.length] ?? 0, eps: still[k % still.length] ?? 0 }));
    return [
      balance(
        "landing",
        lands,
        { alpha_s, x0, sigma_s, eps: still, xs },
        { answer: "xs", roundings: 8, via, axes: [["coordinate", xs.length]] },
      ),
    ];
  },
  // x̂₀ = (xₜ − σε)/α: three roundings; αₛ, σₛ: one root each; two products and a sum.
  tolerance: String.raw`\hat x_s = \alpha_s\hat x_0(1+\theta_4) + \sigma_s\hat\varepsilon(1+\theta_4),\; \hat x_0 = x_0(1+\theta_4)`,
};

export const gridLevels: Law<"ReverseStep" | "Schedule", { readonly seedless: number }> = {
  id: "schedule.step-consistency.levels",
  title: "Published times and published noise levels tell of the same points.",
  statement: [String.raw`\frac{\sigma_i}{\alpha_i} = \frac{\sigma(t_i)}{\alpha(t_i)}`],
  roles: ["ReverseStep", "Schedule"],
  kind: "requirement",
  source: [code("diffusers")("verified", "issue 14013")],
  restsOn: [],
  given: {},
  cases: { seedless: fc.constant(0) },
  *claim(_, sampler) {
    const grid = yield* sampler.grid();
    const { times, clock, scale } = grid;
    const m = times.length;
    const sigma = grid.sigma.slice(0, m);
    if (clock === "scaled" || clock === "complement") {
      const time = times.map((t) => (clock === "scaled" ? t / scale : 1 - t));
      return [balance("levels", agree, { sigma, time }, { answer: "sigma", roundings: 4, axes: [["call", m]] })];
    }
    if (clock === "exact") {
      const { time } = yield* sampler.facts();
      if (time.kind !== "list" && times.some((t) => t < time.first || t > time.last))
        return [unmet("times off the axis have no level: schedule.grid speaks of them")];
      const known = yield* sampler.levelsAt(times);
      const values = { sigma, alpha: grid.alpha.slice(0, m), sigma_t: known.sigma, alpha_t: known.alpha };
      return [balance("levels", same, values, { answer: "sigma", roundings: 8, axes: [["call", m]] })];
    }
    if (clock === "table") {
      const { abar } = yield* sampler.tables();
      return abar === undefined ? [] : between(grid.alpha, sigma, times, abar, grid.rounded);
    }
    return [];
  },
  // Times and levels are each rounded to storage once, the quotient twice. Ratios of two pairs of amplitudes compared crosswise: a
  // root and a quotient each, and the two products.
  tolerance: String.raw`\hat\sigma_i = \sigma_i(1+\theta_2),\; \hat t_i/T = (t_i/T)(1+\theta_2)`,
};

/**
 * σ/α lies between the training levels of the indices around the time; one index further where times are rounded. Levels beyond
 * the table's ends have the time of that end.
 */
function between(alpha: Float64Array, sigma: Float64Array, times: Float64Array, abar: Float64Array, rounded: boolean): readonly Evidence[] {
  const last = abar.length - 1;
  const at = (index: number): number => Math.sqrt((1 - (abar[index] ?? Number.NaN)) / (abar[index] ?? Number.NaN));
  const slack = rounded ? 1 : 0;
  const ratio = sigma.map((s, k) => s / (alpha[k] ?? 1));
  const ends = (t: number): readonly number[] =>
    [Math.floor(t) - slack, Math.ceil(t) + slack].map((index) => at(Math.min(Math.max(index, 0), last)));
  const lower = times.map((t) => (Math.floor(t) - slack <= 0 ? 0 : Math.min(...ends(t))));
  const upper = times.map((t, k) => (Math.ceil(t) + slack >= last ? (ratio[k] ?? 0) : Math.max(...ends(t))));
  const axes = [["call", times.length]] as const;
  return [atLeast("levels", ratio, lower, { roundings: 8, axes }), atLeast("levels", upper, ratio, { roundings: 8, axes })];
}
