import { AbsentHere } from "#properties/engine/controls";
import { type Control, type Property, property, type RawMethods } from "#properties/engine/property";
import { lossBook, maskedStep } from "#properties/textbook/elbo";
import { vdmStep } from "#properties/textbook/elbo-gaussian";
import type { Term } from "#properties/textbook/elbo-row";
import { gaussianTight, monotoneSteps, snrForm } from "#spec/elbo/vdm";

const { exp, expm1 } = Math;
const loss = (terms: Readonly<Record<string, Term>> = {}): RawMethods => lossBook({}, terms);
const square = ({ at }: Parameters<Term>[0]): number => (at("eps") - at("epshat")) ** 2;
const rate = (term: Term) => (): RawMethods => loss({ "vdm-rate": term });
const weighed = (weight: (slope: number) => number) => rate((row) => weight(row.at("slope")) * square(row));

const right = [
  { name: "textbook", methods: () => loss() },
  {
    name: "product of differences",
    methods: rate(({ at }) => at("slope") * (at("eps") * at("eps") - 2 * at("eps") * at("epshat") + at("epshat") * at("epshat")) * 0.5),
  },
  { name: "weight in binary32", methods: weighed((slope) => Math.fround(slope) / 2) },
];

const wrong: readonly Control[] = [
  { name: "no half", because: "the factor ½ is missing", plausible: false, methods: weighed((slope) => slope) },
  {
    name: "no weight",
    because: "the plain squared error, whose sum depends on the schedule",
    plausible: false,
    methods: weighed(() => 1 / 2),
  },
  {
    name: "slope in bfloat16",
    because: "γ′ passes through eight bits on its way to the weight",
    plausible: true,
    methods: weighed((slope) => {
      const far = slope * (2 ** 45 + 1);
      return (far - (far - slope)) / 2;
    }),
  },
  {
    name: "difference of γ over a thousand steps",
    because: "T(e^{γ′/T} − 1) with T = 1000 where the limit of T is meant",
    plausible: true,
    methods: weighed((slope) => 500 * expm1(slope / 1000)),
  },
  {
    name: "floored slope",
    because: "γ′ is never taken for less than ½",
    plausible: true,
    methods: weighed((slope) => Math.max(slope, 1 / 2) / 2),
  },
];

export const snrFormProperty: Property = property(snrForm, { accepts: right, rejects: wrong });

export const gaussianTightProperty: Property = property(gaussianTight, {
  accepts: right,
  rejects: [
    ...wrong,
    { name: "prior dropped", because: "the prior term is taken for 0", plausible: false, methods: () => loss({ "prior-kl": () => 0 }) },
    {
      name: "prior of the mean alone",
      because: "½ᾱx² without the part of the variance",
      plausible: false,
      methods: () => loss({ "prior-kl": ({ at }) => (at("abar") * at("x0") ** 2) / 2 }),
    },
  ],
});

/** Everything but one term. */
const masked = (without?: string): RawMethods => {
  const all = lossBook({ classes: 5, mask: 2 });
  return {
    ...all,
    term: (args, config) => {
      if (args["name"] === without || all["term"] === undefined) throw new AbsentHere(`no term ${String(without)}`);
      return all["term"](args, config);
    },
  };
};

const step = (weight: (early: number, late: number) => number) => (): RawMethods =>
  loss({ "vdm-step": (row) => (weight(row.at("gamma_s"), row.at("gamma")) * square(row)) / 2 });

export const monotoneStepsProperty: Property = property(monotoneSteps, {
  accepts: [
    { name: "textbook", methods: () => masked() },
    { name: "no masks", methods: () => loss() },
    { name: "masks alone", methods: () => masked("vdm-step") },
    { name: "difference of exponentials", methods: step((early, late) => (exp(-early) - exp(-late)) * exp(late)) },
  ],
  rejects: [
    {
      name: "times exchanged",
      because: "1 − e^{γₛ − γₜ}: the weight that belongs to the error at s",
      plausible: false,
      methods: step((early, late) => -expm1(early - late)),
    },
    {
      name: "difference of γ",
      because: "γₜ − γₛ where e^{γₜ − γₛ} − 1 belongs: right in the limit alone, and then from below",
      plausible: false,
      methods: step((early, late) => late - early),
    },
    {
      name: "weight clipped",
      because: "e^{γₜ − γₛ} − 1 is capped at 5",
      plausible: false,
      methods: step((early, late) => Math.min(expm1(late - early), 5)),
    },
    {
      name: "a constant a step",
      because: "every step is charged a thousandth of its noise prediction's error more, whatever its size",
      plausible: true,
      methods: () => loss({ "vdm-step": (row) => vdmStep(row) + 0.0005 * square(row) }),
    },
    {
      name: "a little less",
      because: "the weight is scaled by 0.99, below the limit of many steps",
      plausible: true,
      methods: step((early, late) => 0.99 * expm1(late - early)),
    },
    {
      name: "floor under the mask's chance",
      because: "0.001 is added to 1 − α of a masked step",
      plausible: true,
      methods: () =>
        lossBook(
          { classes: 5, mask: 2 },
          { "masked-kl": (row) => (maskedStep(row) * (1 - row.at("alpha"))) / (1 - row.at("alpha") + 1e-3) },
        ),
    },
  ],
});
