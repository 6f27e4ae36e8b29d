/**
 * # Models of ratios on a few states
 *
 * A model of ratios q(y)/q(x) pays, for every state y that leads into the present x, the score entropy of its ratio times the rate
 * from y into x.
 *
 * Convention: R is read by rows, so that R(y, x) is the rate from y into x; papers that read columns write Q(x, y) for it. Models hand
 * out logarithms of ratios; those on the diagonal are ignored.
 */
import fc from "fast-check";
import { temperedLaw } from "#spec/elbo/rows";
import { states } from "#spec/generator/space";
import { binary32, unitRoundoff } from "#spec/number/format";
import { relativeError, uniformized } from "#spec/number/uniformization";
import { uniforms } from "#spec/stream";

/** Score entropy of one pair. */
export function scoreEntropy(log: number, ratio: number): number {
  return Math.exp(log) + (ratio === 0 ? 0 : ratio * (Math.log(ratio) - 1 - log));
}

/** Magnitudes of its terms. */
export function scoreEntropySize(log: number, ratio: number): number {
  return Math.exp(log) + (ratio === 0 ? 0 : ratio * (Math.abs(Math.log(ratio)) + 1 + Math.abs(log)));
}

/** Rates between all states, none like its transpose; or from all others into the last state only. Shape `K*K`. */
export function drawnRates(stream: number, K: number, absorbing = false): Float64Array {
  const raw = uniforms(stream, 3, K * K);
  const out = new Float64Array(K * K);
  for (let x = 0; x < K; x++)
    for (let y = 0; y < K; y++) {
      if (y === x) continue;
      const rate = absorbing ? (y === K - 1 ? 1 : 0) : ((raw[x * K + y] ?? 0) * 15 + 1) / 16;
      out[x * K + y] = rate;
      out[x * K + x] = (out[x * K + x] ?? 0) - rate;
    }
  return out;
}

/** Σ over y ≠ x of R(y, x) times a function of log s and r; states that do not lead into x do not count. */
export function intoState(
  rate: Float64Array,
  K: number,
  x: number,
  logscore: Float64Array,
  ratio: (y: number) => number,
  f: (log: number, ratio: number) => number,
): number {
  let sum = 0;
  for (let y = 0; y < K; y++) {
    const r = rate[y * K + x] ?? 0;
    if (y !== x && r !== 0) sum += r * f(logscore[y] ?? Number.NaN, ratio(y));
  }
  return sum;
}

const mostStates = 8;
export const tooManyStates: string = `more than ${mostStates} states: pairs of them are not enumerated`;
export const enumerable = (K: number): boolean => K <= mostStates;
const tooManyJumps = "so many jumps that their exponential is not known to a rounding of binary32";

/**
 * Why pairs of states are not enumerated where drawn rates are exponentiated over a time; null where they are. No rate exceeds 1, so that
 * there are at most (K − 1)·time jumps. Exponentials are as good as exact: an entry enters a term up to `times` times (its chance, both
 * sides of a ratio and a mixture, unless steps are composed), and so many of its relative errors are less than one of the roundings that are
 * forgiven; for eight states and a time of 3 they are 10⁻⁵ of one.
 */
export function refusal(K: number, time: number, times = 4): string | null {
  if (!enumerable(K)) return tooManyStates;
  return times * relativeError(K, (K - 1) * time) <= unitRoundoff(binary32) ? null : tooManyJumps;
}

/** What no model changes: r(log r − 1). */
export const constantOf = (_: number, r: number): number => (r === 0 ? 0 : r * (Math.log(r) - 1));

export interface DrawnChain {
  readonly absorbing: boolean;
  readonly at: number;
  readonly stream: number;
}

/** A chain at a time: its rates, its data law, its laws given the data, its law q, and a model's log-scores. */
export interface ChainAtTime {
  readonly rate: Float64Array;
  readonly data: Float64Array;
  readonly rows: Float64Array;
  readonly q: Float64Array;
  readonly logscore: Float64Array;
  readonly scoresAt: (x: number) => Float64Array;
}

export function chainAt({ stream, at, absorbing }: DrawnChain, K: number): ChainAtTime {
  const rate = drawnRates(stream, K, absorbing);
  const data = temperedLaw(stream, K);
  const { rows } = uniformized(rate, K, at, states(K));
  const q = states(K).map((y) => data.reduce((sum, p, x0) => sum + p * (rows[x0 * K + y] ?? 0), 0));
  const logscore = uniforms(stream, 4, K * K).map((w) => 4 * w - 2);
  return { rate, data, rows, q, logscore, scoresAt: (x: number) => logscore.slice(x * K, (x + 1) * K) };
}

export const drawnChains: { readonly [K in keyof DrawnChain]: fc.Arbitrary<DrawnChain[K]> } = {
  absorbing: fc.boolean(),
  at: fc.constantFrom(1 / 2, 1 / 16, 2),
  stream: fc.integer({ min: 0, max: 0xffff }),
};
