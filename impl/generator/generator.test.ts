/**
 * Generators on tfjs against sums written out, and that they leave no tensors behind.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { absorbingNoise } from "#impl/categorical/noise";
import {
  adjointOfGaussian,
  correctedDiffusion,
  diffused,
  gaussianScore,
  jet,
  reversedDiffusion,
  tiltedDiffusion,
} from "#impl/generator/diffusion";
import { adjointOfLaw, correctedJumps, jumped, reversedJumps, scoreEntropy, tiltedJumps } from "#impl/generator/jumps";

beforeAll(async () => {
  await startBackend("cpu");
});

const read = (value: tf.Tensor): number[] => Array.from(value.dataSync());

/** Runs and says how many tensors are left beside those returned. */
function left(run: () => tf.Tensor): number {
  const before = tf.memory().numTensors;
  run().dispose();
  return tf.memory().numTensors - before;
}

test("a diffusion on x³ and on a bell, by hand", () => {
  const sde = { drift: -0.5, diffusion2: 2 };
  const x = tf.tensor1d([-1, 0.5, 2]);
  const f = jet([0, 0, 0, 1], x);
  // −½x·3x² + 6x
  expect(read(diffused(f, x, sde))).toEqual([-4.5, 2.8125, 0]);
  // The reversal under N(0, 1): (½x − 2x)·3x² + 6x
  expect(read(reversedDiffusion(f, gaussianScore(0, 1, x), x, sde))).toEqual([-1.5, 2.4375, -24]);
  // h = 1 + x²: 2·2x/(1 + x²)·3x² more.
  const tilted = read(tiltedDiffusion(f, jet([1, 0, 1], x), x, sde));
  [-10.5, 2.8125 + 1.2, 19.2].forEach((value, k) => {
    expect(tilted[k]).toBeCloseTo(value, 5);
  });
  // At x = 0, p = 1/√2π: −f + ½g²·(−1) = ½ − 1
  expect(read(adjointOfGaussian(0, 1, tf.tensor1d([0]), sde))[0]).toBeCloseTo(-0.5 / Math.sqrt(2 * Math.PI), 6);
  expect(left(() => correctedDiffusion(f, x, 2, x, sde))).toBe(0);
  expect(left(() => adjointOfGaussian(0, 1, x, sde))).toBe(0);
});

test("absorbing jumps, by hand", () => {
  const noise = absorbingNoise(3);
  const tokens = tf.tensor1d([0, 1, 2], "int32");
  const [f, p] = [tf.tensor1d([1, 2, 4]), tf.tensor1d([0.25, 0.25, 0.5])];
  expect(read(jumped(f, tokens, 2, noise))).toEqual([6, 4, 0]);
  expect(read(adjointOfLaw(p, tokens, 2, noise))).toEqual([-0.5, -0.5, 1]);
  // From the mask alone: 2·[¼·(1 − 4) + ¼·(2 − 4)]/½
  expect(read(reversedJumps(f, p, tokens, 2, noise))).toEqual([0, 0, -5]);
  // h(mask)/h(x) = 4 and 2.
  expect(read(tiltedJumps(f, f, tokens, 2, noise))).toEqual([24, 8, 0]);
  const same = tf.ones<tf.Rank.R2>([3, 3]);
  expect(read(scoreEntropy(same, same, tokens, 2, noise))).toEqual([0, 0, 0]);
  expect(left(() => correctedJumps(f, p, 2, tokens, 2, noise))).toBe(0);
  expect(left(() => scoreEntropy(same, same, tokens, 2, noise))).toBe(0);
});
