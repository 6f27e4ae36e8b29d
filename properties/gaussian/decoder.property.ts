import { type Property, property, type RawMethods } from "#properties/engine/property";
import { book } from "#properties/textbook/methods";
import { cdf, greyMasses, table } from "#properties/textbook/tables";
import { discretizedDecoder } from "#spec/gaussian/decoder";
import { erf } from "#spec/number/special";
import { type Fields, number, tensor } from "#spec/tensor";

/** A decoder of its own making: K, mean and standard deviation in, K masses out. */
const decoding = (masses: (K: number, m: number, s: number) => Float64Array): RawMethods =>
  book({}, () => ({
    term: (args) => {
      const inputs = args["inputs"] as Fields;
      return { value: tensor(masses(number(inputs, "K"), number(inputs, "mean"), number(inputs, "std"))) };
    },
  }));

/** Masses bin by bin, from the distribution function at centre ± half. */
const binned = (K: number, mass: (centre: number, half: number, k: number) => number): Float64Array =>
  table(K, (k) => mass((2 * k) / (K - 1) - 1, 1 / (K - 1), k));

/** The approximation that improved-diffusion uses for Φ. */
const tanhCdf = (x: number): number => (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))) / 2;

/** Masses between edges that lie elsewhere; the outer bins reach to infinity. */
const between = (K: number, m: number, s: number, edge: (k: number) => number): Float64Array =>
  table(K, (k) => (k === K - 1 ? 1 : cdf((edge(k) - m) / s)) - (k === 0 ? 0 : cdf((edge(k - 1) - m) / s)));

export const discretizedDecoderProperty: Property = property(discretizedDecoder, {
  accepts: [
    { name: "textbook", methods: () => book() },
    {
      name: "bin by bin",
      methods: () =>
        decoding((K, m, s) =>
          binned(K, (c, h, k) => {
            const above = k === K - 1 ? 1 : erf((c + h - m) / (s * Math.SQRT2));
            const below = k === 0 ? -1 : erf((c - h - m) / (s * Math.SQRT2));
            return (above - below) / 2;
          }),
        ),
    },
    {
      name: "upper half by symmetry",
      methods: () =>
        decoding((K, m, s) =>
          binned(K, (c, h, k) => mirrored(k === 0 ? -Infinity : (c - h - m) / s, k === K - 1 ? Infinity : (c + h - m) / s)),
        ),
    },
    { name: "masses in binary32", methods: () => decoding((K, m, s) => greyMasses(K, m, s).map(Math.fround)) },
  ],
  rejects: [
    {
      name: "tanh for the error function",
      because: "Φ is replaced by its tanh approximation",
      plausible: true,
      methods: () => decoding((K, m, s) => greyMasses(K, m, s, tanhCdf)),
    },
    {
      name: "outer bins not extended",
      because: "the first and last bin end half a bin outside [−1, 1]; what lies beyond is lost",
      plausible: false,
      methods: () => decoding((K, m, s) => binned(K, (c, h) => cdf((c + h - m) / s) - cdf((c - h - m) / s))),
    },
    {
      name: "edges of K equal bins",
      because: "[−1, 1] is cut into K equal bins although the outer levels lie on ±1",
      plausible: true,
      methods: () => decoding((K, m, s) => between(K, m, s, (k) => (2 * (k + 1)) / K - 1)),
    },
    {
      name: "variance for standard deviation",
      because: "distances are divided by s² where s belongs",
      plausible: false,
      methods: () => decoding((K, m, s) => greyMasses(K, m, s * s)),
    },
    {
      name: "edges at the levels",
      because: "bins reach from a level to the next, not half a bin to either side",
      plausible: false,
      methods: () => decoding((K, m, s) => between(K, m, s, (k) => (2 * k) / (K - 1) - 1)),
    },
  ],
});

/** Φ(high) − Φ(low) computed in the tail where both are small. */
function mirrored(low: number, high: number): number {
  return low > 0 ? cdf(-low) - cdf(-high) : cdf(high) - cdf(low);
}
