/**
 * Steps of jump processes have the laws that they claim; what they cannot do they refuse in words.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { drawnFromLogits } from "#impl/categorical/draw";
import { gaussianKernel } from "#impl/categorical/gaussian";
import { logSumExp } from "#impl/categorical/logits";
import { absorbingNoise, type Noise, uniformNoise } from "#impl/categorical/noise";
import { bayes, stepLaw } from "#impl/categorical/posterior";
import { reverseLaw } from "#impl/categorical/reverse";
import { gillespie } from "#impl/ctmc/gillespie";
import { rateRows, reverseRate } from "#impl/ctmc/rate";
import { eulerDraw, firstJumpDraw, poisson, tauLeap } from "#impl/ctmc/tauleap";
import { analyticDraw, analyticLaw } from "#impl/ctmc/tweedie";
import { mixturePathKl } from "#impl/elbo/dfm";
import { maskedCountLoss, maskedLogChance, maskedNelbo, maskedStepKl } from "#impl/elbo/mdlm";
import { pairScoreEntropy, scoreEntropyUniform } from "#impl/elbo/se";
import { uniformNelbo } from "#impl/elbo/udlm";
import { actedOnLine, appliedOnLine, integrandOnLine } from "#impl/generator/line";
import { adjointOnStates, appliedOnStates, integrandOnStates } from "#impl/generator/states";
import { unmasked } from "#impl/sampler/unmask";
import { SpecError } from "#spec/error";
import { uniforms } from "#spec/stream";

beforeAll(async () => {
  await startBackend("cpu");
});

const n = 2000;
const even = (): tf.Tensor1D => tf.tensor1d(Float32Array.from({ length: n }, (_, k) => (k + 0.5) / n));
const shares = (found: tf.Tensor, K: number): number[] => {
  const values = found.dataSync();
  return Array.from({ length: K }, (_, y) => values.filter((x) => x === y).length / n);
};
const near = (found: readonly number[], law: readonly number[], room: number): void =>
  law.forEach((p, k) => {
    expect(Math.abs((found[k] ?? 0) - p)).toBeLessThan(room);
  });
const rates = (): tf.Tensor2D => tf.tile(tf.tensor2d([[0.5, -3, 1, 1.5]]), [n, 1]);
const ones = (): tf.Tensor1D => tf.fill([n], 1, "int32");

/** Uniform numbers of a numbered stream, one after the other. */
function randomOf(seed: number): () => number {
  const values = uniforms(seed, 0, 50_000);
  let k = 0;
  return () => values[k++] ?? Number.NaN;
}

describe("steps with rates held still", () => {
  test("Euler", () => near(shares(eulerDraw(ones(), rates(), 0.1, even()), 4), [0.05, 0.7, 0.1, 0.15], 2 / n));

  test("first jump", () => {
    const moves = -Math.expm1(-0.3);
    near(shares(firstJumpDraw(ones(), rates(), 0.1, even()), 4), [moves / 6, 1 - moves, moves / 3, moves / 2], 2 / n);
  });

  test("tau-leaping adds up jumps of independent clocks, kept in range", () => {
    const found = shares(tauLeap(ones(), rates(), 0.1, randomOf(1)), 4);
    const clock = [0.05, 0, 0.1, 0.15].map(
      (mean) => (k: number) => (Math.exp(-mean) * mean ** k) / ([1, 1, 2, 6, 24, 120][k] ?? Number.NaN),
    );
    const law = [0, 0, 0, 0];
    for (let i = 0; i < 6; i++)
      for (let j = 0; j < 6; j++)
        for (let k = 0; k < 6; k++) {
          const to = Math.min(Math.max(1 - i + j + 2 * k, 0), 3);
          law[to] = (law[to] ?? 0) + (clock[0]?.(i) ?? 0) * (clock[2]?.(j) ?? 0) * (clock[3]?.(k) ?? 0);
        }
    // Five standard deviations of a share.
    near(found, law, 2.5 / Math.sqrt(n));
  });

  test("Poisson numbers", () => {
    const random = randomOf(2);
    const values = Array.from({ length: n }, () => poisson(2, random));
    expect(Math.abs(values.reduce((a, b) => a + b, 0) / n - 2)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(n));
  });
});

test("exact paths have the law of the kernel", () => {
  const random = randomOf(3);
  // Uniform noise on four states at a rate that grows: thinning against the survival in closed form.
  const row = (_: number, t: number): number[] => [t / 2, t / 2, t / 2, t / 2];
  const ends = Array.from({ length: n }, () => gillespie(1, row, 0, 1, random, 2).states.at(-1) ?? Number.NaN);
  const kept = Math.exp(-1);
  near(
    shares(tf.tensor1d(ends), 4),
    [0, 1, 2, 3].map((y) => (y === 1 ? kept : 0) + (1 - kept) / 4),
    2.5 / Math.sqrt(n),
  );
  expect(gillespie(3, () => [0, 0, 0, 0], 0, 1, random).states).toEqual([3]);
});

