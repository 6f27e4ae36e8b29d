/**
 * Levels and grids as they arrive.
 */
import { type LevelKind, levelsFrom } from "#spec/convention";
import type { Grid } from "#spec/roles";
import { type Fields, number, vector } from "#spec/tensor";

export function levelArrays(answer: Fields, length: number): Readonly<Record<string, Float64Array>> {
  return "level" in answer
    ? { level: vector(answer, "level", length) }
    : { alpha: vector(answer, "alpha", length), sigma: vector(answer, "sigma", length) };
}

const gridsRead = new WeakMap<Fields, Map<LevelKind, Grid>>();

/** A grid as it was answered, read once: every run of a configuration asks for it, and gets the same answer. */
export function gridOnce(kind: LevelKind, answer: Fields): Grid {
  const read = gridsRead.get(answer) ?? new Map<LevelKind, Grid>();
  gridsRead.set(answer, read);
  const known = read.get(kind);
  if (known !== undefined) return known;
  const times = vector(answer, "times");
  const clock = answer["clock"];
  const grid: Grid = {
    times,
    ...levelsFrom(kind, levelArrays(answer, times.length + 1)),
    asked: number(answer, "asked"),
    clock: typeof clock === "string" ? (clock as Grid["clock"]) : "none",
    scale: typeof answer["scale"] === "number" ? answer["scale"] : 1,
    rounded: answer["rounded"] === true,
  };
  read.set(kind, grid);
  return grid;
}
