import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook, perToken } from "#properties/textbook/discrete";
import { driftingProcess, ehrenfestProcess, logLinearClock } from "#properties/textbook/families";
import { absorbingChain, absorbingProcess, linearClock, type Process, randomProcess, uniformProcess } from "#properties/textbook/process";
import { leapt, type Stagger, staggered, stepBook } from "#properties/textbook/steps";
import { normalise } from "#spec/categorical/table";
import { maskSurvival } from "#spec/ctmc/masked";
import { tauLeapOrder } from "#spec/ctmc/tauleap";
import { tweedieStep } from "#spec/ctmc/tweedie";
import { type Fields, number, tensor, vector } from "#spec/tensor";

const tweedie = (process: Process, step: (at: Stagger) => Float64Array = staggered): RawMethods => stepBook("tweedie", process, step);
const euler = (process: Process, step: (at: Stagger) => Float64Array = leapt): RawMethods => stepBook("euler", process, step);

/** Staggered ratios of uniform noise over a time Δ by the closed form, every entry at least zero. */
const uniformStagger =
  (undo: (delta: number, r: number, sum: number, K: number) => number) =>
  ({ process: { classes: K, transition }, ratio, x, s, t }: Stagger): Float64Array => {
    const delta = linearClock().total(t) - linearClock().total(s);
    const sum = ratio.reduce((a, b) => a + b, 0);
    const P = transition(s, t);
    return ratio.map((r, y) => Math.max(undo(delta, r, sum, K), 0) * (P[y * K + x] ?? 0));
  };

const right = (delta: number, r: number, sum: number, K: number): number => Math.exp(delta) * r - (Math.expm1(delta) / K) * sum;

export const tweedieStepProperty: Property = property(tweedieStep, {
  accepts: [
    { name: "uniform, by its closed form", methods: () => tweedie(uniformProcess(), uniformStagger(right)) },
    { name: "uniform, forty states", methods: () => tweedie(uniformProcess(40)) },
    { name: "asymmetric", methods: () => tweedie(randomProcess()) },
    { name: "absorbing", methods: () => tweedie(absorbingProcess()) },
    { name: "absorbing, kept on a line", methods: () => tweedie(absorbingProcess(4, 3, logLinearClock)) },
    { name: "rates that do not commute", methods: () => tweedie(driftingProcess()) },
    { name: "columns", methods: () => stepBook("tweedie", randomProcess(), staggered, { orientation: "column" }) },
    { name: "by Bayes", methods: () => discreteBook({ process: randomProcess(), reverse: "mixture", declares: { reverse: "tweedie" } }) },
    { name: "normalised", methods: () => tweedie(uniformProcess(), (at) => normalise(staggered(at))) },
  ],
  rejects: [
    {
      name: "score changed in place",
      because: "the sum is taken after the ratios were scaled in place",
      plausible: true,
      methods: () =>
        tweedie(
          uniformProcess(),
          uniformStagger((delta, r, sum, K) => Math.exp(delta) * r - (Math.expm1(delta) / K) * (sum + 0.02 * r)),
        ),
    },
    {
      name: "ratios not staggered",
      because: "the ratios of t stand for those of s",
      plausible: false,
      methods: () => tweedie(uniformProcess(), (at) => normalise(uniformStagger((_, r) => r)(at))),
    },
    {
      name: "first order in Δ",
      because: "(1 + Δ)r − ΔΣr/K where e^Δ belongs",
      plausible: false,
      methods: () =>
        tweedie(
          uniformProcess(),
          uniformStagger((delta, r, sum, K) => (1 + delta) * r - (delta * sum) / K),
        ),
    },
    {
      name: "clock cut short",
      because: "Δ misses two thousandths that the kernel has",
      plausible: true,
      methods: () => tweedie(uniformProcess(), (at) => uniformStagger((delta, r, sum, K) => right(0.998 * delta, r, sum, K))(at)),
    },
    {
      name: "mask counted as a token",
      because: "1/(K + 1) where 1/K belongs",
      precedent: "DD-08",
      plausible: false,
      methods: () =>
        tweedie(
          uniformProcess(),
          uniformStagger((delta, r, sum, K) => right(delta, r, sum, K + 1)),
        ),
    },
  ],
});

/** The step's law mixed with a little staying. */
const lazy =
  (share: number) =>
  (at: Stagger): Float64Array =>
    leapt(at).map((p, y) => (1 - share) * p + (y === at.x ? share : 0));

