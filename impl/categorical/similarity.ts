/**
 * Rates of noise between similar tokens: neighbours in an embedding exchange tokens. On the host in binary64; kernels are their exponentials.
 *
 * Convention: row x holds the rates of leaving x; its diagonal is minus their sum. Source: Austin et al. (2021), who describe the graph
 * of nearest neighbours, made symmetric; the scaling is ours.
 */
import { SpecError } from "#spec/error";

/** 1 where y is among the `neighbours` nearest of x; of those that are as near, the smaller index. Shapes `K*d`, `K*K`. */
export function nearestNeighbours(places: Float64Array, classes: number, neighbours: number): Float64Array {
  if (!(Number.isInteger(classes) && classes >= 2 && places.length > 0 && places.length % classes === 0))
    throw new SpecError("shape-mismatch", `neighbours: expected places of at least 2 tokens, got ${places.length} numbers for ${classes}`);
  if (!(Number.isInteger(neighbours) && neighbours >= 1 && neighbours < classes))
    throw new SpecError("outside-domain", `neighbours: expected a whole number 1 … ${classes - 1}, got ${neighbours}`);
  const wrong = places.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new SpecError("outside-domain", `neighbours: expected finite places, got ${places[wrong]} at ${wrong}`);
  const d = places.length / classes;
  const apart = (x: number, y: number): number => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += ((places[x * d + j] ?? 0) - (places[y * d + j] ?? 0)) ** 2;
    return sum;
  };
  const graph = new Float64Array(classes * classes);
  for (let x = 0; x < classes; x++) {
    const others = Array.from({ length: classes }, (_, y) => ({ y, far: apart(x, y) })).filter(({ y }) => y !== x);
    others.sort((a, b) => a.far - b.far || a.y - b.y);
    for (const { y } of others.slice(0, neighbours)) graph[x * classes + y] = 1;
  }
  return graph;
}

const sumsOf = (matrix: Float64Array, classes: number, along: "rows" | "columns"): Float64Array => {
  const sums = new Float64Array(classes);
  matrix.forEach((value, k) => {
    const at = along === "rows" ? Math.floor(k / classes) : k % classes;
    sums[at] = (sums[at] ?? 0) + value;
  });
  return sums;
};

/** The graph of neighbours made symmetric: A = (G + Gᵀ)/2k, with minus its sums on the diagonal. Shape `K*K`. */
export function symmetricRates(graph: Float64Array, classes: number, neighbours: number): Float64Array {
  const turned = (k: number): number => graph[(k % classes) * classes + Math.floor(k / classes)] ?? 0;
  return closed(
    graph.map((g, k) => (g + turned(k)) / (2 * neighbours)),
    classes,
  );
}

/** Minus the sums of what leaves on the diagonal. */
function closed(matrix: Float64Array, classes: number): Float64Array {
  const out = matrix.map((rate, k) => (k % (classes + 1) === 0 ? 0 : rate));
  sumsOf(out, classes, "rows").forEach((sum, x) => {
    out[x * (classes + 1)] = -sum;
  });
  return out;
}

const sweeps = 10_000;

/**
 * S − I, where S is I + A scaled by rows and by columns in turn until its rows sum to 1 and its columns do up to `tolerance`: all states are
 * left at a rate of at most 1, and lie in the stationary law alike up to that. The identity makes sure that there is such a scaling. Shape
 * `K*K`. Throws `outside-domain` for a tolerance that is not reached.
 */
export function sinkhornRates(rates: Float64Array, classes: number, tolerance: number): Float64Array {
  if (!(tolerance > 0)) throw new SpecError("outside-domain", `Sinkhorn: expected a tolerance > 0, got ${tolerance}`);
  const scaled = rates.map((rate, k) => (k % (classes + 1) === 0 ? 1 : rate));
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const columns = sumsOf(scaled, classes, "columns");
    scaled.forEach((value, k) => {
      scaled[k] = value / (columns[k % classes] ?? Number.NaN);
    });
    const rows = sumsOf(scaled, classes, "rows");
    scaled.forEach((value, k) => {
      scaled[k] = value / (rows[Math.floor(k / classes)] ?? Number.NaN);
    });
    if (sumsOf(scaled, classes, "columns").every((sum) => Math.abs(sum - 1) <= tolerance)) return closed(scaled, classes);
  }
  throw new SpecError("outside-domain", `Sinkhorn: expected columns that sum to 1 up to ${tolerance} after ${sweeps} sweeps`);
}

/** Whether every state can be reached from every other, for a symmetric pattern. */
export function isConnected(rates: Float64Array, classes: number): boolean {
  const seen = new Set([0]);
  for (const x of seen) for (let y = 0; y < classes; y++) if ((rates[x * classes + y] ?? 0) > 0) seen.add(y);
  return seen.size === classes;
}
