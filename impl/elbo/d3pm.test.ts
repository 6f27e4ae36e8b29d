import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { absorbingNoise, uniformNoise } from "#impl/categorical/noise";
import { hybridLoss } from "#impl/elbo/d3pm";

beforeAll(async () => {
  await startBackend("cpu");
});

const K = 3;
const law = [0.2, 0.3, 0.5] as const;
const laws = (...p: readonly number[]): tf.Tensor2D => tf.tensor2d([...p], [1, p.length]);
const token = (x: number): tf.Tensor1D => tf.tensor1d([x], "int32");
const [s, t] = [0.8, 0.6];
const weights = { bound: 2, cross: 0.5 };

/** D(q‖p) for uniform noise, state by state. */
function expected(rule: "plug-in" | "mixture", x0: number, xt: number): number {
  const kernel = (x: number, y: number, a: number): number => (x === y ? a : 0) + (1 - a) / K;
  const joint = (x: number): readonly number[] => [0, 1, 2].map((k) => kernel(x, k, s) * kernel(k, xt, t / s));
  const summed = (p: readonly number[]): number => p.reduce((a, b) => a + b, 0);
  const q = joint(x0).map((p) => p / kernel(x0, xt, t));
  const shares = rule === "plug-in" ? law : law.map((p, x) => p / kernel(x, xt, t));
  const raw = [0, 1, 2].map((k) => summed(shares.map((p, x) => p * (joint(x)[k] ?? 0))));
  return summed(q.map((mass, k) => mass * Math.log(mass / ((raw[k] ?? 0) / summed(raw)))));
}

test.each(["plug-in", "mixture"] as const)("bound and cross-entropy, uniform noise, %s", (rule) => {
  const found = hybridLoss(rule, laws(...law), token(2), token(1), { s, t }, uniformNoise(K), weights).dataSync()[0];
  expect(found).toBeCloseTo(2 * expected(rule, 2, 1) - 0.5 * Math.log(0.5), 5);
});

test("with masks the bound is a share of the cross-entropy", () => {
  const found = hybridLoss("plug-in", laws(0.4, 0.6, 0), token(1), token(2), { s, t }, absorbingNoise(K), weights).dataSync()[0];
  expect(found).toBeCloseTo(-Math.log(0.6) * (2 * ((s - t) / (1 - t)) + 0.5), 5);
});

test.each([
  ["hybrid loss: expected the earlier survival in [0, 1), got 1", () => at(law, 0, { s: 1, t })],
  ["hybrid loss law: expected probabilities that sum to 1, got 0.75", () => at([0.25, 0.25, 0.25], 0)],
  ["hybrid loss law: expected probabilities ≥ 0, got NaN", () => at([Number.NaN, 0.5, 0.5], 0)],
  ["hybrid loss x0: expected tokens to be states 0 … 2, got 3 at 0", () => at(law, 3)],
  ["hybrid loss: expected cross ≥ 0 and finite, got NaN", () => at(law, 0, { s, t }, { bound: 1, cross: Number.NaN })],
])("%s", (words, call) => {
  expect(call).toThrow(words);
});

const at = (p: readonly number[], x0: number, survivals = { s, t }, given = weights): tf.Tensor1D =>
  hybridLoss("plug-in", laws(...p), token(x0), token(1), survivals, uniformNoise(K), given);
