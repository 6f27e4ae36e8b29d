import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook, drawnBy, streamOf } from "#properties/textbook/discrete";
import { categoricalTail } from "#spec/sampler/categorical";
import { uniforms } from "#spec/stream";
import { type Fields, number, tensor, vector } from "#spec/tensor";

/** Draws from a law that may be changed, by inversion. */
const drawing = (change: (law: Float64Array) => Float64Array): RawMethods =>
  discreteBook({}, () => ({
    draw: (args: Fields) => ({ states: tensor(drawnBy(change(vector(args, "law")), uniforms(streamOf(args), 0, number(args, "count")))) }),
  }));

const normalised = (law: Float64Array): Float64Array => {
  const total = law.reduce((a, b) => a + b, 0);
  return law.map((p) => p / total);
};

export const categoricalTailProperty: Property = property(categoricalTail, {
  accepts: [
    { name: "inversion", methods: () => discreteBook() },
    { name: "inversion of a law in binary32", methods: () => drawing((law) => normalised(law.map(Math.fround))) },
  ],
  rejects: [
    {
      name: "tail cut off",
      because: "tokens that are 2²⁰ times rarer than the likeliest are never drawn, as in a race of exponentials with coarse uniforms",
      plausible: true,
      methods: () =>
        drawing((law) => {
          const least = law.reduce((top, p) => Math.max(top, p), 0) * 2 ** -20;
          return normalised(law.map((p) => (p < least ? 0 : p)));
        }),
    },
    {
      name: "floor on probabilities",
      because: "10⁻⁶ is added to every token's probability: over the vocabulary it adds up",
      plausible: true,
      methods: () => drawing((law) => normalised(law.map((p) => p + 1e-6))),
    },
    {
      name: "later half rarer",
      because: "the later half of the vocabulary is drawn half as often as it should be",
      plausible: false,
      methods: () => drawing((law) => normalised(law.map((p, k) => (k > law.length / 2 ? p / 2 : p)))),
    },
  ],
});
