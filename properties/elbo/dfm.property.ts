import { type Control, type Property, property, type RawMethods } from "#properties/engine/property";
import { lossBook, mixtureKl } from "#properties/textbook/elbo";
import { others, type Term } from "#properties/textbook/elbo-row";
import { flowGap, flowJumpKl } from "#spec/elbo/dfm";

const { exp, log } = Math;
const masked = (term?: Term, classes = 5, mask: number | null = 2): RawMethods =>
  lossBook({ classes, mask }, term === undefined ? {} : { "mixture-path-kl": term });

/** The closed form with its parts: weight, p(xₜ), whether xₜ is the token, log p of the token. */
const formed =
  (f: (weight: number, here: number, same: number, logToken: number) => number): Term =>
  ({ at, all }) => {
    const [law, x0, xt] = [all("law"), at("x0"), at("xt")];
    return f(at("slope") / (1 - at("kappa")), law[xt] ?? 0, xt === x0 ? 1 : 0, log(law[x0] ?? 0));
  };

/** The divergence of two rows of jump rates. */
const byRates: Term = ({ at, all }) => {
  const [law, x0, xt] = [all("law"), at("x0"), at("xt")];
  const weight = at("slope") / (1 - at("kappa"));
  return others(law.length, xt, (y) => {
    const [c, m] = [y === x0 ? weight : 0, weight * (law[y] ?? 0)];
    return m - c + (c === 0 ? 0 : c * log(c / m));
  });
};

const right = [
  { name: "textbook", methods: () => masked() },
  { name: "rates of both velocities", methods: () => masked(byRates) },
  { name: "no mask", methods: () => masked(undefined, 4, null) },
  { name: "two states", methods: () => masked(undefined, 2, 0) },
];

const wrong: readonly Control[] = [
  {
    name: "delta on the wrong state",
    because: "δ multiplies the logarithm where 1 − δ belongs",
    plausible: false,
    methods: () => masked(formed((w, p, d, l) => -w * (p - d + (d === 1 ? l : 0)))),
  },
  {
    name: "softmax twice",
    because: "probabilities are handed over as logits and normalised again",
    plausible: false,
    methods: () =>
      masked((row) => {
        const law = row.all("law").map(exp);
        const total = law.reduce((a, b) => a + b, 0);
        return mixtureKl({ ...row, all: () => law.map((p) => p / total) });
      }),
  },
  {
    name: "exit rate dropped",
    because: "cross-entropy alone: the model pays nothing for jumps that it should not make",
    plausible: false,
    methods: () => masked(formed((w, _, d, l) => (d === 1 ? 0 : -w * (1 + l)))),
  },
  {
    name: "floor under 1 − κ",
    because: "0.0001 is added to 1 − κ before the division",
    plausible: true,
    methods: () => masked((row) => (mixtureKl(row) * (1 - row.at("kappa"))) / (1 - row.at("kappa") + 1e-4)),
  },
  {
    name: "label smoothing",
    because: "the model's law is mixed with 0.1 % of the uniform law before the loss",
    plausible: true,
    methods: () =>
      masked((row) => mixtureKl({ ...row, all: (name) => row.all(name).map((p) => 0.999 * p + 0.001 / row.all(name).length) })),
  },
];

export const flowJumpKlProperty: Property = property(flowJumpKl, {
  accepts: [...right, { name: "fifty thousand states", methods: () => masked(undefined, 50257, 50256) }],
  rejects: [
    ...wrong,
    {
      name: "charge at the token dropped",
      because: "no loss where the token has already been reached, though the model would leave it",
      plausible: false,
      methods: () => masked(formed((w, p, d, l) => (d === 1 ? 0 : -w * (p + l)))),
    },
  ],
});

export const flowGapProperty: Property = property(flowGap, {
  accepts: right,
  rejects: [
    ...wrong,
    {
      name: "floor in the logarithm",
      because: "0.001 is added to the law before the logarithm",
      plausible: true,
      methods: () => masked(formed((w, p, d, l) => (d === 1 ? w * (1 - p) : -w * (p + log(exp(l) + 1e-3))))),
    },
  ],
});
