import { type Property, property, type RawMethods } from "#properties/engine/property";
import { cumulative, linearBetas } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { data } from "#properties/textbook/values";
import { bfloat16 } from "#spec/number/format";
import { ddpmToVp } from "#spec/sde/limit";
import { type Fields, tensor } from "#spec/tensor";

const options = { T: "num_train_timesteps", first: "beta_start", last: "beta_end" };

/** A chain whose length and ends are options; `abar` makes its table. */
function refined(abar: (count: number, first: number, last: number) => Float64Array): RawMethods {
  const tables = new Map<string, Float64Array>();
  const asked = (config: Fields): readonly [number, number, number] => [
    Number(config[options.T] ?? 1000),
    Number(config[options.first] ?? 1e-4),
    Number(config[options.last] ?? 0.02),
  ];
  const table = (config: Fields): Float64Array => {
    const key = asked(config).join();
    const known = tables.get(key) ?? abar(...asked(config));
    tables.set(key, known);
    return known;
  };
  return book({}, (right) => ({
    facts: (args, config) => {
      const [count, first, last] = asked(config);
      return {
        ...right["facts"]?.(args, config),
        time: { kind: "index", first: 0, last: count - 1, clean: "first" },
        form: { family: "beta-linear", T: count, first, last },
        level: "abar",
        refine: options,
      };
    },
    levels: ({ t }, config) => ({ level: tensor(data(t).map((index) => table(config)[index] ?? Number.NaN)) }),
  }));
}

const product = (count: number, first: number, last: number): Float64Array => cumulative(linearBetas(count, first, last));

/** βs at (k + shift)/N of the line between the ends. */
const stretched = (count: number, first: number, last: number, shift: number): Float64Array =>
  Float64Array.from({ length: count }, (_, k) => first + ((last - first) * (k + shift)) / count);

export const ddpmToVpProperty: Property = property(ddpmToVp, {
  accepts: [
    { name: "textbook", methods: () => refined(product) },
    {
      name: "sum of logarithms",
      methods: () =>
        refined((count, first, last) => {
          let sum = 0;
          return linearBetas(count, first, last).map((beta) => {
            sum += Math.log1p(-beta);
            return Math.exp(sum);
          });
        }),
    },
    { name: "β at i/N", methods: () => refined((count, first, last) => cumulative(stretched(count, first, last, 0))) },
    {
      name: "β in the middle of each step",
      methods: () => refined((count, first, last) => cumulative(stretched(count, first, last, 0.5))),
    },
    { name: "table in binary32", methods: () => refined((count, first, last) => product(count, first, last).map(Math.fround)) },
  ],
  rejects: [
    {
      name: "table in bfloat16",
      because: "ᾱ keeps eight bits, whose error stays when N grows",
      plausible: true,
      methods: () => refined((count, first, last) => product(count, first, last).map(bfloat16.round)),
    },
    {
      name: "strided table of a thousand",
      because: "chains of another length are read from the table of a thousand steps",
      plausible: true,
      methods: () =>
        refined((count, first, last) => {
          const thousand = product(1000, (first * count) / 1000, (last * count) / 1000);
          return Float64Array.from({ length: count }, (_, k) => thousand[Math.round((k * 999) / (count - 1))] ?? Number.NaN);
        }),
    },
    {
      name: "another last β",
      because: "the line ends at 1.05 of the asked β",
      plausible: true,
      methods: () => refined((count, first, last) => product(count, first, 1.05 * last)),
    },
    {
      name: "ends that do not shrink with N",
      because: "β runs from 10⁻⁴ to 0.02 whatever N",
      plausible: false,
      methods: () => refined((count) => product(count, 1e-4, 0.02)),
    },
    {
      name: "linear in the root",
      because: "√β runs linearly between the roots of the ends",
      plausible: false,
      methods: () =>
        refined((count, first, last) => cumulative(linearBetas(count, Math.sqrt(first), Math.sqrt(last)).map((root) => root ** 2))),
    },
    {
      name: "one factor per two steps",
      because: "the product runs over every other index",
      plausible: false,
      methods: () =>
        refined((count, first, last) => cumulative(linearBetas(count, first, last).map((beta, k) => (k % 2 === 0 ? beta : 0)))),
    },
  ],
});
