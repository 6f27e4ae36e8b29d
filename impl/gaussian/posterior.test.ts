import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { posterior, posteriorCoefficients, posteriorKl, reverseStd } from "#impl/gaussian/posterior";
import { linearBetas } from "#impl/schedule/beta";
import { chainOf } from "#impl/schedule/chain";
import { clean } from "#impl/schedule/level";

beforeAll(async () => {
  await startBackend("cpu");
});

const chain = chainOf(linearBetas(1000, 1e-4, 0.02));
const [s, t] = [chain.level(400), chain.level(500)];

test("coefficients between indices 400 and 500 of the linear chain, from mpmath", () => {
  const { c0, ct, variance, step } = posteriorCoefficients(s, t);
  expect(c0).toBeCloseTo(0.2853436001782321, 12);
  expect(ct).toBeCloseTo(0.5543679238760799, 12);
  expect(variance).toBeCloseTo(0.5230129595995, 12);
  expect(step).toBeCloseTo(0.5980996503626803, 12);
});

test("mean and variance are those of Bayes' rule on numbers that are exact", () => {
  // αₛ = 1, αₜ = ½, σₛ² = ¼, σₜ² = ¾: step ¾ − 1/16 = 11/16, c₀ = 11/12, cₜ = 1/6, β̃ = 11/48.
  const { mean, variance } = posterior(
    tf.tensor1d([12, 0]),
    tf.tensor1d([0, 6]),
    { alpha: 1, sigma: 0.5 },
    { alpha: 0.5, sigma: Math.sqrt(0.75) },
  );
  expect([...mean.dataSync()].map((x) => Number(x.toFixed(5)))).toEqual([11, 1]);
  expect(variance).toBeCloseTo(11 / 48, 14);
});

test("the step to clean data returns the data", () => {
  const { c0, ct, variance } = posteriorCoefficients(clean, t);
  expect([c0, ct, variance]).toEqual([1, 0, 0]);
});

test("the divergence is half the SNR difference times the squared error", () => {
  // SNR 4 and 1: ½·3·(½)² = 3/8.
  const kl = posteriorKl(tf.tensor1d([0.5]), tf.tensor1d([0]), { alpha: 1, sigma: 0.5 }, { alpha: 0.5, sigma: 0.5 });
  expect([...kl.dataSync()]).toEqual([0.375]);
  expect(() => posteriorKl(tf.ones([1]), tf.ones([1]), clean, t)).toThrow("expected noise at the earlier level");
});

test("variance by choice: small, large and between their logarithms", () => {
  const coefficients = posteriorCoefficients(s, t);
  expect(reverseStd(coefficients, "small")).toBe(Math.sqrt(coefficients.variance));
  expect(reverseStd(coefficients, "large")).toBe(Math.sqrt(coefficients.step));
  const std = reverseStd(coefficients, "log-range", tf.tensor1d([-1, 1, 0]));
  if (typeof std === "number") throw new Error("expected a tensor");
  const [low = 0, high = 0, middle = 0] = std.dataSync();
  expect(low).toBeCloseTo(Math.sqrt(coefficients.variance), 6);
  expect(high).toBeCloseTo(Math.sqrt(coefficients.step), 6);
  expect(middle).toBeCloseTo(Math.sqrt(low * high), 6);
  expect(() => reverseStd(coefficients, "log-range")).toThrow("expected a predicted share");
});

test("levels in the wrong order are named", () => {
  expect(() => posteriorCoefficients(t, s)).toThrow("expected the second level to be the noisier");
});
