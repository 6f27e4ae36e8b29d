/**
 * Sampling of whole sequences: at each step every token is drawn from its own law, independently of the others.
 */
import type { Noise } from "#impl/categorical/noise";
import { SpecError } from "#spec/error";

/** Sequences are enumerated up to this many. */
const most = 20_000;

/**
 * The exact law of what a run returns, with the exact model of a data law over sequences, from the law that noise tends to back to
 * data in equal steps of time from 1 to 0. On the host in binary64. Sequences are counted with the last token fastest. Shape `K^length`.
 * Throws `outside-domain` when there are too many sequences.
 */
export function runLaw(table: Float64Array, length: number, steps: number, noise: Noise, survival: (t: number) => number): Float64Array {
  const { classes: K, mask } = noise;
  const size = K ** length;
  if (table.length !== size || size > most)
    throw new SpecError("outside-domain", `run law: expected a law over K^length ≤ ${most} sequences, got ${table.length}`);
  assertRun(table, length, steps);
  const tokens = Array.from({ length: size }, (_, index) => digits(index, length, K));
  const drawn = (y: number): number => (mask === null ? 1 / K : y === mask ? 1 : 0);
  let law = Float64Array.from(tokens, (sequence) => sequence.reduce((p, y) => p * drawn(y), 1));
  for (let step = steps; step > 0; step--) {
    const kernels = kernelsOf(noise, [survival(step / steps), survival((step - 1) / steps)]);
    const next = new Float64Array(size);
    for (const [index, sequence] of tokens.entries()) {
      const mass = law[index] ?? 0;
      if (mass === 0) continue;
      const rows = rowsOf(sequence, tokens, table, kernels);
      for (const [target, to] of tokens.entries())
        next[target] = (next[target] ?? 0) + to.reduce((p, y, i) => p * (rows[i]?.[y] ?? 0), mass);
    }
    law = next;
  }
  return law;
}

/** Laws of the tokens that a step draws from every sequence, in the order in which sequences are counted. Shape `K^length·length K`. */
export function stepRows(
  table: Float64Array,
  length: number,
  noise: Noise,
  levels: readonly [later: number, earlier: number],
): Float64Array {
  const { classes: K } = noise;
  const tokens = Array.from({ length: K ** length }, (_, index) => digits(index, length, K));
  const out = new Float64Array(tokens.length * length * K);
  const kernels = kernelsOf(noise, levels);
  for (const [index, sequence] of tokens.entries())
    for (const [i, row] of rowsOf(sequence, tokens, table, kernels).entries()) out.set(row, (index * length + i) * K);
  return out;
}

/** Kernels of one token, from each state to each. Shapes `K K`. */
interface Kernels {
  readonly classes: number;
  readonly toLater: Float64Array;
  readonly toEarlier: Float64Array;
  readonly between: Float64Array;
}

function kernelsOf({ classes: K, mask }: Noise, [later, earlier]: readonly [number, number]): Kernels {
  const drawn = (y: number): number => (mask === null ? 1 / K : y === mask ? 1 : 0);
  const kernel = (a: number): Float64Array =>
    Float64Array.from({ length: K * K }, (_, place) => {
      const [x, y] = [Math.floor(place / K), place % K];
      return (x === y ? a : 0) + (1 - a) * drawn(y);
    });
  return { classes: K, toLater: kernel(later), toEarlier: kernel(earlier), between: kernel(earlier === 0 ? 0 : later / earlier) };
}

/** p(xₛⁱ | xₜ) = Σ over data of the posterior: the exact law of each token alone. NaN where no data lead to the sequence. */
function rowsOf(
  sequence: readonly number[],
  tokens: readonly (readonly number[])[],
  table: Float64Array,
  { classes: K, toLater, toEarlier, between }: Kernels,
): readonly Float64Array[] {
  const rows = sequence.map(() => new Float64Array(K));
  const onwards = sequence.map((xt) => Float64Array.from({ length: K }, (_, k) => between[k * K + xt] ?? 0));
  const evidence = (clean: readonly number[], i: number): number => toLater[(clean[i] ?? 0) * K + (sequence[i] ?? 0)] ?? 0;
  for (const [data, clean] of tokens.entries()) {
    let weight = table[data] ?? 0;
    for (let i = 0; i < clean.length; i++) weight *= evidence(clean, i);
    if (weight === 0) continue;
    for (const [i, row] of rows.entries()) {
      const first = (clean[i] ?? 0) * K;
      addPosterior(row, weight, toEarlier.subarray(first, first + K), onwards[i] ?? row, evidence(clean, i));
    }
  }
  for (const row of rows) {
    const total = row.reduce((a, b) => a + b, 0);
    for (let k = 0; k < K; k++) row[k] = (row[k] ?? 0) / total;
  }
  return rows;
}

/** Adds weight·P(x₀, ·)·P(·, xₜ)/P(x₀, xₜ): once for each sequence, each data and each token. */
function addPosterior(row: Float64Array, weight: number, before: Float64Array, after: Float64Array, evidence: number): void {
  for (let k = 0; k < row.length; k++) row[k] = (row[k] ?? 0) + (weight * (before[k] ?? 0) * (after[k] ?? 0)) / evidence;
}

function digits(index: number, length: number, base: number): readonly number[] {
  const out = new Array<number>(length);
  for (let k = length - 1, rest = index; k >= 0; k--, rest = Math.floor(rest / base)) out[k] = rest % base;
  return out;
}

/** Throws `outside-domain` unless the table is a law, up to what rounding does, and there are tokens and steps. */
function assertRun(table: Float64Array, length: number, steps: number): void {
  for (const [name, value] of Object.entries({ length, steps }))
    if (!(Number.isInteger(value) && value >= 1))
      throw new SpecError("outside-domain", `run law: expected ${name} of at least 1, got ${value}`);
  const wrong = table.find((p) => !(p >= 0));
  if (wrong !== undefined) throw new SpecError("outside-domain", `run law: expected probabilities ≥ 0, got ${wrong}`);
  const total = table.reduce((sum, p) => sum + p, 0);
  if (!(Math.abs(total - 1) <= table.length * 2 ** -23))
    throw new SpecError("outside-domain", `run law: expected probabilities that sum to 1, got ${total}`);
}
