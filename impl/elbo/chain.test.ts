import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { categoricalKl, stepKl } from "#impl/elbo/chain";
import { divergenceOf, drawnChain, stepKernel } from "#spec/elbo/step-back";

beforeAll(async () => {
  await startBackend("cpu");
});

const K = 4;
const [, back] = drawnChain(3, K, 2, false);
const matrix = (values: Float64Array): tf.Tensor2D => tf.tensor2d(Float32Array.from(values), [K, K]);
const clean = Float64Array.from({ length: K * K }, (_, k) => (1 + ((k * 5) % 7)) / 1).map((p, k, all) => {
  const row = all.slice(Math.floor(k / K) * K, Math.floor(k / K) * K + K);
  return p / row.reduce((a, b) => a + b, 0);
});

test.each(["plug-in", "mixture"] as const)("one step's divergence, %s", (rule) => {
  if (back === undefined) throw new Error("a chain of two steps");
  const pairs = Array.from({ length: K * K }, (_, k) => [Math.floor(k / K), k % K] as const);
  const [x0, xt] = [0, 1].map((side) =>
    tf.tensor1d(
      pairs.map((pair) => pair[side] ?? 0),
      "int32",
    ),
  ) as [tf.Tensor1D, tf.Tensor1D];
  const found = stepKl(rule, x0, xt, matrix(clean), { early: matrix(back.early), step: matrix(back.step) }).dataSync();
  const model = stepKernel(rule, back, clean, K);
  pairs.forEach(([x, y], k) => {
    expect(found[k]).toBeCloseTo(divergenceOf(back, model, x, y, 1), 5);
  });
});

test("a state without mass costs nothing, and what is no law is refused", () => {
  const law = (...p: readonly number[]): tf.Tensor2D => tf.tensor2d([...p], [1, p.length]);
  expect(categoricalKl(law(0, 0.5, 0.5), law(0, 0.25, 0.75)).dataSync()[0]).toBeCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(2 / 3), 6);
  expect(categoricalKl(law(1, 0), law(0, 1)).dataSync()[0]).toBe(Number.POSITIVE_INFINITY);
  expect(() => categoricalKl(law(0.4, 0.5), law(0.5, 0.5))).toThrow("divergence p: expected probabilities that sum to 1, got 0.8999");
  expect(() => categoricalKl(law(Number.NaN, 1), law(0.5, 0.5))).toThrow("expected probabilities ≥ 0, got NaN");
  expect(() => categoricalKl(tf.zeros([0, 2]), tf.zeros([0, 2]))).toThrow("expected p of at least one token, got none");
  const token = tf.tensor1d([0], "int32");
  expect(() => stepKl("mixture", token, token, matrix(clean), { early: tf.eye(3), step: matrix(clean) })).toThrow(
    "expected clean of shape 3×3, got 4×4",
  );
});
