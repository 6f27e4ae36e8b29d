/**
 * # Order of convergence
 *
 * A sampler of order p comes closer to the exact flow by 2^p when its steps are halved.
 *
 * Convention: data are a mixture of three normals, whose exact denoiser is known. Errors are the largest over 33 starts and over all
 * states above a fixed noise level, on grids that span the same range at every N; the exact trajectory comes from the distribution
 * functions of the noised mixture (`flow-map.ts`), not from another solver.
 *
 * Not to be confused with exactness: order is blind to errors that telescope; see `sampler.exactness.polynomial`.
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import type { Law } from "#spec/law";
import { binary32, unitRoundoff } from "#spec/number/format";
import type { Oracle } from "#spec/oracle";
import type { ReverseStep } from "#spec/roles";
import { flowMap } from "#spec/sampler/flow-map";
import { samplerOf } from "#spec/sampler/step";
import { derived, lu2022 } from "#spec/sources";

/** Three normals, far enough apart that the denoiser bends. */
export const mixture: Extract<Oracle, { name: "mixture" }> = {
  name: "mixture",
  weights: Float64Array.of(0.3, 0.5, 0.2),
  means: Float64Array.of(-1.5, 0.2, 1.4),
  variances: Float64Array.of(0.09, 0.16, 0.04),
};

const counts = [10, 20, 40, 80, 160];
/** What the finest grid's steps may round away in binary32: errors below are not the discretisation's. */
const floor = 160 * unitRoundoff(binary32);
const starts = Float64Array.from({ length: 33 }, (_, k) => (k - 16) / 8);

export const orderOfConvergence: Law<"ReverseStep", { readonly pass: number }> = {
  id: "sampler.order",
  title: "The error of a sampler falls with the number of steps at the order it claims.",
  statement: [String.raw`\max_{i,\,x}\left|\hat x_i - \Phi_{\sigma_0\to\sigma_i}(x)\right| = O(N^{-p})`],
  roles: ["ReverseStep"],
  kind: "limit",
  source: [lu2022("unverified"), derived("the orders were measured on the same mixture")],
  restsOn: ["sampler.oracle.point-mass"],
  given: {
    "a deterministic sampler that claims an order": (_, facts) => facts.sampler?.noise === "none" && facts.sampler.order !== null && !facts.sampler.inverse,
    "predictions are not clipped": (_, facts) => facts.clip === null,
  },
  cases: { pass: fc.constant(0) },
  share: 3,
  *claim(_, sampler) {
    const { order } = samplerOf(yield* sampler.facts());
    const errors: number[] = [];
    const used: number[] = [];
    for (const N of counts) {
      const error = yield* errorAt(sampler, N);
      if (error === null) continue;
      errors.push(error);
      used.push(N);
    }
    return [{ kind: "order", name: "convergence", claimed: order ?? 1, steps: used, errors, floor }];
  },
  tolerance: String.raw`\text{violated only if the last two local slopes lie below } p-\tfrac12 \text{ and do not rise}`,
};

/** The largest error over starts and over states above a fixed level; null where N steps cannot be had. */
function* errorAt(sampler: ReverseStep, N: number): Ask<number | null> {
  const manner = { override: { steps: N } };
  const grid = yield* sampler.grid(manner);
  if (grid.times.length < N) return null;
  const [a0 = 1, s0 = 1] = [grid.alpha[0], grid.sigma[0]];
  const size = Math.hypot(a0, s0);
  const start = starts.map((x) => x * size);
  const run = yield* sampler.run({ oracle: mixture, start, draws: "none" }, manner);
  let worst = 0;
  const states = run.states.length / run.d;
  for (let i = 1; i < states; i++) {
    const [alpha, sigma] = [grid.alpha[i] ?? 1, grid.sigma[i] ?? 0];
    // Only states above the same noise level at every N: the last steps towards 0 are singular.
    if (sigma / alpha < 0.3) continue;
    const exact = flowMap(mixture, start, { alpha: a0, sigma: s0 }, { alpha, sigma });
    for (let j = 0; j < run.d; j++) worst = Math.max(worst, Math.abs((run.states[i * run.d + j] ?? 0) - (exact[j] ?? 0)) / Math.hypot(alpha, sigma));
  }
  return worst;
}
