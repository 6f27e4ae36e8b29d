/**
 * # Configurations
 *
 * Which option values are tried together: every documented value, every pair of values in as few configurations as possible,
 * the defaults first. Combinations that the subject refuses are learned from its refusals and counted as exercised, since the
 * refusal is the documented answer.
 */

import { coverageOf, isRefused, type Level, type Refusal, type Row } from "#properties/engine/coverage";
import { Covered } from "#properties/engine/covered";
import { hash, random } from "#properties/engine/random";
import type { Coverage } from "#properties/engine/verdict";
import type { Configuration, OptionSpec, OptionValue, UnitSpec } from "#subjects/answerer";

/** A row that the subject refused, in these words. */
interface TurnedDown {
  readonly row: Row;
  readonly because: string;
}

export interface Plan {
  readonly configurations: readonly Configuration[];
  readonly coverage: Coverage;
}

function levelsOf(option: OptionSpec): readonly Level[] {
  const values = option.values.map((value) => ({ value }));
  return option.drawn === null ? values : [...values, { drawn: true }];
}

/** Makes the plan of a unit; `probe` says whether a configuration is refused, and in which words. */
export async function planOf(
  unit: UnitSpec,
  seed: number,
  rows: number,
  probe: (config: Configuration) => Promise<string | null>,
): Promise<Plan> {
  const { options } = unit;
  const levels = options.map(levelsOf);
  const excluded: readonly Refusal[] = unit.excluded.map(({ options: combination, because }) => ({ options: combination, because }));
  const refused: Refusal[] = [...excluded];
  const barred = (row: Row): boolean => isRefused(row, options, levels, excluded);
  const toConfig = (row: Row, index: number): Configuration =>
    Object.fromEntries(
      options.flatMap((option, k) => {
        const level = levels[k]?.[row[k] ?? 0];
        if ((row[k] ?? 0) === 0 || level === undefined) return [];
        return [[option.name, "drawn" in level ? drawnNumber(option, seed, unit.name, index) : level.value]];
      }),
    );
  const accepted: Row[] = [];
  const configurations: Configuration[] = [];
  const turnedDown: TurnedDown[] = [];
  const covered = new Covered(levels);
  for (let attempts = 0; accepted.length < rows && attempts < rows * 4; ) {
    const room = rows - accepted.length;
    const fresh = nextRows(options, levels, accepted, covered, refused, room, `${seed}|${unit.name}|${attempts}`);
    if (fresh.length === 0) break;
    const good: Row[] = [];
    const answers: { readonly row: Row; readonly because: string | null }[] = [];
    // One after the other: the numbers of a row are drawn by its place among those accepted, so that what is accepted is what was asked.
    for (const row of fresh) {
      const config = toConfig(row, accepted.length);
      const because = await probe(config);
      answers.push({ row, because });
      if (because !== null) continue;
      good.push(row);
      accepted.push(row);
      configurations.push(config);
      covered.add(row);
    }
    for (const { row, because } of answers) if (because !== null) turnedDown.push({ row, because });
    const bad = answers.find(({ because }) => because !== null);
    if (bad !== undefined) {
      attempts += 1;
      const learned = await smallestRefused(
        bad.row,
        bad.because ?? "",
        levels,
        (row) => probe(toConfig(row, 0)),
        toConfig,
        options,
        barred,
        turnedDown,
      );
      if (learned === null) break;
      refused.push(learned);
    }
    attempts += good.length === 0 && bad === undefined ? 1 : 0;
    if (good.length < room && bad === undefined) break;
  }
  return {
    configurations,
    coverage: coverageOf(unit, levels, accepted, refused),
  };
}

/** Up to `count` further rows: the defaults first, then greedily the most uncovered pairs. */
function nextRows(
  options: readonly OptionSpec[],
  levels: readonly (readonly Level[])[],
  accepted: readonly Row[],
  covered: Covered,
  refused: readonly Refusal[],
  count: number,
  name: string,
): readonly Row[] {
  const rows: Row[] = [];
  const seen = covered.copy(levels);
  if (accepted.length === 0) rows.push(options.map(() => 0));
  const draw = random(name);
  while (rows.length < count) {
    const row = greedyRow(options, levels, seen, refused, (n) => draw.nextInt(0, n - 1));
    if (row === null) break;
    const known = [...accepted, ...rows].some((other) => other.every((level, k) => level === row[k]));
    if (known && levels.every((l) => l.length < 2)) break;
    rows.push(row);
    seen.add(row);
  }
  return rows;
}

