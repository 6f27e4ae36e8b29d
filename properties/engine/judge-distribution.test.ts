import { describe, expect, test } from "vitest";
import { effectOn, judgeDistribution } from "#properties/engine/judge-distribution";
import { type DistributionEvidence, drawnFrom, rankedFrom, wageredOn } from "#spec/evidence";
import { lowerTail, upperTail } from "#spec/number/binomial";
import { leastExcluded } from "#spec/number/wealth";
import { uniforms } from "#spec/stream";

const law = Float64Array.of(0.5, 0.25, 0.125, 0.0625, 0.0625);

function draws(stream: number, n: number, from: Float64Array): Float64Array {
  return uniforms(stream, 0, n).map((w) => {
    let rest = w;
    for (let k = 0; k < from.length - 1; k++) {
      rest -= from[k] ?? 0;
      if (rest < 0) return k;
    }
    return from.length - 1;
  });
}

describe("binomial tails", () => {
  test.each([
    [10, 0.5, 7, 176 / 1024],
    [3, 0.25, 2, 10 / 64],
    [4, 0.125, 0, 1],
  ])("P(X ≥ k) for n = %d, p = %d, k = %d", (n, p, k, expected) => {
    expect(upperTail(n, p, k)).toBeCloseTo(expected, 12);
    expect(lowerTail(n, p, k - 1)).toBeCloseTo(1 - expected, 12);
  });

  test("both tails together are one", () => {
    for (const k of [0, 1, 100, 250, 300, 999]) expect(upperTail(1000, 0.25, k + 1) + lowerTail(1000, 0.25, k)).toBeCloseTo(1, 10);
  });
});

/** How many of `runs` tests reject, at a level a million times that of a run. */
const rejected = (runs: number, judge: (stream: number) => string): number => {
  let count = 0;
  for (let stream = 1; stream <= runs; stream++) if (judge(stream) === "violated") count += 1;
  return count;
};

const level = 1e-3;
const runs = Number(process.env["LAWBOOK_NULL_RUNS"] ?? 1000);
const n = 500;

describe(`over ${runs} runs`, () => {
  test("counts of the law itself are rejected no more often than the level says", () => {
    const count = rejected(runs, (stream) => judgeDistribution(drawnFrom("x", draws(stream, n, law), law), level).outcome);
    expect(upperTail(runs, level, count)).toBeGreaterThan(1e-6);
  }, 120_000);

  test("ranks of the law itself are rejected no more often than the level says", () => {
    const count = rejected(runs, (stream) => judgeDistribution(rankedFrom("x", uniforms(stream, 0, n)), level).outcome);
    expect(upperTail(runs, level, count)).toBeGreaterThan(1e-6);
  }, 120_000);

  test("the detectable effect is found, all but once in a thousand", () => {
    const { detectable } = judgeDistribution(drawnFrom("x", draws(1, n, law), law), level);
    const [half = 0] = law;
    const more = half * (1 + detectable);
    expect(more).toBeCloseTo(effectOn(n, half, level / (2 * law.length)), 12);
    const other = law.map((p, k) => (k === 0 ? more : (p * (1 - more)) / (1 - half)));
    const found = rejected(runs, (stream) => judgeDistribution(drawnFrom("x", draws(stream, n, other), law), level).outcome);
    expect(lowerTail(runs, 0.999, found)).toBeGreaterThan(1e-6);
  }, 120_000);

  test("a shift of the detectable size is found in ranks", () => {
    const { detectable } = judgeDistribution(rankedFrom("x", uniforms(1, 0, n)), level);
    // Uniforms of which a share is moved to 0 are that far from uniform.
    const found = rejected(
      runs,
      (stream) =>
        judgeDistribution(
          rankedFrom(
            "x",
            uniforms(stream, 0, n).map((u) => (u < detectable ? 0 : u)),
          ),
          level,
        ).outcome,
    );
    expect(lowerTail(runs, 0.999, found)).toBeGreaterThan(1e-6);
  }, 120_000);

  /** Looks after every hundred draws, until an effect of that size is excluded or 8,000 are drawn. */
  const looking = (stream: number, from: Float64Array, effect: number): DistributionEvidence => {
    const looks: Float64Array[] = [];
    const all = draws(stream, 8000, from);
    const counts = new Float64Array(law.length);
    for (let at = 0; at < all.length && (at === 0 || leastExcluded(counts, law) > effect); at += 100) {
      for (const x of all.subarray(at, at + 100)) counts[x] = (counts[x] ?? 0) + 1;
      looks.push(counts.slice());
    }
    return wageredOn("x", looks, law);
  };
  const stopped = (evidence: DistributionEvidence): number => evidence.counts.reduce((a, b) => a + b, 0);

  test("bets on draws of the law itself win no more often than the level says, whenever one stops", () => {
    const count = rejected(runs, (stream) => judgeDistribution(looking(stream, law, 0.125), level).outcome);
    expect(upperTail(runs, level, count)).toBeGreaterThan(1e-6);
  }, 300_000);

  test("an effect is found before it is excluded, all but once in a thousand, and right draws end early", () => {
    const more = 0.5 * 1.125;
    const other = law.map((p, k) => (k === 0 ? more : (p * (1 - more)) / 0.5));
    const found = rejected(runs, (stream) => judgeDistribution(looking(stream, other, 0.125), level).outcome);
    expect(lowerTail(runs, 0.999, found)).toBeGreaterThan(1e-6);
    const mean = Array.from({ length: 50 }, (_, k) => stopped(looking(k + 1, law, 0.125))).reduce((a, b) => a + b, 0) / 50;
    expect(mean).toBeLessThan(2500);
  }, 300_000);
});
