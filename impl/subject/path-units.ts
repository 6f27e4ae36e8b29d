/**
 * Units in continuous time: Euler and Heun on grids of noise levels, flow matching, and the SDE families.
 */
import { straightPath } from "#impl/flow/velocity";
import { euler } from "#impl/sampler/first-order";
import { heun, heunCalls } from "#impl/sampler/heun";
import { callsAlong } from "#impl/sampler/loop";
import { straightLevels } from "#impl/schedule/grid";
import { exponentialLevels, karrasLevels } from "#impl/schedule/karras";
import { clean } from "#impl/schedule/level";
import { shifted } from "#impl/schedule/time-shift";
import { edmPath } from "#impl/sde/edm";
import type { Path } from "#impl/sde/path";
import { subvpPath } from "#impl/sde/subvp";
import { vePath } from "#impl/sde/ve";
import { vpPath } from "#impl/sde/vp";
import { computed, constant, type Methods, tensorOf } from "#impl/subject/answers";
import { diffusionMethods } from "#impl/subject/generator-methods";
import {
  correctorMethods,
  denoiserMethods,
  driftMethods,
  forwardMethods,
  levelMethods,
  likelihoodMethods,
  pathMethods,
  predictionMethods,
} from "#impl/subject/process";
import { samplerMethods } from "#impl/subject/sampling";
import { choice, real, type Settings, whole } from "#impl/subject/settings";
import { type Unit, unit } from "#impl/subject/unit";
import type { SamplerFacts } from "#spec/facts";
import { type Fields, number } from "#spec/tensor";

const steps = whole("setup", 10, 1, 2, 3, 7, 19, 20, 50);

const sigmaOptions = {
  steps,
  grid: choice("karras", "exponential"),
  sigmaMin: real([0.001, 0.05, "log"], 0.002, 0.03),
  sigmaMax: real([5, 150, "log"], 80, 14.6),
  rho: real([2, 10, "linear"], 7, 3),
  prediction: choice("eps", "x0", "v", "edm"),
};

const flowOptions = { steps, shift: real([0.5, 8, "log"], 1, 3), prediction: choice("noise-minus-data", "x0") };

const sigmaData = 0.5;

const deterministic = { noise: "none", exactOn: { prediction: "x0", variable: "log-snr", degree: 0 } } as const;

function timeFacts({ time }: Path): Fields {
  return { time: { ...time } };
}

/** Grids of noise levels for states x₀ + σε. */
function sigmaGrid({ grid, sigmaMin: low, sigmaMax: high, rho, steps: N }: Settings<typeof sigmaOptions>): {
  readonly levels: Float64Array;
  readonly form: Fields;
} {
  if (grid === "exponential") return { levels: exponentialLevels(N, { low, high }), form: { family: "exponential", low, high } };
  return { levels: karrasLevels(N, { low, high, rho }), form: { family: "karras", low, high, rho } };
}

function onSigmas(settings: Settings<typeof sigmaOptions>, stages: 1 | 2): Methods {
  const { prediction } = settings;
  const path = edmPath(settings.sigmaMax);
  const { levels: sigmas, form } = sigmaGrid(settings);
  const levels = Array.from(sigmas, path.level);
  const sampler =
    stages === 1
      ? { calls: callsAlong(sigmas, levels, clean), step: euler(prediction, sigmaData) }
      : { calls: heunCalls(sigmas, levels, clean), step: heun(prediction, sigmaData) };
  const claims: Partial<SamplerFacts> = stages === 1 ? { ...deterministic, order: 1 } : { noise: "none", order: 2, stages };
  const facts: Fields = {
    ...timeFacts(path),
    level: "alpha-sigma",
    scale: "ve",
    output: prediction,
    sigmaData,
    gridForm: form,
    sampler: claims as unknown as Fields,
  };
  return {
    facts: constant(() => facts),
    ...levelMethods(path),
    ...forwardMethods(path),
    ...predictionMethods(path, sigmaData),
    ...samplerMethods({ sampler, prediction, sigmaData, asked: settings.steps, clock: "scaled" }),
  };
}

