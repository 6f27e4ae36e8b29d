import { type Property, property } from "#properties/engine/property";
import { straight, veSde, vpSde } from "#properties/textbook/chain";
import { linearRate, sdeAs, sdeOf, shifted, subvpSde } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { sdeCoefficients } from "#spec/sde/coeffs";

const chain = vpSde();
const { beta, total } = linearRate();

export const sdeCoefficientsProperty: Property = property(sdeCoefficients, {
  accepts: [
    { name: "textbook", methods: () => book({ chain }) },
    { name: "β in closed form", methods: () => book({ chain }, () => sdeAs((t) => ({ f: -beta(t) / 2, g2: beta(t) }))) },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    { name: "exploding SDE", methods: () => book({ chain: veSde() }) },
    { name: "sub-VP SDE", methods: () => book({ chain: subvpSde() }) },
  ],
  rejects: [
    {
      name: "slope β_max",
      because: "β = β_min + β_max·t: the slope is the difference of the ends",
      plausible: true,
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: -(0.1 + 20 * t) / 2, g2: 0.1 + 20 * t }))),
    },
    {
      name: "one index late",
      because: "coefficients of the next of a thousand times",
      plausible: true,
      methods: () => book({ chain }, () => sdeAs((t) => sdeOf(shifted(chain, 1e-3), t))),
    },
    {
      name: "diffusion of the sub-VP SDE",
      because: "g² = β(1 − e^{−2B}) belongs to the kernel with standard deviation 1 − e^{−B}",
      plausible: false,
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: -beta(t) / 2, g2: -beta(t) * Math.expm1(-2 * total(t)) }))),
    },
    {
      name: "rate of the variance alone",
      because: "g² = dσ²/dt leaves out what the drift contracts",
      plausible: false,
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: -beta(t) / 2, g2: beta(t) * Math.exp(-total(t)) }))),
    },
    {
      name: "g for g²",
      because: "the diffusion coefficient where its square belongs",
      plausible: false,
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: -beta(t) / 2, g2: Math.sqrt(beta(t)) }))),
    },
    {
      name: "drift away from zero",
      because: "the drift has the sign of the reverse process",
      plausible: false,
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: beta(t) / 2, g2: beta(t) }))),
    },
  ],
});
