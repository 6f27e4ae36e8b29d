/**
 * What tokens may not be given: each is answered by the field, what was expected of it and what was got.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { absorbingNoise, assertTokens, rows, uniformNoise } from "#impl/categorical/noise";
import { conditionedLaw, convertClean, guidedLaw, stepLaw, tempered } from "#impl/categorical/posterior";
import { cosineClock, geometricClock, logLinearClock, mutualInformationBetas, survivals } from "#impl/categorical/schedule";
import { nearestNeighbours, sinkhornRates } from "#impl/categorical/similarity";
import { pushedBy, type Uniformised, uniformise } from "#impl/ctmc/expm";
import { gillespie } from "#impl/ctmc/gillespie";
import { eulerLaw, rateRows, ratiosFrom, reverseRate } from "#impl/ctmc/rate";
import { eulerDraw, firstJumpDraw, tauLeap } from "#impl/ctmc/tauleap";
import { analyticLaw } from "#impl/ctmc/tweedie";
import { mixturePathKl } from "#impl/elbo/dfm";
import { maskedStepKlLeaky } from "#impl/elbo/mdlm";
import { pairScoreEntropy, scoreEntropyAbsorbing } from "#impl/elbo/se";
import { uniformNelbo, uniformStepKl } from "#impl/elbo/udlm";
import { runLaw } from "#impl/sampler/parallel-decoding";
import { builtin } from "#impl/subject";
import { SpecError } from "#spec/error";
import { tensor } from "#spec/tensor";

beforeAll(async () => {
  await startBackend("cpu");
});

const x = (...tokens: readonly number[]): tf.Tensor1D => tf.tensor1d(tokens.length === 0 ? [0] : [...tokens], "int32");
const row = (...p: readonly number[]): tf.Tensor2D => tf.tensor2d([[...p]]);
const none = (): tf.Tensor1D => tf.tensor1d([], "int32");
const noise = uniformNoise(2);
const three = uniformNoise(3);
const step = { s: 0.5, t: 0.2 };
const still = (): Uniformised => uniformise(Float64Array.of(-1, 1, 1, -1), 2);
const half = (): number => 0.5;
const level = { survival: 0.5, slope: -1 };

const cases: Readonly<Record<string, readonly [() => unknown, RegExp]>> = {
  "a negative rate among larger ones, Euler draw": [
    () => eulerDraw(x(), row(0, 3, -1), 0.1, tf.zeros([1])),
    /rates of leaving ≥ 0, got -1/,
  ],
  "a negative rate among larger ones, one jump": [
    () => firstJumpDraw(x(), row(0, 3, -1), 1, tf.zeros([1])),
    /rates of leaving ≥ 0, got -1/,
  ],
  "a negative rate among larger ones, leaps": [() => tauLeap(x(), row(0, 3, -1), 1, half), /rates of leaving ≥ 0, got -1/],
  "a negative rate among larger ones, paths": [() => gillespie(0, () => [0, 3, -1], 0, 9, half), /rates ≥ 0, got -1 from state 0 to 2/],
  "a negative rate among larger ones, law": [() => eulerLaw(x(), row(-2, 3, -1), 0.1), /rates of leaving ≥ 0, got -1/],
  "a rate that is no number": [() => gillespie(0, () => [0, Number.NaN], 0, 9, half), /rates ≥ 0, got NaN from state 0 to 1/],
  "a bound that rates exceed": [
    () => gillespie(0, (_, r) => [0, 1 + 100 * r], 0, 9, half, 1),
    /exit rates up to the bound 1, got .* from state 0 at/,
  ],
  "a path back in time": [() => gillespie(0, () => [0, 1], 1, 0, half), /last ≥ first, got 1 and 0/],
  "a rate without end": [() => gillespie(0, () => [0, Number.POSITIVE_INFINITY], 0, 9, half), /finite rates, .* Infinity from state 0/],
  "a row that does not sum to 0": [() => eulerLaw(x(1), row(1, -2, 0.5), 0.1), /rows of rates that sum to 0, got -0.5 in row 0/],
  "a rate below 0": [() => rateRows(x(), -1, noise), /rate ≥ 0, got -1/],
  "K = 1, masks": [() => absorbingNoise(1), /classes .* at least 2, got 1/],
  "K = 1, rates": [() => eulerDraw(x(), row(0), 1, tf.zeros([1])), /at least 2 states, got 1/],
  "K of no whole number": [() => uniformNoise(2.5), /classes .* whole number .* got 2.5/],
  "an empty sequence, tokens": [() => assertTokens("tokens", none(), 2), /at least one token, got none/],
  "an empty sequence, reverse step": [() => stepLaw("plug-in", none(), tf.zeros([0, 2]), step, noise), /at least one law, got none/],
  "an empty sequence, rates": [() => rateRows(none(), 1, noise), /at least one token, got none/],
  "an empty sequence, ratios": [() => analyticLaw(tf.zeros([0, 2]), none(), 1, noise), /at least one token, got none/],
  "an empty sequence, whole runs": [() => runLaw(Float64Array.of(1), 0, 1, noise, (t) => 1 - t), /length of at least 1, got 0/],
  "a run without steps": [() => runLaw(Float64Array.of(0.5, 0.5), 1, 0, noise, (t) => 1 - t), /steps of at least 1, got 0/],
  "a token that is no state": [() => assertTokens("xt", x(0, 2), 2), /xt: expected tokens to be states 0 … 1, got 2 at 1/],
  "mask out of range, negative": [() => absorbingNoise(3, -1), /mask .* 0 … 2, got -1/],
  "mask out of range, score entropy": [() => scoreEntropyAbsorbing(row(0, 1), x(), x(), 2, { sigma: 1, rate: 1 }), /mask .* 0 … 1, got 2/],
  "mask out of range, leaky step": [() => maskedStepKlLeaky(row(0.5, 0.5), x(), x(), 5, step), /mask .* 0 … 1, got 5/],
  "time outside the domain, log-linear": [() => logLinearClock().survival(1.5), /a time in \[0, 1\], got 1.5/],
  "time outside the domain, geometric": [() => geometricClock().rate(-0.1), /a time in \[0, 1\], got -0.1/],
  "time outside the domain, cosine": [() => cosineClock().survival(Number.NaN), /a time in \[0, 1\], got NaN/],
  "a share outside its domain": [() => cosineClock().inverse(2), /a share in \[0, 1\], got 2/],
  "a chain of no steps": [() => mutualInformationBetas(0), /T ≥ 1, got 0/],
  "a β above 1": [() => survivals([0.5, 1.5]), /β in \[0, 1\], got 1.5 at 1/],
  "a survival above 1": [() => rows(x(), 1.5, noise), /survival probability in \[0, 1\], got 1.5/],
  "NaN among probabilities, conversion": [
    () => convertClean("posterior", x(), row(Number.NaN, 1), 0.5, noise),
    /probabilities ≥ 0, got NaN/,
  ],
  "NaN among probabilities, ratios": [() => ratiosFrom(x(), row(Number.NaN, 1), 0.5, noise), /probabilities ≥ 0, got NaN/],
  "NaN among probabilities, flow loss": [
    () => mixturePathKl(row(Number.NaN, 1), "law", x(), x(), { kappa: 0, slope: 1 }),
    /probabilities ≥ 0, got NaN/,
  ],
  "NaN among probabilities, whole runs": [
    () => runLaw(Float64Array.of(Number.NaN, 1), 1, 1, noise, (t) => 1 - t),
    /probabilities ≥ 0, got NaN/,
  ],
  "a sum of 0.9, conversion": [() => convertClean("leave-one-out", x(), row(0.4, 0.5), 0.5, noise), /sum to 1, got 0.89/],
  "a sum of 0.9, guidance": [() => guidedLaw(row(0.5, 0.5), row(0.4, 0.5), 2), /unconditional: .* sum to 1, got 0.89/],
  "a sum of 0.9, temperature": [() => tempered(row(0.4, 0.5), 2), /sum to 1, got 0.89/],
  "a sum of 0.9, uniform loss": [() => uniformNelbo(row(0.4, 0.5), "law", x(), x(), level), /sum to 1, got 0.89/],
  "a sum of 0.9, uniform step": [() => uniformStepKl(row(0.4, 0.5), "law", x(), x(), step), /sum to 1, got 0.89/],
  "a sum of 0.9, leaky step": [() => maskedStepKlLeaky(row(0.4, 0.5), x(), x(), 1, step), /sum to 1, got 0.89/],
  "a sum of 0.9, whole runs": [() => runLaw(Float64Array.of(0.4, 0.5), 1, 1, noise, (t) => 1 - t), /sum to 1, got 0.9/],
  "an infinite ratio, analytic step": [
    () => analyticLaw(row(1, Number.POSITIVE_INFINITY), x(), 1, noise),
    /analytic step: .* finite ratios ≥ 0, got Infinity/,
  ],
  "a negative ratio, analytic step": [() => analyticLaw(row(1, -1), x(), 1, noise), /finite ratios ≥ 0, got -1/],
  "a ratio that is no number": [() => reverseRate(x(), row(1, Number.NaN), 1, noise), /finite ratios ≥ 0, got NaN/],
  "a temperature of 0": [() => tempered(row(0.5, 0.5), 0), /temperature: .* > 0, got 0/],
  "a negative likelihood": [() => conditionedLaw(row(0.5, 0.5), row(1, -1)), /finite likelihoods ≥ 0, got -1/],
  "a likelihood that is no number": [() => conditionedLaw(row(0.5, 0.5), row(1, Number.NaN)), /finite likelihoods ≥ 0, got NaN/],
  "a y that no state allows": [() => conditionedLaw(row(0, 1), row(1, 0)), /a y that some possible state allows, got none in row 0/],
  "likelihoods of other states": [() => conditionedLaw(row(0.5, 0.5), row(1, 1, 1)), /likelihoods of shape 1,2, got 1,3/],
  "a sum of 0.9, conditioning": [() => conditionedLaw(row(0.4, 0.5), row(1, 1)), /sum to 1, got 0.89/],
  "no neighbours": [() => nearestNeighbours(Float64Array.of(0, 1), 2, 2), /a whole number 1 … 1, got 2/],
  "a place that is none": [() => nearestNeighbours(Float64Array.of(0, Number.NaN), 2, 1), /finite places, got NaN at 1/],
  "places of no tokens": [() => nearestNeighbours(Float64Array.of(0, 1, 2), 2, 1), /places of at least 2 tokens, got 3 numbers for 2/],
  "a scaling that is not there": [
    () => sinkhornRates(Float64Array.of(-1, 1e9, 0, 0), 2, 1e-9),
    /columns that sum to 1 up to 1e-9 after 10000 sweeps/,
  ],
  "a tolerance of 0": [() => sinkhornRates(Float64Array.of(-1, 1, 1, -1), 2, 0), /Sinkhorn: expected a tolerance > 0, got 0/],
  "a negative rate, kernel": [() => uniformise(Float64Array.of(0, -1, 0, 0), 2), /finite rates of leaving ≥ 0, got -1 from state 0 to 1/],
  "a matrix that is not square": [
    () => uniformise(Float64Array.of(0, 1, 0), 2),
    /a square matrix of at least 2 states, got 3 numbers for 2/,
  ],
  "a kernel back in time": [() => pushedBy(row(0.5, 0.5), -1, still()), /a time ≥ 0 with at most 16384 expected jumps, got -1/],
  "a kernel of too many jumps": [() => pushedBy(row(0.5, 0.5), 1e6, still()), /at most 16384 expected jumps, got 1000000 with 1000000/],
  "a kernel of other states": [() => pushedBy(row(1), 1, still()), /laws over 2 states, got 1/],
  "a weight without end": [() => guidedLaw(row(0.5, 0.5), row(0.5, 0.5), Number.POSITIVE_INFINITY), /finite weight, got Infinity/],
};

test.each(Object.entries(cases))("%s", (_, [call, words]) => {
  expect(call).toThrow(SpecError);
  expect(call).toThrow(words);
});

describe("a ratio of 0 is no error", () => {
  test("nothing leads where nothing is", () => {
    expect(Array.from(reverseRate(x(), row(1, 0, 1), 3, three).dataSync())).toEqual([-1, 0, 1]);
    expect(Array.from(analyticLaw(row(1, 0), x(), 0, noise).dataSync())).toEqual([1, 0]);
    expect(pairScoreEntropy(tf.tensor1d([0]), tf.tensor1d([0])).dataSync()[0]).toBe(1);
  });
});

describe("the subject refuses in the same words", () => {
  const subject = builtin({ backend: "cpu" });
  const asked = async (
    unit: string,
    config: Record<string, number | string>,
    method: string,
    args: Record<string, unknown>,
  ): Promise<unknown> => {
    await subject.describe();
    return subject.answer({ unit, config, method, args, arithmetic: "f32" } as never);
  };
  const states = tensor(Float64Array.of(0));

  test.each([
    ["K = 1", "tokens-time", { classes: 1 }, "facts", {}, "classes to be a whole number of at least 2, got 1"],
    ["time after the end", "tokens-time", {}, "transition", { s: null, t: 1.5, states }, "a time in [0, 1], got 1.5"],
    ["an index after the end", "tokens-chain", {}, "transition", { s: null, t: 20, states }, "an index 0 … 19, got 20"],
    [
      "no tokens",
      "tokens-time",
      {},
      "bayes",
      { x0: tensor(new Float64Array(0)), xt: tensor(new Float64Array(0)), s: 0, t: 1 },
      "at least one token, got none",
    ],
  ])("%s", async (_, unit, config, method, args, words) => {
    const answer = await asked(unit, config as never, method, args);
    expect(JSON.stringify(answer)).toContain(words);
    expect(answer).toMatchObject({ trouble: { kind: "refused" } });
  });
});
