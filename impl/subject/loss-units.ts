/**
 * Losses on tokens, term by term. Inputs have one number per row, or K.
 */
import * as tf from "@tensorflow/tfjs-core";
import { logChanceOf } from "#impl/categorical/logits";
import { assertLaws, assertTokens } from "#impl/categorical/noise";
import { categoricalKl, stepKl } from "#impl/elbo/chain";
import { mixturePathKl } from "#impl/elbo/dfm";
import { maskedCountLoss, maskedNelbo, maskedStepKl, maskedStepKlLeaky } from "#impl/elbo/mdlm";
import { pairScoreEntropy, scoreEntropyAbsorbing, scoreEntropyUniform } from "#impl/elbo/se";
import { uniformNelbo } from "#impl/elbo/udlm";
import { computed, constant, tensorOf, word } from "#impl/subject/answers";
import { noiseFrom, noiseOptions } from "#impl/subject/token-units";
import { type Unit, unit } from "#impl/subject/unit";
import { SpecError } from "#spec/error";
import { type Fields, number, record, vector } from "#spec/tensor";

/** Inputs of a term as tensors. */
interface Inputs {
  readonly tokens: (name: string) => tf.Tensor1D;
  /** Rows over K states. */
  readonly matrix: (name: string) => tf.Tensor2D;
  readonly laws: () => tf.Tensor2D;
  readonly rows: (name: string) => Float64Array;
  readonly values: (name: string) => tf.Tensor;
  readonly number: (name: string) => number;
}

function inputsOf(fields: Fields, classes: number): Inputs {
  const matrix = (name: string): tf.Tensor2D => tensorOf(fields, name, [vector(fields, name).length / classes, classes]) as tf.Tensor2D;
  return {
    tokens: (name) => {
      const tokens = tf.tensor1d(Int32Array.from(vector(fields, name)), "int32");
      assertTokens(name, tokens, classes);
      return tokens;
    },
    matrix,
    laws: () => {
      const laws = matrix("law");
      assertLaws("law", laws);
      return laws;
    },
    rows: (name) => vector(fields, name),
    values: (name) => tensorOf(fields, name),
    number: (name) => number(fields, name),
  };
}

type Term = (inputs: Inputs) => tf.Tensor;

/** log p(x₀). The mask may carry nothing. */
const logChances = ({ laws, tokens }: Inputs): tf.Tensor1D => logChanceOf(laws(), tokens("x0"));

/** One step's divergence of a chain that is handed in. */
const stepBack = (rule: "plug-in" | "mixture", { tokens, matrix }: Inputs): tf.Tensor1D =>
  stepKl(rule, tokens("x0"), tokens("xt"), matrix("clean"), { early: matrix("early"), step: matrix("step") });

const terms: Readonly<Record<string, Term>> = {
  "score-entropy": ({ values }) => pairScoreEntropy(values("logscore"), values("ratio")),
  "score-entropy-uniform": ({ matrix, tokens, rows }) =>
    scoreEntropyUniform(matrix("logscore"), tokens("x0"), tokens("xt"), { sigma: rows("sigma"), rate: rows("rate") }),
  "score-entropy-absorbing": ({ matrix, tokens, rows, number: at }) =>
    scoreEntropyAbsorbing(matrix("logscore"), tokens("x0"), tokens("xt"), at("mask"), { sigma: rows("sigma"), rate: rows("rate") }),
  "masked-nelbo": (inputs) =>
    maskedNelbo(inputs.tokens("xt"), logChances(inputs), inputs.number("mask"), { sigma: inputs.rows("sigma"), rate: inputs.rows("rate") }),
  "masked-kl": (inputs) =>
    maskedStepKl(inputs.tokens("xt"), logChances(inputs), inputs.number("mask"), { s: inputs.rows("alpha_s"), t: inputs.rows("alpha") }),
  "masked-kl-leaky": ({ laws, tokens, rows, number: at }) =>
    maskedStepKlLeaky(laws(), tokens("x0"), tokens("xt"), at("mask"), { s: rows("alpha_s"), t: rows("alpha") }),
  "masked-count": (inputs) => maskedCountLoss(inputs.tokens("xt"), logChances(inputs), inputs.number("mask"), inputs.number("length")),
  "uniform-nelbo": ({ laws, tokens, rows }) =>
    uniformNelbo(laws(), "law", tokens("x0"), tokens("xt"), { survival: rows("survival"), slope: rows("slope") }),
  "categorical-kl": ({ matrix }) => categoricalKl(matrix("p"), matrix("q")),
  "step-kl-plugin": (inputs) => stepBack("plug-in", inputs),
  "step-kl-mixture": (inputs) => stepBack("mixture", inputs),
  "mixture-path-kl": ({ laws, tokens, rows }) =>
    mixturePathKl(laws(), "law", tokens("x0"), tokens("xt"), { kappa: rows("kappa"), slope: rows("slope") }),
};

export const lossUnits: readonly Unit[] = [
  unit("token-losses", noiseOptions, (settings) => {
    const { classes, mask } = noiseFrom(settings);
    return {
      facts: constant(() => ({
        time: { kind: "interval", first: 0, last: 1, clean: "first" },
        discrete: { classes, mask, level: "survival", orientation: "row", family: mask === null ? "uniform" : "absorbing" },
      })),
      term: computed((args) => {
        const term = terms[word(args, "name")];
        if (term === undefined)
          throw new SpecError("unknown-name", `term: expected one of ${Object.keys(terms).join(", ")}, got ${word(args, "name")}`);
        return { value: term(inputsOf(record(args, "inputs"), classes)) };
      }),
    };
  }),
];
