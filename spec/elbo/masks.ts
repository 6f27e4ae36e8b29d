/**
 * # All maskings of a short sequence
 *
 * A masked state of L tokens is the set of what is masked: 2ᴸ of them. At survival α a set of k tokens has the chance
 * αᴸ⁻ᵏ(1 − α)ᵏ, so that a bound over time is a sum over sets of integrals over t.
 *
 * Convention: schedules run from α = 1 at t = 0 to α = 0 at t = 1, both exactly.
 */
import type { Ask } from "#spec/ask";
import { groupSums, type TermRow, termOfRows } from "#spec/elbo/rows";
import { gaussLegendre } from "#spec/number/quadrature";
import type { Loss } from "#spec/roles";

/** Survival and its slope. */
export interface MaskSchedule {
  readonly alpha: (t: number) => number;
  readonly slope: (t: number) => number;
}

export type MaskScheduleName = "linear" | "square" | "cube" | "cosine";

export const maskSchedules: Readonly<Record<MaskScheduleName, MaskSchedule>> = {
  linear: { alpha: (t) => 1 - t, slope: () => -1 },
  square: { alpha: (t) => (1 - t) ** 2, slope: (t) => -2 * (1 - t) },
  cube: { alpha: (t) => 1 - t ** 3, slope: (t) => -3 * t * t },
  cosine: { alpha: (t) => Math.cos((Math.PI * t) / 2), slope: (t) => (-Math.PI / 2) * Math.sin((Math.PI * t) / 2) },
};

/** What is masked, token by token. */
export type MaskSet = readonly boolean[];

/** All sets of masked tokens but the empty one. */
export function maskSets(length: number): readonly MaskSet[] {
  return Array.from({ length: 2 ** length - 1 }, (_, k) => Array.from({ length }, (_, i) => (((k + 1) >> i) & 1) === 1));
}

export const maskedCount = (set: MaskSet): number => set.filter(Boolean).length;

/** Binomial coefficient. */
export function choose(n: number, k: number): number {
  let value = 1;
  for (let j = 1; j <= k; j++) value = (value * (n - k + j)) / j;
  return value;
}

/** A model: its law of clean tokens at place i of a sequence, given what is masked. It knows no time. Shape `K`. */
export type FillIn = (tokens: Float64Array, set: MaskSet, i: number) => Float64Array;

/** A term that a bound adds up, and the inputs that say where it stands between data and noise. */
export interface MaskedTerm {
  readonly name: string;
  readonly level: (survival: number, slope: number) => TermRow;
}

const byNoise: MaskedTerm = { name: "masked-nelbo", level: (a, slope) => ({ sigma: -Math.log(a), rate: -slope / a }) };

/** The bound on −log p of each sequence by a subject's masked loss: all sets, all tokens, sixteen times. */
export function* maskedBounds(
  loss: Loss,
  sequences: readonly Float64Array[],
  model: FillIn,
  { alpha, slope }: MaskSchedule,
  mask: number,
  { name, level }: MaskedTerm = byNoise,
): Ask<Float64Array> {
  const { nodes, weights } = gaussLegendre(16);
  const rows: TermRow[] = [];
  const [shares, group]: [number[], number[]] = [[], []];
  sequences.forEach((tokens, sequence) => {
    for (const set of maskSets(tokens.length)) {
      const laws = Array.from(tokens, (_, i) => model(tokens, set, i));
      const k = maskedCount(set);
      nodes.forEach((t, node) => {
        const a = alpha(t);
        const where = level(a, slope(t));
        const share = (weights[node] ?? 0) * a ** (tokens.length - k) * (1 - a) ** k;
        tokens.forEach((x0, i) => {
          rows.push({ x0, xt: set[i] === true ? mask : x0, ...where, law: laws[i] ?? new Float64Array(0) });
          shares.push(share);
          group.push(sequence);
        });
      });
    }
  });
  const value = yield* termOfRows(loss, name, rows, { mask });
  return groupSums(value, shares, group, sequences.length);
}
