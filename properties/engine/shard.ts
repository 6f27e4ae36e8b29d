/**
 * # Shards
 *
 * Cuts a run so that every machine agrees: units in order of cost, each to the shard with the least so far. A unit stays whole,
 * because its laws share answers, and a law that fails is searched in the light of those it rests on.
 * Costs are relative seconds, committed in `cli/costs.ts`; an unknown unit costs as much as the median.
 */
import { hash } from "#properties/engine/random";

export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The units of one shard, of all units of one subject. */
export function shardOf(units: readonly string[], costs: Readonly<Record<string, number>>, { index, count }: Shard): ReadonlySet<string> {
  const costOf = costIn(costs);
  const sorted = [...units].sort((a, b) => costOf(b) - costOf(a) || hash(a) - hash(b) || (a < b ? -1 : 1));
  const loads = Array.from({ length: count }, () => 0);
  const mine = sorted.filter((unit) => {
    const lightest = loads.indexOf(Math.min(...loads));
    loads[lightest] = (loads[lightest] ?? 0) + costOf(unit);
    return lightest === index - 1;
  });
  return new Set(mine);
}

/** In which order units are begun: the dearest first, so that none of them is alone at the end. */
export function dearestFirst<U extends { readonly name: string }>(
  units: readonly U[],
  costs: Readonly<Record<string, number>>,
): readonly U[] {
  const costOf = costIn(costs);
  return [...units].sort((a, b) => costOf(b.name) - costOf(a.name));
}

function costIn(costs: Readonly<Record<string, number>>): (unit: string) => number {
  const known = Object.values(costs).sort((a, b) => a - b);
  const median = known[Math.floor(known.length / 2)] ?? 1;
  return (unit) => costs[unit] ?? median;
}
