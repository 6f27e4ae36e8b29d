/**
 * # Between two times
 *
 * What laws need of a kernel P_{s,t}: some of its rows, some of its columns, and what it makes of a law. Few states are asked for as
 * a whole matrix; of many, kernels that keep a token or draw it anew are known from their survival in O(K), and of others nothing
 * is asked.
 *
 * Convention: rows; `forming` is the size of what an implementation may add up to form an entry of the column y and which may
 * cancel: twice π(y) where 1 − a is formed, else nothing.
 */
import fc from "fast-check";
import { type Ask, attempted } from "#spec/ask";
import type { DiscreteFacts } from "#spec/categorical/facts";
import { rowsOf } from "#spec/categorical/table";
import { type TimeDomain, timeAt } from "#spec/convention";
import { unitTime } from "#spec/domain";
import type { Facts } from "#spec/facts";
import { binary32, unitRoundoff } from "#spec/number/format";
import { pushed } from "#spec/number/uniformization";
import type { DiscreteKernel, From } from "#spec/roles-discrete";

/** Matrices of more states are never formed. */
export const mostStates = 512;

/** Rarer events say nothing in binary32. */
export const rare: number = unitRoundoff(binary32) ** 4;

export interface Between {
  /** One row per state. Shape `n*K`. */
  readonly rows: (states: Float64Array) => Float64Array;
  /** P(·, y), one column per state, laid out as rows. Shape `n*K`. */
  readonly columns: (states: Float64Array) => Float64Array;
  /** p·P. Shape `K`. */
  readonly push: (law: Float64Array) => Float64Array;
  /** Shape `K`. */
  readonly forming: Float64Array;
}

/** Why a law does not speak of a process. */
export const tooMany = "the kernel's entries are not to be had at this many states";

/** The law that a token is drawn from anew; null for families that do not keep or draw. */
export function lawAnew({ family, classes, mask }: DiscreteFacts): Float64Array | null {
  if (family === "uniform") return new Float64Array(classes).fill(1 / classes);
  return family === "absorbing" && mask !== null ? hot(classes, mask) : null;
}

/** The law that is certain of one state. Shape `K`. */
export function hot(classes: number, state: number): Float64Array {
  const law = new Float64Array(classes);
  law[state] = 1;
  return law;
}

/** Null where the states are too many and the kernel no simple one. */
export function* between(process: Pick<DiscreteKernel, "facts" | "transition" | "survival">, s: From, t: From): Ask<Between | null> {
  const { discrete } = yield* process.facts();
  if (discrete === null) return null;
  const { classes: K } = discrete;
  const anew = lawAnew(discrete);
  const forming = anew === null ? new Float64Array(K) : anew.map((p) => 2 * p);
  if (t === "data" || s === t) return { ...interpolating(1, new Float64Array(K)), forming: new Float64Array(K) };
  const matrix = K <= mostStates ? yield* attempted(process.transition(s, t)) : null;
  if (matrix !== null) return { ...matrixed(matrix, K), forming };
  if (anew === null) return null;
  const levels = yield* attempted(process.survival(s === "data" ? [t] : [s, t]));
  if (levels === null) return null;
  const [before, after] = s === "data" ? [1, levels[0] ?? Number.NaN] : [levels[0] ?? Number.NaN, levels[1] ?? Number.NaN];
  return before === 0 ? null : { ...interpolating(after / before, anew), forming };
}

function matrixed(matrix: Float64Array, K: number): Omit<Between, "forming"> {
  return {
    rows: (states) => rowsOf(matrix, K, states),
    columns: (states) => laidOut(states, K, (x, y) => matrix[x * K + y] ?? Number.NaN),
    push: (law) => pushed(law, matrix, K),
  };
}

function interpolating(a: number, anew: Float64Array): Omit<Between, "forming"> {
  const K = anew.length;
  const entry = (x: number, y: number): number => (x === y ? a : 0) + (1 - a) * (anew[y] ?? 0);
  return {
    rows: (states) => laidOut(states, K, (y, x) => entry(x, y)),
    columns: (states) => laidOut(states, K, entry),
    push: (law) => {
      const mass = law.reduce((sum, p) => sum + p, 0);
      return law.map((p, y) => a * p + (1 - a) * mass * (anew[y] ?? 0));
    },
  };
}

function laidOut(states: Float64Array, K: number, entry: (k: number, state: number) => number): Float64Array {
  const out = new Float64Array(states.length * K);
  for (let i = 0; i < states.length; i++) for (let k = 0; k < K; k++) out[i * K + k] = entry(k, states[i] ?? 0);
  return out;
}

/** Two times of a case: anywhere, next to each other as one step of a chain has them, or back to data. */
export interface Stretch {
  readonly u: number;
  readonly w: number;
  readonly reach: "any" | "next" | "data";
}

export const stretches: { readonly [K in keyof Stretch]: fc.Arbitrary<Stretch[K]> } = {
  u: unitTime(),
  w: unitTime(),
  reach: fc.constantFrom("any", "next", "data"),
};

export interface Ends {
  readonly s: From;
  readonly t: number;
}

/** The canonical time one index earlier; null before the first index, and where time has no next. */
function before({ time }: Facts, t: number): number | null {
  const count = stepsOf(time);
  if (count === null) return null;
  const k = Math.round(t * count);
  return k === 0 ? null : (k - 1) / count;
}

const stepsOf = (time: TimeDomain): number | null =>
  time.kind === "list" ? time.times.length - 1 : time.kind === "index" ? Math.abs(time.last - time.first) : null;

/** Two different times of the subject, the earlier one maybe that of data; null where there are none. */
export function endsOf({ u, w, reach }: Stretch, facts: Facts): Ends | null {
  const [early, late] = [Math.min(u, w), Math.max(u, w)];
  const { time } = facts;
  if (reach === "data") return { s: "data", t: late };
  if (reach === "next" && time.kind !== "interval") return { s: before(facts, late) ?? "data", t: late };
  return timeAt(time, early) === timeAt(time, late) ? null : { s: early, t: late };
}

/** States to ask for: all of few, and of many as many as `most` says, the mask among them. */
export function someStates({ classes, mask }: DiscreteFacts, stream: Float64Array): Float64Array {
  if (classes <= stream.length) return Float64Array.from({ length: classes }, (_, x) => x);
  return stream.map((x, i) => (i === 0 && mask !== null ? mask : x));
}

/** All states, or a few that are spread over many, the mask among them. */
export function spreadStates({ classes, mask }: DiscreteFacts): Float64Array {
  if (classes <= mostStates) return Float64Array.from({ length: classes }, (_, x) => x);
  const spread = Array.from({ length: 4 }, (_, k) => Math.floor((k * (classes - 1)) / 3));
  return Float64Array.from(new Set(mask === null ? spread : [...spread, mask]));
}
