import { type Property, property, type RawMethods } from "#properties/engine/property";
import { lossBook } from "#properties/textbook/elbo";
import { pathRate } from "#properties/textbook/elbo-gaussian";
import { others, type Term } from "#properties/textbook/elbo-row";
import { girsanovDiffusion, girsanovJumps } from "#spec/elbo/girsanov";

const { expm1, log } = Math;
const drifts = (term: Term) => (): RawMethods => lossBook({}, { "path-kl-rate": term });

export const girsanovDiffusionProperty: Property = property(girsanovDiffusion, {
  accepts: [
    { name: "textbook", methods: () => lossBook() },
    { name: "quotient squared", methods: drifts(({ at }) => ((at("drift_p") - at("drift_q")) / Math.sqrt(at("diffusion2"))) ** 2 / 2) },
    {
      name: "in binary32",
      methods: drifts(({ at }) => Math.fround((at("drift_p") - at("drift_q")) ** 2) / Math.fround(2 * at("diffusion2"))),
    },
  ],
  rejects: [
    {
      name: "g for g²",
      because: "the squared difference is divided by g",
      plausible: false,
      methods: drifts(({ at }) => (at("drift_p") - at("drift_q")) ** 2 / (2 * Math.sqrt(at("diffusion2")))),
    },
    { name: "no half", because: "the factor ½ is missing", plausible: false, methods: drifts((row) => 2 * pathRate(row)) },
    {
      name: "floor under g²",
      because: "0.0001 is added to g² before the division",
      plausible: true,
      methods: drifts(({ at }) => (at("drift_p") - at("drift_q")) ** 2 / (2 * (at("diffusion2") + 1e-4))),
    },
    {
      name: "variance of a step",
      because: "g² is replaced by the variance of a step of an Ornstein–Uhlenbeck process over its length, 1/1000",
      plausible: true,
      methods: drifts((row) => (pathRate(row) * 1e-3) / -expm1(-1e-3)),
    },
  ],
});

const jumps =
  (f: (p: number, q: number) => number): (() => RawMethods) =>
  () =>
    lossBook(
      { classes: 4 },
      { "jump-path-kl": ({ at, all }) => others(all("p").length, at("xt"), (y) => f(all("p")[y] ?? 0, all("q")[y] ?? 0)) },
    );

const right = (p: number, q: number): number => (p === 0 ? 0 : p * log(p / q)) - p + q;

export const girsanovJumpsProperty: Property = property(girsanovJumps, {
  accepts: [
    { name: "textbook", methods: () => lossBook({ classes: 4 }) },
    { name: "two states", methods: () => lossBook({ classes: 2 }) },
    { name: "from the quotient", methods: jumps((p, q) => (p === 0 ? q : p * (expm1(log(q / p)) - log(q / p)))) },
  ],
  rejects: [
    {
      name: "exits dropped",
      because: "R log(R/R̃) alone, which has no lower bound",
      plausible: false,
      methods: jumps((p, q) => (p === 0 ? 0 : p * log(p / q))),
    },
    {
      name: "no jump, no charge",
      because: "where P may not jump, the model's rate is not charged",
      plausible: false,
      methods: jumps((p, q) => (p === 0 ? 0 : right(p, q))),
    },
    {
      name: "floor in the logarithm",
      because: "0.001 is added to the model's rate before its logarithm",
      plausible: true,
      methods: jumps((p, q) => (p === 0 ? 0 : p * log(p / (q + 1e-3))) - p + q),
    },
    {
      name: "floor under both rates",
      because: "0.001 is added to both rates, also where none leads",
      plausible: true,
      methods: jumps((p, q) => right(p + 1e-3, q + 1e-3)),
    },
    {
      name: "sides exchanged",
      because: "the divergence of Q from P",
      plausible: false,
      methods: jumps((p, q) => right(q, Math.max(p, 1e-6))),
    },
  ],
});
