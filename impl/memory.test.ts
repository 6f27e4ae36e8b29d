/**
 * No function keeps a tensor: once its result is disposed, tfjs holds as many as before.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { marginalVelocity, straightPath, velocity } from "#impl/flow/velocity";
import { decoderMasses } from "#impl/gaussian/decoder";
import { noised } from "#impl/gaussian/forward";
import { posterior, posteriorCoefficients, posteriorKl, reverseStd } from "#impl/gaussian/posterior";
import { priorKl } from "#impl/gaussian/prior";
import { combine, scaled, stored } from "#impl/linear";
import { denoised, networkInput, storedPreconditioning } from "#impl/parameterisation/edm";
import { converted, dataPrediction, noisePrediction, target } from "#impl/parameterisation/gaussian";
import { ancestral } from "#impl/sampler/ancestral";
import { ddim } from "#impl/sampler/ddim";
import { dpmSolver2M } from "#impl/sampler/dpm-solver";
import { euler, firstOrderStep } from "#impl/sampler/first-order";
import { classifierFree, classifierGuided, classifierGuidedMean } from "#impl/sampler/guidance";
import { heun, heunCalls } from "#impl/sampler/heun";
import { callsAlong, type Sampler, sample } from "#impl/sampler/loop";
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
import { renoise } from "#impl/sampler/renoise";
import { linearBetas } from "#impl/schedule/beta";
import { chainOf } from "#impl/schedule/chain";
import { clean, levelsAt, storedLevels } from "#impl/schedule/level";
import { storedTables } from "#impl/schedule/snr";
import { shifted } from "#impl/schedule/time-shift";
import { logLikelihood } from "#impl/sde/pfode";
import { corrected, reverseDynamics } from "#impl/sde/reverse";
import { tokenFunctions } from "#impl/token-functions";
import type { Oracle } from "#spec/oracle";

beforeAll(async () => {
  await startBackend("cpu");
});

const mixture: DataLaw = {
  name: "mixture",
  weights: Float64Array.of(0.5, 0.5),
  means: Float64Array.of(-1, 1),
  variances: Float64Array.of(0.25, 0.5),
};
const constant: Oracle = { name: "polynomial", prediction: "x0", variable: "sigma", coefficients: Float64Array.of(1, 2) };
const [s, t] = [
  { alpha: 0.8, sigma: 0.6 },
  { alpha: 0.6, sigma: 0.8 },
];
const chain = chainOf(linearBetas(20, 1e-3, 0.2));
const path = straightPath();

const functions: Readonly<Record<string, (x: tf.Tensor, y: tf.Tensor) => tf.TensorContainer>> = {
  combine: (x, y) => combine("sum", ["x", 2, x], ["y", Float64Array.of(1, 2), y]),
  scaled: (x) => scaled("product", Float64Array.of(3, 4), x),
  stored: () => stored([1, 2]),
  noised: (x, y) => noised(x, y, t),
  posterior: (x, y) => posterior(x, y, s, t).mean,
  posteriorKl: (x, y) => posteriorKl(x, y, s, t),
  reverseStd: (x) => reverseStd(posteriorCoefficients(s, t), "log-range", x) as tf.Tensor,
  priorKl: (x) => priorKl(x, 0.25),
  decoderMasses: (x) => decoderMasses(x, 0.25, 5),
  velocity: (x, y) => velocity(x, y, path.rates(0.5)),
  marginalVelocity: (x, y) => marginalVelocity({ x0: x, score: y }, path.rates(0.5)),
  converted: (x, y) => converted("eps", "v", x, y, t),
  "converted to itself": (x, y) => converted("v", "v", x, y, t),
  dataPrediction: (x, y) => dataPrediction("v", x, y, t),
  noisePrediction: (x, y) => noisePrediction("x0", x, y, t),
  target: (x, y) => target("v", x, y, t),
  denoised: (x, y) => denoised(x, y, 2, 0.5),
  networkInput: (x) => networkInput(x, 2, 0.5).input,
  storedPreconditioning: () => ({ ...storedPreconditioning(Float64Array.of(1, 2), 0.5) }),
  firstOrderStep: (x, y) => firstOrderStep(x, y, t, s, "eps"),
  classifierFree: (x, y) => classifierFree(x, y, 2),
  classifierGuided: (x, y) => classifierGuided("v", x, y, t),
  classifierGuidedMean: (x, y) => classifierGuidedMean(x, y, s, t),
  denoise: (x) => denoise(mixture, x, t),
  score: (x) => score(mixture, x, t),
  logDensity: (x) => logDensity(mixture, x, t),
  predictionOf: (x) => ({ ...predictionOf(mixture, x, t) }),
  predictionSlopes: (x) => ({ ...predictionSlopes(mixture, x, t) }),
  predictionAndSlopes: (x) => {
    const { prediction, slopes } = predictionAndSlopes(mixture, x, t);
    return [prediction.x0, prediction.score, slopes.x0, slopes.score];
  },
  outputOf: (x) => outputOf(mixture, x, t, -1, 1),
  "outputOf a polynomial": (x) => outputOf(constant, x, t, 1, 1),
  storedLevels: () => ({ ...storedLevels(levelsAt(chain, Float64Array.of(0, 1))) }),
  storedTables: () => ({ ...storedTables(chain) }),
  shifted: (x) => shifted(x, 3),
  reverseDynamics: (x, y) => reverseDynamics(path, 0.5, { x0: x, score: y }, 1).drift,
  corrected: (x, y) => corrected(x, y, t, 0.5, x),
  logLikelihood: (x) =>
    logLikelihood(x, {
      flow: (z, at) => ({
        velocity: marginalVelocity(predictionOf(mixture, z, path.level(at)), path.rates(at)),
        divergence: marginalVelocity(predictionSlopes(mixture, z, path.level(at)), path.rates(at)),
      }),
      logPrior: (z) => logDensity(mixture, z, path.level(1)),
      first: 0,
      last: 1,
      steps: 3,
    }),
};

/** A body that disposes what it makes leaves nothing; callers of tidy hide a leak, so flows inside are counted by the run alone. */
function kept(body: () => tf.TensorContainer): number {
  const before = tf.memory().numTensors;
  tf.dispose(body());
  return tf.memory().numTensors - before;
}

