import { type Property, property } from "#properties/engine/property";
import { latentTerms, termBook } from "#properties/textbook/latent";
import { dequantisation } from "#spec/latent/bounds";
import { latentBound } from "#spec/latent/elbo";
import { type Fields, number } from "#spec/tensor";

const bits = (of: (nats: number, dims: number, levels: number, low: number, high: number) => number): ReturnType<typeof termBook> =>
  termBook({
    "bits-per-dim": (inputs) => {
      const at = (name: string): number => number(inputs, name);
      return Float64Array.of(of(at("nats"), at("dims"), at("levels"), at("low"), at("high")));
    },
  });

const changed = (name: string, change: (inputs: Fields) => Fields): ReturnType<typeof termBook> =>
  termBook({ [name]: (inputs) => latentTerms[name]?.(change(inputs)) ?? new Float64Array(0) });

export const dequantisationProperty: Property = property(dequantisation, {
  accepts: [
    { name: "textbook", methods: () => termBook() },
    {
      name: "in bits from the start",
      methods: () => bits((nats, dims, levels, low, high) => Math.log2(levels / (high - low)) - nats / Math.LN2 / dims),
    },
  ],
  rejects: [
    {
      name: "seven bits whatever the range",
      because: "the offset for [−1, 1] is added to data in [0, 1] as well",
      plausible: false,
      methods: () => bits((nats, dims, levels) => Math.log2(levels / 2) - nats / Math.LN2 / dims),
    },
    {
      name: "levels less one",
      because: "L − 1 steps lie between L levels, but L cells",
      plausible: true,
      methods: () => bits((nats, dims, levels, low, high) => Math.log2((levels - 1) / (high - low)) - nats / Math.LN2 / dims),
    },
    {
      name: "nats for bits",
      because: "the log-likelihood is not divided by ln 2",
      plausible: false,
      methods: () => bits((nats, dims, levels, low, high) => Math.log2(levels / (high - low)) - nats / dims),
    },
    {
      name: "noise of the wrong side",
      because: "uniform noise in [−½, ½] is added where cells begin at x",
      plausible: true,
      methods: () => changed("dequantised-gaussian", (inputs) => ({ ...inputs, mean: number(inputs, "mean") + 1 / 64 })),
    },
  ],
});

export const latentBoundProperty: Property = property(latentBound, {
  accepts: [
    { name: "textbook", methods: () => termBook() },
    {
      name: "other order",
      methods: () =>
        termBook({
          "latent-bound": (inputs) => {
            const at = (name: string): number => number(inputs, name);
            return Float64Array.of(at("encoder") - (at("model") + at("dims") * Math.log(at("scale"))) + at("reconstruction"));
          },
        }),
    },
  ],
  rejects: [
    {
      name: "encoder's density forgotten",
      because: "without log q(z₀ | w) the bound is below the surprise",
      plausible: false,
      methods: () => changed("latent-bound", (inputs) => ({ ...inputs, encoder: 0 })),
    },
    {
      name: "scale on one side",
      because: "latents are scaled for the model, and the encoder's density stays that of unscaled ones",
      plausible: true,
      methods: () => changed("latent-bound", (inputs) => ({ ...inputs, scale: 1 })),
    },
    {
      name: "scale the wrong way",
      because: "d·log c is added where it is subtracted",
      plausible: true,
      methods: () => changed("latent-bound", (inputs) => ({ ...inputs, scale: 1 / number(inputs, "scale") })),
    },
    {
      name: "one dimension",
      because: "log c is counted once, not once per dimension",
      plausible: true,
      methods: () => changed("latent-bound", (inputs) => ({ ...inputs, dims: 1 })),
    },
  ],
});
