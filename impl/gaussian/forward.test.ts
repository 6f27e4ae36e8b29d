import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { noised } from "#impl/gaussian/forward";

beforeAll(async () => {
  await startBackend("cpu");
});

test("mixes data and noise by amplitudes, sample by sample", () => {
  const [x0, eps] = [
    tf.tensor2d([
      [1, -1],
      [0.5, 0],
    ]),
    tf.tensor2d([
      [1, 2],
      [-4, 4],
    ]),
  ];
  expect([...noised(x0, eps, { alpha: 0.5, sigma: 0.25 }).dataSync()]).toEqual([0.75, 0, -0.75, 1]);
  expect([...noised(x0, eps, { alpha: Float64Array.of(1, 0), sigma: Float64Array.of(0, 1) }).dataSync()]).toEqual([1, -1, -4, 4]);
});

test("says which shape is wrong", () => {
  expect(() => noised(tf.ones([3]), tf.ones([2]), { alpha: 1, sigma: 0 })).toThrow("noised: expected eps of shape [3] like x0, got [2]");
});
