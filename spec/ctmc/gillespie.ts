/**
 * # Exact simulation of chains
 *
 * Whoever simulates a chain by its holding times and jumps, or by the kernel itself, ends in a draw from the kernel's row. Whoever tells
 * the jumps is held to them: a state is left after an exponential time of its exit rate, for a state in proportion to its rate then.
 *
 * Convention: paths from one state over [s, t] and from data to t, whichever the subject simulates; 20,000 of each, which see a relative
 * error of a few per cent. Data are never masked. A declared floor ε under the K probabilities of a row allows p/(1 + Kε) to p + ε. Of
 * first jumps there are 32,768; one that leads nowhere is none.
 */
import fc from "fast-check";
import { eitherOf } from "#spec/ask";
import { holding } from "#spec/ctmc/holding";
import { unresolved } from "#spec/ctmc/kolmogorov";
import { timeFlows } from "#spec/ctmc/time";
import { drawnFrom, type Evidence, rankedFrom, unmet } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { standard } from "#spec/sources";

const count = 20_000;

interface Span {
  readonly s: number;
  readonly h: number;
  readonly x: number;
  readonly stream: number;
}

const countable = (_: unknown, { discrete }: Facts): boolean => (discrete?.classes ?? Number.POSITIVE_INFINITY) <= 64;

const spans: Law<"DiscreteSampler", Span>["cases"] = {
  s: fc.integer({ min: 0, max: 32 }).map((k) => k / 64),
  h: fc.integer({ min: 1, max: 31 }).map((k) => k / 64),
  x: fc.integer({ min: 0, max: 63 }),
  stream: fc.integer({ min: 0, max: 0x7fffffff }),
};

export const simulatedPaths: Law<"DiscreteSampler" | "DiscreteKernel", Span> = {
  id: "ctmc.gillespie.law",
  title: "Simulated paths end as the kernel says.",
  statement: [String.raw`X_t \mid X_s = x \;\sim\; P_{s,t}(x,\cdot)`],
  roles: ["DiscreteSampler", "DiscreteKernel"],
  kind: "theorem",
  source: [standard("simulation of Markov chains by holding times and jumps")],
  restsOn: ["kernel.row-stochastic"],
  given: { "few enough states to count": countable },
  cases: spans,
  share: 4,
  *claim({ s, h, x, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const [K, floor] = [discrete?.classes ?? 1, discrete?.floor ?? 0];
    const start = x % K;
    const data = start === discrete?.mask ? (start + 1) % K : start;
    const found: Evidence[] = [];
    const [noised, ends] = yield* eitherOf(chain.paths(data, "data", s + h, count, stream), chain.paths(start, s, s + h, count, stream));
    if (noised !== null) {
      const row = yield* chain.transition("data", s + h, Float64Array.of(data));
      found.push(drawnFrom("from data", noised, allowed(noised, row, floor), { axes: [["state", K]] }));
    }
    if (ends !== null) {
      const row = yield* chain.transition(s, s + h, Float64Array.of(start));
      found.push(drawnFrom("end", ends, allowed(ends, row, floor), { axes: [["state", K]] }));
    }
    return found;
  },
  tolerance: String.raw`P\bigl(|N_y - nP(x,y)| \text{ as far out}\bigr) > \frac{\alpha}{2K} \text{ for every } y \text{, exact binomial tails; a floor widens } P`,
};

/** Of the probabilities that a floor allows, those nearest to what was drawn; without a floor, the row itself. */
function allowed(drawn: Float64Array, row: Float64Array, floor: number): Float64Array {
  const counts = new Float64Array(row.length);
  for (const state of drawn) counts[state] = (counts[state] ?? 0) + 1;
  return row.map((p, k) => Math.min(Math.max((counts[k] ?? 0) / drawn.length, p / (1 + row.length * floor)), p + floor, 1));
}

const jumps = 32_768;
const quarters = 4;

export const firstJumps: Law<"DiscreteSampler" | "RateGenerator", Span> = {
  id: "ctmc.gillespie.jumps",
  title: "Simulated paths leave a state at its exit rate, for others in proportion to their rates at that time.",
  statement: [
    String.raw`P(\tau > r \mid X_s = x) = \exp\Bigl(-\int_s^r Z_v(x)\,\mathrm dv\Bigr),\qquad Z_v(x) = \sum_{y\ne x}R_v(x,y)`,
    String.raw`P(X_\tau = y \mid \tau = r) = \frac{R_r(x,y)}{Z_r(x)}`,
  ],
  roles: ["DiscreteSampler", "RateGenerator"],
  kind: "theorem",
  source: [standard("simulation of Markov chains by holding times and jumps")],
  restsOn: ["ctmc.rate.row-sum-zero", "ctmc.rate.offdiag-nonneg"],
  given: { "few enough states to count": countable, "time is continuous": timeFlows },
  cases: spans,
  share: 4,
  *claim({ s, h, x, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? 1;
    const [start, t] = [x % K, s + h];
    const expected = yield* holding(chain, { x: start, K, s, t, stretches: quarters });
    if (expected === null) return [unmet(unresolved)];
    const { times, states } = yield* chain.jumps(start, s, t, jumps, stream);
    const { gone, arrivals } = expected;
    // Where a path stays has the place of its own state, at the end.
    arrivals[arrivals.length - K + start] = 1 - gone(t);
    const next = new Float64Array(K);
    arrivals.forEach((p, k) => {
      next[k % K] = (next[k % K] ?? 0) + p;
    });
    const jumped = times.filter((_, i) => states[i] !== start);
    const quarter = (r: number): number => Math.min(Math.max(Math.floor((quarters * (r - s)) / h), 0), quarters - 1);
    const cells = states.map((y, i) => (y === start ? quarters - 1 : quarter(times[i] ?? Number.NaN)) * K + y);
    const found: Evidence[] = [drawnFrom("next state", states, next, { axes: [["state", K]] })];
    if (jumped.length === 0 || gone(t) === 0) return found;
    return [
      ...found,
      rankedFrom(
        "holding time",
        jumped.map((r) => gone(r) / gone(t)),
      ),
      drawnFrom("time and state", cells, arrivals, {
        axes: [
          ["quarter of the span", quarters],
          ["state", K],
        ],
      }),
    ];
  },
  tolerance: String.raw`\text{ranks of holding times by DKW; states, and states by quarters of the span, by exact binomial tails}`,
};
