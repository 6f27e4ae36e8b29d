import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { ancestral } from "#impl/sampler/ancestral";
import { ddim } from "#impl/sampler/ddim";
import { dpmSolver2M, multistepWeights } from "#impl/sampler/dpm-solver";
import { euler, firstOrderStep } from "#impl/sampler/first-order";
import { classifierFree, classifierGuided, classifierGuidedMean } from "#impl/sampler/guidance";
import { heun, heunCalls } from "#impl/sampler/heun";
import { callsAlong, type Sampler, sample } from "#impl/sampler/loop";
import { outputOf } from "#impl/sampler/oracle";
import { renoise } from "#impl/sampler/renoise";
import { linearBetas } from "#impl/schedule/beta";
import { chainOf } from "#impl/schedule/chain";
import { spacedIndices } from "#impl/schedule/grid";
import { karrasLevels } from "#impl/schedule/karras";
import { clean } from "#impl/schedule/level";
import { edmPath } from "#impl/sde/edm";
import type { Level } from "#spec/sampler/step";

beforeAll(async () => {
  await startBackend("cpu");
});

const chain = chainOf(linearBetas(1000, 1e-4, 0.02));
const times = spacedIndices(1000, 10, "trailing");
const calls = callsAlong(times, Array.from(times, chain.level), clean);
const sigmas = karrasLevels(10, { low: 0.002, high: 80, rho: 7 });
const levels = Array.from(sigmas, edmPath().level);

const samplers: Readonly<Record<string, Sampler>> = {
  ddim: { calls, step: ddim("x0") },
  "ddim, η = 1": { calls, step: ddim("x0", 1) },
  ddpm: { calls, step: ancestral("x0") },
  "dpm-solver++ 2M": { calls, step: dpmSolver2M("x0") },
  consistency: { calls, step: renoise("x0") },
  euler: { calls: callsAlong(sigmas, levels, clean), step: euler("x0") },
  heun: { calls: heunCalls(sigmas, levels, clean), step: heun("x0") },
};

const point = { name: "point", point: Float64Array.of(0.5) } as const;
const model = (x: tf.Tensor, { from }: { readonly from: Level }): tf.Tensor => outputOf(point, x, from, 1, 0);

describe.each(Object.entries(samplers))("%s", (_, sampler) => {
  test("ends on the data when there is but one point", () => {
    const end = sample(sampler, model, tf.tensor1d([1.5, -2]));
    for (const value of end.dataSync()) expect(value).toBeCloseTo(0.5, 6);
  });

  test("shows every call once, in order", () => {
    const seen: number[] = [];
    sample(sampler, model, tf.tensor1d([1]), { visit: ({ index }) => seen.push(index) });
    expect(seen).toEqual(sampler.calls.map((__, k) => k));
  });

  test("refuses calls it has not", () => {
    expect(() => sample(sampler, model, tf.tensor1d([1]), { first: 5, count: sampler.calls.length })).toThrow(
      "sampling: expected calls within",
    );
  });
});

test("one first-order step by hand", () => {
  const [from, to] = [
    { alpha: 0.6, sigma: 0.8 },
    { alpha: 0.8, sigma: 0.6 },
  ];
  const [x, v] = [1.1, 0.3];
  const data = (x - 0.8 * v) / 0.6;
  expect(firstOrderStep(tf.tensor1d([x]), tf.tensor1d([v]), from, to, "eps").dataSync()[0]).toBeCloseTo(0.8 * data + 0.6 * v, 6);
});

test("η = 1 is the ancestral step with small variance", () => {
  const noise = (): tf.Tensor => tf.tensor1d([0.25]);
  const run = (step: Sampler["step"]): number =>
    sample({ calls, step }, () => tf.tensor1d([0.3]), tf.tensor1d([1]), { first: 3, count: 1, noise }).dataSync()[0] ?? 0;
  expect(run(ddim("eps", 1))).toBeCloseTo(run(ancestral("eps", "small")), 5);
  expect(run(ancestral("eps", "large"))).not.toBeCloseTo(run(ancestral("eps", "small")), 3);
  expect(() => ddim("eps", 1.5)).toThrow("expected η in [0, 1], got 1.5");
});