describe("functions", () => {
  test.each(Object.entries({ ...functions, ...tokenFunctions }))("%s", (_, call) => {
    const [x, y] = [
      tf.tensor2d([
        [0.1, 0.2],
        [0.3, 0.4],
      ]),
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
    ];
    expect(kept(() => call(x, y))).toBe(0);
    expect([x.isDisposed, y.isDisposed]).toEqual([false, false]);
    tf.dispose([x, y]);
  });
});

const times = Float64Array.of(19, 12, 5);
const levels = Array.from(times, chain.level);
const calls = callsAlong(times, levels, clean);

const samplers: Readonly<Record<string, Sampler>> = {
  ddim: { calls, step: ddim("v", 0.5) },
  ancestral: { calls, step: ancestral("eps", "log-range") },
  euler: { calls, step: euler("x0") },
  heun: { calls: heunCalls(times, levels, clean), step: heun("v") },
  "dpm-solver++ 2M": { calls, step: dpmSolver2M("eps") },
  consistency: { calls, step: renoise("v") },
};

describe("whole runs", () => {
  test.each(Object.entries(samplers))("%s", (_, sampler) => {
    const start = tf.tensor2d([[0.1, 0.2]]);
    expect(kept(() => sample(sampler, (x) => ({ output: tf.mul(x, 0.5), share: tf.scalar(0) }), start))).toBe(0);
    expect(start.isDisposed).toBe(false);
    start.dispose();
  });
});
