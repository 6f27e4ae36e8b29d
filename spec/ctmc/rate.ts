/**
 * # Rates
 *
 * What makes a matrix one of jump rates: no entry off the diagonal is negative, rows sum to 0, and where the process cannot jump the
 * rate is 0 and not merely small.
 *
 * Convention: rows; the diagonal is part of the answer.
 */
import fc from "fast-check";
import { attempted } from "#spec/ask";
import { drawnLaws, rowSums } from "#spec/categorical/table";
import { mayJump } from "#spec/ctmc/families";
import { statesOf } from "#spec/ctmc/time";
import { unitTime } from "#spec/domain";
import { atLeast, balance, type Evidence, equality } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { gat2024, lou2024 } from "#spec/sources";

const leaving = equation("r + z == 0");

interface Rows {
  readonly u: number;
  readonly stream: number;
}

const cases = { u: unitTime(), stream: fc.integer({ min: 0, max: 2 ** 20 }) };

/** The diagonal apart from the rest of each row. */
function parted(rows: Float64Array, states: Float64Array, K: number): { readonly diagonal: Float64Array; readonly off: Float64Array } {
  const at = (k: number): boolean => states[Math.floor(k / K)] === k % K;
  return { diagonal: rows.filter((_, k) => at(k)), off: rows.map((r, k) => (at(k) ? 0 : r)) };
}

export const rowSumZero: Law<"RateGenerator", Rows> = {
  id: "ctmc.rate.row-sum-zero",
  title: "Each row of rates sums to zero.",
  statement: [String.raw`\sum_y R_t(x,y) = 0,\qquad \sum_y \hat R_t(x,y) = 0`],
  roles: ["RateGenerator"],
  kind: "definition",
  source: [gat2024("verified", "Eq. 13"), lou2024("verified", "Eq. 3, diagonal")],
  restsOn: [],
  given: {},
  cases,
  *claim({ u, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const states = statesOf(discrete);
    const summed = (name: string, rows: Float64Array): Evidence => {
      const { diagonal, off } = parted(rows, states, K);
      return balance(
        name,
        leaving,
        { r: diagonal, z: rowSums(off, K) },
        { answer: "r", roundings: K + 2, axes: [["state", states.length]] },
      );
    };
    const evidence = [summed("rates", yield* chain.rate(u, states))];
    if (u === 0) return evidence;
    const laws = drawnLaws(stream, states.length, K, discrete?.mask ?? null);
    for (const kind of ["ratio", "clean"] as const) {
      const rows = yield* attempted(chain.reverseRate(kind, states, laws, u));
      if (rows?.every(Number.isFinite)) evidence.push(summed(`reverse rates from ${kind === "ratio" ? "ratios" : "clean laws"}`, rows));
    }
    return evidence;
  },
  // A diagonal that is minus a sum of K − 1 rates, in whatever order, and each entry scaled by a clock.
  tolerance: String.raw`\Bigl|\sum_y\hat R(x,y)\Bigr| \le \gamma_{K+2}\sum_y|\hat R(x,y)|`,
};

export const offdiagNonneg: Law<"RateGenerator", Rows> = {
  id: "ctmc.rate.offdiag-nonneg",
  title: "Rates of jumps are not negative, and zero where the process cannot jump.",
  statement: [String.raw`R_t(x,y) \ge 0 \text{ for } x\ne y`, String.raw`R_t(y,x) = 0 \;\Rightarrow\; \hat R_t(x,y) = 0`],
  roles: ["RateGenerator"],
  kind: "definition",
  source: [gat2024("verified", "Eq. 13")],
  restsOn: [],
  given: {},
  cases,
  *claim({ u, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const states = statesOf(discrete);
    const n = states.length;
    const axes = [
      ["from", n],
      ["to", K],
    ] as const;
    const rates = yield* chain.rate(u, states);
    const { off } = parted(rates, states, K);
    const evidence: Evidence[] = [atLeast("rates", off, 0, { axes })];
    const allowed = off.map((r, k) => (mayJump(discrete, states[Math.floor(k / K)] ?? 0, k % K) ? r : 0));
    evidence.push(equality("where the process jumps", off, allowed, { axes }));
    if (u === 0) return evidence;
    const laws = drawnLaws(stream, n, K, discrete?.mask ?? null);
    for (const kind of ["ratio", "clean"] as const) {
      const back = yield* attempted(chain.reverseRate(kind, states, laws, u));
      if (!back?.every(Number.isFinite)) continue;
      const from = kind === "ratio" ? "ratios" : "clean laws";
      const jumps = parted(back, states, K).off;
      evidence.push(atLeast(`reverse rates from ${from}`, jumps, 0, { axes }));
      // The reverse rate to a state asked for is zero where that state's own row has a zero.
      const held = jumps.map((r, k) => {
        const row = states.indexOf(k % K);
        return row >= 0 && (rates[row * K + (states[Math.floor(k / K)] ?? 0)] ?? 0) === 0 ? 0 : r;
      });
      evidence.push(equality(`zeros of reverse rates from ${from}`, jumps, held, { axes }));
    }
    return evidence;
  },
  // Signs and zeros have no roundings.
  tolerance: String.raw`\hat R(x,y) \ge 0,\qquad R(y,x)=0 \Rightarrow \hat{\hat R}(x,y) = 0 \text{ exactly}`,
};
