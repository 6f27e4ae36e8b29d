import { describe, expect, test } from "vitest";
import { planOf } from "#properties/engine/plan";
import type { Configuration, OptionSpec, OptionValue, UnitSpec } from "#subjects/answerer";

const option = (name: string, values: readonly OptionValue[], drawn: OptionSpec["drawn"] = null): OptionSpec => ({
  name,
  kind: drawn === null ? "choice" : "number",
  stage: "construct",
  source: "annotation",
  default: values[0] ?? null,
  values,
  drawn,
});

const unitOf = (options: readonly OptionSpec[], excluded: UnitSpec["excluded"] = []): UnitSpec => ({
  name: "Unit",
  methods: ["facts"],
  options,
  leftOut: [],
  excluded,
  deviates: [],
  notes: [],
  source: null,
});

const options = [
  option("spacing", ["linspace", "leading", "trailing"]),
  option("order", [1, 2, 3]),
  option("karras", [false, true]),
  option("rho", [7], [1, 10, "log"]),
];

/** What a configuration gives an option; a drawn number goes by that name. */
const level = (config: Configuration, { name, values, default: fallback }: OptionSpec): string => {
  const value = name in config ? config[name] : fallback;
  return values.includes(value ?? null) ? JSON.stringify(value) : "drawn";
};
const levels = ({ values, drawn }: OptionSpec): readonly string[] => [
  ...values.map((value) => JSON.stringify(value)),
  ...(drawn === null ? [] : ["drawn"]),
];

/** All pairs of levels that some configuration has, of all that there are. */
function pairsIn(configurations: readonly Configuration[], of: readonly OptionSpec[]): { readonly seen: number; readonly all: number } {
  let [seen, all] = [0, 0];
  for (const [k, one] of of.entries())
    for (const other of of.slice(k + 1))
      for (const a of levels(one))
        for (const b of levels(other)) {
          all += 1;
          if (configurations.some((config) => level(config, one) === a && level(config, other) === b)) seen += 1;
        }
  return { seen, all };
}

const accepts = (): Promise<null> => Promise.resolve(null);

describe("what is tried together", () => {
  test("the defaults come first, then every value and every pair of values", async () => {
    const { configurations, coverage } = await planOf(unitOf(options), 1, 32, accepts);
    expect(configurations).toHaveLength(32);
    expect(configurations[0]).toEqual({});
    const { seen, all } = pairsIn(configurations, options);
    expect(seen).toBe(all);
    expect(coverage.pairs).toEqual({ possible: all, exercised: all });
    expect(coverage.values).toEqual({ documented: 10, exercised: 10 });
    expect(coverage.options.map(({ name, values, exercised }) => [name, values, exercised])).toEqual([
      ["spacing", 3, 3],
      ["order", 3, 3],
      ["karras", 2, 2],
      ["rho", 2, 2],
    ]);
  });

  test("with few rows, coverage says what was not reached", async () => {
    const { configurations, coverage } = await planOf(unitOf(options), 1, 4, accepts);
    const { seen, all } = pairsIn(configurations, options);
    expect(configurations).toHaveLength(4);
    expect(coverage.pairs).toEqual({ possible: all, exercised: seen });
    expect(seen).toBeLessThan(all);
  });

  test("drawn numbers lie within their bounds, and rows differ in them", async () => {
    const { configurations } = await planOf(unitOf(options), 1, 32, accepts);
    const drawn = configurations.flatMap(({ rho }) => (typeof rho === "number" ? [rho] : []));
    expect(drawn.length).toBeGreaterThan(8);
    for (const rho of drawn) expect(rho >= 1 && rho <= 10).toBe(true);
    expect(new Set(drawn).size).toBeGreaterThan(drawn.length / 2);
  });

  test("the same seed makes the same plan, another seed another one", async () => {
    const made = async (seed: number): Promise<string> => JSON.stringify((await planOf(unitOf(options), seed, 32, accepts)).configurations);
    expect(await made(3)).toBe(await made(3));
    expect(await made(3)).not.toBe(await made(4));
  });

  test("a unit without options has one configuration", async () => {
    expect((await planOf(unitOf([]), 1, 32, accepts)).configurations).toEqual([{}]);
  });
});

describe("refusals", () => {
  const has = (config: Configuration, wanted: Configuration): boolean =>
    Object.entries(wanted).every(([name, value]) => {
      const one = options.find((o) => o.name === name);
      return one !== undefined && level(config, one) === JSON.stringify(value);
    });
  const refusing =
    (combination: Configuration, words: string, asked: Configuration[] = []) =>
    (config: Configuration): Promise<string | null> => {
      asked.push(config);
      return Promise.resolve(has(config, combination) ? words : null);
    };

  test("the smallest combination is learned, in the subject's words, and never planned again", async () => {
    const combination = { spacing: "trailing", order: 3 };
    const { configurations, coverage } = await planOf(unitOf(options), 1, 32, refusing(combination, "no third order there"));
    expect(coverage.refused).toEqual([{ options: combination, because: "no third order there" }]);
    expect(configurations.filter((config) => has(config, combination))).toEqual([]);
    expect(configurations).toHaveLength(32);
    // The refusal is the documented answer to its pair.
    expect(coverage.pairs.exercised).toBe(coverage.pairs.possible);
  });

  test("a default that has a part in it is named", async () => {
    const combination = { spacing: "linspace", karras: true };
    const { configurations, coverage } = await planOf(unitOf(options), 1, 32, refusing(combination, "not with linspace"));
    expect(coverage.refused).toEqual([{ options: combination, because: "not with linspace" }]);
    expect(configurations.filter((config) => has(config, combination))).toEqual([]);
    expect(configurations.some(({ karras }) => karras === true)).toBe(true);
  });

  test("two refusals are told apart", async () => {
    const [one, two] = [{ karras: true, order: 2 }, { spacing: "leading" }];
    const probe = async (config: Configuration): Promise<string | null> =>
      (await refusing(one, "one")(config)) ?? (await refusing(two, "two")(config));
    const { configurations, coverage } = await planOf(unitOf(options), 1, 32, probe);
    expect(coverage.refused).toHaveLength(2);
    expect(coverage.refused).toContainEqual({ options: one, because: "one" });
    expect(coverage.refused).toContainEqual({ options: two, because: "two" });
    expect(configurations.filter((config) => has(config, one) || has(config, two))).toEqual([]);
  });

  test("a subject that refuses everything has no configuration", async () => {
    expect((await planOf(unitOf(options), 1, 32, () => Promise.resolve("never"))).configurations).toEqual([]);
  });

  test.each([1, 2])("order %i, excluded with karras, is never asked, not even to find out what another refusal takes", async (order) => {
    const excluded = { options: { karras: true, order }, because: "does not end" };
    for (let seed = 1; seed <= 8; seed++) {
      const asked: Configuration[] = [];
      const probe = refusing({ karras: true, spacing: "trailing" }, "refused", asked);
      const { configurations, coverage } = await planOf(unitOf(options, [excluded]), seed, 32, probe);
      expect(configurations).toHaveLength(32);
      expect([...asked, ...configurations].filter((config) => has(config, excluded.options))).toEqual([]);
      expect(coverage.refused).toContainEqual(excluded);
    }
  });
});
