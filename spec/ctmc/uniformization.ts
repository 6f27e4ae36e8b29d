/**
 * # Uniformization's tail
 *
 * With Λ at least the largest exit rate, e^{τR} is a Poisson mixture of powers of the stochastic matrix I + R/Λ. Cut after n jumps it
 * lies below the kernel in every entry, and what each row lacks is exactly the chance of more jumps than n.
 *
 * Convention: rows; τ is the clock of the subject's own rates, which commute.
 */
import fc from "fast-check";
import { rowSums } from "#spec/categorical/table";
import { type Span, spans } from "#spec/ctmc/kolmogorov";
import { clocked, fewStates, statesOf, timeFlows } from "#spec/ctmc/time";
import { atLeast, balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { truncated } from "#spec/number/uniformization";
import { derived, jensen1953 } from "#spec/sources";

const tail = equation("p == q + w");

export const uniformizationTail: Law<"RateGenerator", Span & { readonly jumps: number; readonly slack: number }> = {
  id: "ctmc.uniformization.tail",
  title: "A kernel lies above every partial sum of uniformization, by the Poisson tail.",
  statement: [
    String.raw`P_{s,t} = \sum_k \mathrm{Pois}(k;\Lambda\tau)\,(I+R/\Lambda)^k,\quad \Lambda \ge \max_x Z(x)`,
    String.raw`P_{s,t} \ge \sum_{k\le n},\qquad \Bigl\|P_{s,t} - \sum_{k\le n}\Bigr\|_1 = 1 - \sum_{k\le n}\mathrm{Pois}(k;\Lambda\tau)`,
  ],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [jensen1953("unverified"), derived("rows of (I + R/Λ)ᵏ sum to 1")],
  restsOn: ["ctmc.rate.row-sum-zero", "ctmc.rate.offdiag-nonneg"],
  given: { "time is continuous": timeFlows, "at most 256 states": fewStates },
  cases: { ...spans, jumps: fc.integer({ min: 0, max: 12 }), slack: fc.constantFrom(1, 1.25, 2) },
  *claim({ s, h, jumps, slack }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const states = statesOf(discrete);
    const clock = yield* clocked(chain, s, s + h);
    if (clock === null) return [unmet("the rates do not commute, or vary too fast for a quadrature")];
    const p = yield* chain.transition(s, s + h, states);
    const { rows: q, missing } = truncated(clock.matrix, K, clock.total, states, jumps, slack);
    const lift = (values: Float64Array): Float64Array => values.map((x) => 1 + x);
    return [
      // Both sides are lifted by 1: a kernel is right to a few roundings of 1, from which its entries may be formed.
      atLeast("partial sum", lift(p), lift(q), {
        roundings: 16,
        axes: [
          ["from", states.length],
          ["to", K],
        ],
      }),
      balance(
        "tail",
        tail,
        { p: rowSums(p, K), q: rowSums(q, K), w: missing },
        { answer: "p", roundings: K + 16, axes: [["from", states.length]] },
      ),
    ];
  },
  tolerance: String.raw`1 + \hat P(x,y) \ge \bigl(1 + \textstyle\sum_{k\le n}\bigr)(1-\gamma_{16})`,
};
