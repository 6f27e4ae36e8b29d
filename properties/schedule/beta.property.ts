import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discrete, linearBetas } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { named, scaledLinearBetas, sigmoidBetas, table } from "#properties/textbook/tables";
import { betaClosedForm } from "#spec/schedule/beta";

const [count, low, high] = [100, 1e-4, 0.02];
const linear = (): Float64Array => linearBetas(count);
const scaled = (): Float64Array => scaledLinearBetas(count);

/** A chain that claims a name and has β of its own. */
const claiming =
  (family: string, betas: () => Float64Array): (() => RawMethods) =>
  () =>
    book({ chain: named(family, betas()) });
const ramp = (w: (k: number) => number): Float64Array => table(count, (k) => low + (high - low) * w(k));

export const betaClosedFormProperty: Property = property(betaClosedForm, {
  accepts: [
    { name: "linear", methods: claiming("beta-linear", linear) },
    {
      name: "linear, built from both ends",
      methods: claiming("beta-linear", () => {
        const step = (high - low) / (count - 1);
        return table(count, (k) => (k < count / 2 ? low + step * k : high - step * (count - 1 - k)));
      }),
    },
    { name: "linear in binary32", methods: claiming("beta-linear", () => linear().map(Math.fround)) },
    { name: "scaled linear", methods: claiming("beta-scaled-linear", scaled) },
    {
      name: "scaled linear as the square of sums",
      methods: claiming("beta-scaled-linear", () =>
        table(count, (k) => {
          const w = k / (count - 1);
          return (1 - w) ** 2 * low + 2 * w * (1 - w) * Math.sqrt(low * high) + w ** 2 * high;
        }),
      ),
    },
    { name: "quadratic", methods: claiming("beta-quadratic", scaled) },
    { name: "sigmoid", methods: claiming("beta-sigmoid", () => sigmoidBetas(count)) },
    {
      name: "sigmoid by the hyperbolic tangent",
      methods: claiming("beta-sigmoid", () => ramp((k) => (1 + Math.tanh(-3 + (6 * k) / (count - 1))) / 2)),
    },
    {
      name: "one step",
      methods: () => book({ chain: discrete(Float64Array.of(low), { family: "beta-linear", T: 1, first: low, last: high }) }),
    },
  ],
  rejects: [
    {
      name: "T intervals",
      because: "the ramp is divided by T where T points have T − 1 intervals: the last value is missed",
      plausible: true,
      methods: claiming("beta-linear", () => ramp((k) => k / count)),
    },
    {
      name: "first index 1",
      because: "index i holds the value of i + 1",
      plausible: true,
      methods: claiming("beta-linear", () => ramp((k) => (k + 1) / (count - 1))),
    },
    {
      name: "middles of intervals",
      because: "the ramp is read halfway between its points",
      plausible: true,
      methods: claiming("beta-linear", () => ramp((k) => (k + 0.5) / count)),
    },
    {
      name: "β of an exponential step",
      because: "1 − e^{−β} where the chain takes β itself",
      plausible: true,
      methods: claiming("beta-linear", () => linear().map((b) => -Math.expm1(-b))),
    },
    {
      name: "ends squared",
      because: "the ends are squared before and after, where their roots are interpolated",
      precedent: "LR-13",
      plausible: false,
      methods: claiming("beta-quadratic", () => linearBetas(count, low ** 2, high ** 2).map((b) => b ** 2)),
    },
    {
      name: "roots not squared again",
      because: "√β is published as β",
      plausible: false,
      methods: claiming("beta-scaled-linear", () => scaled().map(Math.sqrt)),
    },
    {
      name: "linear under the name of scaled linear",
      because: "β is interpolated where √β should be",
      plausible: false,
      methods: claiming("beta-scaled-linear", linear),
    },
    {
      name: "sigmoid from −3 to 3",
      because: "the sigmoid runs over half of its range",
      plausible: false,
      methods: claiming("beta-sigmoid", () => ramp((k) => 1 / (1 + Math.exp(3 - (6 * k) / (count - 1))))),
    },
  ],
});
