import { type Property, property } from "#properties/engine/property";
import { entropy, lossBook, uniformEntropy } from "#properties/textbook/elbo";
import { others, type Term } from "#properties/textbook/elbo-row";
import { bregman, uniformClosedForm } from "#spec/elbo/se";

const { exp, expm1, log } = Math;
const pair = (f: (l: number, r: number) => number) => () => lossBook({}, { "score-entropy": ({ at }) => f(at("logscore"), at("ratio")) });
const right = (l: number, r: number): number =>
  entropy({ at: (name) => (name === "ratio" ? r : l), all: () => new Float64Array(0), whole: () => new Float64Array(0) });

export const bregmanProperty: Property = property(bregman, {
  accepts: [
    { name: "textbook", methods: () => lossBook() },
    { name: "ratio of the two", methods: pair((l, r) => (r === 0 ? exp(l) : r * (expm1(l - log(r)) - (l - log(r))))) },
    { name: "three sums", methods: pair((l, r) => exp(l) - r * l + (r === 0 ? 0 : r * log(r) - r)) },
    { name: "in binary32", methods: pair((l, r) => Math.fround(Math.fround(exp(l)) + (r === 0 ? 0 : r * Math.fround(log(r) - 1 - l)))) },
  ],
  rejects: [
    {
      name: "no constant",
      because: "r(log r − 1) is left out: gradients are right, the number is no bound",
      plausible: false,
      methods: pair((l, r) => exp(l) - r * l),
    },
    {
      name: "sides exchanged",
      because: "the divergence of s from r: r − s log r + s(log s − 1)",
      plausible: false,
      methods: pair((l, r) => r + exp(l) * (l - 1 - (r === 0 ? -80 : log(r)))),
    },
    {
      name: "taken for symmetric",
      because: "the mean of both directions",
      plausible: false,
      methods: pair((l, r) => (r === 0 ? exp(l) : (exp(l) - r) * (l - log(r)) * 0.5)),
    },
    {
      name: "floor in the logarithm",
      because: "log(s + 0.001) where log s belongs",
      plausible: true,
      methods: pair((l, r) => right(l, r) + r * (l - log(exp(l) + 1e-3))),
    },
    {
      name: "floor in the ratio",
      because: "log(r + 0.001) in the constant",
      plausible: true,
      methods: pair((l, r) => right(l, r) + (r === 0 ? 0 : r * (log(r + 1e-3) - log(r)))),
    },
  ],
});

/** The defining sum with other chances or another measure of a state. */
const summed =
  (share: (K: number) => number, chance: (K: number, moved: number) => number, constant = 1): Term =>
  ({ at, all }) => {
    const [logs, x0, xt] = [all("logscore"), at("x0"), at("xt")];
    const K = logs.length;
    const drawn = chance(K, expm1(at("sigma")));
    const q = (y: number): number => (y === x0 ? 1 : 0) + drawn;
    return (
      (at("rate") / share(K)) *
      others(K, xt, (y) => {
        const [l, r] = [logs[y] ?? 0, q(y) / q(xt)];
        return exp(l) - r * l + constant * r * (log(r) - 1);
      })
    );
  };

const uniform =
  (term: Term, classes = 64) =>
  () =>
    lossBook({ classes }, { "score-entropy-uniform": term });
const all = (K: number): number => K;
const drawn = (K: number, moved: number): number => moved / K;

export const uniformClosedFormProperty: Property = property(uniformClosedForm, {
  accepts: [
    { name: "textbook", methods: () => lossBook({ classes: 64 }) },
    { name: "defining sum", methods: uniform(summed(all, drawn)) },
    { name: "two states", methods: () => lossBook({ classes: 2 }) },
    { name: "many states", methods: () => lossBook({ classes: 50257 }) },
    {
      name: "exponential minus one",
      methods: uniform((row) => summed(all, (K) => (exp(row.at("sigma")) - 1) / K)(row)),
    },
  ],
  rejects: [
    {
      name: "rates of 1/(K − 1)",
      because: "a rate of 1/(K − 1) to each other state, beside kernels that draw all K alike",
      plausible: true,
      methods: uniform(summed((K) => K - 1, drawn)),
    },
    {
      name: "one state too many",
      because: "the mask is counted among the K states of the rate",
      plausible: true,
      methods: uniform(summed((K) => K + 1, drawn)),
    },
    {
      name: "no constant",
      because: "r(log r − 1) is left out",
      plausible: false,
      methods: uniform(summed(all, drawn, 0)),
    },
    {
      name: "diagonal included",
      because: "the sum runs over y = x too, as if the score there were a ratio",
      plausible: true,
      methods: uniform(
        (row) => uniformEntropy(row) + (row.at("rate") / row.all("logscore").length) * exp(row.all("logscore")[row.at("xt")] ?? 0),
      ),
    },
    {
      name: "draws K − 1 states",
      because: "the chance of a drawn state is (1 − e^−σ)/(K − 1)",
      plausible: true,
      methods: uniform(summed(all, (K, moved) => moved / (K - 1))),
    },
    {
      name: "step in place of total noise",
      because: "σ stands for e^σ − 1: right for little noise only",
      plausible: false,
      methods: uniform((row) => summed(all, (K) => row.at("sigma") / K)(row)),
    },
  ],
});