export const tauLeapOrderProperty: Property = property(tauLeapOrder, {
  accepts: [
    { name: "asymmetric", methods: () => euler(randomProcess()) },
    { name: "uniform", methods: () => euler(uniformProcess()) },
    { name: "absorbing, kept on a line", methods: () => euler(absorbingProcess(5, 2, logLinearClock)) },
    { name: "Ehrenfest", methods: () => euler(ehrenfestProcess()) },
    { name: "staggered ratios", methods: () => tweedie(randomProcess()) },
    { name: "by Bayes", methods: () => discreteBook({ process: randomProcess(), reverse: "mixture" }) },
    {
      name: "rates of the middle",
      methods: () =>
        euler(randomProcess(), (at) =>
          leapt({ ...at, process: { ...at.process, rate: (t) => at.process.rate?.(t - (t - at.s) / 2) ?? new Float64Array() } }),
        ),
    },
  ],
  rejects: [
    {
      name: "lazy",
      because: "one step in a hundred is skipped, however small",
      plausible: true,
      methods: () => euler(randomProcess(), lazy(0.02)),
    },
    {
      name: "a step too long",
      because: "τ is one over the number of steps, not the time between two of them",
      plausible: false,
      methods: () => euler(randomProcess(), (at) => leapt({ ...at, s: at.t - 1.6 * (at.t - at.s) })),
    },
    {
      name: "rates of 1 − t",
      because: "the clock is counted from the wrong end",
      plausible: false,
      methods: () =>
        euler(randomProcess(), (at) =>
          leapt({ ...at, process: { ...at.process, rate: (t) => at.process.rate?.(1 - t) ?? new Float64Array() } }),
        ),
    },
    {
      name: "below zero",
      because: "an entry is below zero although nothing leaves faster than once per step",
      plausible: false,
      methods: () =>
        euler(randomProcess(), (at) => {
          const p = leapt(at);
          const other = (at.x + 1) % 4;
          return p.map((q, y) =>
            y === other ? Math.min(q, 0.02) - 0.021 : y === at.x ? q + 0.001 + Math.max((p[other] ?? 0) - 0.02, 0) : q,
          );
        }),
    },
    {
      name: "floor on every state",
      because: "a thousandth is added to each probability before normalising, at every step",
      plausible: true,
      methods: () => euler(randomProcess(), (at) => normalise(leapt(at).map((p) => p + 1e-3))),
    },
  ],
});

/** The step law from a mask, with another chance to stay. */
const staying = (process: Process, stay: (a_s: number, a_t: number, s: number, t: number) => number): RawMethods =>
  discreteBook({ process, reverse: "mixture" }, () => ({
    steplaw: (args: Fields) => {
      const [xt, clean, s, t] = [vector(args, "xt"), vector(args, "clean"), number(args, "s"), number(args, "t")];
      const kept = stay(process.survival?.(s) ?? Number.NaN, process.survival?.(t) ?? Number.NaN, s, t);
      const K = process.classes;
      return {
        law: tensor(perToken(xt, K, (i) => clean.slice(i * K, (i + 1) * K).map((p, y) => (y === process.mask ? kept : (1 - kept) * p)))),
      };
    },
  }));

export const maskSurvivalProperty: Property = property(maskSurvival, {
  accepts: [
    { name: "mean of posteriors", methods: () => discreteBook({ process: absorbingProcess(), reverse: "mixture" }) },
    { name: "plug-in", methods: () => discreteBook({ process: absorbingProcess() }) },
    { name: "kept on a line", methods: () => discreteBook({ process: absorbingProcess(6, 5, logLinearClock) }) },
    { name: "by staggered ratios", methods: () => tweedie(absorbingProcess()) },
    {
      name: "by index",
      methods: () =>
        discreteBook({
          process: absorbingChain(
            5,
            2,
            Float64Array.from({ length: 128 }, () => 0.02),
          ),
        }),
    },
    { name: "in binary32", methods: () => staying(absorbingProcess(), (a, b) => Math.fround(Math.fround(1 - a) / Math.fround(1 - b))) },
  ],
  rejects: [
    {
      name: "level of a later time",
      because: "the level of a time that is 10⁻³ later decides how many appear",
      plausible: true,
      methods: () => staying(absorbingProcess(), (a, b, s) => (s === 0 ? 0 : (1 - a * Math.exp(-1e-3 * linearClock().rate(s))) / (1 - b))),
    },
    {
      name: "first order",
      because: "1 − τβa/(1 − a) of the later time stands for the quotient",
      plausible: false,
      methods: () => staying(absorbingProcess(), (_, b, s, t) => 1 - Math.min(1, ((t - s) * linearClock().rate(t) * b) / (1 - b))),
    },
    {
      name: "odds exchanged",
      because: "a token appears with the probability with which it should stay",
      precedent: "DD-15",
      plausible: false,
      methods: () => staying(absorbingProcess(), (a, b) => 1 - (1 - a) / (1 - b)),
    },
    {
      name: "odds tuned",
      because: "the odds are corrected by the length of the step, which suits one grid and spoils the others",
      plausible: true,
      methods: () => staying(absorbingProcess(), (a, b, s, t) => ((1 - a) / (1 - b)) * (1 - 0.05 * (t - s))),
    },
  ],
});