describe.each<[string, Noise]>([
  ["uniform", uniformNoise(4)],
  ["absorbing", absorbingNoise(4, 1)],
])("the analytic step, %s", (_, noise) => {
  const data = noise.mask === null ? [0.1, 0.2, 0.3, 0.4] : [0.1, 0, 0.5, 0.4];
  const at = (a: number): number[] => data.map((p, y) => a * p + (1 - a) * (noise.mask === null ? 1 / 4 : y === noise.mask ? 1 : 0));
  const [elapsed, s] = [0.5, 0.8];
  const t = s * Math.exp(-elapsed);

  test("is the exact reverse kernel", () => {
    const [early, late] = [at(s), at(t)];
    const xt = [0, 1, 2, 3];
    const score = Float32Array.from(xt.flatMap((x) => late.map((q) => q / (late[x] ?? 0))));
    const kernel = rowsOf(noise, Math.exp(-elapsed));
    const law = analyticLaw(tf.tensor2d(score, [4, 4]), tf.tensor1d(xt, "int32"), elapsed, noise).dataSync();
    for (const x of xt)
      near(
        Array.from(law.slice(4 * x, 4 * x + 4)),
        early.map((p, y) => (p * (kernel[y]?.[x] ?? 0)) / (late[x] ?? 0)),
        1e-6,
      );
    const drawnStates = analyticDraw(tf.tile(tf.tensor2d(score.slice(4, 8), [1, 4]), [n, 1]), ones(), elapsed, noise, even());
    near(
      shares(drawnStates, 4),
      early.map((p, y) => (p * (kernel[y]?.[1] ?? 0)) / (late[1] ?? 0)),
      3 / n,
    );
  });
});

function rowsOf({ mask }: Noise, a: number): number[][] {
  return [0, 1, 2, 3].map((x) => [0, 1, 2, 3].map((y) => (x === y ? a : 0) + (1 - a) * (mask === null ? 1 / 4 : y === mask ? 1 : 0)));
}

describe("generators", () => {
  test("of a diffusion on polynomials", () => {
    // f = 1 + 2x + 3x² + 4x³ under dx = −x dt + √2 dW: −xf′ + f″.
    expect(Array.from(actedOnLine([1, 2, 3, 4], { drift: -1, diffusion2: 2 }))).toEqual([6, 22, -6, -12]);
    const x = tf.tensor1d([-1, 0, 2]);
    near(Array.from(appliedOnLine([1, 2, 3, 4], x, { drift: -1, diffusion2: 2 }).dataSync()), [-10, 6, -70], 1e-4);
    near(Array.from(integrandOnLine(x, tf.zerosLike(x), { drift: 0, diffusion2: 3 }).dataSync()), [1.5, 0, 6], 1e-6);
  });

  test.each<[string, Noise]>([
    ["uniform", uniformNoise(3)],
    ["absorbing", absorbingNoise(3, 1)],
  ])("of a chain, %s", (_, noise) => {
    const rate = rateRows(tf.range(0, 3, 1, "int32") as tf.Tensor1D, 2, noise);
    const f = tf.tensor2d([[1, -2, 5]]);
    const out = (x: tf.Tensor): number[] => Array.from(x.dataSync());
    near(out(appliedOnStates(f, 2, noise)), out(tf.matMul(f, rate, false, true)), 1e-5);
    near(out(adjointOnStates(f, 2, noise)), out(tf.matMul(f, rate)), 1e-5);
    const logs = tf.tensor2d([
      [0, 0.5, -1],
      [0.3, 0, 1],
      [1, 2, 0],
    ]);
    const R = rate.arraySync() as number[][];
    const expected = (logs.arraySync() as number[][]).map((row, x) =>
      row.reduce((sum, l, y) => sum + (y === x ? 0 : (R[x]?.[y] ?? 0) * (Math.expm1(l) - l)), 0),
    );
    near(out(integrandOnStates(logs, tf.range(0, 3, 1, "int32") as tf.Tensor1D, 2, noise)), expected, 1e-5);
  });
});

test("parallel decoding reveals what the model is surest of, sequence by sequence", () => {
  const mask = 3;
  const row = (k: number, l: number): number[] => [0, 1, 2, 3].map((y) => (y === k ? l : 0));
  const logits = tf.tensor2d([row(0, 9), row(1, 12), row(2, 7), row(0, 8), row(1, 20), row(2, 7)]);
  const xt = tf.tensor1d([mask, mask, mask, mask, 1, mask], "int32");
  const u = tf.fill([6], 0.5) as tf.Tensor1D;
  expect(Array.from(unmasked(logits, xt, { mask, length: 3, count: 1 }, u).dataSync())).toEqual([3, 1, 3, 0, 1, 3]);
  expect(Array.from(unmasked(logits, xt, { mask, length: 3, count: 3 }, u).dataSync())).toEqual([0, 1, 2, 0, 1, 2]);
});

