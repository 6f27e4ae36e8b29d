import { type Property, property } from "#properties/engine/property";
import { linearBetas, vpSde } from "#properties/textbook/chain";
import { levelsAsAbar, linearRate, sdeAs, shifted, subvpSde, walked } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { answered, borrowed, both } from "#properties/textbook/wrong";
import { vpKernel } from "#spec/sde/vp";

const chain = vpSde();
const { total } = linearRate();

export const vpKernelProperty: Property = property(vpKernel, {
  accepts: [
    { name: "textbook", methods: () => book({ chain }) },
    {
      name: "levels given as ᾱ",
      methods: () =>
        book(
          { chain },
          both(
            answered("facts", () => ({ level: "abar" })),
            () => levelsAsAbar(chain),
          ),
        ),
    },
    {
      name: "log-mean first",
      methods: () =>
        book({ chain }, () =>
          walked((t) => {
            const log = -0.25 * t ** 2 * (20 - 0.1) - 0.5 * t * 0.1;
            return { alpha: Math.exp(log), sigma: Math.sqrt(1 - Math.exp(2 * log)) };
          }),
        ),
    },
    {
      name: "amplitudes in binary32",
      methods: () =>
        book({ chain }, () =>
          walked((t) => ({ alpha: Math.fround(Math.exp(-total(t) / 2)), sigma: Math.fround(Math.sqrt(-Math.expm1(-total(t)))) })),
        ),
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
      methods: () => book({ chain }, borrowed(book({ chain: vpSde(0.1, 20.1) }), "levels")),
    },
    {
      name: "product for the exponential",
      because: "the chain of a thousand steps is sold as the SDE",
      plausible: true,
      methods: () => {
        const betas = linearBetas(1000, 1e-4, 0.02);
        const abar = (t: number): number =>
          betas.reduce((product, beta, k) => (k < Math.round(1000 * t) ? product * (1 - beta) : product), 1);
        return book({ chain }, () => walked((t) => ({ alpha: Math.sqrt(abar(t)), sigma: Math.sqrt(1 - abar(t)) })));
      },
    },
    {
      name: "standard deviation of the sub-VP SDE",
      because: "the root is missing: σ = 1 − e^{−B}",
      plausible: false,
      methods: () => book({ chain }, borrowed(book({ chain: subvpSde() }), "levels")),
    },
    {
      name: "β with slope β_max",
      because: "the amplitudes are right, the diffusion's slope is not the difference of the ends",
      plausible: true,
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: -(0.1 + 20 * t) / 2, g2: 0.1 + 20 * t }))),
    },
    {
      name: "mean without its half",
      because: "α = e^{−B} is the amplitude squared",
      plausible: false,
      methods: () => book({ chain }, () => walked((t) => ({ alpha: Math.exp(-total(t)), sigma: Math.sqrt(-Math.expm1(-total(t))) }))),
    },
  ],
});
