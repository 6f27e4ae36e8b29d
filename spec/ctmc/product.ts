/**
 * # Sequences
 *
 * Tokens are noised one by one: rates of sequences lead to neighbours that differ in one token, forward and in reverse, and the reverse
 * rate of a token needs the law of its clean value given the whole sequence, and nothing else of its neighbours.
 *
 * Convention: sequences of two or three tokens, the first of them of equal tokens, with a drawn joint law of data; the marginal of a sequence
 * is a sum over all data. Data have few states where their sequences would be many.
 */
import fc from "fast-check";
import { attempted } from "#spec/ask";
import { drawnLaws, drawnStates, normalise, tokensOf } from "#spec/categorical/table";
import { drawnData, isReached } from "#spec/ctmc/marginal";
import { statesOf } from "#spec/ctmc/time";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { campbell2022, lou2024 } from "#spec/sources";

const flux = equation("q_x * r == q_y * r_1");
const sequences = 6;
/** Sequences of data, at most. */
const most = 4096;

interface Sequences {
  readonly u: number;
  readonly length: 2 | 3;
  readonly stream: number;
}

export const oneTokenAtATime: Law<"RateGenerator", Sequences> = {
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
  cases: {
    u: fc.integer({ min: 1, max: 64 }).map((k) => k / 64),
    length: fc.constantFrom(2, 3),
    stream: fc.integer({ min: 0, max: 2 ** 20 }),
  },
  *claim({ u, length: L, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const clean = drawnData(discrete, stream).states.slice(0, Math.floor(most ** (1 / L)));
    const m = clean.length;
    const table = drawnLaws(stream, 1, m ** L);
    const rows = yield* chain.transition("data", u, clean);
    const P = (a: number, x: number): number => rows[a * K + x] ?? 0;
    /** The law of one token's clean value and of all others as they are: everything there is to know of it from the sequence. Shape `m`. */
    const others = (sequence: ArrayLike<number>, i: number): Float64Array => {
      const out = new Float64Array(m);
      table.forEach((p, k) => {
        const data = tokensOf(k, L, m);
        const a = data[i] ?? 0;
        out[a] = (out[a] ?? 0) + data.reduce((product, b, j) => (j === i ? product : product * P(b, sequence[j] ?? 0)), p);
      });
      return out;
    };
    const mass = (weights: Float64Array, x: number): number => weights.reduce((sum, w, a) => sum + w * P(a, x), 0);
    const states = statesOf(discrete);
    const drawn = drawnStates(stream + 1, L * sequences, states.length).map((i) => states[i] ?? 0);
    drawn.fill(drawn[0] ?? 0, 0, L);
    const tokens = drawn.filter((_, k) => {
      const first = k - (k % L);
      return isReached(mass(others(drawn.subarray(first, first + L), 0), drawn[first] ?? 0));
    });
    const n = tokens.length;
    if (n === 0) return [unmet("no sequence that was drawn is reached")];
    const known = Array.from(tokens, (_, k) => others(tokens.subarray(k - (k % L), k - (k % L) + L), k % L));
    /** qₜ of the sequence with the state z in the place of token k. */
    const marginal = (k: number, z: number): number => mass(known[k] ?? new Float64Array(m), z);
    const [posteriors, ratios] = [new Float64Array(n * K), new Float64Array(n * K)];
    tokens.forEach((x, k) => {
      clean.forEach((x0, a) => {
        posteriors[k * K + x0] = (known[k]?.[a] ?? 0) * P(a, x);
      });
      normalise(posteriors.subarray(k * K, (k + 1) * K));
      for (let z = 0; z < K; z++) ratios[k * K + z] = marginal(k, z) / marginal(k, x);
    });
    const fromClean = yield* attempted(chain.reverseRate("clean", tokens, posteriors, u));
    const reverse = fromClean ?? (yield* chain.reverseRate("ratio", tokens, ratios, u));
    const rates = yield* chain.rate(u, states);
    const jumps = Array.from(tokens, (x, k) => Array.from(states, (z, j) => ({ k, j, x, z })))
      .flat()
      .filter(({ x, z }) => x !== z);
    const pick = (f: (jump: (typeof jumps)[number]) => number): Float64Array => Float64Array.from(jumps, f);
    const values = {
      q_x: pick(({ k, x }) => marginal(k, x)),
      q_y: pick(({ k, z }) => marginal(k, z)),
      r: pick(({ k, z }) => reverse[k * K + z] ?? 0),
      r_1: pick(({ j, x }) => rates[j * K + x] ?? 0),
    };
    return [balance(L === 2 ? "pairs" : "triples", flux, values, { answer: "r", roundings: K + 32 })];
  },
  // A sum of K quotients, none of them negative.
  tolerance: String.raw`|q(x)\hat r - q(y)r| \le \gamma_{K+32}(q(x)\hat r + q(y)r)`,
};
