/**
 * # Balances
 *
 * Terms that sum to zero once each of them is forgiven n roundings.
 *
 * Lemma. Let γ = nu/(1 − nu), 2nu < 1. If Σtₖ becomes exactly zero when each term is multiplied or divided by some 1 + θₖ with
 * |θₖ| ≤ γ, then |Σtₖ| ≤ nu/(1 − 2nu) · Σ|tₖ|.
 *
 * Proof. 1 + θ and 1/(1 + θ) are both 1 + θ′ with |θ′| ≤ γ/(1 − γ) = nu/(1 − 2nu), and Σtₖ(1 + θ′ₖ) = 0 says
 * Σtₖ = −Σtₖθ′ₖ. That n roundings make a factor 1 + θ with |θ| ≤ γ is Higham (2002), Lemma 3.1. ∎
 *
 * Below the normal numbers the lemma's roundings are absolute: each term adds n · `underflowUnit`.
 *
 * Decided in double with a running error bound; what that leaves open in `balance-decision.ts`, as far as exactly.
 *
 * A value may itself be known only within bounds (`oracle.ts`), and stands alone as a term then. An error e of it moves the residual by at
 * most e and the bound by at most nu/(1 − 2nu)·e. What no precision takes away is added to the bound.
 */
import { SpecError } from "#spec/error";
import { fails, failsWithin, lemma } from "#spec/number/balance-decision";
import { loopOf, programOf } from "#spec/number/balance-loop";
import { type Input, type Inputs, prepared } from "#spec/number/compile";
import type { Equation } from "#spec/number/expression";
import type { Format } from "#spec/number/format";
import { between, type Oracle } from "#spec/number/oracle";
import { symbolsOf, type Tree } from "#spec/number/tree";

/** What an evaluation over n points found. Indices are points; −1 where there is none. */
export interface Weighed {
  readonly failed: readonly number[];
  /** Points that needed double-double or bigint. */
  readonly open: number;
  /** Largest residual / bound, and where; 1 is the edge of the tolerance. */
  readonly used: number;
  readonly worst: number;
  readonly residual: number;
  readonly tolerance: number;
  /** Smallest relative change of the largest term that would have been seen at some point. */
  readonly detectable: number;
}

/** What a value is known to that is no oracle's. */
const exactly: Pick<Oracle, "error" | "apart"> = { error: new Float64Array(0), apart: 0 };

/**
 * Weighs left − right over broadcast inputs in a format. `via` is added to Σ|t|: the magnitudes of intermediate terms, whose sum
 * is zero and whose roundings count. An oracle says how far one of the inputs is from what it stands for. Throws `too-many-roundings`
 * when 2nu ≥ 1.
 */
export function weigh(equation: Equation, inputs: Inputs, roundings: number, format: Format, via: Input = 0, oracle?: Oracle): Weighed {
  const { found, failed, open } = inDoubles(equation, inputs, roundings, format, via, oracle);
  const { terms } = programOf(equation);
  for (const index of open) {
    const point = { terms, value: (name: string) => valueAt(inputs[name], index), roundings, format, via: valueAt(via, index) };
    if (oracle === undefined ? fails(point) : failsWithin(point, oracle.symbol, (bits) => between(oracle, index, bits))) failed.push(index);
  }
  return found;
}

function valueAt(input: Input = Number.NaN, index: number): number {
  return typeof input === "number" ? input : (input[input.length === 1 ? 0 : index] ?? Number.NaN);
}

/**
 * The same where doubles alone decide that the balance holds at every point, and null where they do not, or where there is no point. Every
 * input is finite then: one that is not has a term that is not, and its point stays open. Inputs that the equation does not mention are
 * not looked at: null as well.
 */
export function weighAtOnce(
  equation: Equation,
  inputs: Inputs,
  roundings: number,
  format: Format,
  via: Input = 0,
  oracle?: Oracle,
): Weighed | null {
  if (Object.keys(inputs).length !== programOf(equation).symbols.length) return null;
  const { found, failed, open } = inDoubles(equation, inputs, roundings, format, via, oracle);
  return found.worst < 0 || failed.length + open.length > 0 ? null : found;
}

interface InDoubles {
  /** Lists the failed points by reference: those that stay open may join them. */
  readonly found: Weighed;
  readonly failed: number[];
  readonly open: readonly number[];
}

function inDoubles(
  equation: Equation,
  inputs: Inputs,
  roundings: number,
  format: Format,
  via: Input,
  oracle: Oracle | undefined,
): InDoubles {
  const program = programOf(equation);
  const { terms, symbols } = program;
  const input = prepared(symbols, inputs);
  const { given, length } = input;
  const { factor, absolute } = lemma(roundings, terms.length, format);
  const summary = Float64Array.of(-1, -1, 0, 0, Number.POSITIVE_INFINITY);
  const failed: number[] = [];
  const open: number[] = [];
  const path = typeof via === "number" ? [via] : via;
  if (oracle !== undefined) assertAlone(terms, oracle, length);
  const { error, apart } = oracle ?? exactly;
  const loop = loopOf(program, input, path.length === 1 ? "one" : "each", oracle !== undefined);
  loop(length, given, factor, absolute, path, error, apart, summary, failed, open);
  const [used = 0, worst = -1, residual = 0, tolerance = 0, detectable = Number.POSITIVE_INFINITY] = summary;
  return { found: { failed, open: open.length, used: Math.max(used, 0), worst, residual, tolerance, detectable }, failed, open };
}

function assertAlone(terms: readonly Tree[], { symbol, error }: Oracle, length: number): void {
  const [only, ...others] = terms.filter((term) => symbolsOf(term).has(symbol));
  const bare = only?.kind === "negate" ? only.a : only;
  if (bare?.kind !== "symbol" || others.length > 0)
    throw new SpecError("bad-expression", `balance: expected the oracle's value ${symbol} as one term, alone`);
  if (error.length !== length)
    throw new SpecError("shape-mismatch", `balance: expected ${error.length} points, as the oracle's value ${symbol} has, got ${length}`);
}
