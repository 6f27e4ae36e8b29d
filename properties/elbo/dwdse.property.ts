import { AbsentHere } from "#properties/engine/controls";
import { type Control, type Property, property, type RawMethods } from "#properties/engine/property";
import { lossBook } from "#properties/textbook/elbo";
import { implicit, weighted } from "#properties/textbook/elbo-jump";
import { others, type Term } from "#properties/textbook/elbo-row";
import { scoreEntropyTight } from "#spec/elbo/dwdse";
import { threeScoreEntropies } from "#spec/elbo/se";

const { exp, expm1, log } = Math;
const K = 4;
const loss = (terms: Readonly<Record<string, Term>> = {}, classes = K) => lossBook({ classes }, terms);
const entropy = (term: Term) => (): RawMethods => loss({ "weighted-score-entropy": term });

/** Everything but one term. */
const without = (name: string): RawMethods => {
  const all = loss();
  return {
    ...all,
    term: (args, config) => {
      if (args["name"] === name || all["term"] === undefined) throw new AbsentHere(`no term ${name}`);
      return all["term"](args, config);
    },
  };
};

const into = (rate: Float64Array, classes: number, y: number, x: number): number => rate[y * classes + x] ?? 0;

const right = [
  { name: "textbook", methods: () => loss() },
  { name: "two states", methods: () => loss({}, 2) },
  {
    name: "quotient of score and ratio",
    methods: entropy(weighted(undefined, ({ l, r }) => (r === 0 ? exp(l) : r * (expm1(l - log(r)) - (l - log(r)))))),
  },
  {
    name: "ratios in logarithms",
    methods: entropy(weighted(undefined, ({ l, r }) => exp(l) + (r === 0 ? 0 : exp(log(r)) * (log(r) - l) - r))),
  },
];

const wrong: readonly Control[] = [
  {
    name: "rate out of the state",
    because: "R(x, y), the rate out of the present state, where the rate from y into it belongs",
    plausible: false,
    methods: entropy(weighted((rate, classes, y, x) => rate[x * classes + y] ?? 0)),
  },
  {
    name: "no constant",
    because: "r(log r − 1) is left out",
    plausible: false,
    methods: entropy(weighted(undefined, ({ l, r }) => exp(l) - r * l)),
  },
  {
    name: "floor in the logarithm",
    because: "0.001 is added to the score before its logarithm",
    plausible: true,
    methods: entropy(weighted(undefined, ({ l, r }) => exp(l) + (r === 0 ? 0 : r * (log(r) - 1 - log(exp(l) + 1e-3))))),
  },
  {
    name: "floor under the ratio's denominator",
    because: "ratios of chances with 0.1 % added below",
    plausible: true,
    methods: entropy(weighted(undefined, ({ l, r }) => exp(l) + (r === 0 ? 0 : (r / 1.001) * (log(r / 1.001) - 1 - l)))),
  },
  {
    name: "symmetric part of the rates",
    because: "(R + Rᵀ)/2 where R is meant to be symmetric and is not",
    plausible: false,
    methods: entropy(weighted((rate, classes, y, x) => (into(rate, classes, y, x) + into(rate, classes, x, y)) / 2)),
  },
];

export const threeScoreEntropiesProperty: Property = property(threeScoreEntropies, {
  accepts: [
    ...right,
    { name: "implicit alone", methods: () => without("weighted-score-entropy") },
    { name: "explicit alone", methods: () => without("implicit-score-entropy") },
  ],
  rejects: [
    ...wrong,
    {
      name: "score at the wrong state",
      because: "log s(x)_y where the implicit form has log s(y)_x",
      plausible: false,
      methods: () =>
        loss({
          "implicit-score-entropy": ({ at, whole }) => {
            const [rate, logs, x] = [whole("rate"), whole("logscore"), at("xt")];
            const k = Math.sqrt(rate.length);
            return others(k, x, (y) => into(rate, k, y, x) * exp(logs[x * k + y] ?? 0) - into(rate, k, x, y) * (logs[x * k + y] ?? 0));
          },
        }),
    },
    {
      name: "clipped scores",
      because: "log-scores are clipped to ±1.9 in the implicit form",
      plausible: true,
      methods: () =>
        loss({
          "implicit-score-entropy": (row) =>
            implicit({
              ...row,
              whole: (name) => (name === "logscore" ? row.whole(name).map((l) => Math.max(-1.9, Math.min(1.9, l))) : row.whole(name)),
            }),
        }),
    },
  ],
});

export const scoreEntropyTightProperty: Property = property(scoreEntropyTight, { accepts: right, rejects: wrong });
