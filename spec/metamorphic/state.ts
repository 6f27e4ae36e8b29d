/**
 * # State and randomness
 *
 * A sampler that has been used and set up again is as good as new; its noise comes from its stream alone.
 */
import fc from "fast-check";
import { noise } from "#spec/domain";
import { type Evidence, atLeast, equality } from "#spec/evidence";
import type { Law } from "#spec/law";
import { requirement } from "#spec/sources";

const affine = { name: "affine", slope: 0.1, intercept: 0 } as const;

interface Start {
  readonly eps: Float64Array;
}

export const resetForgets: Law<"ReverseStep", Start> = {
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
    const fresh = yield* sampler.run({ oracle: affine, start: eps, draws: "none" });
    const reused = yield* sampler.run({ oracle: affine, start: eps, draws: "none", state: "reused" });
    return [equality("states", reused.states, fresh.states, { axes: [["state", fresh.states.length / fresh.d], ["coordinate", fresh.d]] })];
  },
  tolerance: String.raw`\text{exact}`,
};

export const seedDecides: Law<"ReverseStep", Start & { readonly stream: number }> = {
  id: "metamorphic.seed",
  title: "The stream of noise decides everything: the same stream gives the same run, and draws do not depend on the data.",
  statement: [String.raw`F(x;\omega) = F(x;\omega),\qquad \#\mathrm{draws}(x) = \#\mathrm{draws}(y),\qquad \omega\ne\omega' \Rightarrow F(x;\omega)\ne F(x;\omega')`],
  roles: ["ReverseStep"],
  kind: "requirement",
  source: [requirement("randomness comes from the generator alone")],
  restsOn: [],
  given: { "there is a sampler": (_, facts) => facts.sampler !== null },
  cases: { eps: noise(), stream: fc.integer({ min: 1, max: 1000 }) },
  *claim({ eps, stream }, sampler) {
    const plan = { oracle: affine, start: eps };
    const once = yield* sampler.run({ ...plan, draws: { stream } });
    const twice = yield* sampler.run({ ...plan, draws: { stream } }, { fresh: true });
    const elsewhere = yield* sampler.run({ ...plan, start: eps.map((x) => 1 - x), draws: { stream } });
    const axes = [["state", once.states.length / once.d], ["coordinate", once.d]] as const;
    const found: Evidence[] = [equality("repetition", twice.states, once.states, { axes }), equality("draws", elsewhere.drawn, once.drawn)];
    const quiet = yield* sampler.run({ ...plan, draws: "none" });
    const noisy = once.states.some((x, k) => x !== quiet.states[k]);
    if (noisy) {
      // A sampler whose states feel the stream must feel another stream as well.
      const other = yield* sampler.run({ ...plan, draws: { stream: stream + 1 } });
      const differs = other.states.some((x, k) => x !== once.states[k]);
      found.push(atLeast("streams", differs ? 1 : 0, 1));
    }
    return found;
  },
  tolerance: String.raw`\text{exact}`,
};
