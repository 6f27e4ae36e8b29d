/**
 * The rows of the kernel bench: what is computed, on how much, and how. `kernels_torch.py` has the same rows by name, written as popular
 * libraries write them. Inputs are made on the device before the clock starts, and what is returned stays there.
 */
import * as tf from "@tensorflow/tfjs-core";
import { bandedPosterior, bandedPushed, gaussianKernel } from "#impl/categorical/gaussian";
import { absorbingNoise, pushed, rows, uniformNoise } from "#impl/categorical/noise";
import { bayes } from "#impl/categorical/posterior";
import { reverseDraw, reverseLaw } from "#impl/categorical/reverse";
import { tauLeap } from "#impl/ctmc/tauleap";
import { maskedLogChance, maskedNelbo } from "#impl/elbo/mdlm";
import { scoreEntropyAbsorbing, scoreEntropyUniform } from "#impl/elbo/se";
import { uniformNelbo, uniformStepKl } from "#impl/elbo/udlm";
import { noised } from "#impl/gaussian/forward";
import { posterior } from "#impl/gaussian/posterior";
import { appliedOnLine } from "#impl/generator/line";
import { appliedOnStates } from "#impl/generator/states";
import { converted } from "#impl/parameterisation/gaussian";
import { ddim } from "#impl/sampler/ddim";
import { dpmSolver2M } from "#impl/sampler/dpm-solver";
import { callsAlong, type Step } from "#impl/sampler/loop";
import { unmasked } from "#impl/sampler/unmask";
import { clean } from "#impl/schedule/level";

/** Numbers per tensor: samples and coordinates, or rows and K. */
export interface Size {
  readonly n: number;
  readonly K: number;
}

/** Makes inputs, and answers the call that is timed. */
export type Make = (size: Size) => () => tf.TensorContainer;

export interface Row {
  readonly name: string;
  /** `gaussian` rows are of n samples of K coordinates, others of n tokens with K states. */
  readonly group: "gaussian" | "tokens" | "losses" | "samplers";
  readonly make: Make;
  /** The large size, and the small one where what an operation costs to start counts. */
  readonly large: Size;
  readonly small: Size;
  /** PyTorch works with K×K matrices. */
  readonly dense?: boolean;
}

const image: Pick<Row, "large" | "small"> = { large: { n: 64, K: 2 ** 18 }, small: { n: 4, K: 2 ** 12 } };
const grey: Pick<Row, "large" | "small"> = { large: { n: 2 ** 14, K: 256 }, small: { n: 2 ** 6, K: 256 } };
const wide: Pick<Row, "large" | "small"> = { large: { n: 2 ** 10, K: 2 ** 11 }, small: { n: 16, K: 1024 } };
const words: Pick<Row, "large" | "small"> = { large: { n: 128, K: 50_257 }, small: { n: 256, K: 27 } };

const [s, t] = [
  { alpha: 0.8, sigma: 0.6 },
  { alpha: 0.6, sigma: 0.8 },
];
const survivals = { s: 0.6, t: 0.5 };

/** Normal numbers; a block of them again and again, because tfjs draws them one by one on the host. */
function normal({ n, K }: Size): tf.Tensor2D {
  const block = 65_537;
  return tf.tidy(() => {
    const many = tf.tile(tf.randomNormal([block]), [Math.ceil((n * K) / block)]);
    return tf.reshape(tf.slice(many, [0], [n * K]), [n, K]) as tf.Tensor2D;
  });
}

const uniform = ({ n }: Size): tf.Tensor1D => tf.randomUniform([n]);
const tokens = ({ n, K }: Size, most = K): tf.Tensor1D => tf.randomUniform([n], 0, most, "int32");
const laws = (size: Size): tf.Tensor2D => tf.tidy(() => tf.softmax(normal(size)) as tf.Tensor2D);
/** Half of the tokens are masked, the last state being the mask. */
const halfMasked = ({ n, K }: Size): tf.Tensor1D =>
  tf.tensor1d(
    Array.from({ length: n }, (_, k) => (k % 2 === 0 ? K - 1 : k % (K - 1))),
    "int32",
  );
const allMasked = ({ n, K }: Size): tf.Tensor1D => tf.fill([n], K - 1, "int32");

function stepped(step: Step, x: tf.Tensor, output: tf.Tensor, memory: readonly tf.Tensor[]): () => tf.TensorContainer {
  const calls = callsAlong(Float64Array.of(3, 2, 1), [{ alpha: 0.4, sigma: Math.sqrt(1 - 0.16) }, t, s], clean);
  return () => {
    const input = { x, output, share: undefined, memory, calls, index: 1, noise: () => tf.zerosLike(x) };
    return tf.tidy(() => {
      const { x: next, memory: kept } = step(input);
      return [next, ...kept];
    });
  };
}

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

/** Clean tokens that the half masked ones can come from. */
function halfMaskedFrom({ n, K }: Size): tf.Tensor1D {
  return tf.tensor1d(
    Array.from({ length: n }, (_, k) => k % (K - 1)),
    "int32",
  );
}

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

const level = { sigma: 0.7, rate: 1.5 };

const lossRows: readonly Row[] = [
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

const samplerRows: readonly Row[] = [
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

export const benchRows: readonly Row[] = [...gaussianRows, ...kernels, ...bandedRowsOfBench, ...lossRows, ...samplerRows];
