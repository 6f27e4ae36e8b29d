/**
 * Training chains as options: which β schedule, how long, how rescaled.
 */
import { linearBetas, scaledLinearBetas, sigmoidBetas } from "#impl/schedule/beta";
import { type Chain, chainOf } from "#impl/schedule/chain";
import { cosineBetas } from "#impl/schedule/cosine";
import { type Spacing, spacedIndices } from "#impl/schedule/grid";
import { zeroTerminal } from "#impl/schedule/zero-terminal";
import { choice, type Option, real, type Settings, whole } from "#impl/subject/settings";
import type { OutputKind } from "#spec/convention";
import { SpecError } from "#spec/error";
import type { Fields } from "#spec/tensor";

export type ChainOptions = {
  readonly schedule: Option<"linear" | "scaled-linear" | "cosine" | "sigmoid">;
  readonly T: Option<number>;
  readonly betaStart: Option<number>;
  readonly betaEnd: Option<number>;
  readonly zeroTerminal: Option<boolean>;
};

export const chainOptions: ChainOptions = {
  schedule: choice("linear", "scaled-linear", "cosine", "sigmoid"),
  T: whole("construct", 1000, 100, 20),
  betaStart: real([0.00005, 0.001, "log"], 0.0001, 0.00085),
  betaEnd: real([0.005, 0.05, "log"], 0.02, 0.012),
  zeroTerminal: choice<boolean>(false, true),
};

export type GridOptions = ChainOptions & {
  readonly steps: Option<number>;
  readonly spacing: Option<Spacing>;
  readonly prediction: Option<"eps" | "x0" | "v">;
};

/** Options of samplers on a chain. */
export const gridOptions: GridOptions = {
  ...chainOptions,
  steps: whole("setup", 10, 1, 2, 3, 7, 19, 20, 50),
  spacing: choice("leading", "trailing", "linspace"),
  prediction: choice("eps", "x0", "v"),
};

export type ChainSettings = Settings<ChainOptions>;

export function plainChain({ schedule, T, betaStart, betaEnd }: ChainSettings): Chain {
  switch (schedule) {
    case "linear":
      return chainOf(linearBetas(T, betaStart, betaEnd));
    case "scaled-linear":
      return chainOf(scaledLinearBetas(T, betaStart, betaEnd));
    case "cosine":
      return chainOf(cosineBetas(T));
    case "sigmoid":
      return chainOf(sigmoidBetas(T, betaStart, betaEnd));
    default:
      return schedule satisfies never;
  }
}

export function chainFrom(settings: ChainSettings): Chain {
  const chain = plainChain(settings);
  return settings.zeroTerminal ? zeroTerminal(chain) : chain;
}

/** What a chain declares of itself. */
export function chainFacts(settings: ChainSettings): Fields {
  const { schedule, T, betaStart, betaEnd } = settings;
  const ends = schedule === "cosine" ? {} : { first: betaStart, last: betaEnd };
  return {
    time: { kind: "index", first: 0, last: T - 1, clean: "first" },
    level: "alpha-sigma",
    scale: "vp",
    refine: { T: "T", first: "betaStart", last: "betaEnd" },
    ...(settings.zeroTerminal ? {} : { form: { family: `beta-${schedule}`, T, ...ends } }),
  };
}

/** The grid's indices. Throws `outside-domain` for ε on a chain that ends without signal: there it says nothing of the data. */
export function indicesOf(settings: Settings<GridOptions>): Float64Array {
  assertReadable(settings);
  return spacedIndices(settings.T, settings.steps, settings.spacing);
}

export function assertReadable({
  prediction,
  zeroTerminal: rescaled,
}: {
  readonly prediction: OutputKind;
  readonly zeroTerminal: boolean;
}): void {
  if (rescaled && prediction === "eps")
    throw new SpecError("outside-domain", "sampler: expected x0 or v on a chain with zero terminal signal, got eps", {
      hint: "noise predictions say nothing of the data at α = 0",
    });
}
