import { type Property, property, type RawMethods } from "#properties/engine/property";
import { asPureNoise, eulerInTime, landingLate, late } from "#properties/sampler/ddim.property";
import { type Chain, discrete, straight, veSde, vpSde } from "#properties/textbook/chain";
import { drifting, flowOf, reverseDrift, scoreOf, shifted } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { ddim, type Stepper } from "#properties/textbook/sampler";
import { clean, direct, dpm2m, eulerSigma, type Route, trip, upwards } from "#properties/textbook/steppers";
import type { Level } from "#properties/textbook/values";
import { asked } from "#properties/textbook/wrong";
import { inversion } from "#spec/metamorphic/inversion";
import { splittingSteps } from "#spec/metamorphic/step-splitting";
import { levelsAlone } from "#spec/metamorphic/time-rescale";

export const splittingStepsProperty: Property = property(splittingSteps, {
  accepts: [
    { name: "DDIM", methods: () => book() },
    { name: "Euler on x/α", methods: () => book({ stepper: eulerSigma }) },
    { name: "two-step solver", methods: () => book({ stepper: dpm2m() }) },
    { name: "straight path", methods: () => book({ chain: straight(), output: "noise-minus-data" }) },
  ],
  rejects: [
    {
      name: "one index late",
      because: "steps land on the levels of t + 1",
      plausible: true,
      methods: () => book({ stepper: landingLate() }),
    },
    {
      name: "end at the first index",
      because: "the last step ends at the level of index 0, where clean data are published",
      plausible: true,
      methods: () => book({}, () => trip({ route: endingAt(discrete().levels(0)), published: direct(discrete()), stepper: ddim })),
    },
    {
      name: "start taken for noise",
      because: "the first call multiplies the state by √(1 + σ²)/σ",
      plausible: true,
      methods: () => book({}, asked("run", asPureNoise)),
    },
    {
      name: "Euler in time",
      because: "a curved path is followed along its tangent in t: more steps, another end",
      plausible: false,
      methods: () => book({ chain: vpSde(), stepper: eulerInTime(vpSde()) }),
    },
    {
      name: "drift per step",
      because: "every step leaves a thousandth of the noise it should take away",
      plausible: true,
      methods: () => book({ stepper: lagging }),
    },
  ],
});

const endingAt =
  (end: Level) =>
  (steps: number): Route => {
    const { times, levels } = direct(discrete())(steps);
    return { times, levels: [...levels.slice(0, -1), end] };
  };

const lagging: Stepper = (step) => ddim(step).map((value, j) => value + 0.001 * (step.from.sigma - step.to.sigma) * (step.eps[j] ?? 0));

/** Drifts of a wrong formula or of a neighbouring time. */
const flowing = (chain: Chain, ...drift: readonly [Chain, Parameters<typeof drifting>[1]]): RawMethods =>
  book({ chain }, () => drifting(...drift));

export const levelsAloneProperty: Property = property(levelsAlone, {
  accepts: [
    { name: "linear VP", methods: () => book({ chain: vpSde() }) },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    { name: "exploding levels", methods: () => book({ chain: veSde() }) },
    { name: "by data and noise", methods: () => flowing(vpSde(), vpSde(), ({ model, x, t, j }) => flowOf(vpSde())(model, x, t, j).v) },
  ],
  rejects: [
    {
      name: "one time late",
      because: "drift and diffusion of t + 1/1000",
      plausible: true,
      methods: () => flowing(vpSde(), shifted(vpSde(), 0.001), reverseDrift),
    },
    {
      name: "another largest rate",
      because: "β runs to 20.1 in the drift, to 20 in the levels",
      plausible: true,
      methods: () => flowing(vpSde(), vpSde(0.1, 20.1), reverseDrift),
    },
    {
      name: "whole score",
      because: "g² multiplies the score where the flow takes half of it",
      plausible: false,
      methods: () => flowing(vpSde(), vpSde(), ({ model, x, j, level }, { f, g2 }) => f * x - g2 * scoreOf(model, x, level, j)),
    },
    {
      name: "diffusion without drift",
      because: "g² is d(σ²)/dt, as if nothing were lost to the drift",
      plausible: false,
      methods: () =>
        flowing(
          vpSde(),
          vpSde(),
          ({ model, x, j, t, level }, { f }) => f * x - level.sigma * (vpSde().rates?.(t).sigmaRate ?? 0) * scoreOf(model, x, level, j),
        ),
    },
  ],
});

/** DDIM from data to noise: `start` is the level that clean data are taken to have. */
const climbing = (
  chain: Chain,
  start: Level = clean,
  order: number | null = 1,
  stepper: Stepper = ddim,
  along: Chain = chain,
): RawMethods =>
  book({ chain, claims: { inverse: true, endsClean: false, order } }, () =>
    trip({ route: upwards(along, start), published: upwards(chain), stepper }),
  );

export const inversionProperty: Property = property(inversion, {
  accepts: [
    { name: "DDIM upwards", methods: () => climbing(discrete()) },
    { name: "continuous time", methods: () => climbing(vpSde()) },
    { name: "Euler on x/α, of no claimed order", methods: () => climbing(discrete(), clean, null, eulerSigma) },
  ],
  rejects: [
    {
      name: "one stride late",
      because: "steps t → t + k where s → t belongs: the data are taken to have the level of t",
      precedent: "DF-20",
      plausible: false,
      methods: () => climbing(discrete(), discrete().levels(100)),
    },
    {
      name: "first ᾱ of index 0",
      because: "clean data are taken to have the level of index 0",
      precedent: "DF-20",
      plausible: true,
      methods: () => climbing(discrete(), discrete().levels(0)),
    },
    {
      name: "one index late",
      because: "lands on the levels of t + 1",
      plausible: true,
      methods: () => climbing(discrete(), clean, 1, ddim, late()),
    },
    {
      name: "noise lags",
      because: "every step brings a hundredth of the noise too little",
      plausible: true,
      methods: () => climbing(discrete(), clean, 1, lagging),
    },
  ],
});
