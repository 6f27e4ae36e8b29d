import { type Property, property, type RawMethods } from "#properties/engine/property";
import { late } from "#properties/sampler/ddim.property";
import { type Chain, discrete, straight } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { ddim, type Stepper } from "#properties/textbook/sampler";
import { dpm1, dpm2m, eulerSigma, half } from "#properties/textbook/steppers";
import { borrowed } from "#properties/textbook/wrong";
import type { OutputKind } from "#spec/convention";
import { firstOrder } from "#spec/sampler/first-order";

const reading = (output: OutputKind, stepper: Stepper = ddim, chain: Chain = discrete()): RawMethods => book({ chain, output, stepper });

/** Euler's step on the velocity ε̂ − x̂₀ of the straight path. */
const eulerFlow: Stepper = ({ x, x0, eps, from, to }) =>
  x.map((value, j) => value + (to.sigma - from.sigma) * ((eps[j] ?? 0) - (x0[j] ?? 0)));

export const firstOrderProperty: Property = property(firstOrder, {
  accepts: [
    { name: "DDIM in noise", methods: () => reading("eps") },
    { name: "DDIM in v", methods: () => reading("v") },
    { name: "Euler on x/α", methods: () => reading("eps", eulerSigma) },
    { name: "DPM-Solver-1 in noise", methods: () => reading("eps", dpm1("eps")) },
    { name: "DPM-Solver++-1 in data", methods: () => reading("x0", dpm1("x0")) },
    { name: "Euler on the straight path", methods: () => reading("noise-minus-data", eulerFlow, straight()) },
    { name: "first step of a two-step solver", methods: () => reading("eps", dpm2m()) },
  ],
  rejects: [
    {
      name: "one index late",
      because: "lands on the level of t + 1",
      plausible: true,
      methods: () => book({}, borrowed(book({ chain: late() }), "run")),
    },
    {
      name: "raw Euler on VP states",
      because: "the state is not divided by α before Euler's step in σ",
      plausible: false,
      methods: () => reading("eps", ({ x, eps, from, to }) => x.map((value, j) => value + (to.sigma - from.sigma) * (eps[j] ?? 0))),
    },
    {
      name: "log SNR for half of it",
      because: "h is measured in log(α²/σ²)",
      plausible: false,
      methods: () =>
        reading(
          "eps",
          dpm1("eps", (level) => 2 * half(level)),
        ),
    },
    {
      name: "ᾱ for its root",
      because: "the noise left over is 1 − ᾱₛ instead of its root",
      plausible: true,
      methods: () => reading("eps", (step) => ddim({ ...step, to: { ...step.to, sigma: step.to.sigma ** 2 } })),
    },
    {
      name: "data as noise",
      because: "the direction is x̂₀ where ε̂ belongs",
      precedent: "DF-16",
      plausible: false,
      methods: () => reading("x0", ({ x0, to }) => x0.map((value) => (to.alpha + to.sigma) * value)),
    },
    {
      name: "exponential by its series",
      because: "e^h − 1 is replaced by h + h²/2",
      plausible: true,
      methods: () =>
        reading("eps", ({ x, eps, from, to }) => {
          const h = Math.min(half(to) - half(from), 40);
          return x.map((value, j) => (to.alpha / from.alpha) * value - to.sigma * (h + h ** 2 / 2) * (eps[j] ?? 0));
        }),
    },
  ],
});
