import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discrete, linearBetas, veSde } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { ancestral, ddimEta, type Stepper } from "#properties/textbook/sampler";
import { posteriorWith, upDown } from "#properties/textbook/steppers";
import { type Level, posteriorOf } from "#properties/textbook/values";
import { answered, borrowed } from "#properties/textbook/wrong";
import { ancestralVariance, upDown as upDownLaw } from "#spec/sampler/ancestral";

const claims = { noise: "marginal", eta: 1, posterior: true };

const stepping = (stepper: Stepper): RawMethods => book({ stepper, claims });

const small = (s: Level, t: Level): number => posteriorOf(s, t).variance;
const large = (s: Level, t: Level): number => posteriorOf(s, t).step;

export const upDownProperty: Property = property(upDownLaw, {
  accepts: [
    { name: "textbook", methods: () => stepping(ancestral) },
    { name: "DDIM with η = 1", methods: () => stepping(ddimEta(1)) },
    { name: "k-diffusion's form", methods: () => stepping(upDown()) },
    { name: "k-diffusion's form on exploding levels", methods: () => book({ chain: veSde(), stepper: upDown(), claims }) },
  ],
  rejects: [
    {
      name: "variance of the step",
      because: "fresh noise of variance β where β̃ belongs",
      plausible: true,
      methods: () => stepping(posteriorWith((s, t) => Math.sqrt(large(s, t)))),
    },
    {
      name: "variance for standard deviation",
      because: "β̃ multiplies the noise, not its root",
      precedent: "LR-14",
      plausible: false,
      methods: () => stepping(posteriorWith(small)),
    },
    {
      name: "inflated noise",
      because: "the fresh noise is multiplied by EDM's S_noise = 1.003",
      plausible: true,
      methods: () => stepping(posteriorWith((s, t) => 1.003 * Math.sqrt(small(s, t)))),
    },
    {
      name: "initial noise again",
      because: "the noise of the steps is seeded like that of the start, so that the first draw is the start once more",
      precedent: "CF-01",
      plausible: false,
      methods: () => stepping((step) => ancestral({ ...step, noise: () => (step.k === 0 ? step.x : step.noise()) })),
    },
    {
      name: "old noise by difference",
      because: "σ_down is σₛ − σ_up, as if standard deviations added up",
      plausible: false,
      methods: () => stepping(upDown(undefined, (to, fresh) => to - fresh)),
    },
    {
      name: "another last β",
      because: "steps by the levels of a chain that ends at β = 0.021",
      plausible: true,
      methods: () =>
        book(
          { stepper: ancestral, claims },
          borrowed(book({ chain: discrete(linearBetas(1000, 1e-4, 0.021)), stepper: ancestral, claims }), "run"),
        ),
    },
  ],
});

/** Steps of the posterior whose variance is claimed to be small or large. */
const drawing = (noise: "marginal" | "large", std: (s: Level, t: Level) => number): RawMethods =>
  book(
    { stepper: posteriorWith(std), claims: { noise, posterior: true } },
    answered("facts", () => ({ scale: "vp" })),
  );

export const ancestralVarianceProperty: Property = property(ancestralVariance, {
  accepts: [
    { name: "small", methods: () => drawing("marginal", (s, t) => Math.sqrt(small(s, t))) },
    { name: "large", methods: () => drawing("large", (s, t) => Math.sqrt(large(s, t))) },
    {
      name: "small, by its logarithm in binary32",
      methods: () => drawing("marginal", (s, t) => (s.sigma === 0 ? 0 : Math.exp(0.5 * Math.fround(Math.log(small(s, t)))))),
    },
  ],
  rejects: [
    {
      name: "large sold as small",
      because: "β where β̃ is claimed",
      plausible: true,
      methods: () => drawing("marginal", (s, t) => Math.sqrt(large(s, t))),
    },
    {
      name: "small sold as large",
      because: "β̃ where β is claimed",
      plausible: false,
      methods: () => drawing("large", (s, t) => Math.sqrt(small(s, t))),
    },
    {
      name: "large variance for standard deviation",
      because: "β multiplies the noise, not its root",
      precedent: "LR-14",
      plausible: false,
      methods: () => drawing("large", large),
    },
    {
      name: "small variance for standard deviation",
      because: "β̃ multiplies the noise, not its root",
      precedent: "LR-14",
      plausible: false,
      methods: () => drawing("marginal", small),
    },
    {
      name: "inflated noise",
      because: "the fresh noise is multiplied by EDM's S_noise = 1.003",
      plausible: true,
      methods: () => drawing("marginal", (s, t) => 1.003 * Math.sqrt(small(s, t))),
    },
  ],
});
