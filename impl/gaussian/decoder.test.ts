import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { decoderMasses } from "#impl/gaussian/decoder";

beforeAll(async () => {
  await startBackend("cpu");
});

test("five bins, from mpmath", () => {
  const want = [0.000232629079036, 0.0665745721898, 0.624655260005, 0.3023278734, 0.00620966532578];
  const got = decoderMasses(tf.scalar(0.125), 0.25, 5).dataSync();
  for (const [k, mass] of want.entries()) expect((got[k] ?? 0) / mass).toBeCloseTo(1, 5);
});

test("far tails keep their digits", () => {
  const got = decoderMasses(tf.scalar(-0.5), 1 / 64, 16).dataSync();
  const want = [0.0164486958227, 0.9835513041, 7.76884758171e-11];
  for (const [k, mass] of want.entries()) expect((got[k + 3] ?? 0) / mass).toBeCloseTo(1, 4);
  expect(got[0]).toBe(0);
});

test("masses are non-negative and add up to 1 for every mean", () => {
  const masses = decoderMasses(
    tf.tensor2d([
      [-3, -0.5],
      [0, 0.999],
    ]),
    0.125,
    256,
  );
  expect(masses.shape).toEqual([2, 2, 256]);
  expect(Math.min(...masses.dataSync())).toBeGreaterThanOrEqual(0);
  for (const total of tf.sum(masses, -1).dataSync()) expect(total).toBeCloseTo(1, 6);
});

test("refuses one level and no deviation", () => {
  expect(() => decoderMasses(tf.scalar(0), 1, 1)).toThrow("expected K ≥ 2 levels");
  expect(() => decoderMasses(tf.scalar(0), 0, 2)).toThrow("a deviation > 0, got 2 and 0");
});
