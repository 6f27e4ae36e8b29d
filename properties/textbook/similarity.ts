/**
 * Noise between similar tokens, as Austin et al. describe it: neighbours in an embedding, made symmetric, exponentiated.
 */
import { matrixChain, type Process, rates } from "#properties/textbook/process";
import { uniformized } from "#spec/number/uniformization";
import { uniforms } from "#spec/stream";

/** Whether y is among the `neighbours` nearest points of x; ties go to the smaller index. */
function nearest(classes: number, neighbours: number): (x: number, y: number) => boolean {
  const place = uniforms(79, 0, classes);
  const ranked = Array.from({ length: classes }, (_, x) =>
    Array.from({ length: classes }, (__, y) => y)
      .filter((y) => y !== x)
      .sort((a, b) => Math.abs((place[a] ?? 0) - (place[x] ?? 0)) - Math.abs((place[b] ?? 0) - (place[x] ?? 0)) || a - b)
      .slice(0, neighbours),
  );
  return (x, y) => ranked[x]?.includes(y) ?? false;
}

interface Similar {
  readonly classes?: number;
  readonly neighbours?: number;
  /** How much of the adjacency's transpose is added; 1 makes it symmetric. */
  readonly symmetry?: number;
  /** The matrix after one step. */
  readonly step?: (rate: Float64Array, tau: number, classes: number) => Float64Array;
}

export const exponential = (rate: Float64Array, tau: number, classes: number): Float64Array =>
  uniformized(
    rate,
    classes,
    tau,
    Float64Array.from({ length: classes }, (_, x) => x),
  ).rows;

export function similarityChain({ classes = 7, neighbours = 2, symmetry = 1, step = exponential }: Similar = {}): Process {
  const near = nearest(classes, neighbours);
  const one = (x: number, y: number): number => (near(x, y) ? 1 : 0);
  const matrix = rates(classes, (x, y) => (one(x, y) + symmetry * one(y, x)) / (neighbours * (1 + symmetry)));
  const steps = Array.from({ length: 12 }, (_, k) => step(matrix, 0.05 + 0.02 * k, classes));
  return matrixChain(steps, classes, "token-similarity");
}
