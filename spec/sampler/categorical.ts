/**
 * # Drawing tokens
 *
 * What is drawn is held to its law by counting, on the subject's own random numbers. That sees what the exact laws of steps take for
 * granted: that the tokens of a sequence and the sequences of a batch are drawn apart from one another.
 *
 * A categorical sampler draws every token as often as its law says, the rare ones too. Races of exponentials or Gumbels in binary32 with
 * uniforms of 24 bits never draw a token that is some 10⁸ times rarer than the likeliest.
 *
 * Convention of the tail: one token of mass 1 − 2⁻¹⁰, the rest shared by 2¹² others: how many draws fall outside the one. Then a flat law, by eighths.
 */
import fc from "fast-check";
import { drawnLaws, normalise } from "#spec/categorical/table";
import { drawnFrom, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { code, derived } from "#spec/sources";

const count = 40_000;
/** Two independent tokens where one uniform number serves both are seen with far fewer. */
const runCount = 20_000;
const tokens = 4097;
const tail = 1 / 1024;

interface Draws {
  readonly likeliest: number;
  readonly stream: number;
}

export const categoricalTail: Law<"DiscreteSampler", Draws> = {
  id: "sampler.categorical.tail",
  title: "Tokens are drawn as often as their law says, rare ones included.",
  statement: [String.raw`P(X = i) = p_i \quad\text{for every } i \text{, down to the resolution that is declared}`],
  roles: ["DiscreteSampler"],
  kind: "requirement",
  source: [code("vLLM")("verified"), derived("counts of independent draws are binomial")],
  restsOn: [],
  given: {},
  cases: { likeliest: fc.integer({ min: 0, max: tokens - 1 }), stream: fc.integer({ min: 0, max: 0x7fffffff }) },
  share: 2,
  unpromoted: true,
  *claim({ likeliest, stream }, sampler) {
    const law = new Float64Array(tokens).fill(tail / (tokens - 1));
    law[likeliest] = 1 - tail;
    const drawn = yield* sampler.draw(law, count, stream);
    const outside = drawn.map((x) => (x === likeliest ? 0 : 1));
    const even = yield* sampler.draw(new Float64Array(tokens - 1).fill(1 / (tokens - 1)), count, stream);
    const eighths = even.map((x) => Math.floor((8 * x) / (tokens - 1)));
    return [
      drawnFrom("tail", outside, Float64Array.of(1 - tail, tail), { axes: [["in the tail", 2]] }),
      drawnFrom("vocabulary", eighths, new Float64Array(8).fill(1 / 8), { axes: [["eighth", 8]] }),
    ];
  },
  tolerance: String.raw`P\bigl(N_{\text{tail}} \text{ as far out}\bigr) > \frac{\alpha}{4} \text{, exact binomial tails}`,
};

/** Sequences of two tokens are counted; more states are too many. */
const mostClasses = 8;

export const drawnRuns: Law<"DiscreteSampler", { readonly alike: boolean; readonly steps: number; readonly stream: number }> = {
  id: "sampler.categorical.runs",
  title: "Whole runs draw sequences as often as the exact law of their steps says.",
  statement: [String.raw`\#\{i : x_i = y\} \sim \mathrm{Binomial}\bigl(n, p(y)\bigr),\qquad p = \pi\,P_1 P_2\cdots P_N`],
  roles: ["DiscreteSampler"],
  kind: "requirement",
  source: [derived("counts of independent draws are binomial")],
  restsOn: [],
  given: { "few enough sequences to count": (_, { discrete }) => (discrete?.classes ?? Number.POSITIVE_INFINITY) <= mostClasses },
  cases: { alike: fc.boolean(), steps: fc.integer({ min: 1, max: 4 }), stream: fc.integer({ min: 0, max: 0x7fffffff }) },
  share: 4,
  *claim({ alike, steps, stream }, sampler) {
    const { discrete } = yield* sampler.facts();
    if (discrete === null) return [unmet("there are no states")];
    const { classes: K, mask } = discrete;
    const table = normalise(
      drawnLaws(stream, 1, K * K).map((p, k) => {
        const [x, y] = [Math.floor(k / K), k % K];
        if (x === mask || y === mask) return 0;
        // Never impossible: a pair drawn as if independent must leave the model something to condition on.
        return alike && x !== y ? p / 64 : p;
      }),
    );
    // Draws first: who has none is not asked for the law, which may cost an enumeration.
    const drawn = yield* sampler.runs(table, 2, steps, runCount, stream);
    const law = yield* sampler.runLaw(table, 2, steps);
    const axes = [
      ["first token", K],
      ["second token", K],
    ] as const;
    return [drawnFrom("sequences", drawn, normalise(law.slice()), { axes })];
  },
  tolerance: String.raw`P\bigl(|N_y - np(y)| \text{ as far out}\bigr) > \frac{\alpha}{2K^2} \text{ for every } y \text{, exact binomial tails}`,
};
