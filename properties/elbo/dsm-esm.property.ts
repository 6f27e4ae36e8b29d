import { type Property, property, type RawMethods } from "#properties/engine/property";
import { lossBook } from "#properties/textbook/elbo";
import { denoisingScore } from "#properties/textbook/elbo-gaussian";
import type { Term } from "#properties/textbook/elbo-row";
import { denoisingIsExplicit } from "#spec/elbo/dsm-esm";

const dsm = (term: Term) => (): RawMethods => lossBook({}, { dsm: term });
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
