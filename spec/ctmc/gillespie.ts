/**
 * # Exact simulation of chains
 *
 * Whoever simulates a chain by its holding times and jumps, or by the kernel itself, ends in a draw from the kernel's row.
 *
 * Convention: paths from one state over [s, t] and from data to t, whichever the subject simulates; 20,000 of each, which see a relative
 * error of a few per cent. Data are never masked. A declared floor ε under the K probabilities of a row allows p/(1 + Kε) to p + ε.
 */
import fc from "fast-check";
import { eitherOf } from "#spec/ask";
import { drawnFrom, type Evidence } from "#spec/evidence";
import type { Law } from "#spec/law";
import { standard } from "#spec/sources";

const count = 20_000;

interface Span {
  readonly s: number;
  readonly h: number;
  readonly x: number;
  readonly stream: number;
}

export const simulatedPaths: Law<"DiscreteSampler" | "DiscreteKernel", Span> = {
  id: "ctmc.gillespie.law",
  title: "Simulated paths end as the kernel says.",
  statement: [String.raw`X_t \mid X_s = x \;\sim\; P_{s,t}(x,\cdot)`],
  roles: ["DiscreteSampler", "DiscreteKernel"],
  kind: "theorem",
  source: [standard("simulation of Markov chains by holding times and jumps")],
  restsOn: ["kernel.row-stochastic"],
  given: { "few enough states to count": (_, { discrete }) => (discrete?.classes ?? Number.POSITIVE_INFINITY) <= 64 },
  cases: {
    s: fc.integer({ min: 0, max: 32 }).map((k) => k / 64),
    h: fc.integer({ min: 1, max: 31 }).map((k) => k / 64),
    x: fc.integer({ min: 0, max: 63 }),
    stream: fc.integer({ min: 0, max: 0x7fffffff }),
  },
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
