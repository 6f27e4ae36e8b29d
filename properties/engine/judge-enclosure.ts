/**
 * Closed forms: the running error of the formula first, decimals around its exact value where that does not decide.
 */
import { type Judged, Judgement, placeOf, tooCoarse, type Worst } from "#properties/engine/judged";
import { SpecError } from "#spec/error";
import type { EnclosureEvidence } from "#spec/evidence";
import { evaluate, type Input } from "#spec/number/compile";
import { enclose } from "#spec/number/enclosure";
import { binary64, type Format, underflowUnit, unitRoundoff } from "#spec/number/format";

const ownRoundoff = unitRoundoff(binary64);

const at = (array: Float64Array, i: number): number => array[array.length === 1 ? 0 : i] ?? Number.NaN;

const pathAt = (via: Input, i: number): number => (typeof via === "number" ? via : (via[via.length === 1 ? 0 : i] ?? 0));

export function judgeEnclosure(evidence: EnclosureEvidence, format: Format, exact: boolean): Judged {
  const { expression, values, answer, roundings, via = 0 } = evidence;
  const u = unitRoundoff(format);
  const tiny = underflowUnit(format) / u;
  const { values: truth, errors } = evaluate(expression, values, u, tiny, format.expDrift);
  let used = 0;
  let detectable = Number.POSITIVE_INFINITY;
  let open = 0;
  let worst = -1;
  let vacuous = 0;
  let excused = 0;
  const failed: number[] = [];
  const length = truth.length === 1 ? Math.max(1, answer.length) : truth.length;
  if (answer.length !== 1 && answer.length !== length)
    throw new SpecError("shape-mismatch", `enclosure: expected ${length} answers, got ${answer.length}`);
  for (let i = 0; i < length; i++) {
    const got = at(answer, i);
    const expected = at(truth, i);
    const narrow = u * (at(errors, i) + roundings * Math.max(Math.abs(expected), tiny));
    const wide = narrow + u * roundings * pathAt(via, i);
    const tolerance = exact ? wide : narrow;
    if (!(tolerance < Number.POSITIVE_INFINITY)) {
      vacuous += 1;
      continue;
    }
    const slack = ownRoundoff * (at(errors, i) + 4 * (Math.abs(got) + Math.abs(expected)));
    const off = Math.abs(got - expected);
    const share = tolerance === 0 ? (off === 0 ? 0 : Number.POSITIVE_INFINITY) : off / tolerance;
    let fails = off - slack > tolerance;
    if (!fails && off + slack > tolerance) {
      open += 1;
      fails = outside(evidence, i, got, tolerance);
    }
    if (fails) {
      failed.push(i);
      if (off <= wide) excused += 1;
    }
    if (share > used || worst < 0) {
      used = Math.max(share, used);
      worst = i;
    }
    const size = Math.max(Math.abs(expected), Math.abs(got));
    if (size > 0) detectable = Math.min(detectable, tolerance / size);
  }
  const shown = failed.includes(worst) || failed.length === 0 ? worst : (failed[0] ?? worst);
  const find = (): Worst | null =>
    shown < 0
      ? null
      : {
          place: placeOf(evidence, shown),
          expected: at(truth, shown),
          got: at(answer, shown),
          residual: at(answer, shown) - at(truth, shown),
          tolerance: u * (at(errors, shown) + roundings * (Math.abs(at(truth, shown)) + (exact ? pathAt(via, shown) : 0))),
        };
  const judged = (outcome: Judged["outcome"], reason: string | null): Judged =>
    new Judgement(evidence, { used, detectable, open }, outcome, reason, find);
  if (vacuous === length) return judged("unmet", `the formula has no digits left in ${format.name} here`);
  if (failed.length === 0) return judged("holds", null);
  if (!exact && excused === failed.length) return judged("undecided", tooCoarse(format));
  return judged("violated", null);
}

/** The last resort: is the answer further than the tolerance from everything between the two decimals? */
function outside({ expression, values }: EnclosureEvidence, index: number, got: number, tolerance: number): boolean {
  for (const digits of [50, 120, 400]) {
    const { lo, hi } = enclose(expression.tree, values, index, digits);
    const above = hi.plus(tolerance);
    const below = lo.minus(tolerance);
    const { lo: exactly } = enclose({ kind: "symbol", name: "x" }, { x: got }, 0, digits);
    if (exactly.lte(lo.plus(tolerance)) && exactly.gte(hi.minus(tolerance))) return false;
    if (exactly.gt(above) || exactly.lt(below)) return true;
  }
  return false;
}
