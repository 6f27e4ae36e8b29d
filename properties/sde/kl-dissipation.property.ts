import { type Property, property } from "#properties/engine/property";
import { straight, veSde, vpSde } from "#properties/textbook/chain";
import { linearRate, sdeAs, sdeOf, shifted, subvpSde } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { data } from "#properties/textbook/values";
import { answered } from "#properties/textbook/wrong";
import { klDissipation } from "#spec/sde/kl-dissipation";
import { tensor } from "#spec/tensor";

const chain = vpSde();
const { beta, total } = linearRate();

export const klDissipationProperty: Property = property(klDissipation, {
  accepts: [
    { name: "textbook", methods: () => book({ chain }) },
    { name: "β in closed form", methods: () => book({ chain }, () => sdeAs((t) => ({ f: -beta(t) / 2, g2: beta(t) }))) },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    { name: "exploding SDE", methods: () => book({ chain: veSde() }) },
    { name: "sub-VP SDE", methods: () => book({ chain: subvpSde() }) },
  ],
  rejects: [
    {
      name: "diffusion one index late",
      because: "g² of the next of a thousand times",
      plausible: true,
      methods: () => book({ chain }, () => sdeAs((t) => sdeOf(shifted(chain, 1e-3), t))),
    },
    {
      name: "slope β_max",
      because: "β = β_min + β_max·t: the slope is the difference of the ends",
      plausible: true,
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: -(0.1 + 20 * t) / 2, g2: 0.1 + 20 * t }))),
    },
    {
      name: "rate of α one index late",
      because: "α̇ is that of the next of a thousand times",
      plausible: true,
      methods: () =>
        book(
          { chain },
          answered("rates", (_, { t }) => ({
            alphaRate: tensor(data(t).map((time) => (-beta(time + 1e-3) / 2) * Math.exp(-total(time + 1e-3) / 2))),
          })),
        ),
    },
    {
      name: "half of g²",
      because: "the factor ½ of the identity is put into the diffusion as well",
      plausible: false,
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: -beta(t) / 2, g2: beta(t) / 2 }))),
    },
    {
      name: "rate of the variance alone",
      because: "g² = dσ²/dt leaves out what the drift contracts",
      plausible: false,
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: -beta(t) / 2, g2: beta(t) * Math.exp(-total(t)) }))),
    },
  ],
});
