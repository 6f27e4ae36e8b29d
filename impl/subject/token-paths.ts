/**
 * Paths by holding times and jumps: where they end, and how they first leave.
 */
import { gillespie, type JumpPath, type RateRow } from "#impl/ctmc/gillespie";
import { type Methods, table } from "#impl/subject/answers";
import { uniformAt } from "#spec/stream";
import { type Fields, number } from "#spec/tensor";

/** The number of the stream that the question names. */
export const streamOf = (args: Fields): number => number((args["draws"] ?? {}) as Fields, "number");

/** Paths of one state after the other, by numbers of the stream. `bound` is the largest exit rate up to a time, for rates that change. */
export function jumpPathMethods(row: RateRow, bound?: (last: number) => number): Methods {
  const simulated = <T>(args: Fields, read: (path: JumpPath) => T): readonly T[] => {
    const [x, count, stream, last] = [number(args, "x"), number(args, "count"), streamOf(args), number(args, "t")];
    // Data are the states at time 0.
    const [first, most] = [args["s"] === null ? 0 : number(args, "s"), bound?.(last)];
    return Array.from({ length: count }, (_, i) => {
      let taken = 0;
      return read(gillespie(x, row, first, last, () => uniformAt(stream, i, taken++), most));
    });
  };
  return {
    paths: table((args) => ({ states: Float64Array.from(simulated(args, ({ states }) => states.at(-1) ?? Number.NaN)) })),
    jumps: table((args) => {
      const [x, t] = [number(args, "x"), number(args, "t")];
      const found = simulated(args, ({ times, states }) => [times[1] ?? t, states[1] ?? x] as const);
      return { times: Float64Array.from(found, ([time]) => time), states: Float64Array.from(found, ([, state]) => state) };
    }),
  };
}
