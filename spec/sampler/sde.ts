/**
 * # Weak order of stochastic samplers
 *
 * A discretised reverse SDE reproduces moments with an error that falls like the step. On Gaussian data the variance of every state
 * follows a deterministic recursion, read off draw by draw: no sampling.
 *
 * Convention: data N(0, v); the state's variance at level (α, σ) should be α²v + σ².
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import type { Law } from "#spec/law";
import { binary32, unitRoundoff } from "#spec/number/format";
import type { ReverseStep } from "#spec/roles";
import { coordinates, exhausted } from "#spec/sampler/step";
import { derived, standard } from "#spec/sources";

const counts = [12, 24, 48, 96];
const dataVariance = 0.25;

export const weakOrder: Law<"ReverseStep", { readonly pass: number }> = {
  id: "sampler.sde.weak-order",
  title: "The variance that a stochastic sampler leaves converges to the true one at order 1.",
  statement: [String.raw`\max_i\left|\mathrm{Var}[\hat x_i] - (\alpha_i^2 v + \sigma_i^2)\right| = O(1/N)`],
  roles: ["ReverseStep"],
  kind: "limit",
  source: [standard("weak convergence of Euler–Maruyama"), derived("linear samplers have deterministic variance recursions")],
  restsOn: ["sampler.ddim.family"],
  given: {
    "a stochastic sampler that keeps the marginal": (_, facts) =>
      facts.sampler?.noise === "marginal" && facts.sampler.exactOnConstants && !facts.sampler.renoises && !facts.sampler.inverse,
    "predictions are not clipped": (_, facts) => facts.clip === null,
  },
  cases: { pass: fc.constant(0) },
  share: 1,
  *claim(_, sampler) {
    const errors: number[] = [];
    const used: number[] = [];
    for (const N of counts) {
      const error = yield* errorAt(sampler, N);
      if (error === null) continue;
      errors.push(error);
      used.push(N);
    }
    return [{ kind: "order", name: "variance", claimed: 1, steps: used, errors, floor: 96 * unitRoundoff(binary32) }];
  },
  tolerance: String.raw`\text{violated only if the last two local slopes lie below } \tfrac12 \text{ and do not rise}`,
};

function* errorAt(sampler: ReverseStep, N: number): Ask<number | null> {
  const manner = { override: { steps: N } };
  const grid = yield* sampler.grid(manner);
  if (grid.times.length < N || exhausted(grid)) return null;
  const oracle = { name: "gaussian", mean: Float64Array.of(0), variance: Float64Array.of(dataVariance) } as const;
  const plan = { oracle, start: new Float64Array(6).fill(1) };
  const still = yield* sampler.run({ ...plan, draws: "none" }, manner);
  const drawn = still.drawn.reduce((sum, n) => sum + n, 0);
  if (drawn === 0) return null;
  // All coordinates start alike and have the same data, so the run without draws is known in every one of them.
  const d = coordinates(drawn);
  const moved = yield* sampler.run({ oracle, start: new Float64Array(d).fill(1), draws: "basis" }, manner);
  const [a0 = 1, s0 = 0] = [grid.alpha[0], grid.sigma[0]];
  const first = a0 * a0 * dataVariance + s0 * s0;
  let worst = 0;
  for (let i = 1; i < moved.states.length / d; i++) {
    const [alpha, sigma] = [grid.alpha[i] ?? 1, grid.sigma[i] ?? 0];
    if (sigma / alpha < 0.3) continue;
    const own = still.states[i * still.d] ?? 0;
    let variance = own ** 2 * first;
    for (let k = 0; k < drawn; k++) variance += ((moved.states[i * d + k] ?? 0) - own) ** 2;
    const truth = alpha * alpha * dataVariance + sigma * sigma;
    worst = Math.max(worst, Math.abs(variance - truth) / truth);
  }
  return worst;
}
