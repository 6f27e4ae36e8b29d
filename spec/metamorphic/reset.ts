/**
 * # Set-up
 *
 * A sampler that has been used and set up again is as good as new.
 */
import { noise } from "#spec/domain";
import { equality } from "#spec/evidence";
import type { Law } from "#spec/law";
import { affine, beginning } from "#spec/metamorphic/beginning";
import { requirement } from "#spec/sources";

export const resetForgets: Law<"ReverseStep", { readonly eps: Float64Array }> = {
  id: "metamorphic.reset",
  title: "Setting a used sampler up again makes it as good as new.",
  statement: [String.raw`\mathrm{run}_B \circ \mathrm{setup} \circ \mathrm{run}_A = \mathrm{run}_B \circ \mathrm{setup}`],
  roles: ["ReverseStep"],
  kind: "requirement",
  source: [requirement("set-up forgets: history fields of multistep samplers")],
  restsOn: [],
  given: { "there is a sampler": (_, facts) => facts.sampler !== null },
  cases: { eps: noise() },
  *claim({ eps }, sampler) {
    const count = yield* beginning(sampler);
    const fresh = yield* sampler.run({ oracle: affine, start: eps, count, draws: "none" });
    const reused = yield* sampler.run({ oracle: affine, start: eps, count, draws: "none", state: "reused" });
    return [
      equality("states", reused.states, fresh.states, {
        axes: [
          ["state", fresh.states.length / fresh.d],
          ["coordinate", fresh.d],
        ],
      }),
    ];
  },
  tolerance: String.raw`\text{exact}`,
};
