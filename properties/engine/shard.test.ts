import { expect, test } from "vitest";
import { dearestFirst, shardOf } from "#properties/engine/shard";

const units = Array.from({ length: 37 }, (_, k) => `Unit${k}`);
const costs = Object.fromEntries(units.slice(0, 30).map((unit, k) => [unit, 1 + ((k * 7) % 11)]));
const shards = (of: readonly string[], count: number): readonly (readonly string[])[] =>
  Array.from({ length: count }, (_, k) => [...shardOf(of, costs, { index: k + 1, count })]);

test.each([1, 2, 3, 5, 8, 37, 50])("%i shards hold every unit once", (count) => {
  expect(shards(units, count).flat().sort()).toEqual([...units].sort());
});

test("every machine cuts alike, in whatever order it lists the units", () => {
  const sorted = (parts: readonly (readonly string[])[]): unknown => parts.map((part) => [...part].sort());
  const listed = sorted(shards(units, 5));
  for (const order of [[...units].reverse(), [...units.slice(20), ...units.slice(0, 20)]]) expect(sorted(shards(order, 5))).toEqual(listed);
});

test("the dearest shard costs at most one unit more than the cheapest", () => {
  const costOf = (unit: string): number => costs[unit] ?? 6;
  const loads = shards(units, 4).map((part) => part.reduce((sum, unit) => sum + costOf(unit), 0));
  expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(11);
});

test("without any costs units are dealt out evenly", () => {
  const sizes = Array.from({ length: 4 }, (_, k) => shardOf(units, {}, { index: k + 1, count: 4 }).size);
  expect(sizes.sort()).toEqual([10, 9, 9, 9].sort());
});

test("units are begun by cost, unknown ones as dear as the median", () => {
  const named = (names: readonly string[]): readonly { readonly name: string }[] => names.map((name) => ({ name }));
  const order = dearestFirst(named(["cheap", "new", "dear", "usual"]), { cheap: 1, usual: 2, dear: 9 });
  expect(order.map(({ name }) => name)).toEqual(["dear", "new", "usual", "cheap"]);
});
