/**
 * Mistakes in how a chain is guided, whatever guides it.
 */
import type { Control } from "#properties/engine/property";
import { chained, rowOf } from "#properties/textbook/generator";

export const wrongTilts: readonly Control[] = [
  {
    name: "diagonal guided too",
    because: "the whole row is weighted by h(y)/h(x), the diagonal among it, and sums to 0 no more",
    plausible: false,
    methods: () => chained({ formulas: { tilted: (row, x, h) => row.map((r, y) => (r * (h[y] ?? 0)) / (h[x] ?? 0)) } }),
    beside: "chain",
  },
  {
    name: "strength 1.01",
    because: "the ratio is raised to a guidance strength that should be 1",
    plausible: true,
    methods: () =>
      chained({ formulas: { tilted: (row, x, h) => rowOf(row.length, x, (y) => (row[y] ?? 0) * ((h[y] ?? 0) / (h[x] ?? 0)) ** 1.01) } }),
    beside: "chain",
  },
];
