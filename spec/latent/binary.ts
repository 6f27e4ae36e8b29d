/**
 * # Two states
 *
 * Bernoulli diffusion of binary latents is uniform noise with K = 2: a bit flips with probability (1 − a)/2, and 1 − 2p multiplies along the
 * way.
 *
 * Convention: a is the survival probability of `survival`.
 */
import fc from "fast-check";
import { unitTime } from "#spec/domain";
import { balance } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { austin2021 } from "#spec/sources";

const flip = equation("2 * p == 1 - a");
const composed = equation("1 - 2 * p_u == (1 - 2 * p_t) * (1 - 2 * p_r)");

export const binaryNoise: Law<"DiscreteKernel", { readonly u: number; readonly w: number; readonly x: number }> = {
  id: "latent.binary.k2",
  title: "Binary diffusion is uniform noise on two states: 1 − 2p multiplies.",
  statement: [flip, composed],
  roles: ["DiscreteKernel"],
  kind: "theorem",
  source: [austin2021("verified", "§3")],
  restsOn: ["categorical.q.uniform"],
  given: {
    "there are two states": (_, { discrete }) => discrete?.classes === 2,
    "noise is uniform": (_, { discrete }) => discrete?.family === "uniform",
  },
  cases: { u: unitTime(), w: unitTime(), x: fc.integer({ min: 0, max: 1 }) },
  *claim({ u, w, x }, process) {
    const [early, late] = [Math.min(u, w), Math.max(u, w)];
    const other = (row: Float64Array): number => row[1 - x] ?? Number.NaN;
    const state = Float64Array.of(x);
    const [a = Number.NaN] = yield* process.survival(late);
    const whole = other(yield* process.transition("data", late, state));
    const before = other(yield* process.transition("data", early, state));
    const after = other(yield* process.transition(early, late, state));
    return [
      balance("flip", flip, { p: whole, a }, { answer: "p", roundings: 6 }),
      balance("composed", composed, { p_u: whole, p_t: after, p_r: before }, { answer: "p_u", roundings: 10, via: 2 }),
    ];
  },
  tolerance: String.raw`|1-2\hat p_u - (1-2\hat p_t)(1-2\hat p_r)| \le \gamma_{10}\,(1 + 2p_u + \dots + 2)`,
};
