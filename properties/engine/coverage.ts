/**
 * # Coverage
 *
 * Which values of options and which pairs of them a unit's configurations exercise. What is refused counts as exercised, since
 * the refusal is the documented answer.
 */
import type { Coverage } from "#properties/engine/verdict";
import type { Configuration, OptionSpec, OptionValue, UnitSpec } from "#subjects/answerer";

/** Levels of an option: its values, and one more that stands for a drawn number. */
export type Level = { readonly value: OptionValue } | { readonly drawn: true };

/** One configuration as level indices, option by option. Index 0 is the default. */
export type Row = readonly number[];

export interface Refusal {
  readonly options: Configuration;
  readonly because: string;
}

const same = (a: OptionValue | undefined, b: OptionValue | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b) || (Number.isNaN(a) && Number.isNaN(b));

/** A pair of levels as a number: options and levels are fewer than 256. */
const pairKey = (a: number, levelOfA: number, b: number, levelOfB: number): number => ((a * 256 + levelOfA) * 256 + b) * 256 + levelOfB;

function* pairsOf(row: Row): Iterable<number> {
  for (let i = 0; i < row.length; i++) for (let j = i + 1; j < row.length; j++) yield pairKey(i, row[i] ?? 0, j, row[j] ?? 0);
}

/** Which levels of an option a refused combination means. */
interface Meant {
  readonly option: number;
  readonly levels: readonly boolean[];
}

const meanings = new WeakMap<Refusal, readonly Meant[]>();

function meaningOf(refusal: Refusal, options: readonly OptionSpec[], levels: readonly (readonly Level[])[]): readonly Meant[] {
  const known = meanings.get(refusal);
  if (known !== undefined) return known;
  const made = Object.entries(refusal.options).map(([name, value]) => {
    const k = options.findIndex((option) => option.name === name);
    const means = (level: Level): boolean =>
      "drawn" in level ? typeof value === "number" && !options[k]?.values.some((v) => same(v, value)) : same(level.value, value);
    return { option: k, levels: (levels[k] ?? []).map(means) };
  });
  meanings.set(refusal, made);
  return made;
}

function completedBy(meaning: readonly Meant[], row: Row): boolean {
  for (const { option, levels } of meaning) if (levels[row[option] ?? -1] !== true) return false;
  return true;
}

/** Whether the chosen levels (−1: open) complete a combination that is refused. Absent options are at their defaults. */
export function isRefused(
  row: Row,
  options: readonly OptionSpec[],
  levels: readonly (readonly Level[])[],
  refused: readonly Refusal[],
): boolean {
  for (const refusal of refused) if (completedBy(meaningOf(refusal, options, levels), row)) return true;
  return false;
}

export function coverageOf(
  unit: UnitSpec,
  levels: readonly (readonly Level[])[],
  accepted: readonly Row[],
  refused: readonly Refusal[],
): Coverage {
  const { options } = unit;
  const exercised = new Set<string>();
  const pairs = new Set<number>();
  for (const row of accepted) {
    for (const [k, level] of row.entries()) exercised.add(`${k}.${level}`);
    for (const pair of pairsOf(row)) pairs.add(pair);
  }
  let possible = 0;
  let done = 0;
  const rowOf = (i: number, a: number, j: number, b: number): Row => options.map((_, k) => (k === i ? a : k === j ? b : -1));
  for (let i = 0; i < options.length; i++)
    for (let j = i + 1; j < options.length; j++)
      for (let a = 0; a < (levels[i]?.length ?? 0); a++)
        for (let b = 0; b < (levels[j]?.length ?? 0); b++) {
          possible += 1;
          if (pairs.has(pairKey(i, a, j, b)) || isRefused(rowOf(i, a, j, b), options, levels, refused)) done += 1;
        }
  const valueDone = (k: number, level: number): boolean =>
    exercised.has(`${k}.${level}`) ||
    isRefused(
      options.map((_, j) => (j === k ? level : -1)),
      options,
      levels,
      refused,
    );
  const perOption = options.map((option, k) => {
    const count = levels[k]?.length ?? 0;
    const reached = Array.from({ length: count }, (_, level) => level).filter((level) => valueDone(k, level)).length;
    return { name: option.name, source: option.source, values: count, exercised: reached };
  });
  return {
    unit: unit.name,
    configurations: accepted.length,
    values: {
      documented: perOption.reduce((sum, option) => sum + option.values, 0),
      exercised: perOption.reduce((sum, option) => sum + option.exercised, 0),
    },
    pairs: { possible, exercised: done },
    options: perOption,
    leftOut: unit.leftOut,
    refused: refused.map(({ options: combination, because }) => ({ options: combination, because })),
  };
}
