/**
 * The suite's own structure: names, places, what rests on what, and that no tolerance is written down.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { properties } from "#properties/all";
import { ancestors } from "#properties/engine/finalise";
import type { Status } from "#spec/sources";

const root = fileURLToPath(new URL("../", import.meta.url));
const textOf = (file: string): string => readFileSync(root + file, "utf8");

/** TypeScript files below a folder, without tests and declarations. */
const sources = (folder: string): readonly string[] =>
  readdirSync(root + folder, { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".ts") && !/\.(test|d)\.ts$/.test(name));

const laws = properties.map(({ law }) => law);
const ids = laws.map(({ id }) => id);
const spec = sources("spec");

describe("names", () => {
  test("no two laws share one", () => {
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each(ids)("%s is theory.object or theory.object.conclusion…, and stands in the object's file", (id) => {
    expect(id).toMatch(/^[a-z]+\.[a-z0-9-]+(\.[a-z0-9-]+)*$/);
    const [theory, object] = id.split(".");
    expect(textOf(`spec/${theory}/${object}.ts`)).toContain(`"${id}"`);
  });

  test("every law of the spec has a property", () => {
    const stated = spec.flatMap((file) => [...textOf(file).matchAll(/^\s+id: "([^"]+)"/gm)].map(([, id]) => id));
    expect(stated.sort()).toEqual([...ids].sort());
  });

  test("every property is listed once", () => {
    const made = sources("properties")
      .filter((file) => file.endsWith(".property.ts"))
      .flatMap((file) => [...textOf(file).matchAll(/^export const (\w+): Property = /gm)].map(([, name]) => name));
    const lists = ["properties/all.ts", "properties/discrete.ts"].map((file) => textOf(file).split("readonly Property[] = [")[1] ?? "");
    expect([...lists.join("\n").matchAll(/^ {2}(\w+),$/gm)].map(([, name]) => name).sort()).toEqual(made.sort());
    expect(made).toHaveLength(properties.length);
  });
});

describe("what rests on what", () => {
  test("every law that another rests on exists", () => {
    const known = new Set<string>(ids);
    expect(laws.flatMap(({ id, restsOn }) => restsOn.filter((other) => !known.has(other)).map((other) => `${id} → ${other}`))).toEqual([]);
  });

  test("nothing rests on itself", () => {
    expect(ancestors(laws).size).toBe(laws.length);
    expect(() => ancestors([...laws, { id: "a.b", restsOn: ["a.c"] }, { id: "a.c", restsOn: ["a.b"] }])).toThrow("cycle");
  });
});

describe.each(laws.map((law) => [law.id, law] as const))("%s", (_, law) => {
  test("cites with a status, and names a place only where somebody looked", () => {
    const all: readonly Status[] = ["verified", "second-hand", "unverified", "derived"];
    for (const { status, place, text } of law.source) {
      expect(all).toContain(status);
      expect(text).not.toBe("");
      if (place !== undefined) expect(["verified", "second-hand"]).toContain(status);
    }
  });

  test("is a conversation", () => {
    expect(Object.prototype.toString.call(law.claim)).toBe("[object GeneratorFunction]");
    expect(law.title).toMatch(/^\p{Lu}.*\.$/u);
    expect(law.tolerance).not.toBe("");
    expect(law.statement.length).toBeGreaterThan(0);
  });
});

/**
 * Small literals that are no tolerances. Everything else that small is derived from a format's unit roundoff, which spec/number
 * defines.
 */
const documented: Readonly<Record<string, readonly string[]>> = {
  // The clip of Nichol and Dhariwal's code.
  "spec/schedule/cosine.ts": ["0.0001"],
  // ᾱ that cases draw.
  "spec/gaussian/prior.ts": ["2 ** -24", "2 ** -15", "2 ** -10"],
  // 1/α stays finite at α = 0.
  "spec/flow/velocity.ts": ["2 ** -20"],
  "spec/sampler/guidance.ts": ["2 ** -20"],
  "spec/sde/pfode.ts": ["2 ** -20"],
  // Laws that cases draw have no zero but where the mask is.
  "spec/categorical/table.ts": ["2 ** -20"],
  // Where a divergence is taken from its series: no tolerance, the two ways agree there.
  "spec/kernel/kl-data-processing.ts": ["2 ** -12"],
  // Where Newton's method stops: its next step would be the square of this one.
  "spec/sampler/flow-map.ts": ["2 ** -30"],
  // The run's false-alarm budget, which the design fixes.
  "properties/engine/budget.ts": ["10 ** -9"],
};

const uncommented = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
const smallLiteral = /\b\d+(?:\.\d*)?e-\d+|(?<![\w.])0?\.000\d+|\b(?:2|10) \*\* -\d+/gi;

describe("no tolerance is written down", () => {
  test.each(["1e-6", "x < 2.5E-8", "0.000001", "tolerance: .0005", "10 ** -6", "2 ** -40"])("%s would be seen", (text) => {
    expect(uncommented(text).match(smallLiteral)).toHaveLength(1);
  });

  test.each(["1e6", "0.05", "10.0001", "2 ** -format.precision", "// 1e-6", "x ** -2"])("%s is not mistaken for one", (text) => {
    expect(uncommented(text).match(smallLiteral)).toBeNull();
  });

  test("small literals are those that are documented", () => {
    const files = [...spec.filter((file) => !file.startsWith("spec/number/")), ...sources("properties/engine")];
    const found = files.flatMap((file) => {
      const literals = uncommented(textOf(file)).match(smallLiteral);
      return literals === null ? [] : [[file, [...literals]] as const];
    });
    expect(Object.fromEntries(found)).toEqual(documented);
  });

  test("versions make no evidence, so that their numbers are mistakes and no tolerances", () => {
    const outside = sources("properties").filter((file) => !file.startsWith("properties/engine/"));
    expect(outside.filter((file) => textOf(file).includes('"#spec/evidence"'))).toEqual([]);
  });
});

test("no source is longer than 300 lines", () => {
  const folders = ["bench", "cli", "examples", "experiments", "impl", "properties", "reports", "spec", "subjects"];
  const files = folders.flatMap((folder) =>
    readdirSync(root + folder, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
  );
  const long = files.filter((file) => /\.(ts|js|py)$/.test(file) && textOf(file).split("\n").length > 301);
  expect(files.length).toBeGreaterThan(300);
  expect(long).toEqual([]);
});

test("the spec imports the spec, and packages that compute", () => {
  const packages = new Set(["fast-check", "decimal.js", "mathjs", "mathjs/lib/browser/math.js", "@petamoriken/float16"]);
  const strange = spec.flatMap((file) =>
    [...uncommented(textOf(file)).matchAll(/\b(?:from\s+|import\s*\(?\s*)["']([^"']+)["']/g)]
      .map(([, from = ""]) => from)
      .filter((from) => !from.startsWith("#spec/") && !packages.has(from))
      .map((from) => `${file} imports ${from}`),
  );
  expect(strange).toEqual([]);
});
