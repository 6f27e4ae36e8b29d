/**
 * # Order of convergence
 *
 * A sampler of order p comes closer to the exact flow by 2^p when its steps are halved.
 *
 * Convention: data are a mixture of three normals, whose exact denoiser is known. Errors are the largest over 17 starts and over all
 * states above a fixed noise level, on grids that span the same range at every N; the exact trajectory comes from the distribution
 * functions of the noised mixture (`flow-map.ts`), not from another solver.
 *
 * Not to be confused with exactness: order is blind to errors that telescope; see `sampler.exactness.polynomial`.
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import { atLeast, type Evidence, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { binary32, unitRoundoff } from "#spec/number/format";
import type { Oracle } from "#spec/oracle";
import type { Grid, ReverseStep, Run } from "#spec/roles";
import { flowMap } from "#spec/sampler/flow-map";
import { exhausted, levelAt, samplerOf } from "#spec/sampler/step";
import { derived, lu2022 } from "#spec/sources";

/** Three normals, far enough apart that the denoiser bends. */
export const mixture: Extract<Oracle, { name: "mixture" }> = {
  name: "mixture",
  weights: Float64Array.of(0.3, 0.5, 0.2),
  means: Float64Array.of(-1.5, 0.2, 1.4),
  variances: Float64Array.of(0.09, 0.16, 0.04),
};

export const counts: readonly number[] = [10, 20, 40, 80, 160];
/** What the finest grid's steps may round away in binary32: errors below are not the discretisation's. */
export const floor: number = 160 * unitRoundoff(binary32);
export const starts: Float64Array = Float64Array.from({ length: 17 }, (_, k) => (k - 8) / 4);

export const orderOfConvergence: Law<"ReverseStep", { readonly pass: number }> = {
  id: "sampler.order",
  title: "The error of a sampler falls with the number of steps at the order it claims.",
  statement: [String.raw`\max_{i,\,x}\left|\hat x_i - \Phi_{\sigma_0\to\sigma_i}(x)\right| = O(N^{-p})`],
  roles: ["ReverseStep"],
  kind: "limit",
  source: [lu2022("unverified"), derived("the orders were measured on the same mixture")],
  restsOn: ["sampler.oracle.point-mass"],
  given: {
    "a deterministic sampler that claims an order": (_, facts) =>
      facts.sampler?.noise === "none" && facts.sampler.order !== null && !facts.sampler.inverse,
    "predictions are not clipped": (_, facts) => facts.clip === null,
  },
  cases: { pass: fc.constant(0) },
  share: 3,
  *claim(_, sampler) {
    const { order } = samplerOf(yield* sampler.facts());
    const errors: number[] = [];
    const used: number[] = [];
    const [coarsest = 0] = counts;
    let short: Evidence[] = [];
    for (const N of counts) {
      const { error, asked, calls } = yield* errorAt(sampler, N);
      // Lists of times that a user gives cannot be refined. Ten steps can always be had, of whatever kind.
      if (calls < asked) short = N === coarsest ? [atLeast("model calls", calls, asked)] : short;
      else if (Number.isNaN(error)) break;
      else if (asked > (used[used.length - 1] ?? 0)) {
        errors.push(error);
        used.push(asked);
      }
    }
    if (errors.length < 3) return short.length > 0 ? short : [unmet("the grid cannot be refined")];
    return [{ kind: "order", name: "convergence", claimed: order ?? 1, steps: used, errors, floor }, ...short];
  },
  tolerance: String.raw`\text{violated only if the last two local slopes lie below } p-\tfrac12 \text{ and do not rise}`,
};

interface Measured {
  readonly asked: number;
  readonly calls: number;
  readonly error: number;
}

/** The largest error over starts and over states above a fixed level, of the run that answers to N steps. */
function* errorAt(sampler: ReverseStep, N: number): Ask<Measured> {
  const manner = { override: { steps: N } };
  const grid = yield* sampler.grid(manner);
  const [asked, calls] = [grid.asked, grid.times.length];
  if (calls < asked || exhausted(grid)) return { asked, calls, error: Number.NaN };
  const [a0 = 1, s0 = 1] = [grid.alpha[0], grid.sigma[0]];
  const size = Math.hypot(a0, s0);
  const start = starts.map((x) => x * size);
  const run = yield* sampler.run({ oracle: mixture, start, draws: "none" }, manner);
  return { asked, calls, error: farthest(run, grid, start) };
}

/** How many states of a run are compared with the exact flow. */
const compared = 16;

/**
 * The largest distance between a run and the exact flow of its starts, relative to the size of the state: over states above the same
 * noise level at every N, since the last steps towards 0 are singular. Of long runs every few states are enough, and the last of all.
 */
export function farthest(run: Run, grid: Grid, start: Float64Array): number {
  const places = Array.from(grid.sigma.keys()).filter(
    (i) => i > 0 && grid.alpha[i] !== 0 && (grid.sigma[i] ?? 0) / (grid.alpha[i] ?? 1) >= 0.3,
  );
  const stride = Math.max(1, Math.floor(places.length / compared));
  const exact = flowMap(mixture, start, levelAt(grid, 0));
  let worst = 0;
  for (const i of places.filter((_, k) => k % stride === 0 || k === places.length - 1)) {
    const level = levelAt(grid, i);
    const right = exact(level);
    for (let j = 0; j < run.d; j++)
      worst = Math.max(worst, Math.abs((run.states[i * run.d + j] ?? 0) - (right[j] ?? 0)) / Math.hypot(level.alpha, level.sigma));
  }
  return worst;
}
