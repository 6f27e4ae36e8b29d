/**
 * # Markov kernels
 *
 * A kernel's rows are laws: no entry is negative, and each row sums to 1.
 *
 * Convention: rows; entry (x, y) is the probability of going from x to y.
 */
import fc from "fast-check";
import { attempted } from "#spec/ask";
import { mostStates, spreadStates, tooMany } from "#spec/categorical/between";
import { rowSums } from "#spec/categorical/table";
import { unitTime } from "#spec/domain";
import { atLeast, balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { From } from "#spec/roles-discrete";
import { standard } from "#spec/sources";

const total = equation("p == 1");

export const rowStochastic: Law<"DiscreteKernel", { readonly u: number; readonly w: number; readonly fromData: boolean }> = {
  id: "kernel.row-stochastic",
  title: "Entries of a kernel are probabilities, and its rows sum to 1.",
  statement: [String.raw`P_{s,t}(x,y) \ge 0,\qquad \sum_y P_{s,t}(x,y) = 1`],
  roles: ["DiscreteKernel"],
  kind: "definition",
  source: [standard("definition of a Markov kernel")],
  restsOn: [],
  given: {},
  cases: { u: unitTime(), w: unitTime(), fromData: fc.boolean() },
  *claim({ u, w, fromData }, process) {
    const { discrete } = yield* process.facts();
    if (discrete === null) return [unmet(tooMany)];
    const { classes } = discrete;
    const [early, late] = [Math.min(u, w), Math.max(u, w)];
    const origin: From = fromData ? "data" : early;
    const states = spreadStates(discrete);
    const asked = classes > mostStates ? states : undefined;
    // Who noises data alone has no kernel between two times.
    const rows = (yield* attempted(process.transition(origin, late, asked))) ?? (yield* process.transition("data", late, asked));
    return [
      atLeast("entries", rows, 0, {
        axes: [
          ["from", states.length],
          ["to", classes],
        ],
      }),
      balance("rows", total, { p: rowSums(rows, classes) }, { answer: "p", roundings: classes + 4, axes: [["from", states.length]] }),
    ];
  },
  // K sums of entries that are at most 1, each entry a product of at most four numbers.
  tolerance: String.raw`\Bigl|\sum_y \hat P(x,y) - 1\Bigr| \le \gamma_{K+4}\sum_y \hat P(x,y)`,
};
