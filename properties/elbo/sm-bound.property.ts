import { type Property, property, type RawMethods } from "#properties/engine/property";
import { lossBook } from "#properties/textbook/elbo";
import { scoreRate } from "#properties/textbook/elbo-gaussian";
import type { Term } from "#properties/textbook/elbo-row";
import { scoreMatchingBound } from "#spec/elbo/sm-bound";

const rate = (term: Term) => (): RawMethods => lossBook({}, { "score-matching-rate": term });

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
