import { type Property, property, type RawMethods } from "#properties/engine/property";
import { consistent, leastLevel, preconditioned, sigmaData } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { consistencyBoundary } from "#spec/parameterisation/consistency";

const bounded = (made: { readonly cskip: number; readonly cout: number }): RawMethods =>
  book({}, () => ({ boundary: () => ({ cskip: made.cskip, cout: made.cout }) }));

/** Latent consistency models: time is scaled, and c_out lacks σ_data. */
const latent = (time: number): RawMethods => {
  const scaled = 10 * time;
  return bounded({ cskip: sigmaData ** 2 / (scaled ** 2 + sigmaData ** 2), cout: scaled / Math.sqrt(scaled ** 2 + sigmaData ** 2) });
};

/** On the circle: the state turned back by its angle. */
const circular = (angle: number): RawMethods => bounded({ cskip: Math.cos(angle), cout: -Math.sin(angle) });

export const consistencyBoundaryProperty: Property = property(consistencyBoundary, {
  accepts: [
    { name: "textbook", methods: () => book() },
    { name: "latent consistency model", methods: () => latent(0) },
    { name: "circle", methods: () => circular(0) },
    { name: "straight path", methods: () => bounded({ cskip: 1, cout: -0 }) },
    {
      name: "least level from a Karras grid",
      methods: () => bounded(consistent((80 ** (1 / 7) + (leastLevel ** (1 / 7) - 80 ** (1 / 7))) ** 7, leastLevel)),
    },
  ],
  rejects: [
    {
      name: "EDM's coefficients",
      because: "the level is not counted from σ_min: the network is heard with weight 0.002",
      plausible: true,
      methods: () => bounded(preconditioned(leastLevel)),
    },
    {
      name: "σ_min of another grid",
      because: "the level is counted from 0.02 on a grid that ends at 0.002",
      plausible: true,
      methods: () => bounded(consistent(leastLevel, 0.02)),
    },
    {
      name: "least index 1",
      because: "the first of a thousand times is counted as 0.001, not as 0",
      plausible: true,
      methods: () => latent(1e-3),
    },
    {
      name: "angle of σ_min",
      because: "the angle arctan(σ_min/σ_data) is not taken off",
      plausible: true,
      methods: () => circular(Math.atan(leastLevel / sigmaData)),
    },
    {
      name: "index unscaled",
      because: "index 1 times the scale 10: almost nothing of the state is left",
      plausible: false,
      methods: () => latent(1),
    },
    {
      name: "coefficients exchanged",
      because: "c_out multiplies the state, c_skip the output",
      plausible: false,
      methods: () => bounded({ cskip: 0, cout: 1 }),
    },
  ],
});