test("a model that predicts its variance answers a share", () => {
  const step = ancestral("eps", "log-range");
  const noise = (): tf.Tensor => tf.ones([1]);
  const at = (share: number): number =>
    sample({ calls, step }, () => ({ output: tf.tensor1d([0.3]), share: tf.scalar(share) }), tf.tensor1d([1]), {
      first: 3,
      count: 1,
      noise,
    }).dataSync()[0] ?? 0;
  const small =
    sample({ calls, step: ancestral("eps", "small") }, () => tf.tensor1d([0.3]), tf.tensor1d([1]), {
      first: 3,
      count: 1,
      noise,
    }).dataSync()[0] ?? 0;
  expect(at(-1)).toBeCloseTo(small, 5);
  expect(at(1)).toBeGreaterThan(small);
});

test("multistep weights at α = 0.3, 0.5, 0.8, from mpmath", () => {
  const [a, b, c] = [0.3, 0.5, 0.8].map((alpha) => ({ alpha, sigma: Math.sqrt(1 - alpha * alpha) })) as [Level, Level, Level];
  expect(multistepWeights(a, b, c, "midpoint").now).toBeCloseTo(0.7660526168807215, 12);
  expect(multistepWeights(a, b, c, "midpoint").before).toBeCloseTo(-0.31246277839449693, 12);
  expect(multistepWeights(a, b, c, "linear").now).toBeCloseTo(0.8091399784430086, 12);
  expect(multistepWeights(a, b, c, "linear").before).toBeCloseTo(-0.3555501399567841, 12);
});

test("consistency steps forget the old noise and add fresh noise of the next level", () => {
  const noise = (): tf.Tensor => tf.ones([1]);
  const to = calls[4]?.to ?? clean;
  const [x = 0] = sample({ calls, step: renoise("x0") }, () => tf.tensor1d([0.5]), tf.tensor1d([9]), {
    first: 4,
    count: 1,
    noise,
  }).dataSync();
  expect(x).toBeCloseTo(to.alpha * 0.5 + to.sigma, 6);
});

test("Heun starts at a first stage", () => {
  expect(() =>
    sample({ calls: heunCalls(sigmas, levels, clean), step: heun("x0") }, model, tf.tensor1d([1]), { first: 1, count: 1 }),
  ).toThrow("a run starts at the first stage");
});

test("guidance: weights 0 and 1, and shifts of one gradient", () => {
  const [c, u] = [tf.tensor1d([3]), tf.tensor1d([1])];
  expect([0, 1, 7.5].map((w) => classifierFree(c, u, w).dataSync()[0])).toEqual([1, 3, 16]);
  const [level, zero, gradient] = [{ alpha: 0.6, sigma: 0.8 }, tf.zeros([1]), tf.ones([1])];
  const shift = (kind: "eps" | "x0" | "score" | "v"): number => classifierGuided(kind, zero, gradient, level).dataSync()[0] ?? 0;
  expect(shift("eps")).toBeCloseTo(-0.8, 6);
  expect(shift("x0")).toBeCloseTo(0.64 / 0.6, 6);
  expect(shift("score")).toBeCloseTo(1, 6);
  expect(shift("v")).toBeCloseTo(0.6 * -0.8 - 0.8 * (0.64 / 0.6), 6);
  expect(classifierGuidedMean(zero, gradient, { alpha: 1, sigma: 0 }, level).dataSync()[0]).toBeCloseTo(0.64 / 0.6, 6);
  expect(() => classifierFree(c, tf.ones([2]), 1)).toThrow("expected unconditional of shape [1] like conditional, got [2]");
  expect(() => classifierGuided("eps", zero, gradient, clean)).toThrow("expected α > 0 and σ > 0, got 1 and 0");
});
