/**
 * Every function on tokens once, for tests of what they leave behind. They make their own inputs, and dispose them.
 */
import * as tf from "@tensorflow/tfjs-core";
import { drawn, drawnFromLogits } from "#impl/categorical/draw";
import { bandedPosterior, bandedPushed, bandedPushedAlong, bandedRows, gaussianKernel } from "#impl/categorical/gaussian";
import { lawsFrom, logChance, logChanceOf, logSumExp } from "#impl/categorical/logits";
import { absorbingNoise, columns, entries, hot, noisedTokens, pushed, rows, stationary, uniformNoise } from "#impl/categorical/noise";
import { bayes, conditionedLaw, convertClean, guidedLaw, stepLaw, tempered } from "#impl/categorical/posterior";
import { reverseDraw, reverseLaw } from "#impl/categorical/reverse";
import { pushedBy, uniformise } from "#impl/ctmc/expm";
import { eulerLaw, rateRows, ratiosFrom, reverseRate } from "#impl/ctmc/rate";
import { eulerDraw, firstJumpDraw, tauLeap } from "#impl/ctmc/tauleap";
import { analyticDraw, analyticLaw, staggered } from "#impl/ctmc/tweedie";
import { categoricalKl, stepKl } from "#impl/elbo/chain";
import { hybridLoss } from "#impl/elbo/d3pm";
import { mixturePathKl } from "#impl/elbo/dfm";
import { maskedCountLoss, maskedLogChance, maskedNelbo, maskedStepKl, maskedStepKlLeaky } from "#impl/elbo/mdlm";
import { absorbingLogScore, pairScoreEntropy, scoreEntropyAbsorbing, scoreEntropyUniform } from "#impl/elbo/se";
import { uniformNelbo, uniformStepKl } from "#impl/elbo/udlm";
import { appliedOnLine, integrandOnLine } from "#impl/generator/line";
import { adjointOnStates, appliedOnStates, integrandOnStates } from "#impl/generator/states";
import { unmasked } from "#impl/sampler/unmask";

const [uniform, absorbing] = [uniformNoise(4), absorbingNoise(4)];
const step = { s: 0.75, t: 0.25 };
const level = { sigma: 0.5, rate: 1 };
const kernel = gaussianKernel(4, 0.1, 2);

const kernelRows = (): tf.Tensor2D => rows(tf.range(0, 4, 1, "int32") as tf.Tensor1D, 0.5, uniform);

interface Tokens {
  readonly x0: tf.Tensor1D;
  readonly xt: tf.Tensor1D;
  readonly u: tf.Tensor1D;
  readonly laws: tf.Tensor2D;
  readonly logits: tf.Tensor2D;
  readonly chances: tf.Tensor1D;
}

