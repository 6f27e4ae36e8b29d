import { type Property, property, type RawMethods } from "#properties/engine/property";
import { lossBook } from "#properties/textbook/elbo";
import { denoisingScore, scoreRate } from "#properties/textbook/elbo-gaussian";
import type { Term } from "#properties/textbook/elbo-row";
import { denoisingIsExplicit, scoreMatchingBound } from "#spec/elbo/score-matching";

const dsm = (term: Term) => (): RawMethods => lossBook({}, { dsm: term });
const rate = (term: Term) => (): RawMethods => lossBook({}, { "score-matching-rate": term });
/** (s − target)² with a target of its own. */
const against = (target: (alpha: number, sigma: number, x0: number, xt: number) => number): (() => RawMethods) =>
  dsm(({ at }) => (at("score") - target(at("alpha"), at("sigma"), at("x0"), at("xt"))) ** 2);

export const denoisingIsExplicitProperty: Property = property(denoisingIsExplicit, {
  accepts: [
    { name: "textbook", methods: () => lossBook() },
    { name: "minus ε over σ", methods: against((alpha, sigma, x0, xt) => -((xt - alpha * x0) / sigma) / sigma) },
    {
      name: "error of ε̂",
      methods: dsm(({ at }) => ((at("sigma") * at("score") + (at("xt") - at("alpha") * at("x0")) / at("sigma")) / at("sigma")) ** 2),
    },
  ],
  rejects: [
    {
      name: "σ for σ²",
      because: "the conditional score is divided by the standard deviation",
      plausible: false,
      methods: against((alpha, sigma, x0, xt) => -(xt - alpha * x0) / sigma),
    },
    {
      name: "α left out",
      because: "z − x₀ where z − αx₀ belongs",
      plausible: false,
      methods: against((_, sigma, x0, xt) => -(xt - x0) / sigma ** 2),
    },
    {
      name: "sign of the noise",
      because: "+ε/σ where the score is −ε/σ",
      plausible: false,
      methods: against((alpha, sigma, x0, xt) => (xt - alpha * x0) / sigma ** 2),
    },
    {
      name: "floor under the variance",
      because: "0.00001 is added to σ² before the division",
      plausible: true,
      methods: against((alpha, sigma, x0, xt) => -(xt - alpha * x0) / (sigma ** 2 + 1e-5)),
    },
    {
      name: "mean over one sample less",
      because: "the mean of squares divides by n − 1 of a thousand",
      plausible: true,
      methods: dsm((row) => (denoisingScore(row) * 1000) / 999),
    },
  ],
});

export const scoreMatchingBoundProperty: Property = property(scoreMatchingBound, {
  accepts: [
    { name: "textbook", methods: () => lossBook() },
    {
      name: "difference of products",
      methods: rate(
        ({ at }) => (at("score") - at("scorehat")) * (at("diffusion2") * at("score") - at("diffusion2") * at("scorehat")) * 0.5,
      ),
    },
    { name: "weight in binary32", methods: rate((row) => scoreRate(row) * (1 + 2 ** -26)) },
  ],
  rejects: [
    {
      name: "weight g",
      because: "the weight is g where g² belongs",
      plausible: false,
      methods: rate(({ at }) => (Math.sqrt(at("diffusion2")) * (at("score") - at("scorehat")) ** 2) / 2),
    },
    { name: "no half", because: "the factor ½ is missing", plausible: false, methods: rate((row) => 2 * scoreRate(row)) },
    {
      name: "floor under the weight",
      because: "0.0001 is added to g²",
      plausible: true,
      methods: rate(({ at }) => ((at("diffusion2") + 1e-4) * (at("score") - at("scorehat")) ** 2) / 2),
    },
    {
      name: "squares expanded",
      because: "ŝ² − 2sŝ + s² with the last term, which no model changes, off by 0.01 %",
      plausible: true,
      methods: rate(({ at }) => {
        const [s, hat] = [at("score"), at("scorehat")];
        return (at("diffusion2") * (hat * hat - 2 * s * hat + 0.9999 * s * s)) / 2;
      }),
    },
  ],
});
