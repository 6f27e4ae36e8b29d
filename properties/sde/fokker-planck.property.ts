import { type Property, property } from "#properties/engine/property";
import { straight, veSde, vpSde } from "#properties/textbook/chain";
import { linearRate, sdeAs, sdeOf, shifted, subvpSde } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { data } from "#properties/textbook/values";
import { borrowed } from "#properties/textbook/wrong";
import { fokkerPlanck } from "#spec/sde/fokker-planck";
import { tensor } from "#spec/tensor";

const chain = vpSde();
const { beta, total } = linearRate();

export const fokkerPlanckProperty: Property = property(fokkerPlanck, {
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
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: -beta(t) / 2, g2: beta(t + 1e-3) }))),
    },
    {
      name: "another β_max",
      because: "drift and diffusion of a schedule that ends at 20.1",
      plausible: true,
      methods: () => book({ chain }, () => sdeAs((t) => sdeOf(vpSde(0.1, 20.1), t))),
    },
    {
      name: "levels of a neighbouring time",
      because: "amplitudes of the next of a thousand times, rates and coefficients of this one",
      plausible: true,
      methods: () => book({ chain }, borrowed(book({ chain: shifted(chain, 1e-3) }), "levels")),
    },
    {
      name: "variance's rate for σ's",
      because: "dσ²/dt is reported where dσ/dt belongs",
      plausible: false,
      methods: () =>
        book({ chain }, () => ({
          rates: ({ t }) => ({
            alphaRate: tensor(data(t).map((time) => (-beta(time) / 2) * Math.exp(-total(time) / 2))),
            sigmaRate: tensor(data(t).map((time) => beta(time) * Math.exp(-total(time)))),
          }),
        })),
    },
    {
      name: "g for g²",
      because: "the diffusion coefficient where its square belongs",
      plausible: false,
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: -beta(t) / 2, g2: Math.sqrt(beta(t)) }))),
    },
    {
      name: "drift without its half",
      because: "f = −β",
      plausible: false,
      methods: () => book({ chain }, () => sdeAs((t) => ({ f: -beta(t), g2: beta(t) }))),
    },
  ],
});
