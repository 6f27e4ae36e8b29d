import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import {
  type DataLaw,
  denoise,
  logDensity,
  outputOf,
  predictionAndSlopes,
  predictionOf,
  predictionSlopes,
  score,
} from "#impl/sampler/oracle";
import { type Oracle, predict } from "#spec/oracle";

beforeAll(async () => {
  await startBackend("cpu");
});

const level = { alpha: 0.6, sigma: 0.8 };
const mixture: DataLaw = {
  name: "mixture",
  weights: Float64Array.of(0.3, 0.5, 0.2),
  means: Float64Array.of(-1.5, 0.25, 1.5),
  variances: Float64Array.of(0.0625, 0.125, 0.25),
};

test("a mixture's score, data, slope and density, from mpmath", () => {
  const x = tf.tensor1d([-1, 0.5, 2]);
  const close = (got: tf.Tensor, want: readonly number[]): void => {
    for (const [k, value] of want.entries()) expect(got.dataSync()[k]).toBeCloseTo(value, 5);
  };
  close(score(mixture, x, level), [0.800614554920059, -0.407420115437254, -1.90787245073609]);
  close(denoise(mixture, x, level), [-0.81267780808527, 0.398751876866929, 1.2982693858815]);
  close(predictionSlopes(mixture, x, level).score, [-0.843210804347751, -0.920468288836607, -1.06143892099508]);
  close(logDensity(mixture, x, level), [-1.40403312667781, -1.0859392463649, -2.79937901451255]);
});

test.each<[string, DataLaw]>([
  ["a mixture", mixture],
  ["a Gaussian", { name: "gaussian", mean: Float64Array.of(0.5, -0.25), variance: Float64Array.of(0.25) }],
  ["a point", { name: "point", point: Float64Array.of(0.5) }],
])("%s says the same of data, score and slopes at once and one by one", (_, law) => {
  const x = tf.tensor1d([0.75, -2]);
  const { prediction, slopes } = predictionAndSlopes(law, x, level);
  const numbers = (both: { x0: tf.Tensor; score: tf.Tensor }): number[] => [...both.x0.dataSync(), ...both.score.dataSync()];
  expect(numbers(prediction)).toEqual(numbers({ x0: denoise(law, x, level), score: score(law, x, level) }));
  expect(numbers(predictionOf(law, x, level))).toEqual(numbers(prediction));
  expect(numbers(slopes)).toEqual(numbers(predictionSlopes(law, x, level)));
});

const oracles: Readonly<Record<string, Exclude<Oracle, { name: "outputs" | "affine" }>>> = {
  point: { name: "point", point: Float64Array.of(0.5, -1) },
  pair: { name: "pair", x0: Float64Array.of(0.5), eps: Float64Array.of(1, 2) },
  gaussian: { name: "gaussian", mean: Float64Array.of(0.5, -0.25), variance: Float64Array.of(0.25) },
  mixture,
  "polynomial x₀": { name: "polynomial", prediction: "x0", variable: "log-snr", coefficients: Float64Array.of(1, -0.5) },
  "polynomial ε": { name: "polynomial", prediction: "eps", variable: "sigma", coefficients: Float64Array.of(1, 0.25, 0.5) },
};

describe.each(Object.entries(oracles))("%s", (_, oracle) => {
  test.each([
    [1, 0],
    [0, 1],
    [-0.8, 0.6],
    [-1, 1],
  ])("answers %f·x̂₀ + %f·ε̂ like the specification", (p, q) => {
    const x = [0.75, -2];
    const got = outputOf(oracle, tf.tensor1d(x), level, p, q).dataSync();
    x.forEach((value, j) => {
      const { x0, eps } = predict(oracle, value, level.alpha, level.sigma, j);
      expect(got[j]).toBeCloseTo(p * x0 + q * eps, 5);
    });
  });
});

test("ends of the path: a point is known without noise, a constant without signal", () => {
  expect([...denoise({ name: "point", point: Float64Array.of(0.5) }, tf.tensor1d([3]), { alpha: 1, sigma: 0 }).dataSync()]).toEqual([0.5]);
  const constant: Oracle = { name: "polynomial", prediction: "x0", variable: "log-snr", coefficients: Float64Array.of(0.25) };
  expect([...outputOf(constant, tf.tensor1d([3]), { alpha: 0, sigma: 1 }, 1, 0).dataSync()]).toEqual([0.25]);
});

test("parameters are one for all coordinates or one each", () => {
  expect(() => denoise({ name: "point", point: Float64Array.of(1, 2) }, tf.ones([4, 3]), level)).toThrow(
    "data law: expected 1 or 3 values per parameter for states of shape [4,3], got 2",
  );
});
