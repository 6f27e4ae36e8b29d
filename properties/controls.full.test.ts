/**
 * reports/found/controls.json: of each law how many right versions were accepted and wrong ones rejected, and the smallest distance of a
 * wrong one from the right one, relative to its size. `vitest -u` writes it anew.
 */
import { expect, test } from "vitest";
import { properties } from "#properties/all";
import { runControls } from "#properties/engine/controls";

test("the table of controls is that of the laws", { timeout: 600_000 }, async () => {
  const table: Record<string, { accepted: number; rejected: number; smallest: number }> = {};
  for (const property of [...properties].sort((a, b) => (a.law.id < b.law.id ? -1 : 1))) {
    const reports = runControls([property]);
    expect(reports.filter(({ expected, got }) => expected !== got)).toEqual([]);
    const distances = reports.flatMap(({ expected, distance }) => (expected === "rejected" && distance !== null ? [distance] : []));
    table[property.law.id] = {
      accepted: reports.filter(({ got }) => got === "accepted").length,
      rejected: reports.filter(({ got }) => got === "rejected").length,
      smallest: Number(Math.min(...distances).toPrecision(3)),
    };
  }
  await expect(`${JSON.stringify(table, null, 2)}\n`).toMatchFileSnapshot("../reports/found/controls.json");
});
