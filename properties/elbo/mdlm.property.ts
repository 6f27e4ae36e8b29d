import { type Property, property, type RawMethods } from "#properties/engine/property";
import { leakyStep, lossBook, maskedCrossEntropy, maskedStep } from "#properties/textbook/elbo";
import type { Term } from "#properties/textbook/elbo-row";
import { maskedStepKl } from "#spec/elbo/mdlm";

const { log } = Math;

const masked = (replace: Readonly<Record<string, Term>> = {}, mask = 2, classes = 5): RawMethods => lossBook({ classes, mask }, replace);
const step = (term: Term) => (): RawMethods => masked({ "masked-kl": term });
const weighed = (weight: (s: number, t: number) => number): (() => RawMethods) =>
  step((row) => weight(row.at("alpha_s"), row.at("alpha")) * maskedCrossEntropy(row));

/** The divergence by its definition: two laws over K states from Bayes' rule, the model's law in place of the token. */
const byBayes: Term = ({ at, all }) => {
  const [s, t, mask, x0, law] = [at("alpha_s"), at("alpha"), at("mask"), at("x0"), all("law")];
  if (at("xt") !== mask) return 0;
  const back = (clean: Float64Array): Float64Array => {
    const joint = clean.map((p, y) => (y === mask ? s * p + 1 - s : (s - t) * p));
    const total = joint.reduce((a, b) => a + b, 0);
    return joint.map((p) => p / total);
  };
  const [q, p] = [back(law.map((_, y) => (y === x0 ? 1 : 0))), back(law)];
  return q.reduce((sum, mass, y) => sum + (mass === 0 ? 0 : mass * log(mass / (p[y] ?? 0))), 0);
};

export const maskedStepKlProperty: Property = property(maskedStepKl, {
  accepts: [
    { name: "textbook", methods: () => masked() },
    { name: "by Bayes' rule", methods: () => masked({ "masked-kl": byBayes, "masked-kl-leaky": byBayes }) },
    { name: "mask first", methods: () => masked({}, 0, 3) },
    { name: "two states", methods: () => masked({}, 1, 2) },
    { name: "fifty thousand states", methods: () => masked({}, 50256, 50257) },
    { name: "two-term form", methods: step(leakyStep) },
  ],
  rejects: [
    {
      name: "linear schedule built in",
      because: "the weight of α = 1 − t with the mean of the two times",
      plausible: false,
      methods: weighed((s, t) => (s - t) / (1 - (s + t) / 2)),
    },
    {
      name: "chance of the earlier mask",
      because: "1 − α of s where 1 − α of t belongs",
      plausible: false,
      methods: weighed((s, t) => (s - t) / Math.max(1 - s, 2 ** -10)),
    },
    {
      name: "logarithm of survival",
      because: "the step of log(1 − α), the limit of small steps",
      plausible: false,
      methods: weighed((s, t) => log((1 - t) / Math.max(1 - s, 1e-6))),
    },
    {
      name: "floor under the mask's chance",
      because: "0.0001 is added to 1 − α",
      plausible: true,
      methods: weighed((s, t) => (s - t) / (1 - t + 1e-4)),
    },
    {
      name: "floor in the logarithm",
      because: "0.0001 is added to the law before the logarithm",
      plausible: true,
      methods: step((row) => {
        const p = row.all("law")[row.at("x0")] ?? 0;
        return maskedStep(row) === 0 ? 0 : (maskedStep(row) * log(p + 1e-4)) / log(p);
      }),
    },
    {
      name: "first term alone",
      because: "with mass on the mask, the term of staying masked is dropped",
      plausible: false,
      methods: () =>
        masked({
          "masked-kl-leaky": ({ at, all }) => {
            const [s, t, m] = [at("alpha_s"), at("alpha"), all("law")[at("mask")] ?? 0];
            if (at("xt") !== at("mask")) return 0;
            return ((s - t) / (1 - t)) * log((1 - t + t * m) / ((1 - t) * (all("law")[at("x0")] ?? 0)));
          },
        }),
    },
  ],
});
