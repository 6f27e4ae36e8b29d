/**
 * # Integrals over a chain's time
 *
 * Claims about rates and kernels are held in integrated form: a derivative by differences would divide roundings by a small step.
 * Each piece of the time between s and t has eight Gauss–Legendre nodes and is halved until the integrand is resolved on it.
 *
 * Convention: s < t are canonical; integrals are against the subject's own time, in which rates are.
 */
import type { Ask } from "#spec/ask";
import type { DiscreteFacts } from "#spec/categorical/facts";
import { rowSums } from "#spec/categorical/table";
import type { Facts } from "#spec/facts";
import { binary32, binary64, unitRoundoff } from "#spec/number/format";
import { gaussLegendre } from "#spec/number/quadrature";
import { exitRate, poisson } from "#spec/number/uniformization";
import type { RateGenerator } from "#spec/roles-discrete";

/** A sum, and the sum of the sizes of its terms. Shapes `n`. */
export interface Sum {
  readonly value: Float64Array;
  readonly size: Float64Array;
}

/** An integral, and how far any of its entries may be off. */
interface Integral extends Sum {
  readonly error: number;
}

export const order = 8;
const deepest = 12;
const most = 64;
/** Coefficients fall geometrically: where the eighth is below u^¼, the sixteenth, which the rule misses, is below √u. */
const resolved = unitRoundoff(binary64) ** (1 / 4);

export const timeFlows = (_: unknown, { time }: Facts): boolean => time.kind === "interval";

/** How many states a law forms square matrices of. */
export const fewStates = (_: unknown, { discrete }: Facts): boolean => (discrete?.classes ?? 0) <= 256;

/** Few states are asked for one and all; of many, six and the mask. */
export function statesOf(discrete: DiscreteFacts | null, most = 32): Float64Array {
  const K = discrete?.classes ?? 0;
  if (K <= most) return Float64Array.from({ length: K }, (_, x) => x);
  const some = new Set(Array.from({ length: 6 }, (_, k) => Math.floor((k * (K - 1)) / 5)));
  if (discrete?.mask !== null && discrete?.mask !== undefined) some.add(discrete.mask);
  return Float64Array.from([...some].sort((a, b) => a - b));
}

/** Legendre polynomial n of 2x − 1. */
export function legendre(n: number, x: number): number {
  let [before, last] = [0, 1];
  for (let k = 0; k < n; k++) [before, last] = [last, ((2 * k + 1) * (2 * x - 1) * last - k * before) / (k + 1)];
  return last;
}

/** Size of the last two Legendre coefficients beside the size of the function. */
function tailOf(samples: readonly Sum[]): number {
  const { nodes, weights } = gaussLegendre(order);
  const n = samples[0]?.value.length ?? 0;
  let [tail, largest] = [0, 0];
  for (let i = 0; i < n; i++)
    for (const degree of [order - 2, order - 1]) {
      let coefficient = 0;
      samples.forEach(({ value, size }, k) => {
        coefficient += (2 * degree + 1) * (weights[k] ?? 0) * legendre(degree, nodes[k] ?? 0) * (value[i] ?? 0);
        largest = Math.max(largest, size[i] ?? 0);
      });
      tail = Math.max(tail, Math.abs(coefficient));
    }
  return largest === 0 ? 0 : tail / largest;
}

