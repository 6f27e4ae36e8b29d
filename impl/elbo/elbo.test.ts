/**
 * Losses against sums over all states, in binary64 on the host.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { logChanceOf } from "#impl/categorical/logits";
import { mixturePathKl } from "#impl/elbo/dfm";
import { maskedCountLoss, maskedLogChance, maskedNelbo, maskedStepKl, maskedStepKlLeaky } from "#impl/elbo/mdlm";
import { absorbingLogScore, pairScoreEntropy, scoreEntropyAbsorbing, scoreEntropyUniform } from "#impl/elbo/se";
import { uniformNelbo, uniformStepKl } from "#impl/elbo/udlm";
import { uniforms } from "#spec/stream";

beforeAll(async () => {
  await startBackend("cpu");
});

const entropy = (l: number, r: number): number => Math.exp(l) + (r === 0 ? 0 : r * (Math.log(r) - 1 - l));
const int = (...values: readonly number[]): tf.Tensor1D => tf.tensor1d([...values], "int32");
const matrix = (values: Float64Array, K: number): tf.Tensor2D => tf.tensor2d(Float32Array.from(values), [values.length / K, K]);
const close = (found: tf.Tensor, expected: readonly number[]): void => {
  const values = found.dataSync();
  expect(values.length).toBe(expected.length);
  expected.forEach((x, k) => {
    expect(Math.abs((values[k] ?? Number.NaN) - x)).toBeLessThan(2e-5 * (1 + Math.abs(x)));
  });
};

const K = 5;
const x0 = [0, 1, 2, 3, 4, 0];
const xt = [0, 1, 3, 1, 4, 4];
const logits = uniforms(2, 0, x0.length * K).map((w) => 6 * w - 3);
const rows = x0.map((_, i) => logits.slice(i * K, (i + 1) * K));
const laws = Float64Array.from(
  rows.flatMap((row) => {
    const total = row.reduce((sum, l) => sum + Math.exp(l), 0);
    return Array.from(row, (l) => Math.exp(l) / total);
  }),
);
const p = (i: number, y: number): number => laws[i * K + y] ?? Number.NaN;
const summed = (i: number, f: (y: number) => number): number =>
  Array.from({ length: K }, (_, y) => (y === xt[i] ? 0 : f(y))).reduce((a, b) => a + b, 0);
const chance = (a: number, i: number, y: number): number => (y === x0[i] ? a : 0) + (1 - a) / K;

describe("score entropy", () => {
  test("pairs, ratio 0 and score 0", () => {
    close(pairScoreEntropy(tf.tensor1d([0.5, -1, 2]), tf.tensor1d([2, 1, 0])), [entropy(0.5, 2), entropy(-1, 1), Math.exp(2)]);
    expect(pairScoreEntropy(tf.tensor1d([Number.NEGATIVE_INFINITY]), tf.tensor1d([0])).dataSync()[0]).toBe(0);
  });

  test.each([0.01, 0.5, 6])("uniform noise at σ = %d", (sigma) => {
    const a = Math.exp(-sigma);
    const expected = x0.map((_, i) => (2 / K) * summed(i, (y) => entropy(rows[i]?.[y] ?? 0, chance(a, i, y) / chance(a, i, xt[i] ?? 0))));
    close(scoreEntropyUniform(matrix(logits, K), int(...x0), int(...xt), { sigma, rate: 2 }), expected);
  });

  test("absorbing noise is the masked bound", () => {
    const level = { sigma: 0.7, rate: Float64Array.of(1, 2, 3) };
    const masked = int(4, 4, 1);
    const clean = matrix(Float64Array.of(0.1, 0.2, 0.3, 0.4, 0, 0.25, 0.25, 0.25, 0.25, 0, 0.7, 0.1, 0.1, 0.1, 0), K);
    const score = absorbingLogScore(tf.log(tf.maximum(clean, tf.scalar(1e-20))), 0.7);
    const data = int(3, 0, 1);
    const nelbo = maskedNelbo(masked, logChanceOf(clean, data), 4, level);
    close(nelbo, [-Math.log(0.4) / Math.expm1(0.7), (-2 * Math.log(0.25)) / Math.expm1(0.7), 0]);
    close(scoreEntropyAbsorbing(score, data, masked, 4, level), Array.from(nelbo.dataSync()));
  });
});

describe("masked tokens", () => {
  test("one step, with and without mass at the mask", () => {
    const step = { s: 0.75, t: 0.25 };
    const logp = logChanceOf(matrix(laws, K), int(...x0));
    const masked = x0.map((_, i) => xt[i] === 4);
    close(
      maskedStepKl(int(...xt), logp, 4, step),
      x0.map((x, i) => (masked[i] === true ? (-2 / 3) * Math.log(p(i, x)) : 0)),
    );
    const leaky = x0.map((x, i) => {
      if (masked[i] !== true) return 0;
      const total = 0.75 + 0.25 * p(i, 4);
      return (2 / 3) * Math.log(total / (0.75 * p(i, x))) + (1 / 3) * Math.log((1 / 3) * (total / (0.75 * p(i, 4) + 0.25)));
    });
    close(maskedStepKlLeaky(matrix(laws, K), int(...x0), int(...xt), 4, step), leaky);
  });

  test("logits: the mask has no share, whatever its logit is", () => {
    const wild = matrix(Float64Array.of(1, 2, 3, 4, 500), K);
    const total = Math.log([1, 2, 3, 4].reduce((sum, l) => sum + Math.exp(l), 0));
    close(maskedLogChance(wild, int(2), int(4), 4), [3 - total]);
    close(maskedLogChance(wild, int(2), int(2), 4), [0]);
  });

  test("numbers of masks", () => {
    close(maskedCountLoss(int(4, 1, 4, 4, 4, 0), tf.tensor1d([-1, -2, -3, -4, -5, -6]), 4, 3), [6, 13.5]);
  });
});

describe.each(["law", "logits"] as const)("from %s", (given) => {
  const values = (): tf.Tensor2D => matrix(given === "law" ? laws : logits, K);

  test.each([0.05, 0.5, 0.99])("the bound of uniform noise at α = %d", (a) => {
    const model = (i: number, y: number): number => K * a * p(i, y) + 1 - a;
    const expected = x0.map(
      (_, i) =>
        (3 / (K * a)) * summed(i, (y) => entropy(Math.log(model(i, y) / model(i, xt[i] ?? 0)), chance(a, i, y) / chance(a, i, xt[i] ?? 0))),
    );
    close(uniformNelbo(values(), given, int(...x0), int(...xt), { survival: a, slope: -3 }), expected);
  });

  test.each([
    [0.9, 0.5],
    [0.5, 0.5],
    [0.3, 0],
  ])("one step of uniform noise from %d to %d", (s, t) => {
    const step = t / s;
    const back = (i: number, clean: (y: number) => number): number[] => {
      const joint = Array.from({ length: K }, (_, k) => (s * clean(k) + (1 - s) / K) * ((k === xt[i] ? step : 0) + (1 - step) / K));
      const total = joint.reduce((x, y) => x + y, 0);
      return joint.map((x) => x / total);
    };
    const expected = x0.map((x, i) => {
      const [truth, model] = [back(i, (y) => (y === x ? 1 : 0)), back(i, (y) => p(i, y))];
      return truth.reduce((sum, q, k) => sum + (q === 0 ? 0 : q * Math.log(q / (model[k] ?? 0))), -0.5 * Math.log(p(i, x)));
    });
    close(uniformStepKl(values(), given, int(...x0), int(...xt), { s, t }, 0.5), expected);
  });

  test("discrete flow matching", () => {
    const expected = x0.map((x, i) => {
      const now = xt[i] ?? 0;
      return 4 * (x === now ? 1 - p(i, now) : -(p(i, now) + Math.log(p(i, x))));
    });
    close(mixturePathKl(values(), given, int(...x0), int(...xt), { kappa: 0.5, slope: 2 }), expected);
  });
});
