import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { straightPath, velocity } from "#impl/flow/velocity";
import { edmPath } from "#impl/sde/edm";
import { type Path, sdeOfRates } from "#impl/sde/path";
import { subvpPath } from "#impl/sde/subvp";
import { vePath } from "#impl/sde/ve";
import { vpPath } from "#impl/sde/vp";

beforeAll(async () => {
  await startBackend("cpu");
});

test("VP, sub-VP and VE at t = 0.3, from mpmath", () => {
  const vp = vpPath();
  expect(vp.level(0.3).alpha).toBeCloseTo(0.6295500003364488, 14);
  expect(vp.level(0.3).sigma).toBeCloseTo(0.7769599713475446, 14);
  expect(vp.rates(0.3).alphaRate).toBeCloseTo(-1.9106842510211222, 13);
  expect(vp.rates(0.3).sigmaRate).toBeCloseTo(1.54817663101351, 13);
  const sub = subvpPath();
  expect(sub.level(0.3).sigma).toBeCloseTo(0.6036667970763773, 14);
  expect(sub.sde(0.3).diffusion2).toBeCloseTo(5.116524353020036, 13);
  expect(vePath().level(0.3).sigma).toBeCloseTo(0.1287333293545224, 14);
  expect(vePath(undefined, "exact").level(0.3).sigma).toBeCloseTo(0.1283443418569745, 14);
  expect(vePath().sde(0.3).diffusion2).toBeCloseTo(0.2822984518975033, 14);
});

const paths: Readonly<Record<string, Path>> = {
  vp: vpPath(),
  subvp: subvpPath(),
  ve: vePath(),
  "ve exact": vePath(undefined, "exact"),
  straight: straightPath(),
  edm: edmPath(),
};

describe.each(Object.entries(paths))("%s", (_, path) => {
  const t = path.time.first + 0.4 * (path.time.last - path.time.first);

  test("f and g² follow from the rates", () => {
    const { alpha, sigma } = path.level(t);
    const derived = sdeOfRates(alpha, sigma, path.rates(t));
    expect(path.sde(t).drift).toBeCloseTo(derived.drift, 12);
    expect(path.sde(t).diffusion2 / derived.diffusion2).toBeCloseTo(1, 12);
  });

  test("σσ̇ is the product of level and rate", () => {
    expect((path.level(t).sigma * path.rates(t).sigmaRate) / path.rates(t).varianceRate).toBeCloseTo(1, 13);
  });

  test("rates are derivatives", () => {
    const h = 2 ** -20 * path.time.last;
    const slope = (read: (at: number) => number): number => (read(t + h) - read(t - h)) / (2 * h);
    expect(slope((at) => path.level(at).sigma)).toBeCloseTo(path.rates(t).sigmaRate, 6);
    expect(slope((at) => path.level(at).alpha)).toBeCloseTo(path.rates(t).alphaRate, 6);
  });

  test("the time of a noise-to-signal ratio has it", () => {
    const { alpha, sigma } = path.level(t);
    expect(path.timeOf(sigma / alpha)).toBeCloseTo(t, 12);
  });
});

test("a velocity where σ leaves 0 like a root has no value", () => {
  const { alphaRate, sigmaRate } = vpPath().rates(0);
  expect(() => velocity(tf.ones([1]), tf.ones([1]), { alphaRate, sigmaRate })).toThrow("expected finite rates");
  expect([...velocity(tf.tensor1d([2]), tf.tensor1d([5]), straightPath().rates(0.5)).dataSync()]).toEqual([3]);
});

test("parameters outside their domain are refused", () => {
  expect(() => vpPath({ low: 2, high: 1 })).toThrow("expected 0 < low < high, got 2 and 1");
  expect(() => vePath({ low: 0, high: 1 })).toThrow("expected 0 < low < high");
  expect(() => edmPath(0)).toThrow("a largest noise level > 0");
});
