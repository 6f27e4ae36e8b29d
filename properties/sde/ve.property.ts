import { type Property, property } from "#properties/engine/property";
import { veSde } from "#properties/textbook/chain";
import { sdeAs, shifted, veExact, walked } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { borrowed } from "#properties/textbook/wrong";
import { veKernel } from "#spec/sde/ve";

const chain = veSde();
const geometric = (t: number): number => 0.01 * (50 / 0.01) ** t;

export const veKernelProperty: Property = property(veKernel, {
  accepts: [
    { name: "textbook", methods: () => book({ chain }) },
    { name: "power for the exponential", methods: () => book({ chain }, () => walked((t) => ({ alpha: 1, sigma: geometric(t) }))) },
    { name: "exact kernel, declared", methods: () => book({ chain: veExact() }) },
    {
      name: "amplitudes in binary32",
      methods: () => book({ chain }, () => walked((t) => ({ alpha: 1, sigma: Math.fround(geometric(t)) }))),
    },
  ],
  rejects: [
    {
      name: "log σ used as σ",
      because: "the logarithm of the level is handed over as the level",
      precedent: "JX-01",
      plausible: false,
      methods: () => book({ chain }, () => walked((t) => ({ alpha: 1, sigma: Math.log(geometric(t)) }))),
    },
    {
      name: "one index late",
      because: "levels of the next of a thousand times",
      plausible: true,
      methods: () => book({ chain }, borrowed(book({ chain: shifted(chain, 1e-3) }), "levels")),
    },
    {
      name: "exact kernel, undeclared",
      because: "σ²(t) − σ²(0) where the approximation σ²(t) is declared",
      plausible: true,
      methods: () => book({ chain }, borrowed(book({ chain: veExact() }), "levels")),
    },
    {
      name: "approximation sold as the exact kernel",
      because: "σ²(t) where the exact kernel's σ²(t) − σ²(0) is declared",
      plausible: false,
      methods: () => book({ chain: veExact() }, borrowed(book({ chain }), "levels")),
    },
    {
      name: "diffusion without its 2",
      because: "g² = σ²·log(σ_max/σ_min) is half the rate of σ²",
      plausible: false,
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: 0, g2: geometric(t) ** 2 * Math.log(50 / 0.01) }))),
    },
    {
      name: "ends exchanged",
      because: "the level falls from σ_max to σ_min",
      plausible: false,
      methods: () => book({ chain }, () => walked((t) => ({ alpha: 1, sigma: geometric(1 - t) }))),
    },
    {
      name: "linear in time",
      because: "σ runs linearly between its ends",
      plausible: false,
      methods: () => book({ chain }, () => walked((t) => ({ alpha: 1, sigma: 0.01 + (50 - 0.01) * t }))),
    },
  ],
});
