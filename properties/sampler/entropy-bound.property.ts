import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { entropyBound } from "#spec/sampler/entropy-bound";
import { type Fields, isTensor, number, tensor, vector } from "#spec/tensor";

interface Sorted {
  /** Positions by their entropies, the least first. */
  readonly order: readonly number[];
  readonly entropies: Float64Array;
  readonly bound: number;
}

const accepting = (
  count: (known: Sorted) => number,
  { of = (h: number) => h, at = (order: readonly number[]) => order } = {},
): RawMethods =>
  discreteBook({}, () => ({
    accepted: (args: Fields) => {
      const laws = vector(args, "laws");
      const n = isTensor(args["laws"]) ? (args["laws"].shape[0] ?? 1) : 1;
      const K = laws.length / n;
      const entropies = Float64Array.from({ length: n }, (_, i) =>
        laws.subarray(i * K, (i + 1) * K).reduce((sum, p) => (p === 0 ? sum : sum - p * Math.log(p)), 0),
      );
      const order = [...entropies.keys()].sort((a, b) => of((entropies[a] ?? 0) - (entropies[b] ?? 0)));
      const kept = new Float64Array(n);
      for (const i of at(order).slice(0, count({ order, entropies, bound: number(args, "bound") }))) kept[i] = 1;
      return { accepted: tensor(kept) };
    },
  }));

/** How many come before the first at which the running sum, with or without that token's own entropy, exceeds the bound. */
const within =
  (own: boolean, unit = 1) =>
  ({ order, entropies, bound }: Sorted): number => {
    let sum = 0;
    const first = order.findIndex((i) => {
      const h = (entropies[i] ?? 0) / unit;
      sum += h;
      return (own ? sum : sum - h) > bound;
    });
    return first < 0 ? order.length : first;
  };

export const entropyBoundProperty: Property = property(entropyBound, {
  accepts: [
    { name: "running sums", methods: () => accepting(within(false)) },
    {
      name: "one by one",
      methods: () =>
        accepting(({ order, entropies, bound }) => {
          let [count, sum] = [0, 0];
          while (count < order.length && sum <= bound) sum += entropies[order[count++] ?? 0] ?? 0;
          return count;
        }),
    },
  ],
  rejects: [
    {
      name: "the largest counted too",
      because: "the sum is held to the bound with the last token's own entropy, and where the bound is small nothing is committed",
      plausible: true,
      methods: () => accepting(within(true)),
    },
    {
      name: "one too many",
      because: "the token at which the sum exceeds the bound is committed as well",
      plausible: true,
      methods: () => accepting((known) => within(false)(known) + 1),
    },
    {
      name: "bits",
      because: "entropies in bits are held to a bound in nats",
      plausible: false,
      methods: () => accepting(within(false, Math.LN2)),
    },
    {
      name: "least sure first",
      because: "entropies are sorted the wrong way",
      plausible: false,
      methods: () => accepting(within(false), { of: (h) => -h }),
    },
    {
      name: "places not put back",
      because: "what is committed is told in the order of entropies, not of positions",
      plausible: false,
      methods: () => accepting(within(false), { at: (order) => order.map((_, k) => k) }),
    },
  ],
});
