import { type Property, property, type RawMethods } from "#properties/engine/property";
import { eulerInTime, late } from "#properties/sampler/ddim.property";
import { type Chain, discrete, straight, veSde, vpSde } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { ddim, type Stepper, spaced } from "#properties/textbook/sampler";
import {
  clean,
  direct,
  dpm2m,
  dpm2s,
  dpm3m,
  eulerSigma,
  halved,
  heun,
  paired,
  type Route,
  trip,
  upwards,
} from "#properties/textbook/steppers";
import type { Level } from "#properties/textbook/values";
import { borrowed } from "#properties/textbook/wrong";
import { pointMass } from "#spec/sampler/oracle";

/** A sampler of two model calls a step. */
const staged = (route: (steps: number) => Route, stepper: Stepper): RawMethods =>
  book({ claims: { stages: 2, order: 2 } }, () => trip({ route, stepper }));

/** From data to noise; `start` is the level that the first step takes the data to have. */
const inverse = (start: Level = clean, chain: Chain = discrete()): RawMethods =>
  book({ claims: { inverse: true, endsClean: false } }, () =>
    trip({ route: upwards(chain, start), published: upwards(discrete()), stepper: ddim }),
  );

/** Grids that publish an end at clean data, and steps that end elsewhere. */
const endingAt = (end: (last: Level) => Level): RawMethods =>
  book({}, () => {
    const route = (steps: number): Route => {
      const { times, levels } = direct(discrete())(steps);
      return { times, levels: [...levels.slice(0, -1), end(levels[levels.length - 2] ?? clean)] };
    };
    return trip({ route, published: direct(discrete()), stepper: ddim });
  });

/** Steps of ⌊T/n⌋ indices, whatever the grid's next time is. */
const bySubtraction = (): Stepper => {
  const chain = discrete();
  const times = spaced(chain, 10);
  return (step) => (step.to.sigma === 0 ? ddim(step) : ddim({ ...step, to: chain.levels((times[step.k] ?? 0) - 100) }));
};

export const pointMassProperty: Property = property(pointMass, {
  accepts: [
    { name: "DDIM", methods: () => book() },
    { name: "Euler on x/α", methods: () => book({ stepper: eulerSigma }) },
    { name: "two-step solver", methods: () => book({ stepper: dpm2m() }) },
    { name: "three-step solver in v", methods: () => book({ output: "v", stepper: dpm3m() }) },
    { name: "Heun on exploding levels", methods: () => staged(paired(veSde()), heun()) },
    { name: "midpoint", methods: () => staged(halved(vpSde()), dpm2s()) },
    {
      name: "Euler in time on the straight path",
      methods: () => book({ chain: straight(), output: "noise-minus-data", stepper: eulerInTime(straight()) }),
    },
    { name: "inverse", methods: () => inverse() },
  ],
  rejects: [
    {
      name: "data as noise",
      because: "the direction is x̂₀ where ε̂ belongs; the last step hides it",
      precedent: "DF-16",
      plausible: false,
      methods: () => book({ output: "x0", stepper: ({ x0, to }) => x0.map((value) => (to.alpha + to.sigma) * value) }),
    },
    {
      name: "last level repeated",
      because: "the last step ends at the smallest noise level again, not at 0",
      precedent: "DF-22",
      plausible: false,
      methods: () => endingAt((last) => last),
    },
    {
      name: "end at the first index",
      because: "the last step ends at the level of index 0",
      plausible: true,
      methods: () => endingAt(() => discrete().levels(0)),
    },
    {
      name: "previous time by subtraction",
      because: "lands ⌊T/n⌋ below, where the grid's next time lies elsewhere",
      precedent: "DF-05",
      plausible: true,
      methods: () => book({}, borrowed(book({ stepper: bySubtraction() }), "run")),
    },
    {
      name: "one index late",
      because: "states are read and written with the levels of t + 1",
      plausible: true,
      methods: () => book({}, borrowed(book({ chain: late() }), "run")),
    },
    {
      name: "Euler in time",
      because: "a curved path is followed along its tangent in t",
      plausible: false,
      methods: () => book({ chain: vpSde(), stepper: eulerInTime(vpSde()) }),
    },
    {
      name: "inverse one step late",
      because: "starts at the level that its first step should reach",
      precedent: "DF-20",
      plausible: false,
      methods: () => inverse(discrete().levels(100)),
    },
    {
      name: "inverse from index 0",
      because: "clean data are taken to have the level of index 0",
      precedent: "DF-20",
      plausible: false,
      methods: () => inverse(discrete().levels(0)),
    },
    {
      name: "noise left in",
      because: "the old noise is scaled by (σₛ/σₜ)², variances for standard deviations",
      plausible: false,
      methods: () =>
        book({
          stepper: ({ x, x0, from, to }) =>
            x0.map((value, j) => to.alpha * value + (to.sigma / from.sigma) ** 2 * ((x[j] ?? 0) - from.alpha * value)),
        }),
    },
  ],
});
