/**
 * Rates between neighbours are symmetric, or balanced up to what is asked; their exponentials are kernels.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { isConnected, nearestNeighbours, sinkhornRates, symmetricRates } from "#impl/categorical/similarity";
import { pushedBy, uniformise } from "#impl/ctmc/expm";

beforeAll(async () => {
  await startBackend("cpu");
});

const line = Float64Array.of(0, 1, 3, 100, 102);
const columnSums = (matrix: Float64Array, K: number): number[] =>
  Array.from({ length: K }, (_, y) => matrix.reduce((sum, value, k) => (k % K === y ? sum + value : sum), 0));

describe("neighbours", () => {
  test("of points on a line, made symmetric", () => {
    expect([...nearestNeighbours(line, 5, 1)].map((g, k) => (g === 1 ? k : -1)).filter((k) => k >= 0)).toEqual([1, 5, 11, 19, 23]);
    const rates = symmetricRates(nearestNeighbours(line, 5, 1), 5, 1);
    expect([...rates.slice(0, 10)]).toEqual([-1, 1, 0, 0, 0, 1, -1.5, 0.5, 0, 0]);
    expect(isConnected(rates, 5)).toBe(false);
    expect(isConnected(symmetricRates(nearestNeighbours(line, 5, 4), 5, 4), 5)).toBe(true);
  });

  test("of points in one place are those of smaller index", () => {
    expect([...nearestNeighbours(Float64Array.of(2, 2, 2), 3, 1)]).toEqual([0, 1, 0, 1, 0, 0, 1, 0, 0]);
  });

  test("scaled by Sinkhorn's method, as far as is asked", () => {
    const rates = symmetricRates(nearestNeighbours(line, 5, 2), 5, 2);
    for (const tolerance of [0.1, 1e-3, 1e-12])
      for (const sum of columnSums(sinkhornRates(rates, 5, tolerance), 5)) expect(Math.abs(sum)).toBeLessThanOrEqual(tolerance + 1e-15);
  });
});

describe("kernels", () => {
  test.each([0, 0.1, 3, 200])("of two states have a closed form, over %d", (tau) => {
    const [up, down] = [1.5, 0.5];
    const kept = Math.exp(-(up + down) * tau);
    const found = tf.tidy(() => pushedBy(tf.eye(2) as tf.Tensor2D, tau, uniformise(Float64Array.of(0, up, down, 0), 2)).dataSync());
    [
      [0.25 + 0.75 * kept, 0.75 * (1 - kept)],
      [0.25 * (1 - kept), 0.75 + 0.25 * kept],
    ]
      .flat()
      .forEach((p, k) => {
        expect(Math.abs((found[k] ?? 0) - p)).toBeLessThan(1e-6);
      });
  });

  test("do not lose what takes many jumps", () => {
    const K = 9;
    const chain = Float64Array.from({ length: K * K }, (_, k) => (k % K === Math.floor(k / K) + 1 ? 1 : 0));
    const row = tf.tidy(() => pushedBy(tf.oneHot([0], K) as tf.Tensor2D, 0.1, uniformise(chain, K)).dataSync());
    // Poisson: e^−τ·τ⁷/7!, the last but one state.
    const exact = (Math.exp(-0.1) * 1e-7) / 5040;
    expect(Math.abs((row[7] ?? 0) / exact - 1)).toBeLessThan(1e-5);
  });

  test("of rates that are all zero leave everything where it is", () => {
    const still = tf.tidy(() => pushedBy(tf.tensor2d([[0.25, 0.75]]), 5, uniformise(new Float64Array(4), 2)).dataSync());
    expect([...still]).toEqual([0.25, 0.75]);
  });
});
