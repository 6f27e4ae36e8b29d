/**
 * # Rates that change over time
 *
 * Where all rates are multiples of one matrix, the kernel is the exponential of a clock: uniformization of the subject's own rates
 * gives it without cancellation. Where they do not commute no exponential of an integral is right, and the ordered product is.
 *
 * The exponential in double is off by roundings per jump, which more bits take away where they matter. The clock is a quadrature of the
 * subject's rates, and what it may be off stays: for rates in binary64 it is 10⁻⁶ of the tolerance where the clock is smooth (10⁻² where
 * eight nodes just resolve it), as much as the double's own error or more; for rates in binary32 it is their roundings times the jumps, a
 * quarter of the tolerance for three jumps among 256 states. A kernel that is only so far outside the tolerance does not fail. The
 * ordered product states no error.
 *
 * Convention: rows; factors in order of time, the earliest first.
 */

import { type Span, spans, unresolved } from "#spec/ctmc/kolmogorov";
import { orderedProduct } from "#spec/ctmc/ordered";
import { clocked, fewStates, statesOf, timeFlows } from "#spec/ctmc/time";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { exponential } from "#spec/number/oracle";
import { campbell2022, lou2024 } from "#spec/sources";

const kernel = equation("p == q");

export const inhomogeneous: Law<"RateGenerator", Span> = {
  id: "ctmc.inhomogeneous",
  title: "A clock turns changing rates into constant ones, where they commute.",
  statement: [
    String.raw`R_t = \beta(t)R \;\Rightarrow\; P_{s,t} = \exp\Bigl(R\int_s^t\beta\Bigr)`,
    String.raw`[R_s,R_t]\ne 0 \;\Rightarrow\; P_{s,t} = \prod_{s\le r\le t}(I + R_r\,\mathrm dr),\text{ in order, and not } \exp\int_s^tR`,
  ],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [lou2024("verified", "Eq. 14"), campbell2022("second-hand", "§4.1")],
  restsOn: ["ctmc.rate.row-sum-zero", "ctmc.kolmogorov.forward"],
  given: { "time is continuous": timeFlows, "at most 256 states": fewStates },
  cases: spans,
  *claim({ s, h }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const states = statesOf(discrete);
    const clock = yield* clocked(chain, s, s + h);
    if (clock === null && K > 32) return [unmet("rates do not commute, and states are too many to multiply out")];
    const axes = [
      ["from", states.length],
      ["to", K],
    ] as const;
    const held = { answer: "p", roundings: 16, via: 1, axes };
    if (clock === null) {
      const q = yield* orderedProduct(chain, s, s + h);
      if (q === null) return [unmet(unresolved)];
      return [balance("ordered product", kernel, { p: yield* chain.transition(s, s + h, states), q }, held)];
    }
    const { matrix: rates, total: time, apart } = clock;
    const { values: q, oracle } = exponential("q", { rates, classes: K, time, from: states, apart });
    return [balance("clock", kernel, { p: yield* chain.transition(s, s + h, states), q }, { ...held, oracle })];
  },
  // Kernels are right to a few roundings of 1; the clock enters as an exponent, and τe^{−τ} < 1. δ is what `clocked` says of its integral.
  tolerance: String.raw`|\hat P(x,y) - P(x,y)| \le \gamma_{16}\left(\hat P(x,y) + P(x,y) + 1\right) + \delta_{\int\beta}`,
};
