/**
 * # The last step
 *
 * In coordinates where the noise level is the time, the ODE points from the state at the predicted data: a step all the way to σ = 0
 * returns that prediction, whatever happened before.
 *
 * Source: the remark on the Euler step to 0 was read in Karras et al.
 */

import { outputCoefficients } from "#spec/convention";
import { noise } from "#spec/domain";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { levelAt } from "#spec/sampler/step";
import { code, karras2022 } from "#spec/sources";

const returned = equation("(alpha * q - sigma * p) * x0 == q * xt - sigma * v");

export const lastStep: Law<"ReverseStep", { readonly eps: Float64Array }> = {
  id: "sde.edm.scaled-ode",
  title: "The step to σ = 0 returns the last data prediction.",
  statement: [String.raw`\frac{dx}{d\sigma} = \frac{x-D}{\sigma} \;\Rightarrow\; x + (0-\sigma)\frac{x-D}\sigma = D`, returned],
  roles: ["ReverseStep"],
  kind: "theorem",
  source: [karras2022("verified", "Euler step to 0"), code("edm")("verified", "generate.edm_sampler")],
  restsOn: ["schedule.step-consistency", "schedule.grid"],
  given: {
    "the sampler ends clean, without noise, on its last prediction": (_, facts) =>
      facts.sampler?.noise === "none" &&
      facts.sampler.endsClean &&
      facts.sampler.endsOnPrediction &&
      !facts.sampler.inverse &&
      facts.sampler.exactOnConstants,
    "predictions are not clipped": (_, facts) => facts.clip === null,
    "the output has a documented meaning": (_, facts) => facts.output !== null,
  },
  cases: { eps: noise() },
  *claim({ eps }, sampler) {
    const { output, sigmaData } = yield* sampler.facts();
    const grid = yield* sampler.grid();
    const calls = grid.times.length;
    if (output === null || calls === 0) return [unmet("the output has no documented meaning")];
    const d = eps.length;
    // Arbitrary outputs, the same for every call up to sign: history must not matter.
    const outputs = Float64Array.from({ length: calls * d }, (_, k) => (Math.floor(k / d) % 2 === 0 ? 0.5 : -0.25) * (eps[k % d] ?? 0));
    const run = yield* sampler.run({ oracle: { name: "outputs", outputs }, start: eps, draws: "none" });
    const { alpha, sigma } = levelAt(grid, calls - 1);
    const { p, q } = outputCoefficients(output, { alpha: Float64Array.of(alpha), sigma: Float64Array.of(sigma) }, sigmaData ?? undefined);
    const [before, x0, v] = [run.states.slice(-2 * d, -d), run.states.slice(-d), outputs.slice(-d)];
    const values = { alpha, q: q[0] ?? 0, sigma, p: p[0] ?? 0, x0, xt: before, v };
    if (values.alpha * values.q - values.sigma * values.p === 0) return [unmet("at the last level the output does not determine data")];
    const via = before.map((x, k) => 2 * (Math.abs(x) + Math.abs(v[k] ?? 0)));
    return [balance("data", returned, values, { answer: "x0", roundings: 12, via, axes: [["coordinate", d]] })];
  },
  // (x − D)/σ cancels and is multiplied by σ again: absolute error u|x|.
  tolerance: String.raw`|\hat x - D| \le \gamma_{12}\left(|D| + 2|x| + 2|v|\right)`,
};
