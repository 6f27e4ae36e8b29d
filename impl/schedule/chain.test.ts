import { expect, test } from "vitest";
import { linearBetas, scaledLinearBetas, sigmoidBetas } from "#impl/schedule/beta";
import { chainOf } from "#impl/schedule/chain";
import { cosineBetas } from "#impl/schedule/cosine";
import { levelsAt } from "#impl/schedule/level";
import { chainTables, indexOfLogSnr, logSnr, snr } from "#impl/schedule/snr";
import { zeroTerminal } from "#impl/schedule/zero-terminal";

const linear = chainOf(linearBetas(1000, 1e-4, 0.02));

test("amplitudes of the linear chain, from mpmath", () => {
  const want = [
    [0.9999499987499375, 0.01],
    [0.2789205233843933, 0.9603141890209559],
    [0.006352818087570022, 0.99997982064757],
  ];
  [0, 500, 999].forEach((index, k) => {
    const { alpha, sigma } = linear.level(index);
    expect(alpha / (want[k]?.[0] ?? 0)).toBeCloseTo(1, 12);
    expect(sigma / (want[k]?.[1] ?? 0)).toBeCloseTo(1, 13);
  });
});

test("named schedules at single indices, from mpmath", () => {
  expect(sigmoidBetas(1000, 1e-4, 0.02)[300]).toBeCloseTo(0.0017606132570997383, 16);
  expect(scaledLinearBetas(1000, 1e-4, 0.02)[300]).toBeCloseTo(0.0024468725663193483, 16);
  const cosine = cosineBetas(1000);
  const want = [
    [0, 0.000041284224821777805],
    [499, 0.0031458862304781965],
    [998, 0.749999392901162],
    [999, 0.999],
  ] as const;
  for (const [k, beta] of want) expect((cosine[k] ?? 0) / beta).toBeCloseTo(1, 11);
});

test("a chain of one step", () => {
  expect([...linearBetas(1, 0.25, 0.5)]).toEqual([0.25]);
  expect(chainOf(linearBetas(1, 0.25, 0.5)).level(0).alpha).toBeCloseTo(Math.sqrt(0.75), 15);
});

test("zero terminal: first value kept, last one exactly 0, affine between", () => {
  const rescaled = zeroTerminal(linear);
  const last = linear.level(999).alpha;
  expect(rescaled.level(0).alpha).toBe(linear.level(0).alpha);
  expect(rescaled.level(999)).toEqual({ alpha: 0, sigma: 1 });
  expect(rescaled.beta[999]).toBe(1);
  const stretch = linear.level(0).alpha / (linear.level(0).alpha - last);
  expect(rescaled.level(500).alpha).toBeCloseTo(stretch * (linear.level(500).alpha - last), 15);
  expect(() => zeroTerminal(chainOf(linearBetas(1, 0.1, 0.1)))).toThrow("expected √ᾱ to fall");
});

test("tables tell one story", () => {
  const { beta, abar, alpha } = chainTables(linear);
  expect((abar?.[1] ?? 0) / (abar?.[0] ?? 1)).toBeCloseTo(1 - (beta?.[1] ?? 0), 15);
  expect(alpha?.[7]).toBe(1 - (beta?.[7] ?? 0));
});

test("SNR, its logarithm, and the index of it", () => {
  const levels = levelsAt(linear, Float64Array.of(0, 37, 999));
  expect(Math.log(snr(levels)[1] ?? 0)).toBeCloseTo(logSnr(levels)[1] ?? 0, 12);
  expect([...indexOfLogSnr(linear, logSnr(levels))].map((t) => Math.round(t * 1e9) / 1e9)).toEqual([0, 37, 999]);
  const middle = logSnr(levelsAt(linear, Float64Array.of(36, 37))).reduce((a, b) => a + b) / 2;
  expect(indexOfLogSnr(linear, Float64Array.of(middle))[0]).toBeCloseTo(36.5, 9);
  expect([...indexOfLogSnr(zeroTerminal(linear), Float64Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY))]).toEqual([999, 0]);
});

test("errors name what is wrong", () => {
  expect(() => chainOf(Float64Array.of(0.5, 1.5))).toThrow("expected β in [0, 1], got 1.5 at index 1");
  expect(() => linear.level(1000)).toThrow("expected an index 0 … 999, got 1000");
  expect(() => linearBetas(0, 0.1, 0.2)).toThrow("T ≥ 1, got 0");
});
