import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, straight, veSde, vpSde } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { linearChain } from "#properties/textbook/tables";
import { type Level, posteriorOf } from "#properties/textbook/values";
import { chapmanKolmogorov } from "#spec/kernel/chapman-kolmogorov";
import { number } from "#spec/tensor";

interface Kernel {
  readonly scale: number;
  readonly variance: number;
}

const beta = (t: number): number => linearChain().betas?.[t] ?? Number.NaN;

/** A kernel from the times themselves, beside the levels of the chain. */
const going = (kernel: (s: number, t: number) => Kernel, of: Chain = linearChain()): RawMethods =>
  book({ chain: of }, () => ({ kernel: (args) => ({ ...kernel(number(args, "s"), number(args, "t")) }) }));

/** A kernel from the two levels. */
const between = (kernel: (s: Level, t: Level) => Kernel): RawMethods =>
  going((s, t) => kernel(linearChain().levels(s), linearChain().levels(t)));

/** What survives the training steps first … last. */
function survival(first: number, last: number): number {
  let product = 1;
  for (let k = first; k <= last; k++) product *= 1 - beta(k);
  return product;
}

/** Sum of β over the training steps first … last. */
function total(first: number, last: number): number {
  let sum = 0;
  for (let k = first; k <= last; k++) sum += beta(k);
  return sum;
}

/** The kernel that keeps a share of the variance. */
const keeping = (share: number): Kernel => ({ scale: Math.sqrt(share), variance: 1 - share });

const right = (s: Level, t: Level): Kernel => ({ scale: t.alpha / s.alpha, variance: t.sigma ** 2 - ((t.alpha / s.alpha) * s.sigma) ** 2 });

/** ∫β of the VP SDE with β from 0.1 to 20. */
const integral = (t: number): number => 0.1 * t + 9.95 * t * t;

export const chapmanKolmogorovProperty: Property = property(chapmanKolmogorov, {
  accepts: [
    { name: "textbook", methods: () => book({ chain: linearChain() }) },
    { name: "product of 1 − β", methods: () => going((s, t) => keeping(survival(s + 1, t))) },
    {
      name: "integral of β",
      methods: () =>
        going((s, t) => ({ scale: Math.exp((integral(s) - integral(t)) / 2), variance: -Math.expm1(integral(s) - integral(t)) }), vpSde()),
    },
    {
      name: "kernels in binary32",
      methods: () => between((s, t) => ({ scale: Math.fround(right(s, t).scale), variance: Math.fround(right(s, t).variance) })),
    },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    { name: "exploding variance", methods: () => book({ chain: veSde() }) },
  ],
  rejects: [
    {
      name: "β of one training step",
      because: "√(1 − βₜ) and βₜ where the step goes from s to t",
      precedent: "DF-01",
      plausible: false,
      methods: () => going((_, t) => keeping(1 - beta(t))),
    },
    {
      name: "product shifted by one",
      because: "the factors s … t − 1 where those of s + 1 … t belong",
      plausible: true,
      methods: () => going((s, t) => keeping(survival(s, t - 1))),
    },
    {
      name: "one factor too many",
      because: "the factor of s itself is counted again",
      plausible: true,
      methods: () => going((s, t) => keeping(survival(s, t))),
    },
    {
      name: "exponential of the sum of β",
      because: "exp(−Σβ) where the chain multiplies 1 − β: the two part at second order",
      plausible: true,
      methods: () => going((s, t) => keeping(Math.exp(-total(s + 1, t)))),
    },
    {
      name: "posterior variance",
      because: "β̃ of the step back where β of the step belongs",
      plausible: false,
      methods: () => between((s, t) => ({ ...right(s, t), variance: posteriorOf(s, t).variance })),
    },
    {
      name: "variances subtracted",
      because: "σₜ² − σₛ² forgets that the step shrinks what was there",
      plausible: false,
      methods: () => between((s, t) => ({ ...right(s, t), variance: t.sigma ** 2 - s.sigma ** 2 })),
    },
    {
      name: "ratio of ᾱ without its root",
      because: "ᾱₜ/ᾱₛ where √(ᾱₜ/ᾱₛ) scales the state",
      plausible: false,
      methods: () => between((s, t) => ({ ...right(s, t), scale: right(s, t).scale ** 2 })),
    },
  ],
});
