/**
 * Guidance and the end of a row, as the textbook has them.
 */

import { AbsentHere } from "#properties/engine/controls";
import type { RawMethods } from "#properties/engine/property";
import type { Chain } from "#properties/textbook/chain";
import { type Level, posteriorOf } from "#properties/textbook/values";
import { number, tensor, vector } from "#spec/tensor";

/** One coordinate of a guided prediction, w counted from the unconditional one. */
export type Mix = (conditional: number, unconditional: number, w: number) => number;

/** The method `guided` from its formula. */
export const mixing = (mix: Mix): RawMethods => ({
  guided: (args) => {
    const [conditional, unconditional, w] = [vector(args, "conditional"), vector(args, "unconditional"), number(args, "w")];
    return { value: tensor(conditional.map((c, j) => mix(c, unconditional[j] ?? 0, w))) };
  },
});

/** What multiplies the gradient in each parameterisation. */
export type Shifts = Readonly<Record<string, (s: Level, t: Level) => number>>;

export const shifts: Shifts = {
  score: () => 1,
  eps: (_, t) => -t.sigma,
  x0: (_, t) => t.sigma ** 2 / t.alpha,
  // The posterior's mean moves by its coefficient of x̂₀ times the shift of x̂₀.
  mean: (s, t) => (posteriorOf(s, t).c0 * t.sigma ** 2) / t.alpha,
};

/** The method `classified` from its factors. */
export const shifting = (chain: Chain, factors: Shifts = shifts): RawMethods => ({
  classified: (args) => {
    const factor = factors[String(args["kind"])];
    if (factor === undefined) throw new AbsentHere(`no guidance of ${String(args["kind"])}`);
    const by = factor(chain.levels(number(args, "s")), chain.levels(number(args, "t")));
    const gradient = vector(args, "gradient");
    return { value: tensor(vector(args, "value").map((x, j) => x + by * (gradient[j] ?? 0))) };
  },
});

/** What a decoder knows when a block is committed. */
export interface Committed {
  readonly row: readonly number[];
  readonly sampled: readonly number[];
  readonly committed: readonly boolean[];
  readonly end: number;
  readonly mask: number;
  readonly prompt: number;
}

/** An end token stands at a generated position, and nothing generated before it is masked. */
const ended = ({ row, end, mask, prompt }: Committed): boolean => {
  const at = row.indexOf(end, prompt);
  return at >= 0 && !row.slice(prompt, at).includes(mask);
};

/** The method `finished` from its rule. */
export const finishing = (rule: (known: Committed) => boolean): RawMethods => ({
  finished: (args) => ({
    finished: rule({
      row: [...vector(args, "row")],
      sampled: [...vector(args, "sampled")],
      committed: [...vector(args, "committed")].map((x) => x === 1),
      end: number(args, "end"),
      mask: number(args, "mask"),
      prompt: number(args, "prompt"),
    }),
  }),
});

/** The raw methods of this file, for a chain. */
export function guidance(chain: Chain): RawMethods {
  return { ...mixing((c, u, w) => u + w * (c - u)), ...shifting(chain), ...finishing(ended) };
}