/** One stretch of time with the integrand at its nodes. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly samples: readonly Sum[];
}

/** Pieces on which the function is resolved, in order of time; null where it varies too fast for any. */
export function* pieces(
  s: number,
  t: number,
  at: (r: number) => Ask<Sum>,
  longest: number = Number.POSITIVE_INFINITY,
): Ask<readonly Piece[] | null> {
  const done: Piece[] = [];
  const waiting: { readonly from: number; readonly to: number; readonly depth: number }[] = [{ from: s, to: t, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { from, to, depth } = next;
    const samples: Sum[] = [];
    for (const node of gaussLegendre(order).nodes) samples.push(yield* at(from + (to - from) * node));
    const reach = largestOf(samples) * (to - from);
    if (tailOf(samples) <= resolved && reach <= longest) {
      done.push({ from, to, samples });
      continue;
    }
    if (depth === deepest || done.length + waiting.length >= most) return null;
    const middle = (from + to) / 2;
    waiting.push({ from: middle, to, depth: depth + 1 }, { from, to: middle, depth: depth + 1 });
  }
  return done;
}

/**
 * How far the rule may be off on a piece, beside its length times the largest size on it.
 * - What it misses: where coefficients fall from 1 to c by the eighth and go on so, those from the sixteenth on sum to
 *   c^{16/7}/(1 − c^{1/7}), less than c² for what is resolved.
 * - Roundings of binary64: eight of the weights, five of the products, those of adding up.
 * - Times that are rounded, by three roundings of the piece's length and one of the time: a polynomial of degree seven is steeper than
 *   its size over half the length by at most 7² (Markov).
 */
function missedOn({ from, to, samples }: Piece, count: number): number {
  const slipped = 3 + Math.max(Math.abs(from), Math.abs(to)) / (to - from);
  return tailOf(samples) ** 2 + (13 + order * count + 2 * (order - 1) ** 2 * slipped) * unitRoundoff(binary64);
}

const largestOf = (samples: readonly Sum[]): number => Math.max(...samples.map(({ size }) => size.reduce((a, b) => Math.max(a, b), 0)));

/** ∫ over the subject's time between s and t; null where the integrand varies too fast. */
export function* integrated(chain: Pick<RateGenerator, "times">, s: number, t: number, at: (r: number) => Ask<Sum>): Ask<Integral | null> {
  const [from = 0, to = 0] = yield* chain.times([s, t]);
  const found = yield* pieces(s, t, at);
  if (found === null) return null;
  const { weights } = gaussLegendre(order);
  const n = found[0]?.samples[0]?.value.length ?? 0;
  const [value, size] = [new Float64Array(n), new Float64Array(n)];
  const unit = Math.abs(to - from) / (t - s);
  // The ends are rounded in the subject's time, and their difference twice more.
  const ofUnit = (2 + (2 * (Math.abs(from) + Math.abs(to))) / Math.abs(to - from)) * unitRoundoff(binary64);
  let error = 0;
  for (const piece of found) {
    error += (missedOn(piece, found.length) + ofUnit) * largestOf(piece.samples) * (piece.to - piece.from) * unit;
    piece.samples.forEach((sample, k) => {
      const w = (weights[k] ?? 0) * (piece.to - piece.from) * unit;
      for (let i = 0; i < n; i++) {
        value[i] = (value[i] ?? 0) + w * (sample.value[i] ?? 0);
        size[i] = (size[i] ?? 0) + w * (sample.size[i] ?? 0);
      }
    });
  }
  return { value, size, error };
}

/** ∫ of a number that the rates give. */
export function* clockOf(
  chain: RateGenerator,
  s: number,
  t: number,
  read: (rates: Float64Array) => number,
  states?: Float64Array,
): Ask<number | null> {
  const found = yield* integrated(chain, s, t, function* (r) {
    const value = Float64Array.of(read(yield* chain.rate(r, states)));
    return { value, size: value.map(Math.abs) };
  });
  return found === null ? null : (found.value[0] ?? Number.NaN);
}

/** A matrix with largest exit rate 1, and the time after which its exponential is the kernel. */
interface Clocked {
  readonly matrix: Float64Array;
  readonly total: number;
  /** The exponential is so far from the kernel of the chain's rates, at most, in each entry. */
  readonly apart: number;
}

/**
 * The matrix R with largest exit rate 1 and ∫β where Rₜ = β(t)R at all nodes; null where no such R is.
 *
 * How far exp(R∫β) may be from the kernel of the rates:
 * - The derivative of exp(τR) is Σ (Pois(k − 1; τ) − Pois(k; τ))(I + R)ᵏ. Entries of the powers lie between 0 and 1, and the weights rise
 *   to the mode and fall, so that it is at most the largest weight, which falls as τ grows: times what the integral may be off.
 * - Rates βR + E move the kernel P by ∫P·E·exp(R∫β). Rows of P sum to 1 and entries of the exponential lie between 0 and 1: at most ∫β
 *   times what a row of E/β has above zero, or below. That is measured at the nodes, with four more roundings for the measuring; it is
 *   the subject's own rounding, and the greatest part where that is of binary32.
 */
export function* clocked(chain: RateGenerator, s: number, t: number): Ask<Clocked | null> {
  const { discrete } = yield* chain.facts();
  const K = discrete?.classes ?? Number.NaN;
  let matrix: Float64Array | undefined;
  let alike = true;
  let differ = 0;
  const found = yield* integrated(chain, s, t, function* (r) {
    const rates = yield* chain.rate(r);
    const exit = exitRate(rates, K);
    matrix ??= rates.map((rate) => (exit === 0 ? 0 : rate / exit));
    const off = rates.map((rate, k) => rate - exit * (matrix?.[k] ?? 0));
    // Two rates are each right to a few roundings.
    alike &&= off.every((e) => Math.abs(e) <= 16 * unitRoundoff(binary32) * exit);
    for (const side of [1, -1])
      for (const sum of rowSums(
        off.map((e) => Math.max(side * e, 0)),
        K,
      ))
        if (exit > 0) differ = Math.max(differ, sum / exit);
    return { value: Float64Array.of(exit), size: Float64Array.of(exit) };
  });
  if (found === null || !alike || matrix === undefined) return null;
  const { value, error } = found;
  const [total = Number.NaN] = value;
  const { weights } = poisson(Math.max(total - error, 0));
  const steepest = weights.reduce((a, b) => Math.max(a, b), 0);
  return { matrix, total, apart: error * steepest + (differ + 4 * unitRoundoff(binary64)) * total };
}