/** Of several random completions of an uncovered pair, the one that covers most. */
function greedyRow(
  options: readonly OptionSpec[],
  levels: readonly (readonly Level[])[],
  covered: Covered,
  refused: readonly Refusal[],
  pick: (n: number) => number,
): Row | null {
  if (levels.every((l) => l.length < 2)) return null;
  let best: Row | null = null;
  let most = -1;
  for (let attempt = 0; attempt < 12; attempt++) {
    const row = completed(options, levels, covered, refused, pick);
    if (row === null) continue;
    const fresh = covered.fresh(row);
    if (fresh > most) {
      most = fresh;
      best = row;
    }
  }
  return best;
}

function completed(
  options: readonly OptionSpec[],
  levels: readonly (readonly Level[])[],
  covered: Covered,
  refused: readonly Refusal[],
  pick: (n: number) => number,
): Row | null {
  const order = options.map((_, k) => k);
  for (let k = order.length - 1; k > 0; k--) {
    const j = pick(k + 1);
    [order[k], order[j]] = [order[j] ?? 0, order[k] ?? 0];
  }
  const row: number[] = options.map(() => -1);
  for (const k of order) {
    const count = levels[k]?.length ?? 1;
    const start = pick(count);
    let chosen = -1;
    let most = -1;
    for (let c = 0; c < count; c++) {
      const level = (start + c) % count;
      row[k] = level;
      if (isRefused(row, options, levels, refused)) continue;
      let fresh = 0;
      for (let j = 0; j < row.length; j++) {
        const other = row[j] ?? -1;
        if (j !== k && other >= 0 && !covered.has(k, level, j, other)) fresh += 1;
      }
      if (fresh > most) {
        most = fresh;
        chosen = level;
      }
    }
    if (chosen < 0) return null;
    row[k] = chosen;
  }
  return row;
}

/**
 * Resets options one by one while the refusal stays: what remains is to blame, together with every default whose change lifts the
 * refusal. Rows that the adapter excludes are not asked, nor are changes that a row refused in the same words has as well. Null when
 * the defaults alone are refused.
 */
async function smallestRefused(
  row: Row,
  because: string,
  levels: readonly (readonly Level[])[],
  probe: (row: Row) => Promise<string | null>,
  toConfig: (row: Row, index: number) => Configuration,
  options: readonly OptionSpec[],
  barred: (row: Row) => boolean,
  turnedDown: readonly TurnedDown[],
): Promise<Refusal | null> {
  let smallest = [...row];
  let words = because;
  for (let k = 0; k < row.length; k++) {
    if ((smallest[k] ?? 0) === 0) continue;
    const without = smallest.map((level, j) => (j === k ? 0 : level));
    const still = barred(without) ? null : await probe(without);
    if (still !== null) {
      smallest = without;
      words = still;
    }
  }
  const blamed: Record<string, OptionValue> = { ...toConfig(smallest, 0) };
  if (Object.keys(blamed).length === 0) return null;
  // An exception without a sentence, such as a bare assertion, may mean anything.
  const alike = turnedDown.filter(
    ({ row: other, because: own }) => own === words && /\s/.test(own) && smallest.every((level, k) => level === 0 || other[k] === level),
  );
  for (const [k, option] of options.entries()) {
    if ((smallest[k] ?? 0) !== 0) continue;
    const others = Array.from({ length: (levels[k]?.length ?? 1) - 1 }, (_, level) => level + 1).filter(
      (level) => !alike.some(({ row: other }) => other[k] === level),
    );
    const changed = others.map((level) => smallest.map((own, j) => (j === k ? level : own))).filter((row) => !barred(row));
    // One after the other: what is accepted takes longer to answer than what is refused.
    for (const row of changed) {
      if ((await probe(row)) !== null) continue;
      blamed[option.name] = option.default;
      break;
    }
  }
  return { options: blamed, because: words };
}

/** A number between an option's bounds, with three significant digits, so that reports read well. */
function drawnNumber(option: OptionSpec, seed: number, unit: string, index: number): number {
  if (option.drawn === null) return Number.NaN;
  const [low, high, scale] = option.drawn;
  const w = hash(`${seed}|${unit}|${index}|${option.name}`) / 2 ** 32;
  const x = scale === "log" ? low * (high / low) ** w : low + (high - low) * w;
  return Number(x.toPrecision(3));
}
