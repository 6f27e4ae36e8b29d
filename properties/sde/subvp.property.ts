import { type Property, property } from "#properties/engine/property";
import { vpSde } from "#properties/textbook/chain";
import { linearRate, sdeAs, shifted, subvpSde, walked } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { borrowed } from "#properties/textbook/wrong";
import { subvpKernel } from "#spec/sde/subvp";

const chain = subvpSde();
const { beta, total } = linearRate();

export const subvpKernelProperty: Property = property(subvpKernel, {
  accepts: [
    { name: "textbook", methods: () => book({ chain }) },
    {
      name: "log-mean first",
      methods: () =>
        book({ chain }, () =>
          walked((t) => {
            const log = -0.25 * t ** 2 * (20 - 0.1) - 0.5 * t * 0.1;
            return { alpha: Math.exp(log), sigma: 1 - Math.exp(2 * log) };
          }),
        ),
    },
    {
      name: "amplitudes in binary32",
      methods: () =>
        book({ chain }, () => walked((t) => ({ alpha: Math.fround(Math.exp(-total(t) / 2)), sigma: Math.fround(-Math.expm1(-total(t))) }))),
    },
  ],
  rejects: [
    {
      name: "one index late",
      because: "levels of the next of a thousand times",
      plausible: true,
      methods: () => book({ chain }, borrowed(book({ chain: shifted(chain, 1e-3) }), "levels")),
    },
    {
      name: "slope β_max",
      because: "B = β_min·t + β_max·t²/2: the slope is the difference of the ends",
      plausible: true,
      methods: () => book({ chain }, borrowed(book({ chain: subvpSde(0.1, 20.1) }), "levels")),
    },
    {
      name: "VP's standard deviation",
      because: "σ = √(1 − e^{−B}): what stands there is the standard deviation already",
      plausible: true,
      methods: () => book({ chain }, borrowed(book({ chain: vpSde() }), "levels")),
    },
    {
      name: "diffusion of VP",
      because: "g² = β lacks the factor 1 − e^{−2B}",
      plausible: true,
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: -beta(t) / 2, g2: beta(t) }))),
    },
    {
      name: "variance of the kernel",
      because: "σ is squared where the standard deviation belongs",
      plausible: true,
      methods: () => book({ chain }, () => walked((t) => ({ alpha: Math.exp(-total(t) / 2), sigma: Math.expm1(-total(t)) ** 2 }))),
    },
  ],
});
