/**
 * The rows of the kernel bench: what is computed, on how much, and how. `kernels_torch.py` has the same rows by name, written as popular
 * libraries write them. Inputs are made on the device before the clock starts, and what is returned stays there.
 */
import * as tf from "@tensorflow/tfjs-core";
import { bandedPosterior, bandedPushed, gaussianKernel } from "#impl/categorical/gaussian";
import { absorbingNoise, pushed, rows, uniformNoise } from "#impl/categorical/noise";
import { bayes } from "#impl/categorical/posterior";
import { reverseDraw, reverseLaw } from "#impl/categorical/reverse";
import { noised } from "#impl/gaussian/forward";
import { posterior } from "#impl/gaussian/posterior";
import { converted } from "#impl/parameterisation/gaussian";
import { ddim } from "#impl/sampler/ddim";
import { dpmSolver2M } from "#impl/sampler/dpm-solver";

/** Numbers per tensor: samples and coordinates, or rows and K. */
import {
  halfMasked,
  halfMaskedFrom,
  image,
  laws,
  normal,
  type Row,
  type Size,
  s,
  stepped,
  survivals,
  t,
  tokens,
  uniform,
  wide,
  words,
} from "./kernel-inputs.js";
import { lossRows, samplerRows } from "./kernel-losses.js";

const gaussianRows: readonly Row[] = [
  {
    name: "Gaussian forward",
    group: "gaussian",
    ...image,
    make: (size) => {
      const [x0, eps] = [normal(size), normal(size)];
      return () => noised(x0, eps, t);
    },
  },
  {
    name: "Gaussian forward, a level each",
    group: "gaussian",
    ...image,
    make: (size) => {
      const [x0, eps] = [normal(size), normal(size)];
      const alpha = Float64Array.from({ length: size.n }, (_, k) => 1 - (k + 0.5) / size.n);
      const levels = { alpha, sigma: alpha.map((a) => Math.sqrt(1 - a * a)) };
      return () => noised(x0, eps, levels);
    },
  },
  {
    name: "Gaussian posterior",
    group: "gaussian",
    ...image,
    make: (size) => {
      const [x0, xt] = [normal(size), normal(size)];
      return () => posterior(x0, xt, s, t).mean;
    },
  },
  {
    name: "conversion, v to noise",
    group: "gaussian",
    ...image,
    make: (size) => {
      const [v, xt] = [normal(size), normal(size)];
      return () => converted("v", "eps", v, xt, t);
    },
  },
  {
    name: "conversion, noise to data",
    group: "gaussian",
    ...image,
    make: (size) => {
      const [eps, xt] = [normal(size), normal(size)];
      return () => converted("eps", "x0", eps, xt, t);
    },
  },
  { name: "DDIM step", group: "gaussian", ...image, make: (size) => stepped(ddim("eps"), normal(size), normal(size), []) },
  {
    name: "DPM-Solver++ 2M step",
    group: "gaussian",
    ...image,
    make: (size) => stepped(dpmSolver2M("eps"), normal(size), normal(size), [normal(size)]),
  },
];

const kernels = (["uniform", "absorbing"] as const).flatMap((kind): readonly Row[] => {
  const noise = (K: number): ReturnType<typeof uniformNoise> => (kind === "uniform" ? uniformNoise(K) : absorbingNoise(K));
  const noisy = (size: Size): tf.Tensor1D => (kind === "uniform" ? tokens(size) : halfMasked(size));
  const cleanTokens = (size: Size): tf.Tensor1D => (kind === "uniform" ? tokens(size) : tf.clone(halfMaskedFrom(size)));
  return [
    {
      name: `${kind} rows`,
      group: "tokens",
      ...wide,
      dense: true,
      make: (size) => {
        const x = tokens(size);
        return () => rows(x, 0.5, noise(size.K));
      },
    },
    {
      name: `${kind} cumulative kernel on laws`,
      group: "tokens",
      ...wide,
      dense: true,
      make: (size) => {
        const p = laws(size);
        return () => pushed(p, 0.5, noise(size.K));
      },
    },
    {
      name: `${kind} posterior`,
      group: "tokens",
      ...wide,
      dense: true,
      make: (size) => {
        const [x0, xt] = [cleanTokens(size), noisy(size)];
        return () => bayes(x0, xt, survivals, noise(size.K));
      },
    },
    {
      name: `${kind} reverse step from logits`,
      group: "tokens",
      ...wide,
      dense: true,
      make: (size) => {
        const [logits, xt] = [normal(size), noisy(size)];
        return () => reverseLaw(logits, xt, survivals, noise(size.K));
      },
    },
    {
      name: `${kind} reverse step, vocabulary`,
      group: "tokens",
      ...words,
      make: (size) => {
        const [logits, xt] = [normal(size), noisy(size)];
        return () => reverseLaw(logits, xt, survivals, noise(size.K));
      },
    },
    {
      name: `${kind} reverse draw, vocabulary`,
      group: "tokens",
      ...words,
      make: (size) => {
        const [logits, xt, move, pick] = [normal(size), noisy(size), uniform(size), uniform(size)];
        return () => reverseDraw(logits, xt, survivals, noise(size.K), { move, pick });
      },
    },
  ];
});

const band = 16;

const bandedRowsOfBench: readonly Row[] = [
  {
    name: "banded Gaussian on laws",
    group: "tokens",
    ...wide,
    dense: true,
    make: (size) => {
      const [p, kernel] = [laws(size), gaussianKernel(size.K, 1e-5, band)];
      return () => bandedPushed(p, kernel);
    },
  },
  {
    name: "banded Gaussian posterior",
    group: "tokens",
    ...wide,
    dense: true,
    make: (size) => {
      const [before, xt, kernel] = [laws(size), tokens(size), gaussianKernel(size.K, 1e-5, band)];
      return () => bandedPosterior(before, xt, kernel);
    },
  },
];

export const benchRows: readonly Row[] = [...gaussianRows, ...kernels, ...bandedRowsOfBench, ...lossRows, ...samplerRows];
