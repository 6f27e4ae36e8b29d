import { type Property, property, type RawMethods } from "#properties/engine/property";
import { cumulative, linearBetas } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { published, scaledLinearBetas, zeroTerminal } from "#properties/textbook/tables";
import { zeroTerminal as law } from "#spec/schedule/zero-terminal";

/** A quarter of the usual steps, each four times as long. */
const shortBetas = (): Float64Array => linearBetas(250, 4e-4, 0.08);

/** A schedule that publishes ᾱ before and after rescaling. */
const rescaling =
  (rescale: (abar: Float64Array) => Float64Array, betas: () => Float64Array = shortBetas): (() => RawMethods) =>
  () =>
    book({}, () => {
      const unrescaled = cumulative(betas());
      const answer = published({ abar: rescale(unrescaled), unrescaled });
      return { tables: () => answer };
    });

/** Rescaling √ᾱ by a line through first and last value. */
const byRoots =
  (line: (root: number, first: number, last: number) => number) =>
  (abar: Float64Array): Float64Array => {
    const roots = abar.map(Math.sqrt);
    const [first = 1, last = 0] = [roots[0], roots[roots.length - 1]];
    return roots.map((a) => line(a, first, last) ** 2);
  };

/** The last value replaced. */
const ending = (value: number, abar: Float64Array): Float64Array => abar.map((a, k) => (k === abar.length - 1 ? value : a));

/** Back to β and through their product again. */
function throughBetas(abar: Float64Array): Float64Array {
  return cumulative(abar.map((a, k) => 1 - a / (abar[k - 1] ?? 1)));
}

export const zeroTerminalProperty: Property = property(law, {
  accepts: [
    { name: "textbook", methods: rescaling(zeroTerminal) },
    { name: "through β and back", methods: rescaling((abar) => throughBetas(zeroTerminal(abar))) },
    { name: "gain formed once", methods: rescaling(byRoots((a, first, last) => (a - last) * (first / (first - last)))) },
    { name: "ᾱ in binary32", methods: rescaling((abar) => zeroTerminal(abar).map(Math.fround)) },
    { name: "scaled linear", methods: rescaling(zeroTerminal, () => scaledLinearBetas(250, 0.0034, 0.048)) },
    { name: "rescaled already", methods: rescaling(zeroTerminal, () => rescaledBetas()) },
  ],
  rejects: [
    {
      name: "last value patched",
      because: "the last ᾱ is set to 2⁻²⁴ so that nothing divides by zero",
      plausible: true,
      methods: rescaling((abar) => ending(2 ** -24, zeroTerminal(abar))),
    },
    {
      name: "last value alone",
      because: "only the last ᾱ becomes 0, the rest is left as it was",
      plausible: true,
      methods: rescaling((abar) => ending(0, abar)),
    },
    {
      name: "moved, not stretched",
      because: "the last root is subtracted everywhere and the first value is not restored",
      plausible: true,
      methods: rescaling(byRoots((a, _, last) => a - last)),
    },
    {
      name: "affine in ᾱ",
      because: "ᾱ is moved and stretched where its root should be",
      plausible: true,
      methods: rescaling((abar) => {
        const [first = 1, last = 0] = [abar[0], abar[abar.length - 1]];
        return abar.map((a) => ((a - last) * first) / (first - last));
      }),
    },
    {
      name: "root not squared again",
      because: "the rescaled √ᾱ is published as ᾱ",
      plausible: false,
      methods: rescaling((abar) => zeroTerminal(abar).map(Math.sqrt)),
    },
  ],
});

/** β of a chain that ends without signal. */
function rescaledBetas(): Float64Array {
  const abar = zeroTerminal(cumulative(shortBetas()));
  return abar.map((a, k) => 1 - a / (abar[k - 1] ?? 1));
}
