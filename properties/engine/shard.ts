/**
 * # Shards
 *
 * Cuts the grid of laws and units so that every machine agrees: cells in order of cost, each to the shard with the least so far.
 * Costs are relative seconds, committed in `costs.json`; an unknown cell costs as much as the median.
 */
import { hash } from "#properties/engine/random";

export interface Shard {
  readonly index: number;
  readonly count: number;
}

export interface Cell {
  readonly law: string;
  readonly unit: string;
}

/** The cells of one shard. `costs` maps units to seconds. */
export function cellsOf(cells: readonly Cell[], costs: Readonly<Record<string, number>>, { index, count }: Shard): readonly Cell[] {
  const known = Object.values(costs).sort((a, b) => a - b);
  const median = known[Math.floor(known.length / 2)] ?? 1;
  const costOf = (cell: Cell): number => costs[cell.unit] ?? median;
  const name = (cell: Cell): string => `${cell.unit}|${cell.law}`;
  const sorted = [...cells].sort((a, b) => costOf(b) - costOf(a) || hash(name(a)) - hash(name(b)) || (name(a) < name(b) ? -1 : 1));
  const loads = Array.from({ length: count }, () => 0);
  return sorted.filter((cell) => {
    const lightest = loads.indexOf(Math.min(...loads));
    loads[lightest] = (loads[lightest] ?? 0) + costOf(cell);
    return lightest === index - 1;
  });
}
