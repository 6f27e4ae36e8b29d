import { type Property, property } from "#properties/engine/property";
import { embeddingBook, embeddingBound, embeddingOf, type Parts, squared, termBook } from "#properties/textbook/latent";
import { embeddedBound, rounding } from "#spec/latent/embed";

const d = 3;
const cosine = (z: Float64Array, e: Float64Array): number =>
  -z.reduce((sum, x, j) => sum + x * (e[j] ?? 0), 0) / (Math.hypot(...z) * Math.hypot(...e));
const product = (z: Float64Array, e: Float64Array): number => -z.reduce((sum, x, j) => sum + x * (e[j] ?? 0), 0);

/** Two tokens' points, almost one. */
const close = (): Float64Array => {
  const points = embeddingOf();
  points.set(
    points.subarray(0, d).map((x) => x + 0.05),
    d,
  );
  return points;
};

export const roundingProperty: Property = property(rounding, {
  accepts: [
    { name: "nearest point", methods: () => embeddingBook(close()) },
    {
      name: "distances by products",
      methods: () => embeddingBook(close(), d, (z, e) => squared(e, new Float64Array(d)) + 2 * product(z, e)),
    },
    { name: "two tokens on a line", methods: () => embeddingBook(Float64Array.of(-1, 1), 1) },
    { name: "encoded in binary32", methods: () => embeddingBook(close(), d, squared, (all) => all.map(Math.fround)) },
  ],
  rejects: [
    {
      name: "largest product",
      because: "the embedding with the largest inner product is not the nearest unless all have one length",
      plausible: false,
      methods: () => embeddingBook(close(), d, product),
    },
    {
      name: "largest cosine",
      because: "angles forget lengths: two points on one ray are one",
      plausible: true,
      methods: () =>
        embeddingBook(
          close().map((x, k) => (k < 2 * d ? (embeddingOf()[k % d] ?? 0) * (k < d ? 1 : 1.05) : x)),
          d,
          cosine,
        ),
    },
    {
      name: "normalised on the way in alone",
      because: "points are divided by their length before noise, and compared with points that are not",
      plausible: false,
      methods: () =>
        embeddingBook(close(), d, squared, (all) => all.map((x, k) => x / Math.hypot(...all.subarray(k - (k % d), k - (k % d) + d)))),
    },
    {
      name: "one coordinate left out",
      because: "the distance sums all coordinates but the last",
      plausible: true,
      methods: () =>
        embeddingBook(
          close().map((x, k) => (k < 2 * d && k % d < d - 1 ? (close()[k % d] ?? 0) : x)),
          d,
          (z, e) => squared(z.subarray(0, d - 1), e.subarray(0, d - 1)),
        ),
    },
  ],
});

const bound = (parts: Parts): ReturnType<typeof termBook> => termBook({ "embedding-bound": (inputs) => embeddingBound(inputs, parts) });

export const embeddedBoundProperty: Property = property(embeddedBound, {
  accepts: [
    { name: "forty nodes", methods: () => termBook() },
    { name: "thirty nodes", methods: () => bound({ nodes: 30 }) },
  ],
  rejects: [
    { name: "no prior term", because: "what the last state still tells is left out", plausible: true, methods: () => bound({ prior: 0 }) },
    { name: "no reconstruction", because: "rounding is treated as free", plausible: false, methods: () => bound({ reconstruction: 0 }) },
    {
      name: "flat decoder",
      because: "the decoder forgets how often each token comes",
      plausible: false,
      methods: () => bound({ weighed: false }),
    },
    { name: "half of the diffusion term", because: "½ is applied twice", plausible: false, methods: () => bound({ diffusion: 0.5 }) },
    {
      name: "diffusion term a little large",
      because: "T/(T − 1) remains from a sum over steps of which one was dropped",
      plausible: true,
      methods: () => bound({ diffusion: 50 / 49 }),
    },
  ],
});
