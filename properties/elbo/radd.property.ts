import { AbsentHere } from "#properties/engine/controls";
import { type Property, property, type RawMethods } from "#properties/engine/property";
import { absorbingEntropy, lossBook, maskedCrossEntropy } from "#properties/textbook/elbo";
import { others, type Term } from "#properties/textbook/elbo-row";
import { raddCrossEntropy } from "#spec/elbo/radd";

const { exp, expm1, log } = Math;

/** A loss on five states, the third of them the mask. */
const masked = (replace: Readonly<Record<string, Term>> = {}, mask = 2, classes = 5): RawMethods => lossBook({ classes, mask }, replace);

/** Score entropy at masks with other weights, ratios and constants. */
const entropy =
  (f: (moved: number, sums: number, first: number, row: { readonly sigma: number; readonly K: number }) => number): Term =>
  ({ at, all }) => {
    const [logs, mask, sigma] = [all("logscore"), at("mask"), at("sigma")];
    if (at("xt") !== mask) return 0;
    const sums = others(logs.length, mask, (y) => exp(logs[y] ?? 0));
    return at("rate") * f(expm1(sigma), sums, logs[at("x0")] ?? 0, { sigma, K: logs.length });
  };

const scored = (term: Term) => (): RawMethods => masked({ "score-entropy-absorbing": term });
const weighed = (weight: (sigma: number) => number) => (): RawMethods =>
  masked({ "masked-nelbo": (row) => row.at("rate") * weight(row.at("sigma")) * maskedCrossEntropy(row) });

export const raddCrossEntropyProperty: Property = property(raddCrossEntropy, {
  accepts: [
    { name: "textbook", methods: () => masked() },
    { name: "mask last", methods: () => masked({}, 4) },
    { name: "fifty thousand states", methods: () => masked({}, 50256, 50257) },
    { name: "mask first, two states", methods: () => masked({}, 0, 2) },
    {
      name: "exponential minus one",
      methods: scored(entropy((_, sums, first, { sigma }) => sums - (first + log(exp(sigma) - 1) + 1) / (exp(sigma) - 1))),
    },
    {
      // With α̇ in the numerator the denominator is 1 − α = −expm1(−σ): the same weight.
      name: "slope of survival over the chance of a mask",
      methods: weighed((sigma) => exp(-sigma) / -expm1(-sigma)),
    },
    { name: "score entropy alone", methods: () => ({ ...masked(), term: onlyScores }) },
  ],
  rejects: [
    {
      name: "numerator of one, denominator of the other",
      because: "σ̇ over 1 − α: the slope of survival α̇ belongs there, or e^σ − 1 below",
      plausible: false,
      methods: weighed((sigma) => 1 / -expm1(-sigma)),
    },
    {
      name: "no constant",
      because: "r(log r − 1) is left out",
      plausible: false,
      methods: scored(entropy((moved, sums, first) => sums - first / moved)),
    },
    {
      name: "σ for e^σ − 1",
      because: "the ratio is 1/σ: right for little noise only",
      plausible: false,
      methods: scored(entropy((_, sums, first, { sigma }) => sums - (first + log(sigma) + 1) / sigma)),
    },
    {
      name: "floor under the noise",
      because: "0.001 is added to e^σ − 1 before the division",
      plausible: true,
      methods: scored(entropy((moved, sums, first) => sums - (first + log(moved + 1e-3) + 1) / (moved + 1e-3))),
    },
    {
      name: "score of the mask counted",
      because: "the sum of scores runs over the mask's own, which is 1",
      plausible: false,
      methods: scored(entropy((moved, sums, first) => sums + 1 - (first + log(moved) + 1) / moved)),
    },
    {
      name: "cost of a token that is not masked",
      because: "a token that was never masked is charged a little: nothing is carried over",
      plausible: true,
      methods: scored((row) => absorbingEntropy(row) + (row.at("xt") === row.at("mask") ? 0 : 2 ** -20)),
    },
    {
      name: "mass of the mask renormalised",
      because: "what the model leaves to the mask is spread over the tokens before the score is taken",
      plausible: true,
      methods: scored(entropy((moved, sums, first) => (log(sums) - first) / moved)),
    },
  ],
});

const onlyScores: NonNullable<RawMethods["term"]> = (args, config) => {
  const { term } = masked();
  if (args["name"] !== "score-entropy-absorbing" || term === undefined) throw new AbsentHere(`no term ${String(args["name"])}`);
  return term(args, config);
};
