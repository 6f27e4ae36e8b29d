import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discrete, straight, veSde } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { ddim, type Stepper } from "#properties/textbook/sampler";
import type { Level } from "#properties/textbook/values";
import { lastStep } from "#spec/sde/edm";

const steps = 4;

/** Steps of a chain by index whose model predicts v. */
const stepping = (stepper: Stepper): RawMethods => book({ steps, output: "v", stepper });

/** x + (σ′/α′ − σ/α)·ε̂ in the state divided by its amplitude. */
const euler: Stepper = ({ x, eps, from, to }) =>
  x.map((value, j) => to.alpha * (value / from.alpha + (to.sigma / to.alpha - from.sigma / from.alpha) * (eps[j] ?? 0)));

/** (σ′/σ)x + (α′ − ασ′/σ)x̂₀. */
const exponential: Stepper = ({ x, x0, from, to }) =>
  x.map((value, j) => (to.sigma / from.sigma) * value + (to.alpha - (from.alpha * to.sigma) / from.sigma) * (x0[j] ?? 0));

/** The level of index 0. */
const lowest = (): Level => discrete().levels(0);

/** A step that ends elsewhere where it should end clean. */
const endingAt =
  (end: Level): Stepper =>
  (step) =>
    ddim({ ...step, to: step.to.sigma === 0 ? end : step.to });

/** Data in the last step from this prediction and the one before, with these weights. */
const mixing =
  (own: number, before: number): Stepper =>
  (step) => {
    const { x0, memory, to } = step;
    const earlier = memory.get("x0");
    memory.set("x0", x0);
    if (to.sigma !== 0 || earlier === undefined || typeof earlier === "number") return ddim(step);
    return ddim({ ...step, x0: x0.map((value, j) => own * value + before * (earlier[j] ?? 0)) });
  };

/** Reads v at the level of the call before. */
const lateReading: Stepper = (step) => {
  const { x, x0, eps, from, to, memory } = step;
  const [alpha, sigma] = [memory.get("alpha") ?? from.alpha, memory.get("sigma") ?? from.sigma];
  memory.set("alpha", from.alpha);
  memory.set("sigma", from.sigma);
  if (typeof alpha !== "number" || typeof sigma !== "number") return ddim(step);
  const read = x0.map((value, j) => alpha * (x[j] ?? 0) - sigma * (from.alpha * (eps[j] ?? 0) - from.sigma * value));
  return ddim({ ...step, x0: read, eps: x.map((value, j) => (value - alpha * (read[j] ?? 0)) / sigma), to });
};

export const lastStepProperty: Property = property(lastStep, {
  accepts: [
    { name: "textbook", methods: () => stepping(ddim) },
    { name: "Euler in σ/α", methods: () => stepping(euler) },
    { name: "exponential step", methods: () => stepping(exponential) },
    { name: "ε-prediction", methods: () => book({ steps }) },
    { name: "exploding SDE", methods: () => book({ chain: veSde(), steps, output: "v", stepper: euler }) },
    { name: "straight path", methods: () => book({ chain: straight(), steps, output: "noise-minus-data" }) },
  ],
  rejects: [
    {
      name: "stops at the lowest level",
      because: "the last level is that of index 0, not 0",
      precedent: "DF-22",
      plausible: true,
      methods: () => stepping(endingAt(lowest())),
    },
    {
      name: "ends at α below 1",
      because: "σ is 0 at the end, but α is that of index 0",
      plausible: true,
      methods: () => stepping(endingAt({ ...lowest(), sigma: 0 })),
    },
    {
      name: "extrapolated last prediction",
      because: "a two-step rule on the last step: 3/2 of the prediction less 1/2 of the one before",
      plausible: false,
      methods: () => stepping(mixing(1.5, -0.5)),
    },
    {
      name: "averaged last prediction",
      because: "the mean of the last two predictions",
      plausible: false,
      methods: () => stepping(mixing(0.5, 0.5)),
    },
    {
      name: "v read at the level before",
      because: "data and direction are computed at σ̂ where the output belongs to the next σ",
      precedent: "DF-17",
      plausible: false,
      methods: () => stepping(lateReading),
    },
  ],
});
