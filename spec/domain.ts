/**
 * # Domains of cases
 *
 * What laws draw: canonical times, points, noise, scales. Options of a subject are never drawn here; the engine draws them
 * beside the case. Every generator shrinks towards values that a reader would choose: 0, 1, one coordinate.
 *
 * Convention: data lie in [−1, 1], so that clipping to the data range changes nothing an exact model predicts.
 */
import fc from "fast-check";
import { later, mixed, normalAt, uniformAt, wordsOf } from "#spec/stream";

/** Fields that laws share: equal for every law of a run at the same unit and case index, so that answers are shared too. */
export const sharedFields: ReadonlySet<string> = new Set(["u", "s", "x0", "eps"]);

/** How an array was made; a replay token carries this instead of the elements. */
export interface Origin {
  readonly kind: VectorKind;
  readonly stream: number;
  readonly length: number;
}

const origin = Symbol("origin");

/** Kept with the array itself: a weak map of all that was drawn costs more than drawing, most of it when memory is collected. */
interface Drawn extends Float64Array {
  [origin]?: Origin;
}

export function originOf(values: Float64Array): Origin | undefined {
  return (values as Drawn)[origin];
}

export type VectorKind = "data" | "noise";

const edges: Readonly<Record<VectorKind, readonly number[]>> = {
  data: [0, 1, -1, 0.5],
  noise: [0, 1, -1, 3],
};

/** The array with that origin: mostly stream values, one in four elements replaced by an edge. */
export function vectorFrom(made: Origin): Float64Array {
  const values: Drawn = made.length < long ? shortVector(made) : made.kind === "data" ? longData(made) : longNoise(made);
  values[origin] = made;
  return values;
}

/** From this length on arrays are made in order, from words that follow one another. */
const long = 64;

function shortVector({ kind, stream, length }: Origin): Float64Array {
  const edge = edges[kind];
  const values = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const choice = uniformAt(stream, 0, i);
    if (choice < 0.25) values[i] = edge[Math.floor(choice * 16)] ?? 0;
    else values[i] = kind === "data" ? 2 * uniformAt(stream, 1, i) - 1 : normalAt(stream, 1, i);
  }
  return values;
}

/**
 * Two bits of a word say whether it is an edge, two more which, and the upper 24 where in [−1, 1) it lies, as a multiple of 2⁻²³ above −1.
 * One in four is an edge, at random: a branch would be guessed wrong that often, so edges are multiples as well and are picked by a mask.
 */
function longData({ stream, length }: Origin): Float64Array {
  const multiples = Int32Array.from(edges.data, (edge) => (edge + 1) * 2 ** 23);
  const { first, key } = wordsOf(stream);
  const values = new Float64Array(length);
  for (let i = 0, counter = first; i < length; i++, counter = later(counter, 1)) {
    const word = mixed(counter, key);
    values[i] = picked(word, word >>> 8, multiples) / 2 ** 23 - 1;
  }
  return values;
}

/** Three words, of twelve bytes in all: their sum, centred, has mean 0, variance 1 up to 2⁻¹⁶, and is a multiple of 2⁻⁸. A fourth picks edges. */
function longNoise({ stream, length }: Origin): Float64Array {
  const mean = 12 * 127.5;
  const sums = Int32Array.from(edges.noise, (edge) => mean + 256 * edge);
  const { first, key } = wordsOf(stream);
  const values = new Float64Array(length);
  for (let i = 0, counter = first; i < length; i++, counter = later(counter, 4)) {
    const a = mixed(later(counter, 1), key);
    const b = mixed(later(counter, 2), key);
    const c = mixed(later(counter, 3), key);
    // Bytes added two sums to a word, six to a sum: none of them overflows its half.
    const even = (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff);
    const both = even + ((a >>> 8) & 0xff00ff) + ((b >>> 8) & 0xff00ff) + ((c >>> 8) & 0xff00ff);
    values[i] = (picked(mixed(counter, key), (both & 0xffff) + (both >>> 16), sums) - mean) / 256;
  }
  return values;
}

/** The drawn number, or one of four edges where the lowest two bits of the choice are 0. */
function picked(choice: number, drawn: number, edge: Int32Array): number {
  const mask = ((choice & 3) - 1) >> 31;
  return (drawn & ~mask) | ((edge[(choice >>> 2) & 3] ?? 0) & mask);
}

class VectorArbitrary extends fc.Arbitrary<Float64Array> {
  readonly kind: VectorKind;
  readonly length: number;

  constructor(kind: VectorKind, length: number) {
    super();
    this.kind = kind;
    this.length = length;
  }

  generate(mrng: fc.Random): fc.Value<Float64Array> {
    const stream = mrng.nextInt(0, 0x7fffffff);
    return new fc.Value(vectorFrom({ kind: this.kind, stream, length: this.length }), undefined);
  }

  canShrinkWithoutContext(value: unknown): value is Float64Array {
    return value instanceof Float64Array;
  }

  /** One coordinate at a time, then rounder numbers; both without context, so a replayed case shrinks like a drawn one. */
  shrink(value: Float64Array): fc.Stream<fc.Value<Float64Array>> {
    return fc.stream(simpler(value)).map((v) => new fc.Value(v, undefined));
  }
}

function* simpler(value: Float64Array): IterableIterator<Float64Array> {
  if (value.length > 1) {
    for (const x of value) yield Float64Array.of(x);
    return;
  }
  const [x = 0] = value;
  for (const candidate of [0, 1, -1, 0.5, Math.round(x), Math.round(x * 8) / 8])
    if (simplicity(candidate) < simplicity(x)) yield Float64Array.of(candidate);
}

/** Shrinking must end: each candidate is strictly lower in this order. */
function simplicity(x: number): number {
  const rank = [0, 1, -1, 0.5].indexOf(x);
  if (rank >= 0) return rank;
  return Number.isInteger(x) ? 10 : Number.isInteger(x * 8) ? 20 : 30;
}

/** Points of clean data in [−1, 1]. */
export function data(length = 6): fc.Arbitrary<Float64Array> {
  return new VectorArbitrary("data", length);
}

/** Standard normal noise, up to ±6. */
export function noise(length = 6): fc.Arbitrary<Float64Array> {
  return new VectorArbitrary("noise", length);
}

/** Canonical time in [0, 1]: one case in six at either end. Shrinks towards 0. */
export function unitTime(): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(0, 1) },
    {
      weight: 5,
      arbitrary: fc.integer({ min: 0, max: 1024 }).map(
        (k) => k / 1024,
        (t) => Math.round(Number(t) * 1024),
      ),
    },
  );
}

/** Log-uniform positive numbers between two powers of two: exponent and fraction are drawn apart, 1 is where shrinking ends. */
export function positive(minExponent = -10, maxExponent = 10): fc.Arbitrary<number> {
  return fc
    .tuple(fc.integer({ min: 0, max: 1023 }), fc.integer({ min: minExponent, max: maxExponent }))
    .map(([fraction, exponent]) => (1 + fraction / 1024) * 2 ** exponent);
}

/** Numbers of either sign, log-uniform in size, zero included. */
export function signed(minExponent = -10, maxExponent = 10): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(0) },
    {
      weight: 9,
      arbitrary: fc.tuple(positive(minExponent, maxExponent), fc.boolean()).map(([x, negative]) => (negative ? -x : x)),
    },
  );
}
