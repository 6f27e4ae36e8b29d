import { expect, test } from "vitest";
import { properties } from "#properties/all";
import { draw } from "#properties/engine/cases";
import { hash, random } from "#properties/engine/random";
import { sharedFields } from "#spec/domain";
import type { AnyLaw } from "#spec/law";

const lawOf = (id: string): AnyLaw => {
  const found = properties.find(({ law }) => law.id === id)?.law;
  if (found === undefined) throw new Error(`no law ${id}`);
  return found;
};
const [marginal, batch] = [lawOf("gaussian.forward.marginal"), lawOf("metamorphic.batch")];

const numbers = (name: string): readonly number[] => {
  const generator = random(name);
  return Array.from({ length: 4 }, () => generator.nextInt(0, 2 ** 30));
};

test("hashes are the same on every machine and in every release", () => {
  expect(["", "a", "1|Unit|0|x0", "ᾱ"].map((text) => hash(text))).toEqual([2872998923, 444641715, 3507983200, 1089943781]);
  expect(numbers("1|Unit|0|x0")).toEqual([786984093, 982918981, 916538452, 643095774]);
});

test("a generator belongs to its name, whatever was drawn before", () => {
  const first = numbers("a");
  numbers("b");
  expect(numbers("a")).toEqual(first);
  expect(numbers("b")).not.toEqual(first);
});

test("a case depends on seed, unit and index, and on nothing else", () => {
  const value = (seed: number, unit: string, index: number): unknown => draw(marginal, seed, unit, index).value;
  const first = value(1, "Unit", 5);
  draw(batch, 1, "Unit", 4);
  expect(value(1, "Unit", 5)).toEqual(first);
  for (const other of [value(2, "Unit", 5), value(1, "Other", 5), value(1, "Unit", 6)]) expect(other).not.toEqual(first);
});

test("laws share the fields that are shared, and draw their own", () => {
  const fields = Object.keys(marginal.cases).filter((field) => field in batch.cases && sharedFields.has(field));
  expect(fields.length).toBeGreaterThanOrEqual(3);
  for (let index = 0; index < 16; index++) {
    const [a, b] = [draw(marginal, 1, "Unit", index).value, draw(batch, 1, "Unit", index).value];
    for (const field of fields) expect(a[field]).toEqual(b[field]);
  }
  // The same field of two laws that is not shared: drawn by either for itself.
  const renamed: AnyLaw = { ...batch, id: "metamorphic.other" };
  const own = (law: AnyLaw): unknown => Array.from({ length: 16 }, (_, index) => draw(law, 1, "Unit", index).value["other"]);
  expect(own(renamed)).not.toEqual(own(batch));
});
