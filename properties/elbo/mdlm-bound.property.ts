import { AbsentHere } from "#properties/engine/controls";
import { type Control, type Property, property, type RawMethods } from "#properties/engine/property";
import { lossBook, maskedCount, maskedCrossEntropy, maskedNelbo } from "#properties/textbook/elbo";
import type { Term } from "#properties/textbook/elbo-row";
import { anyOrder, maskedTight, scheduleInvariance } from "#spec/elbo/mdlm";

const { exp, expm1, log } = Math;

const masked = (replace: Readonly<Record<string, Term>> = {}, mask = 2, classes = 5): RawMethods => lossBook({ classes, mask }, replace);
const bound = (term: Term) => (): RawMethods => masked({ "masked-nelbo": term });
const weighed = (weight: (sigma: number, rate: number) => number): (() => RawMethods) =>
  bound((row) => weight(row.at("sigma"), row.at("rate")) * maskedCrossEntropy(row));

/** Everything but one term. */
const without = (name: string): RawMethods => {
  const all = masked();
  return {
    ...all,
    term: (args, config) => {
      if (args["name"] === name || all.term === undefined) throw new AbsentHere(`no term ${name}`);
      return all.term(args, config);
    },
  };
};

const right = [
  { name: "textbook", methods: () => masked() },
  { name: "mask first, three states", methods: () => masked({}, 0, 3) },
  { name: "mask last", methods: () => masked({}, 4) },
  { name: "exponential minus one", methods: weighed((sigma, rate) => rate / (exp(sigma) - 1)) },
  { name: "slope of survival over the chance of a mask", methods: weighed((sigma, rate) => (rate * exp(-sigma)) / (1 - exp(-sigma))) },
];

const mixedUp: Control = {
  name: "numerator of one, denominator of the other",
  because: "σ̇ over 1 − α: the slope of survival α̇ belongs there, or e^σ − 1 below",
  plausible: false,
  methods: weighed((sigma, rate) => rate / -expm1(-sigma)),
};

const upsideDown: Control = {
  name: "weight upside down",
  because: "the chance of a mask, t, is the weight where its inverse belongs",
  precedent: "DD-10",
  plausible: false,
  methods: weighed((sigma) => -expm1(-sigma)),
};

const floored: Control = {
  name: "floor under the noise",
  because: "0.0001 is added to e^σ − 1 before the division",
  plausible: true,
  methods: weighed((sigma, rate) => rate / (expm1(sigma) + 1e-4)),
};

/** The nearest number of eight significant bits. */
const coarse = (x: number): number => {
  const far = x * (2 ** 45 + 1);
  return far - (far - x);
};

const logFloor: Control = {
  name: "floor in the logarithm",
  because: "0.001 is added to the law before the logarithm",
  plausible: true,
  methods: bound((row) => {
    if (row.at("xt") !== row.at("mask")) return 0;
    return (-row.at("rate") / expm1(row.at("sigma"))) * log((row.all("law")[row.at("x0")] ?? 0) + 1e-3);
  }),
};

export const scheduleInvarianceProperty: Property = property(scheduleInvariance, {
  accepts: right,
  rejects: [
    mixedUp,
    upsideDown,
    {
      name: "slope in bfloat16",
      because: "σ̇ passes through eight bits on its way to the weight",
      plausible: true,
      methods: weighed((sigma, rate) => coarse(rate) / expm1(sigma)),
    },
    {
      name: "noise in bfloat16",
      because: "σ passes through eight bits, as the network's input does",
      plausible: true,
      methods: weighed((sigma, rate) => rate / expm1(coarse(sigma))),
    },
    {
      name: "weight of the linear schedule",
      because: "1/(1 − α) for every schedule, as if α̇ were always −1",
      plausible: false,
      methods: weighed((sigma) => 1 / -expm1(-sigma)),
    },
  ],
});

const counted = (term: Term) => (): RawMethods => masked({ "masked-count": term });

export const anyOrderProperty: Property = property(anyOrder, {
  accepts: [
    ...right,
    { name: "counting alone", methods: () => without("masked-nelbo") },
    { name: "time alone", methods: () => without("masked-count") },
  ],
  rejects: [
    mixedUp,
    upsideDown,
    floored,
    logFloor,
    {
      name: "mean over masks",
      because: "the mean over masked tokens, without the L that makes it a sum over the sequence",
      plausible: false,
      methods: counted((row) => maskedCount(row) / row.at("length")),
    },
    {
      name: "floor under the count",
      because: "the number of masks is floored by a small constant before the division",
      plausible: true,
      methods: counted((row) => {
        const count = row.all("xt").filter((x) => x === row.at("mask")).length;
        return (maskedCount(row) * count) / (count + 1e-3);
      }),
    },
    {
      name: "sum without its factor",
      because: "the cross-entropies of all masked tokens, without L over their number",
      plausible: false,
      methods: counted((row) => (maskedCount(row) * row.all("xt").filter((x) => x === row.at("mask")).length) / row.at("length")),
    },
  ],
});

export const maskedTightProperty: Property = property(maskedTight, {
  accepts: right,
  rejects: [
    mixedUp,
    upsideDown,
    floored,
    logFloor,
    {
      name: "nothing carried over",
      because: "tokens that are not masked are charged for what the model says of them",
      plausible: false,
      methods: bound((row) => (-row.at("rate") / expm1(row.at("sigma"))) * log(row.all("law")[row.at("x0")] ?? 0)),
    },
    {
      name: "bits",
      because: "the logarithm to base 2",
      plausible: false,
      methods: bound((row) => maskedNelbo(row) / Math.LN2),
    },
  ],
});