describe("refusals name the field, what was expected and what was got", () => {
  const x = (): tf.Tensor1D => tf.tensor1d([0], "int32");
  const one = (...row: readonly number[]): tf.Tensor2D => tf.tensor2d([[...row]]);
  const noise = uniformNoise(2);
  const none = (): tf.Tensor1D => tf.tensor1d([], "int32");
  const cases: Readonly<Record<string, readonly [() => unknown, RegExp]>> = {
    "K = 1, noise": [() => uniformNoise(1), /classes .* at least 2, got 1/],
    "K = 1, logits": [() => logSumExp(one(1)), /at least 2 states, got 1/],
    "K = 1, Gaussian": [() => gaussianKernel(1, 1), /classes .* at least 2, got 1/],
    "K = 1, score entropy": [() => scoreEntropyUniform(one(1), x(), x(), { sigma: 1, rate: 1 }), /at least 2 states, got 1/],
    "band out of range": [() => gaussianKernel(5, 1, 5), /band .* 1 … 4, got 5/],
    "an empty sequence, logits": [() => logSumExp(tf.zeros([0, 3])), /at least one token, got none/],
    "an empty sequence, step": [() => eulerDraw(none(), tf.zeros([0, 3]), 1, tf.zeros([0])), /tokens, got none/],
    "an empty sequence, loss": [() => maskedNelbo(none(), tf.zeros([0]), 1, { sigma: 1, rate: 1 }), /at least one token, got none/],
    "an empty sequence, count": [() => maskedCountLoss(x(), tf.zeros([1]), 0, 0), /length .* got 0/],
    "mask out of range, noise": [() => absorbingNoise(3, 3), /mask .* 0 … 2, got 3/],
    "mask out of range, loss": [() => maskedLogChance(one(0, 1), x(), x(), 2), /mask .* 0 … 1, got 2/],
    "mask out of range, draw": [() => drawnFromLogits(one(0, 1), tf.zeros([1]), -1), /mask .* 0 … 1, got -1/],
    "time outside the domain, step": [() => reverseLaw(one(0, 1), x(), { s: 1.5, t: 0.5 }, noise), /survival probability .* got 1.5/],
    "time outside the domain, order": [
      () => reverseLaw(one(0, 1), x(), { s: 0.2, t: 0.5 }, noise),
      /later survival .* 0.2 at s and 0.5 at t/,
    ],
    "time outside the domain, clean": [() => reverseLaw(one(0, 1), x(), { s: 1, t: 1 }, noise), /noise at the later time/],
    "time outside the domain, sigma": [() => maskedNelbo(x(), tf.zeros([1]), 0, { sigma: 0, rate: 1 }), /sigma > 0, got 0/],
    "time outside the domain, survival": [
      () => uniformNelbo(one(0, 1), "law", x(), x(), { survival: 1, slope: -1 }),
      /survival in \(0, 1\), got 1/,
    ],
    "time outside the domain, kappa": [() => mixturePathKl(one(0, 1), "law", x(), x(), { kappa: 1, slope: 1 }), /kappa in \[0, 1\), got 1/],
    "time outside the domain, masked step": [() => maskedStepKl(x(), tf.zeros([1]), 0, { s: 0.2, t: 0.5 }), /earlier survival .* got 0.2/],
    "time outside the domain, tau": [() => eulerDraw(x(), one(0, 1), 0, tf.zeros([1])), /tau > 0, got 0/],
    "NaN among probabilities": [() => stepLaw("plug-in", x(), one(Number.NaN, 1), { s: 0.5, t: 0.2 }, noise), /probabilities .* got NaN/],
    "probabilities that sum to 0.9": [() => stepLaw("plug-in", x(), one(0.4, 0.5), { s: 0.5, t: 0.2 }, noise), /sum to 1, got 0.89/],
    "NaN among logits": [() => logSumExp(one(Number.NaN, 1)), /logits: .* row 0/],
    "an infinite ratio": [
      () => pairScoreEntropy(tf.tensor1d([0]), tf.tensor1d([Number.POSITIVE_INFINITY])),
      /finite ratios ≥ 0, got Infinity/,
    ],
    "an infinite ratio, rates": [() => reverseRate(x(), one(1, Number.POSITIVE_INFINITY), 1, noise), /finite ratios ≥ 0, got Infinity/],
    "a step that is too long": [() => eulerDraw(x(), one(0, 3), 1, tf.zeros([1])), /exit rate in \[0, 1\], got 3/],
    "an impossible pair": [() => bayes(x(), tf.tensor1d([1], "int32"), { s: 1, t: 1 }, noise), /impossible pair at 0/],
    "a bound below the rate": [
      () =>
        gillespie(
          0,
          () => [0, 3],
          0,
          9,
          () => 0.5,
          1,
        ),
      /bound 1, got 3 from state 0/,
    ],
    "a sequence length": [
      () => unmasked(one(0, 1), x(), { mask: 1, length: 2, count: 1 }, tf.zeros([1])),
      /length to divide 1 tokens, got 2/,
    ],
  };

  test.each(Object.entries(cases))("%s", (_, [call, words]) => {
    expect(call).toThrow(SpecError);
    expect(call).toThrow(words);
  });
});