/** Functions of two tokens, one of them masked, on four states. */
const functions: Readonly<Record<string, (tokens: Tokens) => tf.TensorContainer>> = {
  hot: ({ x0 }) => hot(x0, 4, 0.5, 0.1),
  stationary: () => stationary(absorbing),
  rows: ({ x0 }) => rows(x0, 0.5, absorbing),
  columns: ({ xt }) => columns(xt, 0.5, absorbing),
  pushed: ({ laws }) => pushed(laws, 0.5, uniform),
  entries: ({ x0, xt }) => entries(x0, xt, 0.5, absorbing),
  noisedTokens: ({ x0, u }) => noisedTokens(x0, 0.5, uniform, u, u),
  bayes: ({ x0, xt }) => bayes(x0, xt, step, uniform),
  "bayes with a mask": ({ x0, xt }) => bayes(x0, xt, step, absorbing),
  "stepLaw, plug-in": ({ xt, laws }) => stepLaw("plug-in", xt, laws, step, uniform),
  "stepLaw, mixture": ({ xt, laws }) => stepLaw("mixture", xt, laws, step, absorbing),
  convertClean: ({ xt, laws }) => convertClean("posterior", xt, laws, 0.5, uniform),
  guidedLaw: ({ laws }) => guidedLaw(laws, laws, 2),
  conditionedLaw: ({ laws }) => conditionedLaw(laws, laws),
  tempered: ({ laws }) => tempered(laws, 2),
  logSumExp: ({ logits }) => logSumExp(logits, 3),
  logChance: ({ logits, x0 }) => logChance(logits, x0),
  logChanceOf: ({ laws, x0 }) => logChanceOf(laws, x0),
  lawsFrom: ({ logits }) => lawsFrom(logits, 3),
  drawn: ({ laws, u }) => drawn(laws, u),
  drawnFromLogits: ({ logits, u }) => drawnFromLogits(logits, u, 3),
  "reverseLaw, uniform": ({ logits, xt }) => reverseLaw(logits, xt, step, uniform),
  "reverseLaw, absorbing": ({ logits, xt }) => reverseLaw(logits, xt, step, absorbing),
  "reverseDraw, uniform": ({ logits, xt, u }) => reverseDraw(logits, xt, step, uniform, { move: u, pick: u }),
  "reverseDraw, absorbing": ({ logits, xt, u }) => reverseDraw(logits, xt, step, absorbing, { move: u, pick: u }),
  bandedRows: ({ x0 }) => bandedRows(x0, kernel),
  bandedPushed: ({ laws }) => bandedPushed(laws, kernel),
  bandedPushedAlong: ({ laws }) => bandedPushedAlong(laws, [kernel, kernel]),
  bandedPosterior: ({ laws, x0 }) => bandedPosterior(laws, x0, kernel),
  rateRows: ({ x0 }) => rateRows(x0, 1, absorbing),
  reverseRate: ({ xt, laws }) => reverseRate(xt, laws, 1, absorbing),
  ratiosFrom: ({ xt, laws }) => ratiosFrom(xt, laws, 0.5, uniform),
  uniformise: () => uniformise(Float64Array.of(0, 1, 2, 0), 2).jumps,
  pushedBy: ({ laws }) => tf.tidy(() => pushedBy(laws, 20, uniformise(new Float64Array(16).fill(1), 4))),
  eulerLaw: ({ x0 }) => tf.tidy(() => eulerLaw(x0, rateRows(x0, 1, uniform), 0.1)),
  eulerDraw: ({ x0, laws, u }) => eulerDraw(x0, laws, 0.9, u),
  firstJumpDraw: ({ x0, laws, u }) => firstJumpDraw(x0, laws, 0.9, u),
  tauLeap: ({ x0, laws }) => tauLeap(x0, laws, 3, () => 0.3),
  staggered: ({ laws }) => staggered(laws, 0.5, uniform),
  analyticLaw: ({ laws, xt }) => analyticLaw(laws, xt, 0.5, absorbing),
  analyticDraw: ({ laws, xt, u }) => analyticDraw(laws, xt, 0.5, uniform, u),
  pairScoreEntropy: ({ logits, laws }) => pairScoreEntropy(logits, laws),
  scoreEntropyUniform: ({ logits, x0, xt }) => scoreEntropyUniform(logits, x0, xt, level),
  scoreEntropyAbsorbing: ({ logits, x0, xt }) => scoreEntropyAbsorbing(logits, x0, xt, 3, level),
  absorbingLogScore: ({ logits }) => absorbingLogScore(logits, 0.5),
  maskedLogChance: ({ logits, x0, xt }) => maskedLogChance(logits, x0, xt, 3),
  maskedNelbo: ({ xt, chances }) => maskedNelbo(xt, chances, 3, level),
  maskedStepKl: ({ xt, chances }) => maskedStepKl(xt, chances, 3, step),
  maskedStepKlLeaky: ({ laws, x0, xt }) => maskedStepKlLeaky(laws, x0, xt, 3, step),
  maskedCountLoss: ({ xt, chances }) => maskedCountLoss(xt, chances, 3, 2),
  "uniformNelbo of laws": ({ laws, x0, xt }) => uniformNelbo(laws, "law", x0, xt, { survival: 0.5, slope: -1 }),
  "uniformNelbo of logits": ({ logits, x0, xt }) =>
    uniformNelbo(logits, "logits", x0, xt, { survival: Float64Array.of(0.5, 0.4), slope: -1 }),
  uniformStepKl: ({ logits, x0, xt }) => uniformStepKl(logits, "logits", x0, xt, step, 0.1),
  categoricalKl: ({ laws }) => categoricalKl(laws, laws),
  stepKl: ({ x0, xt }) =>
    tf.tidy(() => stepKl("mixture", x0, xt, hot(tf.range(0, 4, 1, "int32"), 4), { early: kernelRows(), step: kernelRows() })),
  hybridLoss: ({ laws, x0, xt }) => hybridLoss("mixture", laws, x0, xt, step, uniform, { bound: 1, cross: 0.1 }),
  mixturePathKl: ({ logits, x0, xt }) => mixturePathKl(logits, "logits", x0, xt, { kappa: 0.5, slope: 1 }),
  appliedOnLine: ({ logits }) => appliedOnLine([1, 2, 3], logits, { drift: -1, diffusion2: 2 }),
  integrandOnLine: ({ logits, laws }) => integrandOnLine(logits, laws, { drift: 0, diffusion2: 2 }),
  appliedOnStates: ({ logits }) => appliedOnStates(logits, 2, absorbing),
  adjointOnStates: ({ laws }) => adjointOnStates(laws, 2, absorbing),
  integrandOnStates: ({ logits, x0 }) => integrandOnStates(logits, x0, 2, uniform),
  unmasked: ({ logits, xt, u }) => unmasked(logits, xt, { mask: 3, length: 2, count: 1 }, u),
};

/** The same with inputs of their own. */
export const tokenFunctions: Readonly<Record<string, () => tf.TensorContainer>> = Object.fromEntries(
  Object.entries(functions).map(([name, call]) => [
    name,
    () => {
      const tokens = {
        x0: tf.tensor1d([0, 2], "int32"),
        xt: tf.tensor1d([3, 2], "int32"),
        u: tf.tensor1d([0.3, 0.7]),
        laws: tf.tensor2d([0.25, 0.25, 0.25, 0.25, 0.5, 0.25, 0.125, 0.125], [2, 4]),
        logits: tf.tensor2d([1, 2, -1, 0, 0.5, 0, 3, -2], [2, 4]),
        chances: tf.tensor1d([-1, -2]),
      };
      const answer = call(tokens);
      tf.dispose(tokens);
      return answer;
    },
  ]),
);
