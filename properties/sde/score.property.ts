import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discrete, linearBetas, straight, veSde } from "#properties/textbook/chain";
import { denoising, type Guess, momentsOf, scoreOf } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { asked, borrowed } from "#properties/textbook/wrong";
import { stein } from "#spec/sde/score";
import { tensor, vector } from "#spec/tensor";

/** A chain with a denoiser of its own. */
function guessing(guess: Guess): RawMethods {
  const chain = discrete();
  return book({ chain }, () => denoising(chain, guess));
}

export const steinProperty: Property = property(stein, {
  accepts: [
    { name: "textbook", methods: () => book() },
    {
      name: "moved along the score",
      methods: () => guessing((model, x, level, j) => (x + level.sigma ** 2 * scoreOf(model, x, level, j)) / level.alpha),
    },
    {
      name: "weighted by precisions",
      methods: () =>
        guessing((model, x, { alpha, sigma }) => {
          const { mean, variance } = momentsOf(model);
          return (mean / variance + (alpha * x) / sigma ** 2) / (1 / variance + (alpha / sigma) ** 2);
        }),
    },
    { name: "exploding SDE", methods: () => book({ chain: veSde() }) },
    { name: "straight path", methods: () => book({ chain: straight() }) },
  ],
  rejects: [
    {
      name: "one index late",
      because: "denoised with the levels of t + 1",
      plausible: true,
      methods: () =>
        book(
          {},
          asked("denoise", (args) => ({ t: tensor(vector(args, "t").map((t) => Math.min(t + 1, 999))) })),
        ),
    },
    {
      name: "another last β",
      because: "denoised by a chain that ends at β = 0.021",
      plausible: true,
      methods: () => book({}, borrowed(book({ chain: discrete(linearBetas(1000, 1e-4, 0.021)) }), "denoise")),
    },
    {
      name: "noise covariance not rescaled",
      because: "Σ + σ² where the state is divided by α: Σ + (σ/α)² is meant",
      precedent: "AZ-02",
      plausible: false,
      methods: () =>
        guessing((model, x, { alpha, sigma }) => {
          const { mean, variance } = momentsOf(model);
          return mean + (variance / (variance + sigma ** 2)) * (x / alpha - mean);
        }),
    },
    {
      name: "standard deviation for variance",
      because: "the data's standard deviation is used as their variance",
      plausible: false,
      methods: () =>
        guessing((model, x, { alpha, sigma }) => {
          const { mean, variance } = momentsOf(model);
          const std = Math.sqrt(variance);
          return mean + (alpha * std * (x - alpha * mean)) / (alpha ** 2 * std + sigma ** 2);
        }),
    },
  ],
});
