/**
 * # How a bound is asked for
 *
 * Losses answer terms of a bound, one number per row; a law puts the bound together from them. A row is one token of one noisy
 * state at one level, and everything the loss needs is handed in with it.
 *
 * Convention: nats, per token, before any mean over tokens, batch or time. Inputs with one number per row have shape `n`, laws and
 * scores over K states have shape `n*K`.
 */
import type { Ask } from "#spec/ask";
import { drawnLaws } from "#spec/categorical/table";
import { balance, type Evidence } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Input } from "#spec/number/compile";
import { equation } from "#spec/number/expression";
import { gaussLegendre, type Quadrature } from "#spec/number/quadrature";
import type { Loss } from "#spec/roles";
import { malformed } from "#spec/tensor";

/** Inputs of one row, by name: a number, or K numbers. */
export type TermRow = Readonly<Record<string, number | Float64Array>>;

const held = equation("p == q");

/** What all laws of losses on finitely many states ask of a subject's declaration. */
export const declaresStates: Readonly<Record<string, (_: unknown, facts: Facts) => boolean>> = {
  "a process on finitely many states is declared": (_, { discrete }) => discrete !== null,
};

/** A term at many rows in one call. `shared` inputs belong to all of them. Shape `n`. */
export function* termOfRows(
  loss: Loss,
  name: string,
  rows: readonly TermRow[],
  shared: Readonly<Record<string, Input>> = {},
): Ask<Float64Array> {
  const value = yield* loss.term(name, { ...stacked(rows), ...shared });
  if (value.length !== rows.length) throw malformed(`term ${name}`, `${rows.length} elements`, value.length);
  return value;
}

function stacked(rows: readonly TermRow[]): Record<string, Float64Array> {
  const [first = {}] = rows;
  return Object.fromEntries(
    Object.entries(first).map(([name, one]) => {
      const width = typeof one === "number" ? 1 : one.length;
      const out = new Float64Array(rows.length * width);
      rows.forEach((row, i) => {
        const value = row[name];
        if (typeof value === "number") out[i] = value;
        else if (value !== undefined) out.set(value, i * width);
      });
      return [name, out];
    }),
  );
}

/** ∫₀¹ h by n nodes crowded at 0, t = wᵖ: powers and logarithms of t at 0 do no harm. */
export function gradedLegendre(n: number, power: number): Quadrature {
  const { nodes, weights } = gaussLegendre(n);
  return { nodes: nodes.map((w) => w ** power), weights: weights.map((q, k) => q * power * (nodes[k] ?? 0) ** (power - 1)) };
}

/**
 * One law over n outcomes, none of which has less than 1/(8n), but those at `mask`, which have nothing: what is integrated over time has no
 * structure at times finer than that.
 */
export function temperedLaw(stream: number, n: number, mask: number | null = null): Float64Array {
  const possible = mask === null ? n : n - 1;
  return drawnLaws(stream, 1, n, mask).map((p, x) => (x === mask ? 0 : (7 * p + 1 / possible) / 8));
}

/** Σ wᵢfᵢ over the rows of each group. Shape `groups`. */
export function groupSums(values: Float64Array, weights: readonly number[], group: readonly number[], groups: number): Float64Array {
  const out = new Float64Array(groups);
  values.forEach((value, i) => {
    const k = group[i] ?? 0;
    out[k] = (out[k] ?? 0) + value * (weights[i] ?? Number.NaN);
  });
  return out;
}

/** The subject's number against a sum over all states, with the magnitudes of what either adds up. */
export function heldToSum(
  name: string,
  p: Float64Array,
  q: Float64Array,
  { roundings = 16, via = 0 }: { readonly roundings?: number; readonly via?: Input } = {},
): Evidence {
  return balance(name, held, { p, q }, { answer: "p", roundings, via, axes: [["case", p.length]] });
}
