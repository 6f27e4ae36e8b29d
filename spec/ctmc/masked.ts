/**
 * # How long a mask stays
 *
 * A masked token is still masked at s with probability (1 − a_s)/(1 − a_t), whatever the model says, and these telescope: how a grid
 * cuts time does not change when tokens appear. For a = 1 − t the first of n masked tokens appears at t·U^{1/n}.
 *
 * Convention: a is the survival probability of a token, s < t.
 */
import fc from "fast-check";
import { drawnLaws } from "#spec/categorical/table";
import { isFamily } from "#spec/ctmc/families";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { derived } from "#spec/sources";

const stays = equation("p * (1 - a_t) == 1 - a_s");
const telescopes = equation("p == p_1 * p_2");

interface Step {
  readonly s: number;
  readonly h: number;
  readonly k: number;
  readonly stream: number;
}

const sixtyFourths = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max }).map((n) => n / 64);

export const maskSurvival: Law<"DiscreteStep" | "DiscreteKernel", Step> = {
  id: "ctmc.masked.first-hitting",
  title: "A mask outlasts a step with probability (1 − a_s)/(1 − a_t), and steps telescope.",
  statement: [stays, telescopes, String.raw`a_t = 1-t \;\Rightarrow\; \Pr(\text{none of } n \text{ appears before } s) = (s/t)^n`],
  roles: ["DiscreteStep", "DiscreteKernel"],
  kind: "theorem",
  source: [derived("Bayes for a chain that only masks")],
  restsOn: [],
  given: {
    "noise is absorbing": isFamily("absorbing"),
    "there is a mask": (_, { discrete }) => discrete?.mask !== null,
    "the step is exact": (_, { discrete }) => discrete?.reverse !== "euler" && discrete?.reverse !== null,
    "no floor is added": (_, { discrete }) => discrete?.floor === 0,
  },
  cases: { s: sixtyFourths(0, 32), h: sixtyFourths(1, 16), k: sixtyFourths(1, 16), stream: fc.integer({ min: 0, max: 2 ** 20 }) },
  *claim({ s, h, k, stream }, process) {
    const { discrete } = yield* process.facts();
    const [K, mask] = [discrete?.classes ?? Number.NaN, discrete?.mask ?? Number.NaN];
    const clean = drawnLaws(stream, 1, K, mask);
    const [r, t] = [s + h, s + h + k];
    const [a_s = Number.NaN, a_r = Number.NaN, a_t = Number.NaN] = yield* process.survival([s, r, t]);
    if (!(a_r < a_s && a_t < a_r)) return [unmet("nothing is masked between these times")];
    const stay = function* (from: number, to: number) {
      return (yield* process.stepLaw(Float64Array.of(mask), clean, to, from))[mask] ?? Number.NaN;
    };
    const p = yield* stay(t, s);
    const [p_1, p_2] = [yield* stay(t, r), yield* stay(r, s)];
    return [
      balance("stays", stays, { p, a_s, a_t }, { answer: "p", roundings: 16, via: 2 }),
      balance("telescopes", telescopes, { p, p_1, p_2 }, { answer: "p", roundings: 16, via: 2 / (1 - a_t) + 2 / (1 - a_r) }),
    ];
  },
  // 1 − a is formed from a, and is right to a rounding of 1.
  tolerance: String.raw`|\hat p(1-a_t) - (1-a_s)| \le \gamma_{16}(2 + \hat p(1+a_t) + 1 + a_s)`,
};
