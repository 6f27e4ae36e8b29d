/**
 * Orders of convergence, from the slopes of errors at numbers of steps that double.
 */
import { type Judged, passed } from "#properties/engine/judged";
import type { OrderEvidence } from "#spec/evidence";

/** Violated only if the last two local slopes lie below p − ½ and do not rise; holds when the last reaches p − ½. */
export function judgeOrder(evidence: OrderEvidence): Judged {
  const { name, kind, claimed, steps, errors, floor } = evidence;
  const alive = errors.filter((error) => error > floor).length;
  if (alive < 3) return { ...passed, name, kind, detectable: floor };
  const slopes: number[] = [];
  for (let k = 1; k < alive; k++)
    slopes.push(Math.log2((errors[k - 1] ?? 0) / (errors[k] ?? 1)) / Math.log2((steps[k] ?? 2) / (steps[k - 1] ?? 1)));
  const [before = 0, last = 0] = slopes.slice(-2);
  const target = claimed - 0.5;
  const worst = {
    place: `steps ${steps.slice(0, alive).join(", ")}: slopes ${slopes.map((s) => s.toFixed(2)).join(", ")}`,
    expected: claimed,
    got: last,
    residual: last - claimed,
    tolerance: 0.5,
  };
  const used = Math.max(0, (claimed - last) / 0.5);
  if (last >= target) return { ...passed, name, kind, used, worst, detectable: floor };
  if (before < target && last <= before + 0.05) return { ...passed, name, kind, outcome: "violated", used, worst };
  return { ...passed, name, kind, outcome: "undecided", reason: "the slope still rises; more steps would decide", used, worst };
}
