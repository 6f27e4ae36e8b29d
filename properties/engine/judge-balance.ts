/**
 * Sums of products, weighed exactly.
 */
import { type Judged, placeOf, tooCoarse, type Worst } from "#properties/engine/judged";
import type { BalanceEvidence } from "#spec/evidence";
import { type Weighed, weigh } from "#spec/number/balance";
import { evaluate, type Inputs } from "#spec/number/compile";
import { derivative } from "#spec/number/expression";
import { binary64, type Format, unitRoundoff } from "#spec/number/format";

function worstOfBalance(evidence: BalanceEvidence, weighed: Weighed): Worst {
  const index = evidence.values[evidence.answer] === undefined ? -1 : weighed.worst;
  const got = index < 0 ? null : valueAt(evidence.values, evidence.answer, index);
  const slope = index < 0 ? 0 : slopeOf(evidence, index);
  return {
    place: placeOf(evidence, weighed.worst),
    expected: got === null || slope === 0 ? null : got - weighed.residual / slope,
    got,
    residual: weighed.residual,
    tolerance: weighed.tolerance,
  };
}

function valueAt(values: Inputs, name: string, index: number): number {
  const input = values[name];
  if (input === undefined) return Number.NaN;
  return typeof input === "number" ? input : (input[input.length === 1 ? 0 : index] ?? Number.NaN);
}

/** d(left − right)/d answer at a point: what one unit of the answer is worth in the balance. */
function slopeOf({ equation, values, answer }: BalanceEvidence, index: number): number {
  const at = Object.fromEntries(Object.keys(values).map((name) => [name, valueAt(values, name, index)]));
  return [equation.left, equation.right].reduce((sum, side, k) => {
    if (!side.symbols.includes(answer)) return sum;
    const { values: slope } = evaluate(derivative(side, answer), at, unitRoundoff(binary64), 0);
    return sum + (k === 0 ? 1 : -1) * (slope[0] ?? 0);
  }, 0);
}

/** The worst point of what holds is looked at by a replay alone, and its slope costs as much as the judgement: it is found when read. */
class JudgedBalance implements Judged {
  readonly name: string;
  readonly kind: "balance";
  readonly outcome: Judged["outcome"];
  readonly reason: string | null;
  readonly used: number;
  readonly detectable: number;
  readonly open: number;
  readonly #evidence: BalanceEvidence;
  readonly #found: Weighed;
  #worst: Worst | null | undefined;

  constructor(evidence: BalanceEvidence, found: Weighed, outcome: Judged["outcome"], reason: string | null) {
    this.name = evidence.name;
    this.kind = evidence.kind;
    this.outcome = outcome;
    this.reason = reason;
    this.used = found.used;
    this.detectable = found.detectable;
    this.open = found.open;
    this.#evidence = evidence;
    this.#found = found;
  }

  get worst(): Worst | null {
    this.#worst ??= this.#found.worst < 0 ? null : worstOfBalance(this.#evidence, this.#found);
    return this.#worst;
  }
}

/**
 * In binary64 the formula's intermediate terms are forgiven like its printed ones. Where only a coarser format answers, what needs
 * them to be explained stays undecided.
 */
export function judgeBalance(evidence: BalanceEvidence, format: Format, exact: boolean): Judged {
  const { equation, values, roundings, via, oracle } = evidence;
  const found = weigh(equation, values, roundings, format, exact ? via : 0, oracle);
  const judged = (outcome: Judged["outcome"], reason: string | null): Judged => new JudgedBalance(evidence, found, outcome, reason);
  if (found.failed.length === 0) return judged("holds", null);
  if (!exact && via !== undefined && weigh(equation, values, roundings, format, via, oracle).failed.length === 0)
    return judged("undecided", tooCoarse(format));
  return judged("violated", null);
}
