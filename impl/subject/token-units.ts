/**
 * Units on tokens: D3PM's chains by index, and noise in continuous time.
 */
import { absorbingNoise, type Noise, rows, stationary, uniformNoise } from "#impl/categorical/noise";
import { bayes, conditionedLaw, convertClean, guidedLaw, type Survivals, stepLaw, tempered } from "#impl/categorical/posterior";
import { type Clock, cosineClock, geometricClock, logLinearClock, mutualInformationBetas, survivals } from "#impl/categorical/schedule";
import { rateRows, ratiosFrom, reverseRate } from "#impl/ctmc/rate";
import { hybridLoss } from "#impl/elbo/d3pm";
import { runLaw } from "#impl/sampler/parallel-decoding";
import { computed, constant, type Method, type Methods, table, word } from "#impl/subject/answers";
import { jumpMethods } from "#impl/subject/generator-methods";
import { choice, type Option, whole } from "#impl/subject/settings";
import { lawsOf, statesOf, tokensOf } from "#impl/subject/token-arguments";
import { clockDrawMethods, drawMethods } from "#impl/subject/token-draws";
import { hittingMethods } from "#impl/subject/token-hittings";
import { type Unit, unit } from "#impl/subject/unit";
import { SpecError } from "#spec/error";
import { type Fields, number, record, vector } from "#spec/tensor";

/** A token process as its units ask it. */
interface TokenProcess {
  readonly noise: Noise;
  readonly time: Fields;
  /** Survival from data to the process's own time. */
  readonly survival: (t: number) => number;
}

function survivalsOf(args: Fields, { survival }: TokenProcess): Survivals {
  return { s: args["s"] === null ? 1 : survival(number(args, "s")), t: survival(number(args, "t")) };
}

type Rule = "plug-in" | "mixture";

function factsOf({ noise, time }: TokenProcess, reverse: Rule): Method {
  const { classes, mask } = noise;
  return constant(() => ({
    time,
    discrete: {
      classes,
      mask,
      level: "survival",
      orientation: "row",
      family: mask === null ? "uniform" : "absorbing",
      predicts: reverse === "plug-in" ? "leave-one-out" : "posterior",
      reverse,
      tempers: "clean",
    },
  }));
}

/** Kernels, posteriors and reverse steps. */
function kernelMethods(process: TokenProcess, reverse: Rule): Methods {
  const { noise, survival } = process;
  return {
    facts: factsOf(process, reverse),
    survival: table((args) => ({ level: vector(args, "t").map(survival) })),
    stationary: computed(() => ({ law: stationary(noise) })),
    transition: computed((args) => {
      const from = args["s"] === null ? 1 : survival(number(args, "s"));
      const to = survival(number(args, "t"));
      return { matrix: rows(statesOf(args, noise.classes), from === 0 ? 0 : to / from, noise) };
    }),
    bayes: computed((args) => ({
      law: bayes(tokensOf(args, "x0", noise.classes), tokensOf(args, "xt", noise.classes), survivalsOf(args, process), noise),
    })),
    steplaw: computed((args) => ({
      law: stepLaw(reverse, tokensOf(args, "xt", noise.classes), lawsOf(args, "clean", noise.classes), survivalsOf(args, process), noise),
    })),
    temperedlaw: computed((args) => {
      const clean = tempered(lawsOf(args, "clean", noise.classes), number(args, "temperature"));
      return { law: stepLaw(reverse, tokensOf(args, "xt", noise.classes), clean, survivalsOf(args, process), noise) };
    }),
    convertclean: computed((args) => {
      const [xt, clean] = [tokensOf(args, "xt", noise.classes), lawsOf(args, "clean", noise.classes)];
      if (args["source"] === args["target"]) return { law: clean };
      const to = word(args, "target") === "posterior" ? "posterior" : "leave-one-out";
      return { law: convertClean(to, xt, clean, survival(number(args, "t")), noise) };
    }),
    guidedlaw: computed((args) => ({
      law: guidedLaw(lawsOf(args, "conditional", noise.classes), lawsOf(args, "unconditional", noise.classes), number(args, "w")),
    })),
    conditionedlaw: computed((args) => ({
      law: conditionedLaw(lawsOf(args, "law", noise.classes), lawsOf(args, "likelihood", noise.classes)),
    })),
    ratio: computed((args) => ({
      law: ratiosFrom(tokensOf(args, "xt", noise.classes), lawsOf(args, "clean", noise.classes), survival(number(args, "t")), noise),
    })),
  };
}

