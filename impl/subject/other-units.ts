/**
 * Units that are no process of their own: losses, guidance, EDM preconditioning.
 */
import * as tf from "@tensorflow/tfjs-core";
import { decoderMasses } from "#impl/gaussian/decoder";
import { posteriorKl } from "#impl/gaussian/posterior";
import { priorKl } from "#impl/gaussian/prior";
import { storedPreconditioning } from "#impl/parameterisation/edm";
import { minSnr, sigmaSqrt, type WeightedKind } from "#impl/parameterisation/loss-weight";
import { classifierFree, classifierGuided, classifierGuidedMean } from "#impl/sampler/guidance";
import { levelsAt } from "#impl/schedule/level";
import { edmPath } from "#impl/sde/edm";
import { computed, constant, table, tensorOf, word } from "#impl/subject/answers";
import { chainFacts, chainFrom, chainOptions } from "#impl/subject/chain-options";
import { denoiserMethods, forwardMethods, kindOf, levelMethods, pathMethods, predictionMethods } from "#impl/subject/process";
import { choice, real } from "#impl/subject/settings";
import { type Unit, unit } from "#impl/subject/unit";
import { SpecError } from "#spec/error";
import type { Level } from "#spec/sampler/step";
import { type Fields, number, record, vector } from "#spec/tensor";

function terms(args: Fields): tf.Tensor {
  const inputs = record(args, "inputs");
  const at = (name: string): Level => ({ alpha: number(inputs, `alpha${name}`), sigma: number(inputs, `sigma${name}`) });
  switch (word(args, "name")) {
    case "prior-kl":
      return priorKl(tensorOf(inputs, "x0"), number(inputs, "abar"));
    case "posterior-kl":
      return posteriorKl(tensorOf(inputs, "x0"), tensorOf(inputs, "x0hat"), at("_s"), at(""));
    case "decoder":
      return decoderMasses(tf.scalar(number(inputs, "mean")), number(inputs, "std"), number(inputs, "K"));
    default:
      throw new SpecError("unknown-name", `term: expected prior-kl, posterior-kl or decoder, got ${word(args, "name")}`);
  }
}

const weighted: readonly WeightedKind[] = ["x0", "eps", "v"];

export const otherUnits: readonly Unit[] = [
  unit("losses", chainOptions, (settings) => {
    const chain = chainFrom(settings);
    return {
      facts: constant(() => chainFacts(settings)),
      ...levelMethods(chain),
      term: computed((args) => ({ value: terms(args) })),
      weight: table((args) => {
        const t = vector(args, "t");
        if (word(args, "name") === "sd3-sigma-sqrt") return { value: sigmaSqrt(t) };
        const kind = weighted.find((known) => known === args["kind"]);
        if (kind === undefined || word(args, "name") !== "min-snr")
          throw new SpecError("outside-domain", `weight: no ${word(args, "name")} on ${word(args, "kind")}`);
        return { value: minSnr(kind, levelsAt(chain, t), number(args, "gamma")) };
      }),
    };
  }),
  unit("guidance", chainOptions, (settings) => {
    const chain = chainFrom(settings);
    return {
      facts: constant(() => chainFacts(settings)),
      ...levelMethods(chain),
      guided: computed((args) => ({
        value: classifierFree(tensorOf(args, "conditional"), tensorOf(args, "unconditional"), number(args, "w")),
      })),
      classified: computed((args) => {
        const [value, gradient] = [tensorOf(args, "value"), tensorOf(args, "gradient")];
        const [s, t] = [chain.level(number(args, "s")), chain.level(number(args, "t"))];
        return {
          value:
            args["kind"] === "mean"
              ? classifierGuidedMean(value, gradient, s, t)
              : classifierGuided(kindOf(args, "kind"), value, gradient, t),
        };
      }),
    };
  }),
  unit(
    "edm",
    { sigmaMax: real([10, 150, "log"], 80), sigmaData: real([0.1, 2, "log"], 0.5, 1), prediction: choice("edm", "eps", "x0", "v") },
    (settings) => {
      const { sigmaMax, sigmaData, prediction } = settings;
      const path = edmPath(sigmaMax);
      return {
        facts: constant(() => ({ time: { ...path.time }, level: "alpha-sigma", scale: "ve", output: prediction, sigmaData })),
        ...levelMethods(path),
        ...pathMethods(path),
        ...forwardMethods(path),
        ...predictionMethods(path, sigmaData),
        ...denoiserMethods(path),
        precondition: computed((args) => storedPreconditioning(vector(args, "sigma"), sigmaData)),
      };
    },
  ),
];
