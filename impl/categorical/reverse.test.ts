/**
 * Steps from logits against sums over all states, in binary64 on the host.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { drawn } from "#impl/categorical/draw";
import { bandedPosterior, bandedPushed, bandedPushedAlong, bandedRows, gaussianKernel } from "#impl/categorical/gaussian";
import { logChance, logSumExp } from "#impl/categorical/logits";
import { absorbingNoise, type Noise, uniformNoise } from "#impl/categorical/noise";
import { bayes } from "#impl/categorical/posterior";
import { reverseDraw, reverseLaw } from "#impl/categorical/reverse";
import { uniforms } from "#spec/stream";

beforeAll(async () => {
  await startBackend("cpu");
});

const drawnPerLaw = 2000;
/** One draw more or less at each end of a state's interval. */
const frequency = 3 / drawnPerLaw;

function softmax(row: ArrayLike<number>, except: number | null): number[] {
  const weights = Array.from(row, (l, k) => (k === except ? 0 : Math.exp(l)));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
}

const kernel = ({ classes, mask }: Noise, a: number, x: number, y: number): number =>
  (x === y ? a : 0) + (1 - a) * (mask === null ? 1 / classes : y === mask ? 1 : 0);

/** Bayes' rule with a law of clean tokens, by sums. */
function stepBack(noise: Noise, clean: readonly number[], xt: number, s: number, t: number): number[] {
  const joint = clean.map((_, k) => clean.reduce((sum, p, x0) => sum + p * kernel(noise, s, x0, k), 0) * kernel(noise, t / s, k, xt));
  const total = joint.reduce((a, b) => a + b, 0);
  return joint.map((p) => p / total);
}

const noises: Readonly<Record<string, Noise>> = {
  uniform: uniformNoise(6),
  "mask last": absorbingNoise(6),
  "mask first": absorbingNoise(6, 0),
  "two states": absorbingNoise(2),
};

describe.each(Object.entries(noises))("%s", (_, noise) => {
  const { classes, mask } = noise;
  const tokens = Array.from({ length: classes }, (_, k) => k);
  const logits = uniforms(3, 0, classes * classes).map((w) => 8 * w - 4);
  const rows = tokens.map((x) => logits.slice(x * classes, (x + 1) * classes));
  const [s, t] = [0.75, 0.25];

  test("the law of a step", () => {
    const law = reverseLaw(tf.tensor2d(Float32Array.from(logits), [classes, classes]), tf.tensor1d(tokens, "int32"), { s, t }, noise);
    const values = law.dataSync();
    for (const xt of tokens)
      stepBack(noise, softmax(rows[xt] ?? [], mask), xt, s, t).forEach((p, k) => {
        expect(values[xt * classes + k]).toBeCloseTo(p, 5);
      });
  });

  test("draws have the law of the step", () => {
    const even = Float32Array.from({ length: drawnPerLaw }, (_, k) => (k + 0.5) / drawnPerLaw);
    // Both uniform numbers run over all of [0, 1): the second in an order that has nothing to do with the first.
    const picks = even.map((_, k) => even[(k * 1201) % drawnPerLaw] ?? 0);
    for (const xt of tokens) {
      const many = tf.tile(tf.tensor2d(Float32Array.from(rows[xt] ?? []), [1, classes]), [drawnPerLaw, 1]) as tf.Tensor2D;
      const draws = { move: tf.tensor1d(even), pick: tf.tensor1d(picks) };
      const found = reverseDraw(many, tf.fill([drawnPerLaw], xt, "int32"), { s, t }, noise, draws).dataSync();
      const counts = tokens.map((k) => found.filter((y) => y === k).length / drawnPerLaw);
      // Lattice points of two dimensions fill boxes less evenly than intervals.
      stepBack(noise, softmax(rows[xt] ?? [], mask), xt, s, t).forEach((p, k) => {
        expect(Math.abs((counts[k] ?? 0) - p)).toBeLessThan(0.01);
      });
    }
  });

  test("posteriors of all possible pairs", () => {
    for (const x0 of tokens)
      for (const xt of tokens) {
        if (kernel(noise, t, x0, xt) === 0) continue;
        const found = bayes(tf.tensor1d([x0], "int32"), tf.tensor1d([xt], "int32"), { s, t }, noise).dataSync();
        stepBack(
          noise,
          tokens.map((x) => (x === x0 ? 1 : 0)),
          xt,
          s,
          t,
        ).forEach((p, k) => {
          expect(found[k]).toBeCloseTo(p, 5);
        });
      }
  });
});

