/**
 * First jumps of the textbook's processes, simulated in several ways.
 */
import type { RawMethods } from "#properties/engine/property";
import { discreteBook, streamOf } from "#properties/textbook/discrete";
import type { Process, TokenClock } from "#properties/textbook/process";
import { uniforms } from "#spec/stream";
import { number, tensor } from "#spec/tensor";

/** What a simulator knows: the start, the window, a row of rates at any time, and uniform numbers as many as it wants. */
export interface Start {
  readonly x: number;
  readonly s: number;
  readonly t: number;
  readonly row: (r: number) => Float64Array;
  readonly draw: () => number;
}

export interface Jump {
  readonly time: number;
  readonly state: number;
}

/** A row of the process's rates. */
export type Rows = (x: number, r: number) => Float64Array;

/** The process with the method `jumps`; where `path` answers null there is none before t. `rows` are the process's own, sooner had. */
export const jumping = (
  process: Process,
  path: (start: Start) => Jump | null,
  rows: Rows = (x, r) => (process.rate?.(r) ?? new Float64Array(0)).slice(x * process.classes, (x + 1) * process.classes),
): RawMethods =>
  discreteBook({ process }, () => ({
    jumps: (args) => {
      const [x, s, t, count] = [number(args, "x"), number(args, "s"), number(args, "t"), number(args, "count")];
      // Bounds are read off the ends of the window, for every path anew.
      const [first, last] = [rows(x, s), rows(x, t)];
      const row = (r: number): Float64Array => (r === s ? first : r === t ? last : rows(x, r));
      const columns: Float64Array[] = [];
      const [times, states] = [new Float64Array(count).fill(t), new Float64Array(count).fill(x)];
      for (let i = 0; i < count; i++) {
        let taken = 0;
        const draw = (): number => {
          columns[taken] ??= uniforms(streamOf(args), taken, count);
          return columns[taken++]?.[i] ?? 0;
        };
        const jump = path({ x, s, t, row, draw });
        if (jump !== null) [times[i], states[i]] = [jump.time, jump.state];
      }
      return { times: tensor(times), states: tensor(states) };
    },
  }));

/** The exit rate of a row. */
export const exitOf = (row: Float64Array, x: number): number => row.reduce((sum, rate, y) => (y === x ? sum : sum + rate), 0);

/** A state in proportion to its rate, by a number in [0, 1). */
export function stateBy(row: Float64Array, x: number, u: number): number {
  let aim = u * exitOf(row, x);
  let last = x;
  for (let y = 0; y < row.length; y++) {
    const rate = row[y] ?? 0;
    if (y === x || rate === 0) continue;
    last = y;
    aim -= rate;
    if (aim < 0) break;
  }
  return last;
}

/** Where ∫β has grown by `aim` since s, by bisection; null where it does not before t. */
export function timeOf({ total }: TokenClock, s: number, t: number, aim: number): number | null {
  const goal = total(s) + aim;
  if (!(goal < total(t))) return null;
  let [low, high] = [s, t];
  for (let k = 0; k < 24; k++) {
    const middle = (low + high) / 2;
    if (total(middle) < goal) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** An exponential number. */
export const exponential = (u: number): number => -Math.log1p(-u);

interface Thinning {
  readonly bound?: (start: Start) => number;
  /** What becomes of a proposal that is not taken. */
  readonly refused?: (time: number, x: number) => Jump | null;
  /** The row from which the next state is drawn. */
  readonly rates?: (start: Start, time: number) => Float64Array;
}

/** Proposals at a rate that is never exceeded, taken in proportion to the exit rate then. */
export const thinned =
  ({
    bound = ({ row, s, t, x }) => 1.25 * Math.max(exitOf(row(s), x), exitOf(row(t), x)),
    refused = () => null,
    rates = ({ row }, time) => row(time),
  }: Thinning = {}) =>
  (start: Start): Jump | null => {
    const { x, s, t, row, draw } = start;
    const most = bound(start);
    if (most === 0) return null;
    for (let time = s; ; ) {
      time += exponential(draw()) / most;
      if (!(time < t)) return null;
      if (draw() * most < exitOf(row(time), x)) return { time, state: stateBy(rates(start, time), x, draw()) };
      const instead = refused(time, x);
      if (instead !== null) return instead;
    }
  };
