/**
 * # Pairs that rows have
 *
 * A table over all levels of all options. A plan looks into it some millions of times, which is why it is no set of numbers.
 */
import type { Level, Row } from "#properties/engine/coverage";

export class Covered {
  readonly #starts: readonly number[];
  readonly #total: number;
  readonly #table: Uint8Array;

  constructor(levels: readonly (readonly Level[])[], table?: Uint8Array) {
    let total = 0;
    this.#starts = levels.map(({ length }) => {
      total += length;
      return total - length;
    });
    this.#total = total;
    this.#table = table ?? new Uint8Array(total * total);
  }

  copy(levels: readonly (readonly Level[])[]): Covered {
    return new Covered(levels, this.#table.slice());
  }

  /** Whether both levels were in one row, in whichever order the options are named. */
  has(a: number, levelOfA: number, b: number, levelOfB: number): boolean {
    return this.#table[((this.#starts[a] ?? 0) + levelOfA) * this.#total + (this.#starts[b] ?? 0) + levelOfB] === 1;
  }

  add(row: Row): void {
    for (let a = 0; a < row.length; a++)
      for (let b = 0; b < row.length; b++)
        if (a !== b) this.#table[((this.#starts[a] ?? 0) + (row[a] ?? 0)) * this.#total + (this.#starts[b] ?? 0) + (row[b] ?? 0)] = 1;
  }

  /** How many pairs of a row no row had before. */
  fresh(row: Row): number {
    let count = 0;
    for (let a = 0; a < row.length; a++) for (let b = a + 1; b < row.length; b++) if (!this.has(a, row[a] ?? 0, b, row[b] ?? 0)) count += 1;
    return count;
  }
}
