/**
 * Equal bits, and one side at least as large as the other.
 */
import { type Judged, passed, placeOf } from "#properties/engine/judged";
import type { EqualityEvidence, InequalityEvidence } from "#spec/evidence";
import type { Input } from "#spec/number/compile";
import { type Format, underflowUnit, unitRoundoff } from "#spec/number/format";

export function judgeEquality(evidence: EqualityEvidence): Judged {
  const { name, kind, got, expected } = evidence;
  const length = Math.max(got.length, expected.length);
  for (let i = 0; i < length; i++) {
    const [a, b] = [got[i], expected[expected.length === 1 ? 0 : i]];
    if (a === b) continue;
    const worst = {
      place: placeOf(evidence, i),
      expected: b ?? null,
      got: a ?? null,
      residual: (a ?? Number.NaN) - (b ?? Number.NaN),
      tolerance: 0,
    };
    const used = Number.POSITIVE_INFINITY;
    return { ...passed, name, kind, outcome: "violated", used, detectable: 0, worst };
  }
  return { name, kind, outcome: "holds", reason: null, used: 0, detectable: 0, open: 0, worst: null };
}

export function judgeInequality(evidence: InequalityEvidence, format: Format): Judged {
  const { name, kind, left, right, roundings, strict } = evidence;
  const at = (input: Input, i: number): number => (typeof input === "number" ? input : (input[input.length === 1 ? 0 : i] ?? Number.NaN));
  const length = Math.max(typeof left === "number" ? 1 : left.length, typeof right === "number" ? 1 : right.length);
  const u = unitRoundoff(format);
  let used = 0;
  let detectable = Number.POSITIVE_INFINITY;
  let failed = -1;
  for (let i = 0; i < length; i++) {
    const [a, b] = [at(left, i), at(right, i)];
    const scale = Math.abs(a) + Math.abs(b);
    const tolerance = strict ? 0 : roundings * (u * scale + underflowUnit(format));
    const short = b - a;
    const fails = strict ? !(a > b) : short > tolerance;
    if (fails && failed < 0) failed = i;
    if (short > 0 && tolerance > 0) used = Math.max(used, short / tolerance);
    // What could be lost before it shows: the margin and the tolerance.
    if (scale > 0) detectable = Math.min(detectable, (a - b + tolerance) / scale);
  }
  if (failed < 0) return { name, kind, outcome: "holds", reason: null, used, detectable, open: 0, worst: null };
  const [got, bound] = [at(left, failed), at(right, failed)];
  const worst = {
    place: placeOf(evidence, failed),
    expected: bound,
    got,
    residual: got - bound,
    tolerance: strict ? 0 : roundings * u * (Math.abs(got) + Math.abs(bound)),
  };
  return {
    ...passed,
    name,
    kind,
    outcome: "violated",
    reason: strict ? "must be greater" : "must be at least",
    used: Math.max(used, 1),
    detectable,
    worst,
  };
}
