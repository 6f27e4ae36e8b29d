/**
 * # Inversion
 *
 * A sampler that runs from clean data to noise.
 */
import { data, noise } from "#spec/domain";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { accumulated, onPath } from "#spec/sampler/oracle";
import { counts, farthest, floor, mixture, starts } from "#spec/sampler/order";
import { exhausted, samplerOf } from "#spec/sampler/step";
import { derived } from "#spec/sources";
import { tiled } from "#spec/tensor";

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
      if (exhausted(finer) || finer.times.length < N) break;
      const climb = yield* sampler.run({ oracle: mixture, start: starts, draws: "none" }, manner);
      errors.push(farthest(climb, finer, starts));
    }
    if (errors.length < 3) return found;
    return [...found, { kind: "order", name: "convergence", claimed: 1, steps: counts.slice(0, errors.length), errors, floor }];
  },
  tolerance: String.raw`\text{the path as sampler.oracle.point-mass; the order as sampler.order}`,
};
