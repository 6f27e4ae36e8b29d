import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discrete, linearBetas, straight, vpSde } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { data, perSample } from "#properties/textbook/values";
import { asked, borrowed } from "#properties/textbook/wrong";
import { forwardMarginal } from "#spec/gaussian/forward";
import { tensor } from "#spec/tensor";

/** A forward process that mixes data and noise by weights of its own. */
function mixing(weights: (alpha: number, sigma: number) => readonly [number, number]): RawMethods {
  const chain = discrete();
  return book({ chain }, () => ({
    sample: ({ x0, noise, t }) => {
      const eps = data(noise);
      const mixed = perSample(data(x0), data(t), (x, k, time) => {
        const { alpha, sigma } = chain.levels(time);
        const [a, s] = weights(alpha, sigma);
        return a * x + s * (eps[k] ?? 0);
      });
      return { xt: tensor(mixed), unchanged: true };
    },
  }));
}

export const forwardMarginalProperty: Property = property(forwardMarginal, {
  accepts: [
    { name: "textbook", methods: () => book() },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    { name: "amplitudes in binary32", methods: () => mixing((alpha, sigma) => [Math.fround(alpha), Math.fround(sigma)]) },
  ],
  rejects: [
    {
      name: "variances for amplitudes",
      because: "ᾱ and 1 − ᾱ where their roots belong",
      plausible: false,
      methods: () => mixing((alpha, sigma) => [alpha ** 2, sigma ** 2]),
    },
    {
      name: "one index late",
      because: "noised with the levels of t + 1",
      plausible: true,
      methods: () =>
        book(
          {},
          asked("sample", ({ t }) => ({ t: tensor(data(t).map((index) => Math.min(index + 1, 999))) })),
        ),
    },
    {
      name: "time as an integer",
      because: "continuous time is stored as an integer, and every level becomes that of clean data",
      precedent: "LR-11",
      plausible: false,
      methods: () =>
        book(
          { chain: vpSde() },
          asked("sample", ({ t }) => ({ t: tensor(data(t).map(Math.trunc)) })),
        ),
    },
    {
      name: "another last β",
      because: "noised by a chain that ends at β = 0.021",
      plausible: true,
      methods: () => book({}, borrowed(book({ chain: discrete(linearBetas(1000, 1e-4, 0.021)) }), "sample")),
    },
    {
      name: "raw σ of the exploding grid",
      because: "x₀ + (σ/α)ε: the data's amplitude is forgotten",
      precedent: "DF-11",
      plausible: false,
      methods: () => mixing((alpha, sigma) => [1, sigma / alpha]),
    },
  ],
});
