/**
 * Units on ordered states: D3PM's discretised Gaussian noise, by index.
 */
import * as tf from "@tensorflow/tfjs-core";
import { type BandedKernel, bandedBayes, bandedPushedAlong, bandedRows, gaussianKernel } from "#impl/categorical/gaussian";
import { hot } from "#impl/categorical/noise";
import { computed, constant, type Methods, table } from "#impl/subject/answers";
import { choice, type Option, whole } from "#impl/subject/settings";
import { lawsOf, statesOf, tokensOf } from "#impl/subject/token-arguments";
import { rampedBetas } from "#impl/subject/token-units";
import { type Unit, unit } from "#impl/subject/unit";
import { type Fields, number, vector } from "#spec/tensor";

const classes: Option<number> = whole("construct", 6, 2, 3, 27);

interface Steps {
  readonly classes: number;
  readonly betas: Float64Array;
  readonly kernels: readonly BandedKernel[];
}

/** The steps between the times that were asked for; a time of null is that of data. */
const between = ({ kernels }: Steps, args: Fields): readonly BandedKernel[] =>
  kernels.slice(args["s"] === null ? 0 : number(args, "s") + 1, number(args, "t") + 1);

/** Laws of clean tokens, noised up to the time s. Shape `n K`. */
const noisedTo = ({ kernels }: Steps, laws: tf.Tensor2D, args: Fields): tf.Tensor2D =>
  bandedPushedAlong(laws, args["s"] === null ? [] : kernels.slice(0, number(args, "s") + 1));

function gaussianMethods(steps: Steps): Methods {
  const { classes: K, betas, kernels } = steps;
  const [first] = kernels;
  return {
    facts: constant(() => ({
      time: { kind: "index", first: 0, last: kernels.length - 1, clean: "first" },
      discrete: {
        classes: K,
        mask: null,
        orientation: "row",
        family: "discretized-gaussian",
        parameters: first === undefined || first.band === K - 1 ? {} : { band: first.band },
        predicts: "leave-one-out",
        reverse: "plug-in",
      },
    })),
    stepnoise: table((args) => ({ beta: vector(args, "t").map((t) => betas[t] ?? Number.NaN) })),
    stationary: computed(() => ({ law: tf.fill([K], 1 / K) })),
    transition: computed((args) => {
      const [path, states] = [between(steps, args), statesOf(args, K)];
      const [only] = path;
      if (only !== undefined && path.length === 1) return { matrix: bandedRows(states, only) };
      return { matrix: bandedPushedAlong(hot(states, K), path) };
    }),
    bayes: computed((args) => {
      const before = noisedTo(steps, hot(tokensOf(args, "x0", K), K), args);
      return { law: bandedBayes(before, tokensOf(args, "xt", K), between(steps, args)) };
    }),
    steplaw: computed((args) => ({
      law: bandedBayes(noisedTo(steps, lawsOf(args, "clean", K), args), tokensOf(args, "xt", K), between(steps, args)),
    })),
  };
}

export const gaussianTokenUnits: readonly Unit[] = [
  unit("tokens-gaussian", { classes, band: choice("all", "near"), T: whole("construct", 10, 1, 7, 20) }, (settings) => {
    const { classes: K, T } = settings;
    const band = settings.band === "all" ? K - 1 : Math.min(2, K - 1);
    const betas = rampedBetas(T);
    return gaussianMethods({ classes: K, betas, kernels: Array.from(betas, (beta) => gaussianKernel(K, beta, band)) });
  }),
];
