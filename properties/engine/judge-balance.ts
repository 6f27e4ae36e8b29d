/**
 * Sums of products, weighed exactly.
 */
import { type Judged, Judgement, placeOf, tooCoarse, type Worst } from "#properties/engine/judged";
import type { BalanceEvidence } from "#spec/evidence";
import { type Weighed, weigh, weighAtOnce } from "#spec/number/balance";
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

const judgement = (evidence: BalanceEvidence, found: Weighed, outcome: Judged["outcome"], reason: string | null = null): Judged =>
  new Judgement(evidence, found, outcome, reason, () => (found.worst < 0 ? null : worstOfBalance(evidence, found)));

/**
 * The judgement on a balance that doubles alone find to hold at every point, the usual case: its inputs were looked at by the same loop, so nobody
 * has to look for one that is not finite. Null otherwise, also where the balance cannot be weighed.
 */
export function balanceAtOnce(evidence: BalanceEvidence, format: Format, exact: boolean): Judged | null {
  const { equation, values, roundings, via, oracle } = evidence;
  try {
    const found = weighAtOnce(equation, values, roundings, format, exact ? via : 0, oracle);
    return found === null ? null : judgement(evidence, found, "holds");
  } catch {
    return null;
  }
}

/**
 * In binary64 the formula's intermediate terms are forgiven like its printed ones. Where only a coarser format answers, what needs
 * them to be explained stays undecided.
 */
export function judgeBalance(evidence: BalanceEvidence, format: Format, exact: boolean): Judged {
  const { equation, values, roundings, via, oracle } = evidence;
  const found = weigh(equation, values, roundings, format, exact ? via : 0, oracle);
  if (found.failed.length === 0) return judgement(evidence, found, "holds");
  if (!exact && via !== undefined && weigh(equation, values, roundings, format, via, oracle).failed.length === 0)
    return judgement(evidence, found, "undecided", tooCoarse(format));
  return judgement(evidence, found, "violated");
}
