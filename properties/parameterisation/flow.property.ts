import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, straight, veSde, vpSde } from "#properties/textbook/chain";
import { shifted } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { data, perSample } from "#properties/textbook/values";
import { asked, borrowed, elementwise } from "#properties/textbook/wrong";
import { affineVelocity } from "#spec/parameterisation/flow";
import { tensor } from "#spec/tensor";

const chain = straight();

/** Time from noise at 0 to data at 1; rates are against that time. */
const backwards: Chain = {
  time: { kind: "interval", first: 0, last: 1, clean: "last" },
  levels: (t) => ({ alpha: t, sigma: 1 - t }),
  rates: () => ({ alphaRate: 1, sigmaRate: -1 }),
  form: null,
};

/** A velocity with amplitudes of its own. */
const moving = (alphaRate: number, sigmaRate: number) => (): RawMethods => ({
  velocity: ({ x0, noise, t }) => {
    const eps = data(noise);
    return { value: tensor(perSample(data(x0), data(t), (x, k) => alphaRate * x + sigmaRate * (eps[k] ?? 0))) };
  },
});

export const affineVelocityProperty: Property = property(affineVelocity, {
  accepts: [
    { name: "textbook", methods: () => book({ chain }) },
    { name: "time towards data", methods: () => book({ chain: backwards }) },
    { name: "VP SDE", methods: () => book({ chain: vpSde() }) },
    { name: "exploding SDE", methods: () => book({ chain: veSde() }) },
    {
      name: "path that ends at σ_min",
      methods: () =>
        book({
          chain: { ...chain, levels: (t) => ({ alpha: 1 - t, sigma: 0.01 + 0.99 * t }), rates: () => ({ alphaRate: -1, sigmaRate: 0.99 }) },
        }),
    },
    { name: "states in binary32", methods: () => book({ chain }, elementwise("sample", "xt", Math.fround)) },
  ],
  rejects: [
    {
      name: "data minus noise",
      because: "the target of a path towards data, on one towards noise",
      precedent: "KO-03",
      plausible: false,
      methods: () => book({ chain }, moving(1, -1)),
    },
    {
      name: "clean data fed to the network",
      because: "the state is the data, whatever the time",
      precedent: "KO-03",
      plausible: false,
      methods: () =>
        book(
          { chain },
          asked("sample", () => ({ t: tensor(Float64Array.of(0)) })),
        ),
    },
    {
      name: "time reversed",
      because: "the state is noised at 1 − t",
      precedent: "KO-03",
      plausible: false,
      methods: () =>
        book(
          { chain },
          asked("sample", ({ t }) => ({ t: tensor(data(t).map((time) => 1 - time)) })),
        ),
    },
    {
      name: "target of another path",
      because: "(1 − σ_min)ε − x₀ belongs to the path that ends at σ_min = 0.01",
      plausible: true,
      methods: () => book({ chain }, moving(-1, 0.99)),
    },
    {
      name: "one index late",
      because: "the state is noised at the next of a thousand times",
      plausible: true,
      methods: () => book({ chain }, borrowed(book({ chain: shifted(chain, 1e-3) }), "sample")),
    },
    {
      name: "state of another path",
      because: "the noise starts at σ_min = 0.01, in the state alone",
      plausible: true,
      methods: () =>
        book({ chain }, borrowed(book({ chain: { ...chain, levels: (t) => ({ alpha: 1 - t, sigma: 0.01 + 0.99 * t }) } }), "sample")),
    },
  ],
});
