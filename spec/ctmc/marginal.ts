/**
 * # Marginals of a chain
 *
 * A drawn law of data, what noise makes of it, and the exact answers of a model: ratios of marginals, and laws of clean tokens.
 *
 * Convention: data are never the mask; P is the subject's own kernel from data.
 */
import { type Ask, attempted } from "#spec/ask";
import type { DiscreteFacts } from "#spec/categorical/facts";
import { drawnLaws, normalise } from "#spec/categorical/table";
import { statesOf } from "#spec/ctmc/time";
import { binary32 } from "#spec/number/format";
import type { DiscreteKernel, RateGenerator } from "#spec/roles-discrete";

/** A law over some clean states, few where there are many. */
export interface Data {
  readonly states: Float64Array;
  readonly law: Float64Array;
}

export function drawnData(discrete: DiscreteFacts | null, stream: number): Data {
  const states = statesOf(discrete).filter((x) => x !== discrete?.mask);
  return { states, law: drawnLaws(stream, 1, states.length) };
}

export interface Marginal {
  /** P_{0,t} from each of the data's states. Shape `m*K`. */
  readonly rows: Float64Array;
  /** q_t. Shape `K`. */
  readonly law: Float64Array;
}

export function* marginalAt(chain: Pick<DiscreteKernel, "transition">, data: Data, K: number, u: number): Ask<Marginal> {
  const rows = yield* chain.transition("data", u, data.states);
  const law = new Float64Array(K);
  rows.forEach((p, k) => {
    law[k % K] = (law[k % K] ?? 0) + (data.law[Math.floor(k / K)] ?? 0) * p;
  });
  return { rows, law };
}

/** q(y)/q(x) for the given x, none of them of probability zero. Shape `n*K`. */
export function ratiosOf({ law }: Marginal, states: Float64Array): Float64Array {
  const K = law.length;
  return Float64Array.from({ length: states.length * K }, (_, k) => (law[k % K] ?? 0) / (law[states[Math.floor(k / K)] ?? 0] ?? 0));
}

/** p(x₀ | x) for the given x. Shape `n*K`. */
export function posteriorsOf({ rows, law }: Marginal, data: Data, states: Float64Array): Float64Array {
  const K = law.length;
  const out = new Float64Array(states.length * K);
  states.forEach((x, i) => {
    data.states.forEach((x0, j) => {
      out[i * K + x0] = (data.law[j] ?? 0) * (rows[j * K + x] ?? 0);
    });
    normalise(out.subarray(i * K, (i + 1) * K));
  });
  return out;
}

/** What an exact model of the kind that the subject declares predicts for one token that stands alone. Shape `n*K`. */
export function modelOf(discrete: DiscreteFacts | null, marginal: Marginal, data: Data, states: Float64Array): Float64Array {
  if (discrete?.predicts !== "leave-one-out") return posteriorsOf(marginal, data, states);
  const K = marginal.law.length;
  const out = new Float64Array(states.length * K);
  // Nothing else is seen: what is left is the law of data.
  states.forEach((_, i) => {
    data.states.forEach((x0, j) => {
      out[i * K + x0] = data.law[j] ?? 0;
    });
  });
  return out;
}

/** Ratios against a law that is smaller than this, times a rate, may not be numbers of binary32. */
const least = 2 ** (binary32.emin / 2);

/** Whether a state is reached well enough to be divided by. */
export const isReached = (probability: number): boolean => probability >= least;

/** States that the marginal reaches, as far as they are asked for. */
export const reached = ({ law }: Marginal, states: Float64Array): Float64Array => states.filter((x) => isReached(law[x] ?? 0));

/** Rows of the reverse rate with the exact model: from ratios where the subject takes them, else from laws of clean tokens. */
export function* exactReverse(chain: RateGenerator, marginal: Marginal, data: Data, states: Float64Array, u: number): Ask<Float64Array> {
  const rows = yield* attempted(chain.reverseRate("ratio", states, ratiosOf(marginal, states), u));
  return rows ?? (yield* chain.reverseRate("clean", states, posteriorsOf(marginal, data, states), u));
}
