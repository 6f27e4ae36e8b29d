import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { risingIndices, spacedIndices, straightLevels } from "#impl/schedule/grid";
import { exponentialLevels, karrasLevels } from "#impl/schedule/karras";
import { shifted, shiftedLevel } from "#impl/schedule/time-shift";

beforeAll(async () => {
  await startBackend("cpu");
});

test("three spacings of ten in a thousand", () => {
  expect([...spacedIndices(1000, 10, "leading")].slice(0, 2)).toEqual([900, 800]);
  expect([...spacedIndices(1000, 10, "trailing")].slice(0, 2)).toEqual([999, 899]);
  expect([...spacedIndices(1000, 10, "linspace")]).toEqual([999, 888, 777, 666, 555, 444, 333, 222, 111, 0]);
});

test("grids have distinct, falling indices whatever the numbers", () => {
  for (const spacing of ["leading", "trailing", "linspace"] as const)
    for (const T of [1, 2, 20, 1000])
      for (const N of [1, 2, 3, 7, 19, T - 1, T].filter((n) => n >= 1 && n <= T)) {
        const indices = spacedIndices(T, N, spacing);
        expect(indices.length).toBe(N);
        expect(indices.every((t, k) => t >= 0 && t < T && (k === 0 || t < (indices[k - 1] ?? 0)))).toBe(true);
      }
  expect(() => spacedIndices(20, 21, "leading")).toThrow("expected 1 ≤ steps ≤ T = 20, got 21");
  expect([...risingIndices(1000, 3)]).toEqual([0, 333, 666]);
});

test("Karras and exponential grids keep their ends; one level from mpmath", () => {
  const karras = karrasLevels(10, { low: 0.002, high: 80, rho: 7 });
  expect([karras[0], karras[9]]).toEqual([80, 0.002]);
  expect(karras[3]).toBeCloseTo(9.723201355260127, 12);
  const exponential = exponentialLevels(3, { low: 0.25, high: 4 });
  expect(exponential[1]).toBeCloseTo(1, 15);
  expect([...karrasLevels(1, { low: 1, high: 2, rho: 7 })]).toEqual([2]);
  expect(() => karrasLevels(3, { low: 0, high: 1, rho: 7 })).toThrow("expected 0 < low < high");
});

test("shifts compose and fix the ends", () => {
  expect([...shifted(tf.tensor1d([0, 0.5, 1]), 3).dataSync()]).toEqual([0, 0.75, 1]);
  expect(shiftedLevel(shiftedLevel(0.3, 2), 3)).toBeCloseTo(shiftedLevel(0.3, 6), 15);
  expect([...straightLevels(4, 1)]).toEqual([1, 0.75, 0.5, 0.25]);
});
