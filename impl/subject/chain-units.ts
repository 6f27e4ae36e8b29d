/**
 * Units on training chains: the schedules themselves, and DDPM, DDIM, its inverse, DPM-Solver++ and consistency sampling.
 */
import { consistencySkip, type Skip } from "#impl/parameterisation/consistency";
import { ancestral } from "#impl/sampler/ancestral";
import { ddim } from "#impl/sampler/ddim";
import { dpmSolver2M } from "#impl/sampler/dpm-solver";
import { callsAlong, type Step } from "#impl/sampler/loop";
import { renoise } from "#impl/sampler/renoise";
import type { Chain } from "#impl/schedule/chain";
import { risingIndices } from "#impl/schedule/grid";
import { clean } from "#impl/schedule/level";
import { chainTables, indexOfLogSnr } from "#impl/schedule/snr";
import { constant, type Methods, table, word } from "#impl/subject/answers";
import {
  assertReadable,
  type ChainSettings,
  chainFacts,
  chainFrom,
  chainOptions,
  type GridOptions,
  gridOptions,
  indicesOf,
  plainChain,
} from "#impl/subject/chain-options";
import { denoiserMethods, forwardMethods, levelMethods, predictionMethods } from "#impl/subject/process";
import { samplerMethods } from "#impl/subject/sampling";
import { choice, real, type Settings } from "#impl/subject/settings";
import { type Unit, unit } from "#impl/subject/unit";
import type { SamplerFacts } from "#spec/facts";
import type { Level } from "#spec/sampler/step";
import { type Fields, vector } from "#spec/tensor";

type GridSettings = Settings<GridOptions>;

/** Methods of the chain itself. */
function tables(settings: ChainSettings, chain: Chain): Methods {
  return {
    tables: constant(() => ({ ...chainTables(chain), ...(settings.zeroTerminal ? { unrescaled: plainChain(settings).abar } : {}) })),
    inverse: table((args) => {
      const values = vector(args, "values");
      return { t: indexOfLogSnr(chain, word(args, "kind") === "sigma" ? values.map((ratio) => -2 * Math.log(ratio)) : values) };
    }),
  };
}

/** A sampler on a chain. `calls` runs along the spaced grid to clean data. */
function onChain(settings: GridSettings, step: Step, claims: Partial<SamplerFacts>): Methods {
  const chain = chainFrom(settings);
  const times = indicesOf(settings);
  const calls = callsAlong(times, levelsOf(chain, times), clean);
  return sampling(settings, chain, calls, step, claims);
}

const levelsOf = (chain: Chain, times: Float64Array): readonly Level[] => Array.from(times, chain.level);

function sampling(
  settings: GridSettings,
  chain: Chain,
  calls: ReturnType<typeof callsAlong>,
  step: Step,
  claims: Partial<SamplerFacts>,
): Methods {
  const { prediction, steps } = settings;
  const facts: Fields = { ...chainFacts(settings), output: prediction, sampler: claims as unknown as Fields };
  return {
    facts: constant(() => facts),
    ...levelMethods(chain),
    ...forwardMethods(chain),
    ...predictionMethods(chain),
    ...samplerMethods({ sampler: { calls, step }, prediction, asked: steps, clock: "exact" }),
  };
}

/** Constant data predictions are integrated exactly. */
const exactOnConstant = { prediction: "x0", variable: "log-snr", degree: 0 } as const;

export const chainUnits: readonly Unit[] = [
  unit("schedules", chainOptions, (settings) => {
    const chain = chainFrom(settings);
    return { facts: constant(() => chainFacts(settings)), ...levelMethods(chain), ...tables(settings, chain), ...denoiserMethods(chain) };
  }),
  unit("ddpm", { ...gridOptions, variance: choice("small", "large", "log-range") }, (settings) => {
    const noise = { small: "marginal", large: "large", "log-range": "log-range" } as const;
    return onChain(settings, ancestral(settings.prediction, settings.variance), { noise: noise[settings.variance], posterior: true });
  }),
  unit("ddim", { ...gridOptions, eta: real([0, 1, "linear"], 0, 0.5, 1) }, (settings) => {
    const { eta, prediction } = settings;
    const claims: Partial<SamplerFacts> =
      eta === 0 ? { noise: "none", eta, order: 1, exactOn: exactOnConstant } : { noise: "marginal", eta, posterior: eta === 1 };
    return onChain(settings, ddim(prediction, eta), claims);
  }),
  unit("ddim-inverse", gridOptions, (settings) => {
    assertReadable(settings);
    const chain = chainFrom(settings);
    const times = risingIndices(settings.T, settings.steps);
    const calls = callsAlong(times, levelsOf(chain, times), chain.level(settings.T - 1));
    return sampling(settings, chain, calls, ddim(settings.prediction), {
      noise: "none",
      eta: 0,
      order: 1,
      inverse: true,
      endsClean: false,
    });
  }),
  unit("dpm-solver++2m", { ...gridOptions, variant: choice("midpoint", "linear") }, (settings) => {
    // A first step from α = 0 is infinitely long in log SNR: there no straight line is claimed.
    const degree = settings.variant === "linear" && !settings.zeroTerminal ? 1 : 0;
    return onChain(settings, dpmSolver2M(settings.prediction, settings.variant), {
      noise: "none",
      order: 2,
      exactOn: { ...exactOnConstant, degree },
    });
  }),
  unit("consistency", { ...gridOptions, skip: choice<boolean>(false, true) }, (settings) => {
    // Latent consistency models count time in tenths of an index from index 0.
    const boundary = (time: number): Skip => consistencySkip(10 * time);
    const step = settings.skip ? renoise(settings.prediction, boundary) : renoise(settings.prediction);
    const claims: Partial<SamplerFacts> = { noise: "marginal", renoises: true, exactOnConstants: !settings.skip };
    const least = boundary(0);
    return {
      ...onChain(settings, step, claims),
      boundary: constant(() => ({ cskip: Float64Array.of(least.cskip), cout: Float64Array.of(least.cout) })),
    };
  }),
];