/** The loss that a chain is trained on. */
function lossMethods(process: TokenProcess, reverse: Rule): Methods {
  const { noise } = process;
  return {
    term: computed((args) => {
      if (args["name"] !== "hybrid-loss") throw new SpecError("unknown-name", `term: expected hybrid-loss, got ${word(args, "name")}`);
      const inputs = record(args, "inputs");
      const [x0, xt] = [tokensOf(inputs, "x0", noise.classes), tokensOf(inputs, "xt", noise.classes)];
      const weights = { bound: number(inputs, "bound"), cross: number(inputs, "cross") };
      return { value: hybridLoss(reverse, lawsOf(inputs, "law", noise.classes), x0, xt, survivalsOf(inputs, process), noise, weights) };
    }),
  };
}

/** Rates of a clock, and what acts with them. */
function rateMethods(process: TokenProcess, clock: Clock): Methods {
  const { noise } = process;
  const at = (args: Fields): number => clock.rate(number(args, "t"));
  return {
    ...jumpMethods(noise, clock.rate),
    rate: computed((args) => ({ matrix: rateRows(statesOf(args, noise.classes), at(args), noise) })),
    reverserate: computed((args) => {
      const [xt, values] = [tokensOf(args, "xt", noise.classes), lawsOf(args, "values", noise.classes)];
      const ratios = args["kind"] === "clean" ? ratiosFrom(xt, values, clock.survival(number(args, "t")), noise) : values;
      return { law: reverseRate(xt, ratios, at(args), noise) };
    }),
    runlaw: table((args) => ({
      law: runLaw(vector(args, "table"), number(args, "length"), number(args, "steps"), noise, clock.survival),
    })),
  };
}

const classes = whole("construct", 5, 2, 3, 27, 256);
/** Which noise, on how many states. */
export const noiseOptions: {
  readonly classes: Option<number>;
  readonly noise: Option<"uniform" | "absorbing">;
  readonly mask: Option<"last" | "first" | "middle">;
} = { classes, noise: choice("uniform", "absorbing"), mask: choice("last", "first", "middle") };
const reverse = choice("plug-in", "mixture");

export function noiseFrom(settings: { readonly classes: number; readonly noise: string; readonly mask: string }): Noise {
  if (settings.noise === "uniform") return uniformNoise(settings.classes);
  const last = settings.classes - 1;
  return absorbingNoise(settings.classes, settings.mask === "first" ? 0 : settings.mask === "last" ? last : Math.floor(last / 2));
}

/** β of a chain of so many steps. Shape `count`. */
export const rampedBetas = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, k) => 0.02 + (0.3 * k) / Math.max(count - 1, 1));

const chainBetas = {
  linear: rampedBetas,
  "mutual-information": mutualInformationBetas,
  none: (count: number) => new Float64Array(count),
} as const;

const clocks = { "log-linear": () => logLinearClock(), geometric: () => geometricClock(), cosine: () => cosineClock() } as const;

export const tokenUnits: readonly Unit[] = [
  unit(
    "tokens-chain",
    { ...noiseOptions, reverse, T: whole("construct", 20, 1, 7, 100), betas: choice("linear", "mutual-information", "none") },
    (settings) => {
      const noise = noiseFrom(settings);
      const a = survivals(chainBetas[settings.betas](settings.T));
      const survival = (t: number): number => {
        const survived = a[t];
        if (survived === undefined) throw new SpecError("outside-domain", `chain: expected an index 0 … ${settings.T - 1}, got ${t}`);
        return survived;
      };
      const process: TokenProcess = { noise, time: { kind: "index", first: 0, last: settings.T - 1, clean: "first" }, survival };
      return { ...kernelMethods(process, settings.reverse), ...lossMethods(process, settings.reverse), ...drawMethods(noise, survival) };
    },
  ),
  unit("tokens-time", { ...noiseOptions, reverse, clock: choice("log-linear", "geometric", "cosine") }, (settings) => {
    const noise = noiseFrom(settings);
    const clock = clocks[settings.clock]();
    const { survival } = clock;
    const process: TokenProcess = { noise, time: { kind: "interval", first: 0, last: 1, clean: "first" }, survival };
    const draws = { ...drawMethods(noise, survival), ...clockDrawMethods(noise, clock), ...hittingMethods(noise, clock) };
    return { ...kernelMethods(process, settings.reverse), ...rateMethods(process, clock), ...draws };
  }),
];
