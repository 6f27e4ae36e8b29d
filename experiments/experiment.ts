/**
 * # Experiments
 *
 * A question with a number for an answer, asked of the textbook's generators or of somebody's code by name. Each prints a table, and
 * leaves its rows as JSON and, where there is something to see, a plot in `reports/found/experiments/`.
 */

export type Cell = number | string | null;

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
  /** Lines that belong together have the same; otherwise each its own. */
  readonly hue?: number;
}

export interface Plot {
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

export interface Result {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** What the rows say, in a sentence or two. */
  readonly finding: string;
  readonly plot: Plot | null;
}

export interface Experiment {
  /** What `npm run experiments NAME` calls it. */
  readonly name: string;
  readonly question: string;
  /** How the numbers are made: enough to make them again. */
  readonly method: string;
  readonly run: () => Result | Promise<Result>;
}
