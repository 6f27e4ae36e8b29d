/**
 * Rows of losses, generators and samplers.
 */
import * as tf from "@tensorflow/tfjs-core";
import { uniformNoise } from "#impl/categorical/noise";
import { tauLeap } from "#impl/ctmc/tauleap";
import { maskedLogChance, maskedNelbo } from "#impl/elbo/mdlm";
import { scoreEntropyAbsorbing, scoreEntropyUniform } from "#impl/elbo/se";
import { uniformNelbo, uniformStepKl } from "#impl/elbo/udlm";
import { appliedOnLine, integrandOnLine } from "#impl/generator/line";
import { appliedOnStates, integrandOnStates } from "#impl/generator/states";
import { unmasked } from "#impl/sampler/unmask";
import { type LikelihoodPlan, logLikelihood } from "#impl/sde/pfode";

/** Numbers per tensor: samples and coordinates, or rows and K. */
import {
  allMasked,
  grey,
  halfMasked,
  halfMaskedFrom,
  image,
  laws,
  normal,
  type Row,
  survivals,
  tokens,
  uniform,
  wide,
  words,
} from "./kernel-inputs.js";

const level = { sigma: 0.7, rate: 1.5 };

/** Four steps of Heun from t = 0 to 3 for data of mean 0 and variance ¼ under dx = −x/2 dt + dw: the velocity is a number times x. */
const likelihood: LikelihoodPlan = {
  flow: (x, t) => {
    const slope = -1 / 2 + 1 / (2 * (1 - 0.75 * Math.exp(-t)));
    return { velocity: tf.mul(x, tf.scalar(slope)), divergence: tf.fill(x.shape, slope) };
  },
  logPrior: (x) => tf.sub(tf.mul(tf.square(x), tf.scalar(-1 / 2)), tf.scalar(Math.log(2 * Math.PI) / 2)),
  first: 0,
  last: 3,
  steps: 4,
};

export const lossRows: readonly Row[] = [
  {
    name: "score entropy, uniform",
    group: "losses",
    ...words,
    make: (size) => {
      const [score, x0, xt] = [normal(size), tokens(size), tokens(size)];
      return () => scoreEntropyUniform(score, x0, xt, level);
    },
  },
  {
    name: "score entropy, absorbing",
    group: "losses",
    ...words,
    make: (size) => {
      const [score, x0, xt] = [normal(size), halfMaskedFrom(size), halfMasked(size)];
      return () => scoreEntropyAbsorbing(score, x0, xt, size.K - 1, level);
    },
  },
  {
    name: "D3PM bound, uniform, grey levels",
    group: "losses",
    ...grey,
    dense: true,
    make: (size) => {
      const [logits, x0, xt] = [normal(size), tokens(size), tokens(size)];
      return () => uniformStepKl(logits, "logits", x0, xt, survivals, 0.001);
    },
  },
  {
    name: "D3PM bound, uniform, vocabulary",
    group: "losses",
    ...words,
    make: (size) => {
      const [logits, x0, xt] = [normal(size), tokens(size), tokens(size)];
      return () => uniformStepKl(logits, "logits", x0, xt, survivals, 0.001);
    },
  },
  {
    name: "UDLM loss",
    group: "losses",
    ...words,
    make: (size) => {
      const [logits, x0, xt] = [normal(size), tokens(size), tokens(size)];
      return () => uniformNelbo(logits, "logits", x0, xt, { survival: 0.5, slope: -1 });
    },
  },
  {
    name: "MDLM loss",
    group: "losses",
    ...words,
    make: (size) => {
      const [logits, x0, xt] = [normal(size), halfMaskedFrom(size), halfMasked(size)];
      return () => tf.tidy(() => maskedNelbo(xt, maskedLogChance(logits, x0, xt, size.K - 1), size.K - 1, level));
    },
  },
];

export const samplerRows: readonly Row[] = [
  {
    name: "generator on polynomials",
    group: "samplers",
    ...image,
    make: (size) => {
      const x = normal(size);
      return () => appliedOnLine([1, -2, 0.5, 3, -1], x, { drift: -0.5, diffusion2: 1 });
    },
  },
  {
    name: "generator on states",
    group: "samplers",
    ...wide,
    dense: true,
    make: (size) => {
      const [f, noise] = [normal(size), uniformNoise(size.K)];
      return () => appliedOnStates(f, 1, noise);
    },
  },
  {
    name: "bound's integrand, diffusion",
    group: "samplers",
    ...image,
    make: (size) => {
      const [model, truth] = [normal(size), normal(size)];
      return () => integrandOnLine(model, truth, { drift: -0.5, diffusion2: 1 });
    },
  },
  {
    name: "bound's integrand, chain",
    group: "samplers",
    ...wide,
    make: (size) => {
      const [logRatio, x, noise] = [normal(size), tokens(size), uniformNoise(size.K)];
      return () => integrandOnStates(logRatio, x, 1, noise);
    },
  },
  {
    name: "probability-flow likelihood",
    group: "samplers",
    ...image,
    make: (size) => {
      const x = normal(size);
      return () => logLikelihood(x, likelihood);
    },
  },
  {
    name: "tau-leaping",
    group: "samplers",
    ...grey,
    make: (size) => {
      const [x, rates] = [tokens(size), laws(size)];
      return () => tauLeap(x, rates, 0.5, Math.random);
    },
  },
  {
    name: "parallel decoding",
    group: "samplers",
    ...words,
    make: (size) => {
      const [logits, xt, u] = [normal(size), allMasked(size), uniform(size)];
      return () => unmasked(logits, xt, { mask: size.K - 1, length: size.n / 4, count: Math.max(1, Math.floor(size.n / 16)) }, u);
    },
  },
];
