import { type Property, property, type RawMethods } from "#properties/engine/property";
import { veSde, vpSde } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { ddim, type Step, type Stepper } from "#properties/textbook/sampler";
import { direct, dpm2m, dpm2s, eulerSigma, halved, heun, paired, taylor, trip } from "#properties/textbook/steppers";
import type { Level } from "#properties/textbook/values";
import { type OutputKind, outputCoefficients } from "#spec/convention";
import { orderOfConvergence } from "#spec/sampler/order";

/** A sampler with one model call a step that claims an order. */
const claiming = (order: number, stepper: Stepper): RawMethods => book({ chain: vpSde(), stepper, claims: { order } });

/** Heun in σ, where outputs are of a kind. */
const staged = (output: OutputKind, stepper: Stepper): RawMethods =>
  book({ chain: veSde(), output, claims: { order: 2, stages: 2 } }, () => trip({ route: paired(veSde()), stepper, output }));

/** The slope of the second call when the output is read with the level of the first call, of a kind of output. */
const readAtFirst =
  (kind: OutputKind) =>
  ({ x, x0, eps, from }: Step, { level }: { readonly level: Level }): Float64Array => {
    const coefficients = (at: Level): readonly [number, number] => {
      const { p, q } = outputCoefficients(kind, { alpha: Float64Array.of(at.alpha), sigma: Float64Array.of(at.sigma) });
      return [p[0] ?? Number.NaN, q[0] ?? Number.NaN];
    };
    const [[p, q], [p1, q1]] = [coefficients(from), coefficients(level)];
    return x.map((value, j) => {
      const output = p * (x0[j] ?? 0) + q * (eps[j] ?? 0);
      return (level.alpha * output - p1 * value) / (level.alpha * q1 - level.sigma * p1);
    });
  };

export const orderOfConvergenceProperty: Property = property(orderOfConvergence, {
  accepts: [
    { name: "two steps", methods: () => claiming(2, dpm2m()) },
    { name: "DDIM", methods: () => claiming(1, ddim) },
    { name: "Heun in v", methods: () => staged("v", heun()) },
    {
      name: "midpoint",
      methods: () => book({ chain: vpSde(), claims: { order: 2, stages: 2 } }, () => trip({ route: halved(vpSde()), stepper: dpm2s() })),
    },
    // The errors at the two levels cancel: N3, the twin of DF-17, is no bug.
    { name: "Heun in noise, read at the first level", methods: () => staged("eps", heun(readAtFirst("eps"))) },
  ],
  rejects: [
    {
      name: "second call read at the first level",
      because: "x̂₀ and the slope of the second call are formed at σ̂ instead of σ_next",
      precedent: "DF-17",
      plausible: false,
      methods: () => staged("v", heun(readAtFirst("v"))),
    },
    {
      name: "one outer step",
      because: "the outer grid has one step, however many are asked for",
      precedent: "DS-01",
      plausible: false,
      methods: () =>
        book({ chain: vpSde() }, () =>
          trip({
            route: () => direct(vpSde())(1),
            stepper: ddim,
          }),
        ),
    },
    {
      name: "first order sold as second",
      because: "Euler's steps under the name of a second-order method",
      plausible: false,
      methods: () => claiming(2, eulerSigma),
    },
    {
      name: "correction of the wrong sign",
      because: "the last prediction is added where its difference is meant",
      plausible: false,
      methods: () => claiming(2, dpm2m({ weight: (h) => -taylor(h) })),
    },
    {
      name: "half the correction",
      because: "the difference quotient is weighted as in a second-order Taylor term, by ½ too often",
      plausible: true,
      methods: () => claiming(2, dpm2m({ weight: (h) => taylor(h) / 2 })),
    },
    {
      name: "one time late",
      because: "steps by the levels of t + 1/1000",
      plausible: true,
      methods: () => {
        const chain = vpSde();
        const later = { ...chain, levels: (t: number) => chain.levels(Math.min(t + 0.001, 1)) };
        return book({ chain, claims: { order: 2 } }, () => trip({ route: direct(later), published: direct(chain), stepper: dpm2m() }));
      },
    },
    {
      name: "midpoint weighted as the end",
      because: "the second call's slope gets ½, as in Heun's method, at half of the way",
      plausible: false,
      methods: () =>
        book({ chain: vpSde(), claims: { order: 2, stages: 2 } }, () => trip({ route: halved(vpSde()), stepper: dpm2s(() => 0.5) })),
    },
  ],
});
