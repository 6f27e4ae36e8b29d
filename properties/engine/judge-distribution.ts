/**
 * # What is drawn against its law
 *
 * Three tests with finite-sample guarantees, whatever the law: exact binomial tails per outcome with Bonferroni's correction, the
 * Dvoretzky–Kiefer–Wolfowitz inequality with Massart's constant for ranks, and the wealth of bets where the number of draws was not fixed. The level of one test is a fixed share of the run's
 * false-alarm budget, so that it does not depend on what else is run.
 */
import { type Judged, passed, placeOf, type Worst } from "#properties/engine/judged";
import type { DistributionEvidence } from "#spec/evidence";
import { lowerTail, upperTail } from "#spec/number/binomial";
import { leastExcluded, logWealth } from "#spec/number/wealth";

/** As many tests as a run may make before their levels add up to more than its budget. */
const testsPerBudget = 2 ** 16;

export const levelOf = (budget: number): number => budget / testsPerBudget;

/** How often the detectable effect may be missed, with room to the one in a thousand that is promised. */
const missed = 1 / 4000;

export function judgeDistribution(evidence: DistributionEvidence, level: number): Judged {
  if (evidence.looks !== undefined) return judgeLooks(evidence, evidence.looks, evidence.law, level);
  return evidence.ranks === undefined
    ? judgeCounts(evidence, evidence.counts, evidence.law, level)
    : judgeRanks(evidence, evidence.ranks, level);
}

function judgeCounts(evidence: DistributionEvidence, counts: Float64Array, law: Float64Array, level: number): Judged {
  const { name, kind } = evidence;
  const n = counts.reduce((a, b) => a + b, 0);
  const each = level / (2 * counts.length);
  let least = 1;
  let worstAt = -1;
  counts.forEach((count, k) => {
    const p = law[k] ?? Number.NaN;
    const tail = Math.min(lowerTail(n, p, count), upperTail(n, p, count));
    if (tail < least) [least, worstAt] = [tail, k];
  });
  const p = law[worstAt] ?? Number.NaN;
  const worst: Worst | null =
    worstAt < 0
      ? null
      : { place: placeOf(evidence, worstAt), expected: p, got: (counts[worstAt] ?? 0) / n, residual: least, tolerance: each };
  // The likeliest outcome that is rarer than a half is where an effect shows best.
  const best = law.reduce((top, value) => (value <= 0.5 && value > top ? value : top), 0);
  const detectable = best === 0 ? Number.POSITIVE_INFINITY : effectOn(n, best, each) / best - 1;
  return {
    ...passed,
    name,
    kind,
    outcome: least <= each ? "violated" : "holds",
    used: Math.log(least) / Math.log(each),
    detectable,
    worst,
  };
}

function judgeLooks(evidence: DistributionEvidence, looks: readonly Float64Array[], law: Float64Array, level: number): Judged {
  const { name, kind, counts } = evidence;
  const most = looks.reduce((top, look) => Math.max(top, logWealth(look, law)), 0);
  const needed = Math.log(1 / level);
  const n = counts.reduce((a, b) => a + b, 0);
  const off = (k: number): number => Math.abs((counts[k] ?? 0) - n * (law[k] ?? 0));
  const worstAt = [...law.keys()].reduce((worst, k) => (off(k) > off(worst) ? k : worst), 0);
  return {
    ...passed,
    name,
    kind,
    outcome: most >= needed ? "violated" : "holds",
    used: most / needed,
    detectable: leastExcluded(counts, law),
    worst: {
      place: placeOf(evidence, worstAt),
      expected: law[worstAt] ?? Number.NaN,
      got: (counts[worstAt] ?? 0) / n,
      residual: Math.exp(-most),
      tolerance: level,
    },
  };
}

/** The least probability above p that n draws tell from p at this level, all but once in four thousand. */
export function effectOn(n: number, p: number, level: number): number {
  let [low, high] = [Math.floor(n * p), n + 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (upperTail(n, p, middle) <= level) high = middle;
    else low = middle;
  }
  let [below, above] = [p, 1];
  for (let k = 0; k < 50; k++) {
    const middle = (below + above) / 2;
    if (lowerTail(n, middle, high - 1) <= missed) above = middle;
    else below = middle;
  }
  return above;
}

function judgeRanks(evidence: DistributionEvidence, ranks: Float64Array, level: number): Judged {
  const { name, kind } = evidence;
  const sorted = ranks.slice().sort();
  const n = sorted.length;
  let largest = 0;
  let at = 0;
  sorted.forEach((u, k) => {
    const off = Math.max(u - k / n, (k + 1) / n - u);
    if (off > largest) [largest, at] = [off, u];
  });
  const bound = Math.sqrt(Math.log(2 / level) / (2 * n));
  return {
    ...passed,
    name,
    kind,
    outcome: largest > bound ? "violated" : "holds",
    used: largest / bound,
    detectable: bound + Math.sqrt(Math.log(2 / missed) / (2 * n)),
    worst: {
      place: `below the quantile ${at.toFixed(4)}`,
      expected: at,
      got: sorted.filter((u) => u <= at).length / n,
      residual: largest,
      tolerance: bound,
    },
  };
}
