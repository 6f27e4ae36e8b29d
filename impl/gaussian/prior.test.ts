import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { priorKl } from "#impl/gaussian/prior";

beforeAll(async () => {
  await startBackend("cpu");
});

test("values from mpmath, also where ᾱ nearly vanishes", () => {
  const [wide = 0] = priorKl(tf.tensor1d([0.5]), 0.25).dataSync();
  expect(wide / 0.050091036225890465).toBeCloseTo(1, 6);
  const [small = 0] = priorKl(tf.tensor1d([0.5]), 2 ** -20).dataSync();
  expect(small / 1.1920951692460124e-7).toBeCloseTo(1, 6);
});

test("no signal, no divergence; no noise, no value", () => {
  expect([...priorKl(tf.tensor1d([1, -1]), 0).dataSync()]).toEqual([0, 0]);
  expect(() => priorKl(tf.ones([1]), 1)).toThrow("expected ᾱ in [0, 1), got 1");
});
