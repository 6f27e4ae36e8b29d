/**
 * Noise between similar tokens, as Austin et al. describe it: neighbours in an embedding, made symmetric, exponentiated.
 */
import { matrixChain, type Process, rates } from "#properties/textbook/process";
import { uniformized } from "#spec/number/uniformization";
import { uniforms } from "#spec/stream";

/** Whether y is among the `neighbours` nearest of points on a line; ties go to the smaller index. */
function nearest(place: Float64Array, neighbours: number): (x: number, y: number) => boolean {
  const points = [...place.keys()];
  const ranked = points.map((x) =>
    points
      .filter((y) => y !== x)
      .sort((a, b) => Math.abs((place[a] ?? 0) - (place[x] ?? 0)) - Math.abs((place[b] ?? 0) - (place[x] ?? 0)) || a - b)
      .slice(0, neighbours),
  );
  return (x, y) => ranked[x]?.includes(y) ?? false;
}

interface Similar {
  readonly classes?: number;
  readonly neighbours?: number;
  /** Where the tokens lie. */
  readonly places?: (classes: number) => Float64Array;
  /** How much of the adjacency's transpose is added; 1 makes it symmetric. */
  readonly symmetry?: number;
  /** The matrix after one step. */
  readonly step?: (rate: Float64Array, tau: number, classes: number) => Float64Array;
  /** Sweeps of Sinkhorn's method over the rate, and what is stated of the columns. */
  readonly sinkhorn?: { readonly sweeps: number; readonly columns: number };
}

export const exponential = (rate: Float64Array, tau: number, classes: number): Float64Array =>
  uniformized(
    rate,
    classes,
    tau,
    Float64Array.from({ length: classes }, (_, x) => x),
  ).rows;

/** I + A with columns and rows divided by their sums in turn, less I: a rate matrix whose columns sum to nearly 0. */
function scaled(matrix: Float64Array, classes: number, sweeps: number): Float64Array {
  let S: Float64Array = matrix.map((r, k) => (k % (classes + 1) === 0 ? 1 : r));
  const divided = (place: (k: number) => number): Float64Array => {
    const sums = new Float64Array(classes);
    S.forEach((value, k) => {
      sums[place(k)] = (sums[place(k)] ?? 0) + value;
    });
    return S.map((value, k) => value / (sums[place(k)] ?? 0));
  };
  for (let sweep = 0; sweep < sweeps; sweep++) {
    S = divided((k) => k % classes);
    S = divided((k) => Math.floor(k / classes));
  }
  return rates(classes, (x, y) => S[x * classes + y] ?? 0);
}

export function similarityChain({
  classes = 7,
  neighbours = 2,
  places = (count) => uniforms(79, 0, count),
  symmetry = 1,
  step = exponential,
  sinkhorn,
}: Similar = {}): Process {
  const near = nearest(places(classes), neighbours);
  const one = (x: number, y: number): number => (near(x, y) ? 1 : 0);
  const made = rates(classes, (x, y) => (one(x, y) + symmetry * one(y, x)) / (neighbours * (1 + symmetry)));
  const matrix = sinkhorn === undefined ? made : scaled(made, classes, sinkhorn.sweeps);
  const steps = Array.from({ length: 12 }, (_, k) => step(matrix, 0.05 + 0.02 * k, classes));
  return matrixChain(steps, classes, "token-similarity", sinkhorn === undefined ? {} : { columns: sinkhorn.columns });
}
