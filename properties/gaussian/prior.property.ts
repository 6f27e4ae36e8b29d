import { type Property, property, type RawMethods } from "#properties/engine/property";
import { book } from "#properties/textbook/methods";
import { priorKl } from "#spec/gaussian/prior";
import { type Fields, number, tensor, vector } from "#spec/tensor";

/** A prior term of its own making, per coordinate. */
const prior = (f: (abar: number, x: number) => number): RawMethods =>
  book({}, () => ({
    term: (args) => {
      const inputs = args["inputs"] as Fields;
      const abar = number(inputs, "abar");
      return { value: tensor(vector(inputs, "x0").map((x) => f(abar, x))) };
    },
  }));

/** Divergence of N(mean, exp(logVariance)) from N(0, 1). */
const fromNormal = (mean: number, logVariance: number): number => (mean ** 2 + Math.exp(logVariance) - 1 - logVariance) / 2;

const { fround } = Math;

export const priorKlProperty: Property = property(priorKl, {
  accepts: [
    { name: "textbook", methods: () => book() },
    { name: "general Gaussian divergence", methods: () => prior((abar, x) => fromNormal(Math.sqrt(abar) * x, Math.log1p(-abar))) },
    { name: "logarithm of a difference", methods: () => prior((abar, x) => (abar * x ** 2 + (1 - abar) - 1 - Math.log(1 - abar)) / 2) },
    {
      name: "each operation in binary32",
      methods: () => prior((abar, x) => fround(fround(fround(fround(abar * fround(x * x)) - abar) - fround(Math.log1p(-abar))) / 2)),
    },
  ],
  rejects: [
    {
      name: "standard deviation as log-variance",
      because: "√(1 − ᾱ) is handed in where log(1 − ᾱ) belongs",
      precedent: "TQ-01",
      plausible: false,
      methods: () => prior((abar, x) => fromNormal(Math.sqrt(abar) * x, Math.sqrt(1 - abar))),
    },
    {
      name: "mean term alone",
      because: "the variance is taken for 1: ½ᾱx₀² without its second-order part",
      plausible: true,
      methods: () => prior((abar, x) => (abar * x ** 2) / 2),
    },
    {
      name: "directions exchanged",
      because: "the divergence of the standard normal from the state",
      plausible: true,
      methods: () => prior((abar, x) => ((abar * x ** 2 + 1) / (1 - abar) - 1 + Math.log1p(-abar)) / 2),
    },
    {
      name: "sign inside the logarithm",
      because: "log(1 + ᾱ) where −log(1 − ᾱ) belongs: they part at second order",
      plausible: true,
      methods: () => prior((abar, x) => (abar * x ** 2 - abar + Math.log1p(abar)) / 2),
    },
    {
      name: "logarithm of the standard deviation",
      because: "½log(1 − ᾱ) where log(1 − ᾱ) belongs",
      plausible: false,
      methods: () => prior((abar, x) => (abar * x ** 2 - abar - Math.log1p(-abar) / 2) / 2),
    },
    {
      name: "mean ᾱx₀",
      because: "the mean of the state is √ᾱx₀: its square is ᾱx₀², not ᾱ²x₀²",
      plausible: false,
      methods: () => prior((abar, x) => fromNormal(abar * x, Math.log1p(-abar))),
    },
  ],
});