function onStraightPath(settings: Settings<typeof flowOptions>, stages: 1 | 2): Methods {
  const { prediction } = settings;
  const path = straightPath();
  const times = straightLevels(settings.steps, settings.shift);
  const levels = Array.from(times, path.level);
  const sampler =
    stages === 1
      ? { calls: callsAlong(times, levels, clean), step: euler(prediction) }
      : { calls: heunCalls(times, levels, clean), step: heun(prediction) };
  const claims: Partial<SamplerFacts> = stages === 1 ? { ...deterministic, order: 1 } : { noise: "none", order: 2, stages };
  const facts: Fields = {
    ...timeFacts(path),
    level: "alpha-sigma",
    scale: "flow",
    output: prediction,
    sampler: claims as unknown as Fields,
  };
  return {
    facts: constant(() => facts),
    ...levelMethods(path),
    ...forwardMethods(path),
    ...predictionMethods(path),
    ...samplerMethods({ sampler, prediction, asked: settings.steps, clock: "scaled" }),
  };
}

const keep = real([0.5, 0.999, "linear"], 0.9, 0.5);

/** Everything a path in continuous time can be asked. */
function onPath(path: Path, facts: Fields, likelihood: boolean): Methods {
  return {
    facts: constant(() => ({ ...timeFacts(path), level: "alpha-sigma", ...facts })),
    ...levelMethods(path),
    ...pathMethods(path),
    ...forwardMethods(path),
    ...predictionMethods(path),
    ...denoiserMethods(path),
    ...driftMethods(path),
    ...diffusionMethods(path),
    ...(likelihood ? likelihoodMethods(path) : {}),
  };
}

const betaRange = { betaMin: real([0.05, 0.5, "log"], 0.1), betaMax: real([5, 40, "log"], 20, 10) };

/** Claims of a path's dynamics: Heun's likelihood, and a corrector that is exact on one-point data. */
const dynamics = (order: number | null): Fields => ({ noise: "none", order, exactCorrector: true });

export const pathUnits: readonly Unit[] = [
  unit("euler", sigmaOptions, (settings) => onSigmas(settings, 1)),
  unit("heun", sigmaOptions, (settings) => onSigmas(settings, 2)),
  unit("flow-euler", flowOptions, (settings) => onStraightPath(settings, 1)),
  unit("flow-heun", flowOptions, (settings) => onStraightPath(settings, 2)),
  unit("straight-path", {}, () => ({
    ...onPath(straightPath(), { scale: "flow", output: "noise-minus-data", sampler: { noise: "none", order: 2 } }, true),
    shift: computed((args) => ({ value: shifted(tensorOf(args, "values"), number(args, "strength")) })),
  })),
  unit("sde-vp", { ...betaRange, keep }, ({ betaMin: low, betaMax: high, keep: share }) => {
    const path = vpPath({ low, high });
    return {
      ...onPath(path, { scale: "vp", output: "eps", form: { family: "vp-sde", low, high }, sampler: dynamics(2) }, true),
      ...correctorMethods(path, share),
    };
  }),
  unit("sde-subvp", { ...betaRange, keep }, ({ betaMin: low, betaMax: high, keep: share }) => {
    const path = subvpPath({ low, high });
    return {
      ...onPath(path, { output: "eps", form: { family: "subvp-sde", low, high }, sampler: dynamics(2) }, true),
      ...correctorMethods(path, share),
    };
  }),
  unit(
    "sde-ve",
    { sigmaMin: real([0.005, 0.05, "log"], 0.01), sigmaMax: real([10, 100, "log"], 50), kernel: choice("marginal", "exact"), keep },
    (settings) => {
      const { sigmaMin: low, sigmaMax: high, kernel } = settings;
      const path = vePath({ low, high }, kernel);
      // Time 0 of the marginal kernel is noisy: its density is not that of the data.
      const exact = kernel === "exact";
      const form = { family: exact ? "ve-sde-exact" : "ve-sde", low, high };
      return {
        ...onPath(path, { scale: "ve", output: "eps", form, sampler: dynamics(exact ? 2 : null) }, exact),
        ...correctorMethods(path, settings.keep),
      };
    },
  ),
];
