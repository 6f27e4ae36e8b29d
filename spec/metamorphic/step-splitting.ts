/**
 * # Splitting steps
 *
 * More steps change nothing where every step is exact.
 */
import fc from "fast-check";
import { data, noise } from "#spec/domain";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { accumulated } from "#spec/sampler/oracle";
import { exhausted, levelAt } from "#spec/sampler/step";
import { derived } from "#spec/sources";
import { tiled } from "#spec/tensor";

/** Calls of the longest run that is made finer. */
const mostSteps = 24;

const ends = equation("alpha * x0 + sigma * eps == xs");

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
    if (exhausted(finer)) return [unmet("the chain has no more times")];
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
