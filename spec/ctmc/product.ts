/**
 * # Sequences
 *
 * Tokens are noised one by one: rates of sequences lead to neighbours that differ in one token, forward and in reverse, and the reverse
 * rate of a token needs the law of its clean value given the whole sequence, and nothing else of its neighbours.
 *
 * Convention: sequences of two tokens with a drawn joint law; the marginal of a sequence is a sum over all data.
 */
import fc from "fast-check";
import { attempted } from "#spec/ask";
import { drawnLaws, drawnStates, normalise } from "#spec/categorical/table";
import { drawnData, isReached } from "#spec/ctmc/marginal";
import { statesOf } from "#spec/ctmc/time";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { campbell2022, lou2024 } from "#spec/sources";

const flux = equation("q_x * r == q_y * r_1");
const sequences = 6;

export const oneTokenAtATime: Law<"RateGenerator", { readonly u: number; readonly stream: number }> = {
  id: "ctmc.product.kronecker",
  title: "Sequences change one token at a time, at rates that balance their joint law.",
  statement: [
    String.raw`R_t(x,y) = \sum_i \Bigl(\prod_{j\ne i}\delta_{x_jy_j}\Bigr) R^{(i)}_t(x_i,y_i)`,
    String.raw`q_t(x)\,\hat R^{(i)}_t(x,y_i) = q_t(x_1\dots y_i\dots x_L)\,R_t(y_i,x_i)`,
  ],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [lou2024("verified", "Eq. 11–13"), campbell2022("second-hand", "§4.2")],
  restsOn: ["ctmc.reverse.x0-form"],
  given: { "no floor is added": (_, { discrete }) => discrete?.floor === 0 },
  cases: { u: fc.integer({ min: 1, max: 64 }).map((k) => k / 64), stream: fc.integer({ min: 0, max: 2 ** 20 }) },
  *claim({ u, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const { states: clean } = drawnData(discrete, stream);
    const m = clean.length;
    const table = drawnLaws(stream, 1, m * m);
    const rows = yield* chain.transition("data", u, clean);
    const P = (a: number, x: number): number => rows[a * K + x] ?? 0;
    /** Σ over data of the table times both likelihoods; the first token's clean value may be fixed. */
    const mass = (x: number, y: number, first?: number, second?: number): number => {
      let sum = 0;
      for (let a = 0; a < m; a++)
        for (let b = 0; b < m; b++)
          if ((first === undefined || a === first) && (second === undefined || b === second))
            sum += (table[a * m + b] ?? 0) * P(a, x) * P(b, y);
      return sum;
    };
    const states = statesOf(discrete);
    const drawn = drawnStates(stream + 1, 2 * sequences, states.length).map((i) => states[i] ?? 0);
    const reached = Array.from({ length: sequences }, (_, k) => [drawn[2 * k] ?? 0, drawn[2 * k + 1] ?? 0] as const).filter(([x, y]) =>
      isReached(mass(x, y)),
    );
    if (reached.length === 0) return [unmet("no sequence that was drawn is reached")];
    const tokens = Float64Array.from(reached.flat());
    const n = tokens.length;
    const [posteriors, ratios] = [new Float64Array(n * K), new Float64Array(n * K)];
    reached.forEach(([x, y], k) => {
      clean.forEach((x0, a) => {
        posteriors[2 * k * K + x0] = mass(x, y, a);
        posteriors[(2 * k + 1) * K + x0] = mass(x, y, undefined, a);
      });
      for (let z = 0; z < K; z++) {
        ratios[2 * k * K + z] = mass(z, y) / mass(x, y);
        ratios[(2 * k + 1) * K + z] = mass(x, z) / mass(x, y);
      }
    });
    for (let i = 0; i < n; i++) normalise(posteriors.subarray(i * K, (i + 1) * K));
    const fromClean = yield* attempted(chain.reverseRate("clean", tokens, posteriors, u));
    const reverse = fromClean ?? (yield* chain.reverseRate("ratio", tokens, ratios, u));
    const rates = yield* chain.rate(u, states);
    const jumps = Array.from(tokens, (x, i) => Array.from(states, (z, j) => ({ i, j, x, z })))
      .flat()
      .filter(({ x, z }) => x !== z);
    const pick = (f: (jump: (typeof jumps)[number]) => number): Float64Array => Float64Array.from(jumps, f);
    return [
      balance(
        "flux",
        flux,
        {
          q_x: pick(({ i }) => mass(tokens[i - (i % 2)] ?? 0, tokens[i - (i % 2) + 1] ?? 0)),
          q_y: pick(({ i, z }) => (i % 2 === 0 ? mass(z, tokens[i + 1] ?? 0) : mass(tokens[i - 1] ?? 0, z))),
          r: pick(({ i, z }) => reverse[i * K + z] ?? 0),
          r_1: pick(({ j, x }) => rates[j * K + x] ?? 0),
        },
        { answer: "r", roundings: K + 32 },
      ),
    ];
  },
  // A sum of K quotients, none of them negative.
  tolerance: String.raw`|q(x)\hat r - q(y)r| \le \gamma_{K+32}(q(x)\hat r + q(y)r)`,
};
