import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { marginalVelocity, straightPath } from "#impl/flow/velocity";
import { type DataLaw, logDensity, predictionOf, predictionSlopes } from "#impl/sampler/oracle";
import { logLikelihood } from "#impl/sde/pfode";
import { corrected, reverseDynamics } from "#impl/sde/reverse";
import { vpPath } from "#impl/sde/vp";

beforeAll(async () => {
  await startBackend("cpu");
});

const law: DataLaw = { name: "gaussian", mean: Float64Array.of(0.5), variance: Float64Array.of(0.25) };

test("drift is f·x − ½(1 + λ²)g²·score", () => {
  const [path, t, x] = [vpPath(), 0.3, 1.25];
  const { drift: f, diffusion2: g2 } = path.sde(t);
  const { alpha, sigma } = path.level(t);
  const score = -(x - alpha * 0.5) / (alpha ** 2 * 0.25 + sigma ** 2);
  for (const lambda of [0, 0.5, 1, 2]) {
    const { drift, diffusion2 } = reverseDynamics(path, t, predictionOf(law, tf.tensor1d([x]), path.level(t)), lambda);
    expect(drift.dataSync()[0]).toBeCloseTo(f * x - ((1 + lambda ** 2) / 2) * g2 * score, 5);
    expect(diffusion2).toBeCloseTo(lambda ** 2 * g2, 12);
  }
});

test("the flow is defined at both ends of the path", () => {
  const vp = vpPath();
  for (const t of [0, 1])
    expect(Number.isFinite(marginalVelocity(predictionOf(law, tf.tensor1d([0.75]), vp.level(t)), vp.rates(t)).dataSync()[0])).toBe(true);
});

test("a corrector step keeps data and level of one point", () => {
  const level = { alpha: 0.6, sigma: 0.8 };
  const point: DataLaw = { name: "point", point: Float64Array.of(0.5) };
  const x = tf.tensor1d([0.3, 1.1]);
  const { score } = predictionOf(point, x, level);
  const [mean = 0, moved = 0] = corrected(x, score, level, 0.9, tf.zeros([2])).dataSync();
  expect(mean).toBeCloseTo(0.3, 6);
  expect(moved).toBeCloseTo(0.3 + 0.9 * 0.8, 6);
  const fresh = (corrected(x, score, level, 0.9, tf.ones([2])).dataSync()[0] ?? 0) - mean;
  expect(Math.hypot(0.9 * 0.8, fresh)).toBeCloseTo(0.8, 6);
  expect(() => corrected(x, score, level, 1.5, tf.zeros([2]))).toThrow("expected a share in [0, 1], got 1.5");
});

test.each([
  ["gaussian", law],
  [
    "mixture",
    { name: "mixture", weights: Float64Array.of(0.25, 0.75), means: Float64Array.of(-1, 0.5), variances: Float64Array.of(0.25, 0.125) },
  ],
] as const)("likelihood of a %s converges at order 2", (_, data) => {
  const path = straightPath();
  const x = tf.tensor1d([-0.5, 0.25, 1]);
  const truth = logDensity(data, x, { alpha: 1, sigma: 0 }).dataSync();
  const error = (steps: number): number => {
    const plan = {
      flow: (y: tf.Tensor, t: number) => ({
        velocity: marginalVelocity(predictionOf(data, y, path.level(t)), path.rates(t)),
        divergence: marginalVelocity(predictionSlopes(data, y, path.level(t)), path.rates(t)),
      }),
      logPrior: (y: tf.Tensor) => logDensity(data, y, path.level(1)),
      first: 0,
      last: 1,
      steps,
    };
    return Math.max(
      ...logLikelihood(x, plan)
        .dataSync()
        .map((value, k) => Math.abs(value - (truth[k] ?? 0))),
    );
  };
  expect(Math.log2(error(16) / error(32))).toBeGreaterThan(1.6);
  expect(error(64)).toBeLessThan(0.01);
});
