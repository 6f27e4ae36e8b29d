/**
 * Terms of a bound, row by row: how the textbook's losses are asked.
 */
import { AbsentHere } from "#properties/engine/controls";
import type { RawMethods } from "#properties/engine/property";
import { type Fields, number, tensor, vector } from "#spec/tensor";

/** Numbers of one row of a term; `K` numbers where it has laws or scores. */
export interface Row {
  readonly at: (name: string) => number;
  readonly all: (name: string) => Float64Array;
  /** An input that all rows share. */
  readonly whole: (name: string) => Float64Array;
}

/** A term, row by row. */
export type Term = (row: Row) => number;

/** Rows of inputs: numbers, vectors with one element per row, or with K. */
function rowsOfInputs(inputs: Fields, count: number): readonly Row[] {
  return Array.from({ length: count }, (_, i) => ({
    at: (name) => {
      const values = vector(inputs, name);
      return values[values.length === 1 ? 0 : i] ?? Number.NaN;
    },
    all: (name) => {
      const values = vector(inputs, name);
      const width = values.length / count;
      return values.subarray(i * width, (i + 1) * width);
    },
    whole: (name) => vector(inputs, name),
  }));
}

/** A term, and an input with one element per row; `length` or `classes` elements, where inputs say so. */
export type Counted = readonly [count: string, term: Term];

/** Answers terms by name. */
export function termMethod(terms: Readonly<Record<string, Counted>>): RawMethods {
  return {
    term: (args) => {
      const found = terms[String(args["name"])];
      if (found === undefined) throw new AbsentHere(`no term ${String(args["name"])}`);
      const inputs = (args["inputs"] ?? {}) as Fields;
      const [count, term] = found;
      const width = "length" in inputs ? number(inputs, "length") : "classes" in inputs ? number(inputs, "classes") : 1;
      return { value: tensor(Float64Array.from(rowsOfInputs(inputs, vector(inputs, count).length / width), term)) };
    },
  };
}

/** Sum over all states but one. */
export function others(K: number, x: number, f: (y: number) => number): number {
  let sum = 0;
  for (let y = 0; y < K; y++) if (y !== x) sum += f(y);
  return sum;
}
