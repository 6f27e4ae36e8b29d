/**
 * Exponentials of drawn rates are as good as exact wherever pairs of states are enumerated.
 */
import { expect, test } from "vitest";
import { drawnRates, refusal, tooManyStates } from "#spec/elbo/jump";
import { toNumber, zero } from "#spec/number/dyadic";
import { exitRate, relativeError, uniformized } from "#spec/number/uniformization";
import { enclosedRow } from "#spec/number/uniformization-exact";

test("few states and short times are not refused, many and long ones are", () => {
  for (let K = 1; K <= 8; K++) expect(refusal(K, 3)).toBeNull();
  expect(refusal(9, 1)).toBe(tooManyStates);
  expect(refusal(Number.NaN, 1)).toBe(tooManyStates);
  expect(refusal(8, 1, 4 * 128)).toBeNull();
  expect(refusal(8, 1e5, 4 * 128)).toMatch("jumps");
});

test.each([
  [8, false],
  [8, true],
  [2, false],
])("%i states, absorbing %s: as far from exact as is stated, and no more jumps", (K, absorbing) => {
  for (const time of [3, 1 / 128, 3 * 0.003 ** 5]) {
    const rates = drawnRates(11, K, absorbing);
    expect(exitRate(rates, K)).toBeLessThanOrEqual(K - 1);
    const { rows, relative } = uniformized(rates, K, time, [0]);
    expect(relative).toBeLessThanOrEqual(relativeError(K, (K - 1) * time));
    const { lo, hi } = enclosedRow(rates, K, time, 0, 256);
    rows.forEach((p, y) => {
      const [least, most] = [toNumber(lo[y] ?? zero), toNumber(hi[y] ?? zero)];
      if (p > 0) expect(Math.max(p - least, most - p)).toBeLessThanOrEqual(relative * most);
    });
  }
});
