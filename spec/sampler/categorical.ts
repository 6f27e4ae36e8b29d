/**
 * # Drawing tokens
 *
 * A categorical sampler draws every token as often as its law says, the rare ones too. Races of exponentials or Gumbels in binary32 with
 * uniforms of 24 bits never draw a token that is some 10⁸ times rarer than the likeliest.
 *
 * Convention: one token of mass 1 − 2⁻¹⁰, the rest shared by 2¹² others: how many draws fall outside the one. Then a flat law, by eighths.
 */
import fc from "fast-check";
import { drawnFrom } from "#spec/evidence";
import type { Law } from "#spec/law";
import { code, derived } from "#spec/sources";

const count = 40_000;
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
