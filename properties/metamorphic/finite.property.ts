import { AbsentHere } from "#properties/engine/controls";
import { type Property, property, type RawMethods } from "#properties/engine/property";
import { straight } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { ddim, type Stepper } from "#properties/textbook/sampler";
import { dpm1, dpm2m, half, midpoint } from "#properties/textbook/steppers";
import { data, type Level, perSample } from "#properties/textbook/values";
import { finite } from "#spec/metamorphic/finite";
import { binary16 } from "#spec/number/format";
import { tensor } from "#spec/tensor";

/** The straight path, with a sampler that goes down it by any step. */
const along = (stepper: Stepper): RawMethods => book({ chain: straight(), output: "noise-minus-data", stepper });

/** The straight path, whose forward process finds its amplitudes by a detour. */
const noising = (levels: (level: Level) => Level): RawMethods =>
  book({ chain: straight(), output: "noise-minus-data" }, () => ({
    sample: ({ x0, noise, t }) => {
      const e = data(noise);
      const xt = perSample(data(x0), data(t), (x, k, time) => {
        const { alpha, sigma } = levels(straight().levels(time));
        return alpha * x + sigma * (e[k] ?? 0);
      });
      return { xt: tensor(xt), unchanged: true };
    },
  }));

/** α and σ from a share of data, α/(α + σ). */
const shared = (data: number): Level => ({ alpha: data, sigma: 1 - data });

export const finiteProperty: Property = property(finite, {
  accepts: [
    { name: "straight path", methods: () => along(ddim) },
    { name: "variance preserving", methods: () => book() },
    { name: "two-step solver, first order at the end", methods: () => book({ stepper: dpm2m() }) },
    { name: "amplitudes by a logistic function", methods: () => noising((level) => shared(1 / (1 + Math.exp(-half(level))))) },
    {
      name: "no forward process",
      methods: () =>
        book({}, () => ({
          sample: () => {
            throw new AbsentHere("adds no noise");
          },
        })),
    },
  ],
  rejects: [
    {
      name: "logistic function by its numerator",
      because: "e^λ/(1 + e^λ) is ∞/∞ where the log SNR is infinite",
      plausible: true,
      methods: () => noising((level) => shared(Math.exp(half(level)) / (1 + Math.exp(half(level))))),
    },
    {
      name: "SNR in half precision",
      because: "α²/σ² overflows binary16 near clean data, and ∞/(1 + ∞) is no amplitude",
      plausible: true,
      methods: () =>
        noising(({ alpha, sigma }) => {
          const ratio = Math.sqrt(binary16.round((alpha / sigma) ** 2));
          return shared(ratio / (1 + ratio));
        }),
    },
    {
      name: "infinite step",
      because: "the last step to σ = 0 multiplies 0 by e^∞",
      plausible: false,
      methods: () =>
        book({
          stepper: ({ x, eps, from, to }) =>
            x.map((value, j) => (to.alpha / from.alpha) * value - to.sigma * Math.expm1(half(to) - half(from)) * (eps[j] ?? 0)),
        }),
    },
    {
      name: "second order to the end",
      because: "the last step still forms a difference quotient over an infinite step of log SNR",
      plausible: false,
      methods: () => book({ stepper: toTheEnd }),
    },
    {
      name: "division by the amplitude",
      because: "x/α is formed where α = 0",
      plausible: false,
      methods: () =>
        along(({ x, eps, from, to }) =>
          x.map((value, j) => to.alpha * (value / from.alpha + (to.sigma / to.alpha - from.sigma / from.alpha) * (eps[j] ?? 0))),
        ),
    },
  ],
});

const toTheEnd: Stepper = (step) => {
  const { x0, from, to, memory } = step;
  const before = memory.get("before");
  memory.set("before", x0);
  const plain = dpm1("x0")(step);
  if (!(before instanceof Float64Array)) return plain;
  const h = half(to) - half(from);
  return plain.map((value, j) => value + to.alpha * midpoint(h) * h * ((x0[j] ?? 0) - (before[j] ?? 0)));
};
