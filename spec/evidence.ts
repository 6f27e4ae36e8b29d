/**
 * # Evidence
 *
 * What a claim returns: exact statements about answers, each of a kind that says how it is decided. No evidence carries a
 * tolerance; it carries counted roundings, and the format decides.
 */
import { SpecError } from "#spec/error";
import type { Input, Inputs } from "#spec/number/compile";
import type { Equation, Expression } from "#spec/number/expression";
import type { Oracle } from "#spec/number/oracle";

/** Names the axes of the points, slowest first, so that a report can say "state 3, coordinate 1". */
export type Axes = readonly (readonly [name: string, length: number])[];

interface Common {
  /** Which part of the law; faults are keyed by it. */
  readonly name: string;
  readonly axes?: Axes;
}

/** An identity of sums and products: holds once each term is forgiven `roundings` roundings. */
export interface BalanceEvidence extends Common {
  readonly kind: "balance";
  readonly equation: Equation;
  readonly values: Inputs;
  readonly roundings: number;
  /** The symbol that the subject answered; expected and got in reports are its values. */
  readonly answer: string;
  /** Sum of the magnitudes of the formula's intermediate terms: their roundings are forgiven as those of the printed terms. */
  readonly via?: Input;
  /** What one of the values is of, where it is known only up to an error. */
  readonly oracle?: Oracle;
}

/** A closed form: the answer lies within the running error of the formula around its enclosure. */
export interface EnclosureEvidence extends Common {
  readonly kind: "enclosure";
  readonly expression: Expression;
  readonly values: Inputs;
  readonly answer: Float64Array;
  /** Roundings of the answer beyond those of the printed formula. */
  readonly roundings: number;
  /** As for balances: magnitudes that the answer's own formula adds up on the way. */
  readonly via?: Input;
}

/** The same bits on both sides (−0 equals 0). */
export interface EqualityEvidence extends Common {
  readonly kind: "equality";
  readonly got: Float64Array;
  readonly expected: Float64Array;
}

/** left ≥ right, forgiving roundings of both; `strict` asks for >, without forgiveness. */
export interface InequalityEvidence extends Common {
  readonly kind: "inequality";
  readonly left: Input;
  readonly right: Input;
  readonly roundings: number;
  readonly strict: boolean;
}

/** Errors at numbers of steps that double: decided from the last slopes. */
export interface OrderEvidence extends Common {
  readonly kind: "order";
  readonly claimed: number;
  readonly steps: readonly number[];
  readonly errors: readonly number[];
  /** Errors below this are rounding, not discretisation. */
  readonly floor: number;
}

/**
 * Draws against the law they should have: how often each outcome came and its probability, or the ranks F(x) of draws of a continuous law.
 * Whoever draws until enough is known hands over the counts at each look; the number of draws may then depend on what was drawn.
 */
export interface DistributionEvidence extends Common {
  readonly kind: "distribution";
  readonly counts: Float64Array;
  readonly law: Float64Array;
  readonly ranks?: Float64Array;
  readonly looks?: readonly Float64Array[];
}

/** The law does not speak of this case; the reason is shown with its share. */
export interface UnmetEvidence extends Common {
  readonly kind: "unmet";
  readonly reason: string;
}

export type Evidence =
  | BalanceEvidence
  | EnclosureEvidence
  | EqualityEvidence
  | InequalityEvidence
  | OrderEvidence
  | DistributionEvidence
  | UnmetEvidence;

type Options = { readonly axes?: Axes };

/** The evidence with what not all of it has; written into it, since copies of unknown fields cost as much as a judgement. */
function beside<E extends BalanceEvidence | EnclosureEvidence>(evidence: E, axes: Axes | undefined, via: Input | undefined): E {
  const made: { axes?: Axes; via?: Input } = evidence;
  if (axes !== undefined) made.axes = axes;
  if (via !== undefined) made.via = via;
  return evidence;
}

export function balance(
  name: string,
  equation: Equation,
  values: Inputs,
  { answer, roundings, axes, via, oracle }: Options & Pick<BalanceEvidence, "answer" | "roundings" | "via" | "oracle">,
): BalanceEvidence {
  const evidence: { oracle?: Oracle } & BalanceEvidence = { kind: "balance", name, equation, values, answer, roundings };
  if (oracle !== undefined) evidence.oracle = oracle;
  return beside(evidence, axes, via);
}

export function enclosure(
  name: string,
  expression: Expression,
  values: Inputs,
  answer: Float64Array,
  { roundings = 1, axes, via }: Options & { readonly roundings?: number; readonly via?: Input } = {},
): EnclosureEvidence {
  return beside({ kind: "enclosure", name, expression, values, answer, roundings }, axes, via);
}

export function equality(name: string, got: Float64Array, expected: Float64Array, options: Options = {}): EqualityEvidence {
  return { kind: "equality", name, got, expected, ...options };
}

export function atLeast(
  name: string,
  left: Input,
  right: Input,
  { roundings = 0, ...rest }: Options & { readonly roundings?: number } = {},
): InequalityEvidence {
  return { kind: "inequality", name, left, right, roundings, strict: false, ...rest };
}

export function greaterThan(name: string, left: Input, right: Input, options: Options = {}): InequalityEvidence {
  return { kind: "inequality", name, left, right, roundings: 0, strict: true, ...options };
}

/** Draws of outcomes 0 … K − 1. Throws `malformed-answer` for a draw that is no outcome. */
export function drawnFrom(name: string, draws: Float64Array, law: Float64Array, options: Options = {}): DistributionEvidence {
  const counts = new Float64Array(law.length);
  for (const outcome of draws) {
    const before = counts[outcome];
    if (before === undefined)
      throw new SpecError("malformed-answer", `${name}: expected draws to be outcomes 0 … ${law.length - 1}, got ${outcome}`);
    counts[outcome] = before + 1;
  }
  return { kind: "distribution", name, counts, law, ...options };
}

/** Draws of outcomes 0 … K − 1 by their counts at each look, the last at the end. */
export function wageredOn(name: string, looks: readonly Float64Array[], law: Float64Array, options: Options = {}): DistributionEvidence {
  return { kind: "distribution", name, counts: looks.at(-1) ?? new Float64Array(law.length), law, looks, ...options };
}

/** Draws of a continuous law, by their ranks F(x) ∈ [0, 1]. */
export function rankedFrom(name: string, ranks: Float64Array): DistributionEvidence {
  return { kind: "distribution", name, counts: new Float64Array(0), law: new Float64Array(0), ranks };
}

export function unmet(reason: string): UnmetEvidence {
  return { kind: "unmet", name: "precondition", reason };
}
