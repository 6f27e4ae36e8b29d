import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, discrete, straight, veSde, vpSde } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { linearChain, scaledLinearBetas } from "#properties/textbook/tables";
import { data, type Level } from "#properties/textbook/values";
import { klDataProcessing } from "#spec/kernel/kl-data-processing";
import { tensor } from "#spec/tensor";

/** Levels of its own making at the indices of the linear chain. */
function levelled(level: (t: number, right: (t: number) => Level) => Level, of: Chain = linearChain()): RawMethods {
  return book({ chain: of }, () => ({
    levels: ({ t }) => {
      const levels = Array.from(data(t), (time) => level(time, of.levels));
      return {
        alpha: tensor(Float64Array.from(levels, ({ alpha }) => alpha)),
        sigma: tensor(Float64Array.from(levels, ({ sigma }) => sigma)),
      };
    },
  }));
}

const fromAmplitude = (alpha: number): Level => ({ alpha, sigma: Math.sqrt(1 - alpha ** 2) });

export const klDataProcessingProperty: Property = property(klDataProcessing, {
  accepts: [
    { name: "textbook", methods: () => book({ chain: linearChain() }) },
    {
      name: "amplitudes in binary32",
      methods: () => levelled((t, right) => ({ alpha: Math.fround(right(t).alpha), sigma: Math.fround(right(t).sigma) })),
    },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    { name: "VP SDE", methods: () => book({ chain: vpSde() }) },
    { name: "exploding variance", methods: () => book({ chain: veSde() }) },
    { name: "constant schedule", methods: () => levelled(() => fromAmplitude(0.5)) },
  ],
  rejects: [
    {
      name: "last level of another chain",
      because: "the last ᾱ is that of the scaled-linear chain from 8.5e-4 to 0.012, which ends less noisy",
      plausible: true,
      methods: () => {
        const other = discrete(scaledLinearBetas(1000, 8.5e-4, 0.012));
        return levelled((t, right) => (t === 999 ? other.levels(t) : right(t)));
      },
    },
    {
      name: "end value subtracted twice",
      because: "√ᾱ is moved by twice its last value: the signal comes back with the other sign",
      plausible: true,
      methods: () => levelled((t, right) => fromAmplitude(right(t).alpha - 2 * right(999).alpha)),
    },
    {
      name: "logarithm of σ",
      because: "the table of an exploding chain holds log σ, whose size falls and rises again",
      precedent: "JX-01",
      plausible: false,
      methods: () => levelled((t, right) => ({ alpha: 1, sigma: Math.log(right(t).sigma) }), veSde()),
    },
    {
      name: "first index wraps around",
      because: "the table is read at t − 1, and index −1 is the noisiest entry",
      plausible: false,
      methods: () => levelled((t, right) => right(t === 0 ? 999 : t - 1)),
    },
    {
      name: "levels of the reversed table",
      because: "the table runs from noise to data although index 0 is declared clean",
      plausible: false,
      methods: () => levelled((t, right) => right(999 - t)),
    },
  ],
});
