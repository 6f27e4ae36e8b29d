import { expect, test } from "vitest";
import { properties } from "#properties/all";
import { subjectOf } from "#properties/engine/controls";
import { efforts } from "#properties/engine/effort";
import type { RawMethods } from "#properties/engine/property";
import { unattended, verify } from "#properties/engine/run";
import { discreteBook } from "#properties/textbook/discrete";
import { absorbingChain } from "#properties/textbook/process";

/** What a subject with these methods would hold with, by law. */
async function consistent(methods: RawMethods): Promise<Readonly<Record<string, string | null>>> {
  const { quick } = efforts;
  if (quick === undefined) throw new Error("no effort quick");
  const laws = ["kernel.row-stochastic", "categorical.q.absorbing"];
  const { verdicts } = await verify({
    ...unattended,
    subjects: [subjectOf("somebody's", { name: "chain", methods: () => methods })],
    selection: { properties: properties.filter(({ law }) => laws.includes(law.id)), unit: () => true },
    effort: quick,
  });
  return Object.fromEntries(verdicts.map(({ law, status, consistentWith }) => [law, status === "violated" ? consistentWith : status]));
}

const process = absorbingChain();

test.each([
  ["row", "column", "matrices read by rows (orientation row)"],
  ["column", "row", "matrices read by columns (orientation column)"],
] as const)("matrices printed by %s and declared by %s are told from wrong ones", async (orientation, declared, words) => {
  const found = await consistent(discreteBook({ process, orientation, declares: { orientation: declared } }));
  expect(found).toEqual({ "kernel.row-stochastic": words, "categorical.q.absorbing": words });
});

test("a survival that is a move chance is told from a wrong one", async () => {
  const found = await consistent(discreteBook({ process, declares: { level: "move-chance" } }));
  expect(found).toEqual({
    "kernel.row-stochastic": "holds",
    "categorical.q.absorbing": "levels that are the probability a of being left alone",
  });
});
