import { type Property, property, type RawMethods } from "#properties/engine/property";
import { straight } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { bothLevels, linearChain, logSnr, squaredErrors } from "#properties/textbook/tables";
import { type Level, posteriorOf } from "#properties/textbook/values";
import { posteriorKlSnr } from "#spec/gaussian/posterior";
import { type Fields, tensor, vector } from "#spec/tensor";

/** A divergence of its own making: the two levels, x₀ and x̂₀ in, one number per coordinate out. */
const divergence = (f: (s: Level, t: Level, square: number) => number): RawMethods =>
  diverging((inputs) => {
    const [s, t] = bothLevels(inputs);
    return squaredErrors(inputs).map((square) => f(s, t, square));
  });

const diverging = (f: (inputs: Fields) => Float64Array): RawMethods =>
  book({ chain: linearChain() }, () => ({ term: (args) => ({ value: tensor(f(args["inputs"] as Fields)) }) }));

const snr = ({ alpha, sigma }: Level): number => (alpha / sigma) ** 2;

export const posteriorKlSnrProperty: Property = property(posteriorKlSnr, {
  accepts: [
    { name: "textbook", methods: () => book({ chain: linearChain() }) },
    {
      name: "means over the variance",
      methods: () =>
        divergence((s, t, square) => {
          const { c0, variance } = posteriorOf(s, t);
          return (c0 ** 2 * square) / (2 * variance);
        }),
    },
    {
      name: "errors of ε̂",
      methods: () =>
        diverging((inputs) => {
          const [s, t] = bothLevels(inputs);
          const [x0, guess] = [vector(inputs, "x0"), vector(inputs, "x0hat")];
          return x0.map((x, k) => (Math.expm1(logSnr(s) - logSnr(t)) * ((t.alpha * (x - (guess[k] ?? 0))) / t.sigma) ** 2) / 2);
        }),
    },
    { name: "differences of 1/σ²", methods: () => divergence((s, t, square) => ((1 / s.sigma ** 2 - 1 / t.sigma ** 2) * square) / 2) },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    {
      name: "weight in binary32",
      methods: () => divergence((s, t, square) => (Math.fround(Math.fround(snr(s)) - Math.fround(snr(t))) * square) / 2),
    },
  ],
  rejects: [
    {
      name: "weight at the middle",
      because: "SNR halfway in log SNR times the fall of log SNR: the limit of small steps, used for a long one",
      plausible: true,
      methods: () => divergence((s, t, square) => (Math.sqrt(snr(s) * snr(t)) / 2) * (logSnr(s) - logSnr(t)) * square),
    },
    {
      name: "forward variance",
      because: "divides by β of the step where the posterior's variance is β̃",
      plausible: false,
      methods: () =>
        divergence((s, t, square) => {
          const { c0, step } = posteriorOf(s, t);
          return (c0 ** 2 * square) / (2 * step);
        }),
    },
    {
      name: "weight of continuous time",
      because: "the mean SNR of the ends times the fall of log SNR: right for infinitesimal steps only",
      plausible: true,
      methods: () => divergence((s, t, square) => ((snr(s) + snr(t)) / 4) * (logSnr(s) - logSnr(t)) * square),
    },
    {
      name: "no half",
      because: "the factor ½ of the Gaussian divergence is missing",
      plausible: false,
      methods: () => divergence((s, t, square) => (snr(s) - snr(t)) * square),
    },
    {
      name: "amplitude ratio for SNR",
      because: "α/σ where its square belongs",
      plausible: false,
      methods: () => divergence((s, t, square) => ((s.alpha / s.sigma - t.alpha / t.sigma) * square) / 2),
    },
    {
      name: "difference of log SNR",
      because: "log SNR where SNR belongs",
      plausible: false,
      methods: () => divergence((s, t, square) => ((logSnr(s) - logSnr(t)) * square) / 2),
    },
  ],
});
