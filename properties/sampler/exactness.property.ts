import { type Property, property, type RawMethods } from "#properties/engine/property";
import { vpSde } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import type { Stepper } from "#properties/textbook/sampler";
import { type Correction, dpm1, dpm2m, dpm2mNoise, dpm3m, eulerSigma, midpoint, taylor } from "#properties/textbook/steppers";
import { borrowed } from "#properties/textbook/wrong";
import { polynomialExactness } from "#spec/sampler/exactness";

/** A solver that claims to be exact on predictions of this degree. */
const claiming = (degree: number, stepper: Stepper, prediction: "x0" | "eps" = "x0"): RawMethods =>
  book({ chain: vpSde(), stepper, steps: 20, claims: { exactOn: { prediction, variable: "log-snr", degree } } });

const twoStep = (correction: Correction): RawMethods => claiming(1, dpm2m(correction));

export const polynomialExactnessProperty: Property = property(polynomialExactness, {
  accepts: [
    { name: "two steps", methods: () => twoStep({}) },
    { name: "first order in noise", methods: () => claiming(0, eulerSigma, "eps") },
    { name: "first order in data", methods: () => claiming(0, dpm1("x0")) },
    { name: "two steps in noise", methods: () => claiming(1, dpm2mNoise(), "eps") },
    { name: "three steps", methods: () => claiming(2, dpm3m()) },
    { name: "exponentials without expm1", methods: () => twoStep({ weight: (h) => 1 + (Math.exp(-h) - 1) / h }) },
  ],
  rejects: [
    {
      name: "midpoint's weight",
      because: "the correction is weighted by half of the constant part's weight, exact only for small steps",
      plausible: true,
      methods: () => twoStep({ weight: midpoint }),
    },
    {
      name: "ratio upside down",
      because: "h over the last step where the last step over h belongs; an order test cannot see it",
      plausible: true,
      methods: () => twoStep({ ratio: (last, h) => h / last }),
    },
    {
      name: "equal steps assumed",
      because: "Adams–Bashforth coefficients of a uniform grid on one that is not",
      plausible: true,
      methods: () => twoStep({ ratio: () => 1 }),
    },
    {
      name: "correction of the wrong sign",
      because: "the last prediction is added where its difference is meant",
      plausible: false,
      methods: () => twoStep({ weight: (h) => -taylor(h) }),
    },
    { name: "no correction", because: "a first-order step sold as second order", plausible: false, methods: () => claiming(1, dpm1("x0")) },
    {
      name: "half the curvature",
      because: "the second divided difference is taken for the second derivative, which is twice as large",
      plausible: false,
      methods: () =>
        claiming(
          2,
          dpm3m((h) => 0.5 - 1 / h - Math.expm1(-h) / h ** 2),
        ),
    },
    {
      name: "log SNR for half of it",
      because: "h is measured in log(α²/σ²)",
      plausible: false,
      methods: () => twoStep({ weight: (h) => taylor(2 * h) }),
    },
    {
      name: "one time late",
      because: "steps by the levels of t + 1/1000",
      plausible: true,
      methods: () => {
        const chain = vpSde();
        const later = { ...chain, levels: (t: number) => chain.levels(Math.min(t + 0.001, 1)) };
        return book(
          { chain, stepper: dpm2m(), steps: 20, claims: { exactOn: { prediction: "x0", variable: "log-snr", degree: 1 } } },
          borrowed(book({ chain: later, stepper: dpm2m(), steps: 20 }), "run"),
        );
      },
    },
  ],
});
