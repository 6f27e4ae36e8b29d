import { type Property, property, type RawMethods } from "#properties/engine/property";
import { book } from "#properties/textbook/methods";
import { ancestral, ddim, ddimEta, type Step, type Stepper } from "#properties/textbook/sampler";
import { dpm2m, dpm3m, heun, upDown } from "#properties/textbook/steppers";
import { method } from "#properties/textbook/wrong";
import { resetForgets } from "#spec/metamorphic/reset";
import { seedDecides } from "#spec/metamorphic/seed";
import { normals, uniforms } from "#spec/stream";

/** A sampler whose memory outlives a run: setting it up again clears what `forget` clears. */
function lasting(stepper: Stepper, forget: (kept: Map<string, Float64Array | number>) => void): RawMethods {
  const kept: Step["memory"] = new Map();
  const inner = book({ stepper: (step) => stepper({ ...step, memory: kept }) });
  return {
    ...inner,
    run: (args, config) => {
      kept.clear();
      const run = method(inner, "run");
      if (args["state"] === "reused") run(args, config);
      forget(kept);
      return run(args, config);
    },
  };
}

const nothing = (): void => undefined;

/** DDIM that remembers what it never reads. */
const overwriting: Stepper = (step) => {
  step.memory.set("eps", step.eps);
  return ddim(step);
};

/** DDIM on a running mean of the noise predictions. */
const averaged =
  (share: number): Stepper =>
  (step) => {
    const before = step.memory.get("eps");
    const eps = before instanceof Float64Array ? step.eps.map((value, j) => (1 - share) * value + share * (before[j] ?? 0)) : step.eps;
    step.memory.set("eps", eps);
    return ddim({ ...step, eps });
  };

/** DDIM that keeps count of its steps and takes the next level from its own list. */
const counting: Stepper = (step) => {
  const count = step.memory.get("count");
  const place = typeof count === "number" ? count : 0;
  step.memory.set("count", place + 1);
  const { alpha, sigma } = step.to;
  // One step in a thousand too short for each step counted beyond the grid's end.
  const late = Math.max(place - step.k, 0) / 1000;
  return ddim({ ...step, to: { alpha, sigma: sigma * (1 + late) } });
};

export const resetForgetsProperty: Property = property(resetForgets, {
  accepts: [
    { name: "textbook", methods: () => book() },
    { name: "two-step solver that forgets", methods: () => lasting(dpm2m(), (kept) => kept.clear()) },
    { name: "two-stage solver that forgets", methods: () => lasting(heun(), (kept) => kept.clear()) },
    {
      name: "memory that is overwritten before it is read",
      methods: () => lasting(overwriting, nothing),
    },
  ],
  rejects: [
    {
      name: "predictions kept, two steps",
      because: "the first step of a second run corrects with the last prediction of the first",
      precedent: "DF-05",
      plausible: false,
      methods: () => lasting(dpm2m(), nothing),
    },
    {
      name: "predictions kept, three steps",
      because: "set-up clears the levels and leaves the older of two predictions",
      plausible: false,
      methods: () => lasting(dpm3m(), (kept) => kept.delete("m1")),
    },
    {
      name: "running mean kept",
      because: "a hundredth of the last run's mean prediction enters the next",
      plausible: true,
      methods: () => lasting(averaged(0.01), nothing),
    },
    {
      name: "counter kept",
      because: "the step counter runs on where the last run ended",
      plausible: true,
      methods: () => lasting(counting, nothing),
    },
  ],
});

/** Noise that a change makes of the stream's. */
const noisy =
  (change: (noise: Float64Array, step: Step) => Float64Array): Stepper =>
  (step) =>
    ancestral({ ...step, noise: () => change(step.noise(), step) });

const claims = { noise: "marginal", eta: 1, posterior: true, linear: true };

const stepping = (stepper: Stepper): RawMethods => book({ stepper, claims });

/** DDIM with half the posterior's noise at some steps only, claimed as noise of its own kind. */
const windowed = (open: (k: number) => boolean): RawMethods =>
  book({ stepper: (step) => (open(step.k) ? ddimEta(0.5)(step) : ddim(step)), claims: { noise: "other", linear: true } });

/** Numbers that nobody seeded: different at each call. */
function unseeded(): (d: number) => Float64Array {
  let call = 0;
  return (d) => normals(99, call++, d);
}

/** Draws, and hands out other numbers, always the same. */
function ignoring({ noise, k, x }: Step): Float64Array {
  noise();
  return normals(7, k, x.length);
}

export const seedDecidesProperty: Property = property(seedDecides, {
  accepts: [
    { name: "textbook", methods: () => book({ claims: { noise: "none" } }) },
    { name: "ancestral", methods: () => stepping(ancestral) },
    { name: "DDIM with η = ½", methods: () => book({ stepper: ddimEta(0.5), claims: { noise: "other", eta: 0.5, linear: true } }) },
    { name: "k-diffusion's form", methods: () => stepping(upDown()) },
    { name: "noise in a window, nothing claimed", methods: () => windowed((k) => k > 6) },
  ],
  rejects: [
    {
      name: "no noise anywhere",
      because: "a sampler that does not claim to be deterministic takes none",
      plausible: false,
      methods: () => windowed(() => false),
    },
    {
      name: "a generator of its own",
      because: "a hundredth of the noise comes from a generator that nobody passed in",
      plausible: false,
      methods: () => {
        const own = unseeded();
        return stepping(noisy((noise) => noise.map((z, j) => z + 0.01 * (own(noise.length)[j] ?? 0))));
      },
    },
    {
      name: "noise by the size of the state",
      because: "the noise is multiplied by 1 + |x|/100",
      plausible: false,
      methods: () => stepping(noisy((noise, { x }) => noise.map((z, j) => z * (1 + Math.abs(x[j] ?? 0) / 100)))),
    },
    {
      name: "one number for all coordinates",
      because: "one draw is broadcast over the sample",
      plausible: false,
      methods: () => stepping(noisy((noise) => noise.map(() => noise[0] ?? 0))),
    },
    {
      name: "seed ignored",
      because: "the draws are made and others, always the same, are used",
      plausible: false,
      methods: () => stepping((step) => ancestral({ ...step, noise: () => ignoring(step) })),
    },
    {
      name: "noise sold as none",
      because: "a step that claims to be deterministic adds a hundredth of the posterior's noise",
      plausible: true,
      methods: () => book({ stepper: ddimEta(0.01), claims: { noise: "none" } }),
    },
    {
      name: "draws that wait for the data",
      because: "noise is drawn only where some coordinate is positive",
      plausible: false,
      methods: () =>
        stepping((step) =>
          step.x.some((x) => x > 0) ? ancestral(step) : ancestral({ ...step, noise: () => new Float64Array(step.x.length) }),
        ),
    },
    {
      name: "rounded to the grid of a global generator",
      because: "states are dithered by one grey level of 256 from a global generator",
      plausible: true,
      methods: () => {
        let call = 0;
        return book({
          stepper: (step) => ddim(step).map((x, j) => x + ((uniforms(3, call++, j + 1)[j] ?? 0) - 0.5) / 128),
          claims: { noise: "none" },
        });
      },
    },
  ],
});
