import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { consistencySkip } from "#impl/parameterisation/consistency";
import { denoised, networkInput, preconditioning, storedPreconditioning } from "#impl/parameterisation/edm";
import { converted, dataPrediction, noisePrediction, reading, target } from "#impl/parameterisation/gaussian";
import { minSnr, sigmaSqrt } from "#impl/parameterisation/loss-weight";
import { type OutputKind, outputKinds } from "#spec/convention";

beforeAll(async () => {
  await startBackend("cpu");
});

const level = { alpha: 0.6, sigma: 0.8 };
const [x0, eps] = [-0.5, 1.25];

test.each(outputKinds)("data and noise are read back from %s", (kind: OutputKind) => {
  // EDM's kinds are defined for states x₀ + σε.
  const at = kind.startsWith("edm") ? { alpha: 1, sigma: 0.8 } : level;
  const [data, noise] = [tf.tensor1d([x0]), tf.tensor1d([eps])];
  const xt = tf.tensor1d([at.alpha * x0 + at.sigma * eps]);
  const value = target(kind, data, noise, at);
  expect(dataPrediction(kind, value, xt, at).dataSync()[0]).toBeCloseTo(x0, 5);
  expect(noisePrediction(kind, value, xt, at).dataSync()[0]).toBeCloseTo(eps, 5);
});

test("v is the rotation, the velocity of the straight path the difference", () => {
  const at = (kind: OutputKind): number => target(kind, tf.tensor1d([x0]), tf.tensor1d([eps]), level).dataSync()[0] ?? 0;
  expect(at("v")).toBeCloseTo(0.6 * eps - 0.8 * x0, 6);
  expect(at("noise-minus-data")).toBeCloseTo(eps - x0, 6);
  expect(at("score")).toBeCloseTo(-eps / 0.8, 6);
});

test("a kind as itself is a copy, and others go through data and noise", () => {
  const [value, xt] = [tf.tensor1d([0.1]), tf.tensor1d([0.7])];
  expect([...converted("eps", "eps", value, xt, { alpha: 0, sigma: 1 }).dataSync()]).toEqual([Math.fround(0.1)]);
  expect(converted("eps", "x0", value, xt, level).dataSync()[0]).toBeCloseTo((0.7 - 0.8 * 0.1) / 0.6, 6);
});

test("readings without an answer say so", () => {
  expect(() => reading("eps", { alpha: 0, sigma: 1 })).toThrow(
    "reading of eps: expected a level at which it determines data and noise, got α = 0",
  );
  expect(() => reading("x0", { alpha: 1, sigma: 0 })).toThrow("σ = 0");
  expect(() => target("score", tf.ones([1]), tf.ones([1]), { alpha: 1, sigma: 0 })).toThrow("expected σ > 0");
});

test("EDM at σ = 2, from mpmath", () => {
  const { cskip, cout, cin, weight } = preconditioning(2, 0.5);
  expect(cskip).toBeCloseTo(0.058823529411764705, 15);
  expect(cout).toBeCloseTo(0.48507125007266594, 15);
  expect(cin).toBeCloseTo(0.48507125007266594, 15);
  expect(weight).toBeCloseTo(4.25, 13);
  const x = tf.tensor1d([1]);
  expect(denoised(tf.tensor1d([1]), x, 2, 0.5).dataSync()[0]).toBeCloseTo(cskip + cout, 6);
  expect(networkInput(x, 2, 0.5).noise).toBe(Math.log(2) / 4);
  expect(storedPreconditioning(Float64Array.of(2, 3), 0.5).cin.shape).toEqual([2]);
  expect(() => preconditioning(0, 0.5)).toThrow("expected σ > 0");
});

test("a consistency function returns the state at its least time; ten units off, from mpmath", () => {
  expect(consistencySkip(0)).toEqual({ cskip: 1, cout: 0 });
  expect(consistencySkip(10).cskip).toBeCloseTo(0.0024937655860349127, 16);
  expect(consistencySkip(10).cout).toBeCloseTo(0.9987523388778446, 15);
});

test("min-SNR caps at γ, and is one loss in three kinds", () => {
  const levels = { alpha: Float64Array.of(3, 1, 0), sigma: Float64Array.of(1, 1, 1) };
  expect([...minSnr("x0", levels, 5)]).toEqual([5, 1, 0]);
  expect([...minSnr("eps", levels, 5)]).toEqual([5 / 9, 1, 1]);
  expect([...minSnr("v", levels, 5)]).toEqual([0.5, 0.5, 0]);
  expect([...sigmaSqrt(Float64Array.of(0.5, 0.25))]).toEqual([4, 16]);
});