test.each([2, 7, 64, 65, 90, 1009, 5040])("inversion over %d states is even", (K) => {
  const weights = uniforms(5, 0, K).map((w) => (w < 0.2 ? 0 : w * w));
  const total = weights.reduce((a, b) => a + b, 0);
  const many = tf.tile(tf.tensor2d(Float32Array.from(weights), [1, K]), [drawnPerLaw, 1]) as tf.Tensor2D;
  const even = tf.tensor1d(Float32Array.from({ length: drawnPerLaw }, (_, k) => (k + 0.5) / drawnPerLaw));
  const found = drawn(many, even).dataSync();
  const counts = new Float64Array(K);
  for (const k of found) counts[k] = (counts[k] ?? 0) + 1 / drawnPerLaw;
  counts.forEach((share, k) => {
    expect(Math.abs(share - (weights[k] ?? 0) / total)).toBeLessThan(frequency);
    if (weights[k] === 0) expect(share).toBe(0);
  });
});

test("the greatest uniform number below 1 finds a possible state", () => {
  const weights = tf.tensor2d([[0, 1, 3, 0, 0]]);
  expect(drawn(weights, tf.tensor1d([1 - 2 ** -24])).dataSync()[0]).toBe(2);
  expect(drawn(weights, tf.tensor1d([0])).dataSync()[0]).toBe(1);
});

test.each([0, 50, 1e4])("log sums at logits around %d", (shift) => {
  const logits = tf.tensor2d([[shift, shift + 1, shift - 2]]);
  expect(logSumExp(logits).dataSync()[0]).toBeCloseTo(shift + Math.log(1 + Math.E + Math.exp(-2)), 2);
  expect(logChance(logits, tf.tensor1d([1], "int32"), 0).dataSync()[0]).toBeCloseTo(-Math.log(1 + Math.exp(-3)), 3);
});

describe("discretised Gaussian", () => {
  const full = (K: number, beta: number, band: number): number[][] => {
    const bell = (d: number): number => Math.exp((-4 * d * d) / ((K - 1) ** 2 * beta));
    let total = 0;
    for (let d = -band; d <= band; d++) total += bell(d);
    return Array.from({ length: K }, (_, i) => {
      const row = Array.from({ length: K }, (_, j) => (i === j || Math.abs(i - j) > band ? 0 : bell(i - j) / total));
      row[i] = 1 - row.reduce((a, b) => a + b, 0);
      return row;
    });
  };

  test.each([
    [2, 1],
    [5, 2],
    [40, 3],
    [40, 39],
    [33, 20],
  ])("K = %d, band %d", (K, band) => {
    const one = gaussianKernel(K, 0.02, band);
    const matrix = full(K, 0.02, band);
    const tokens = tf.range(0, K, 1, "int32") as tf.Tensor1D;
    const rows = bandedRows(tokens, one).dataSync();
    const laws = uniforms(9, 0, 3 * K);
    const pushed = bandedPushed(tf.tensor2d(Float32Array.from(laws), [3, K]), one).dataSync();
    for (let i = 0; i < K; i++) for (let j = 0; j < K; j++) expect(rows[i * K + j]).toBeCloseTo(matrix[i]?.[j] ?? Number.NaN, 6);
    for (let n = 0; n < 3; n++)
      for (let j = 0; j < K; j++)
        expect(pushed[n * K + j]).toBeCloseTo(
          matrix.reduce((sum, row, i) => sum + (laws[n * K + i] ?? 0) * (row[j] ?? 0), 0),
          5,
        );
    const before = bandedPushedAlong(bandedRows(tokens, one), [one, one]);
    const back = bandedPosterior(before, tokens, one);
    tf.sum(back, 1)
      .dataSync()
      .forEach((mass) => {
        expect(mass).toBeCloseTo(1, 5);
      });
  });
});
