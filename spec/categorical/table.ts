/**
 * # Laws of data on finitely many tokens
 *
 * Everything that can be enumerated is: laws over tokens and sequences are drawn from numbered streams, and what a process makes of
 * them follows by sums over all states.
 *
 * Convention: a sequence of L tokens is counted with its last token fastest.
 */
import { uniforms } from "#spec/stream";

/** States from fractions in [0, 1). Shape `n`. */
export function statesAt(fractions: Float64Array, classes: number): Float64Array {
  return fractions.map((w) => Math.min(Math.floor(w * classes), classes - 1));
}

/** `n` states 0 … K − 1. */
export function drawnStates(stream: number, n: number, classes: number): Float64Array {
  return statesAt(uniforms(stream, 0, n), classes);
}

/**
 * `n` laws over K states, none of them zero anywhere but at `mask`, where all are. One in four is nearly one-hot. Shape `n*K`.
 */
export function drawnLaws(stream: number, n: number, classes: number, mask: number | null = null): Float64Array {
  const out = new Float64Array(n * classes);
  const sharp = uniforms(stream, 1, n);
  const raw = uniforms(stream, 2, n * classes);
  for (let i = 0; i < n; i++) {
    const power = (sharp[i] ?? 0) < 0.25 ? 24 : 1;
    const row = out.subarray(i * classes, (i + 1) * classes);
    for (let x = 0; x < classes; x++) row[x] = x === mask ? 0 : (raw[i * classes + x] ?? 0) ** power + 2 ** -20;
    normalise(row);
  }
  return out;
}

/** Divides by the sum, in place. */
export function normalise(values: Float64Array): Float64Array {
  let sum = 0;
  for (const value of values) sum += value;
  for (let k = 0; k < values.length; k++) values[k] = (values[k] ?? 0) / sum;
  return values;
}

/** Tokens of the sequence with that number. Shape `L`. */
export function tokensOf(index: number, length: number, classes: number): Float64Array {
  const out = new Float64Array(length);
  for (let k = length - 1, rest = index; k >= 0; k--, rest = Math.floor(rest / classes)) out[k] = rest % classes;
  return out;
}

/** The number of a sequence. */
export function indexOf(tokens: ArrayLike<number>, classes: number): number {
  let index = 0;
  for (let k = 0; k < tokens.length; k++) index = index * classes + (tokens[k] ?? 0);
  return index;
}

/** Rows of a matrix for some states. Shape `n*K`. */
export function rowsOf(matrix: Float64Array, classes: number, states: ArrayLike<number>): Float64Array {
  const out = new Float64Array(states.length * classes);
  for (let i = 0; i < states.length; i++) {
    const x = states[i] ?? 0;
    out.set(matrix.subarray(x * classes, (x + 1) * classes), i * classes);
  }
  return out;
}

/** The product A·B of matrices over the same states. Shape `K*K`. */
export function multiplied(a: Float64Array, b: Float64Array, classes: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let x = 0; x < a.length / classes; x++)
    for (let z = 0; z < classes; z++) {
      const p = a[x * classes + z] ?? 0;
      if (p !== 0) for (let y = 0; y < classes; y++) out[x * classes + y] = (out[x * classes + y] ?? 0) + p * (b[z * classes + y] ?? 0);
    }
  return out;
}

/** Sums of rows. Shape `n`. */
export function rowSums(rows: Float64Array, classes: number): Float64Array {
  const out = new Float64Array(rows.length / classes);
  rows.forEach((value, k) => {
    out[Math.floor(k / classes)] = (out[Math.floor(k / classes)] ?? 0) + value;
  });
  return out;
}

/**
 * The law of each token given the whole noisy sequence, for a data law over sequences and per-token likelihoods: for token i the
 * posterior p(x₀ⁱ | xₜ), or without its own likelihood the leave-one-out law. `likelihood` has shape `L*K`: q(xₜⁱ | x₀ⁱ = k). Shape `L*K`.
 */
export function cleanLaws(
  table: Float64Array,
  likelihood: Float64Array,
  length: number,
  classes: number,
  kind: "posterior" | "leave-one-out",
): Float64Array {
  const out = new Float64Array(length * classes);
  for (let index = 0; index < table.length; index++) {
    const tokens = tokensOf(index, length, classes);
    for (let i = 0; i < length; i++) {
      let weight = table[index] ?? 0;
      for (let j = 0; j < length; j++) if (kind === "posterior" || j !== i) weight *= likelihood[j * classes + (tokens[j] ?? 0)] ?? 0;
      const place = i * classes + (tokens[i] ?? 0);
      out[place] = (out[place] ?? 0) + weight;
    }
  }
  for (let i = 0; i < length; i++) normalise(out.subarray(i * classes, (i + 1) * classes));
  return out;
}
