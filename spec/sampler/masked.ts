/**
 * # Unmasking in parallel
 *
 * Two masked tokens that are unmasked in different steps follow their joint law, for the second is drawn given the first; in one
 * step they are drawn as if they were independent. How often that happens is all that a run of exact steps gets wrong. Steps of rates
 * are not exact: they unmask more often or less, and where they mask again, a token is drawn more than once.
 *
 * Convention: a run of n steps goes through the times i/n, and begins with all tokens masked; a sequence of two tokens is counted
 * with the last fastest.
 */
import fc from "fast-check";
import { unfloored } from "#spec/categorical/posterior";
import { drawnLaws, normalise } from "#spec/categorical/table";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { derived } from "#spec/sources";

const pair = equation("p == (1 - c) * J + c * M");

/** Sequences of two tokens are counted; more states are too many. */
const mostClasses = 8;

interface Pair {
  readonly stream: number;
  readonly steps: number;
  /** Two tokens that are mostly alike, or any law. */
  readonly alike: boolean;
}

export const maskedPair: Law<"DiscreteSampler" | "DiscreteKernel", Pair> = {
  id: "sampler.masked.pair",
  title: "Two masked tokens come out as their joint law, but for the chance of being unmasked in one step.",
  statement: [
    String.raw`p = (1-c)\,J + c\,J_1\otimes J_2,\qquad c = \sum_{i=1}^n\Bigl(\frac{a_{(i-1)/n}-a_{i/n}}{1-a_1}\Bigr)^2`,
    String.raw`a_t = 1-t \;\Rightarrow\; c = \tfrac1n`,
  ],
  roles: ["DiscreteSampler", "DiscreteKernel"],
  kind: "theorem",
  source: [derived("unmasking times of two tokens are independent")],
  restsOn: ["categorical.reverse.absorbing-coincide"],
  given: {
    "noise is absorbing": (_, { discrete }) => discrete?.family === "absorbing",
    "the step is exact": (_, { discrete }) => discrete?.reverse !== "euler" && discrete?.reverse !== null,
    "no floor is added": unfloored,
  },
  cases: { stream: fc.integer({ min: 0, max: 999 }), steps: fc.integer({ min: 1, max: 6 }), alike: fc.boolean() },
  *claim({ stream, steps, alike }, sampler) {
    const { discrete } = yield* sampler.facts();
    if (discrete === null || discrete.mask === null || discrete.classes > mostClasses)
      return [unmet("the sequences are too many to count")];
    const { classes: K, mask } = discrete;
    const levels = yield* sampler.survival(Float64Array.from({ length: steps + 1 }, (_, i) => i / steps));
    const [first = Number.NaN, last = Number.NaN] = [levels[0], levels[steps]];
    if (first !== 1 || last === 1) return [unmet("a run does not begin masked and end with data")];
    const c = levels.slice(1).reduce((sum, a, i) => sum + (((levels[i] ?? 0) - a) / (1 - last)) ** 2, 0);
    const J = normalise(
      drawnLaws(stream, 1, K * K).map((p, k) => {
        const [x, y] = [Math.floor(k / K), k % K];
        if (x === mask || y === mask) return 0;
        // Never impossible: a pair drawn as if independent must leave the model something to condition on.
        return alike && x !== y ? p / 64 : p;
      }),
    );
    const side = (of: (k: number) => number): Float64Array => {
      const sums = new Float64Array(K);
      J.forEach((p, k) => {
        sums[of(k)] = (sums[of(k)] ?? 0) + p;
      });
      return sums;
    };
    const [left, right] = [side((k) => Math.floor(k / K)), side((k) => k % K)];
    const product = (mass: number): Float64Array => {
      const of = (law: Float64Array, x: number): number => (law[x] ?? 0) + (x === mask ? mass : 0);
      return J.map((_, k) => of(left, Math.floor(k / K)) * of(right, k % K));
    };
    const M = product(0);
    const p = yield* sampler.runLaw(J, 2, steps);
    const axes = [
      ["first token", K],
      ["second token", K],
    ] as const;
    // The chance of a mask to stay may be what the others leave of 1.
    return [balance("law", pair, { p, c, J, M }, { answer: "p", roundings: 24 + 12 * steps, via: product(1), axes })];
  },
  // Per step a product of two laws of six roundings each; all terms are positive but for what is taken from 1 at the mask.
  tolerance: String.raw`|\hat p - p| \le \gamma_{24+12n}\left(\hat p + J + cJ + cM + (J_1+\delta_m)\otimes(J_2+\delta_m)\right)`,
};
