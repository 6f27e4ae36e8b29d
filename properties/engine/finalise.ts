/**
 * # What follows from what
 *
 * After all cells are judged: failures by exception or NaN belong to `metamorphic.finite`, and a violation is implied by another
 * when a law it rests on fails in the same circumstances. A pure function of the verdicts, so that merged shards equal one run.
 */

import { createHash } from "node:crypto";
import { falseAlarmBudget } from "#properties/engine/budget";
import { finiteLaw } from "#properties/engine/fault";
import { levelOf } from "#properties/engine/judge-distribution";
import { type Fault, type Status, statuses, type Verdict } from "#properties/engine/verdict";
import type { AnyLaw, LawId } from "#spec/law";

/** All laws that a law rests on, directly or not. */
export function ancestors(laws: readonly Pick<AnyLaw, "id" | "restsOn">[]): ReadonlyMap<string, ReadonlySet<string>> {
  const direct = new Map(laws.map((law) => [law.id as string, law.restsOn as readonly string[]]));
  const closed = new Map<string, ReadonlySet<string>>();
  const close = (id: string, path: readonly string[]): ReadonlySet<string> => {
    const known = closed.get(id);
    if (known !== undefined) return known;
    if (path.includes(id)) throw new Error(`restsOn: ${[...path, id].join(" → ")} is a cycle`);
    const all = new Set<string>();
    for (const parent of direct.get(id) ?? []) {
      all.add(parent);
      for (const further of close(parent, [...path, id])) all.add(further);
    }
    closed.set(id, all);
    return all;
  };
  for (const law of laws) close(law.id as LawId, []);
  return closed;
}

export function finalise(verdicts: readonly Verdict[], laws: readonly Pick<AnyLaw, "id" | "restsOn">[]): readonly Verdict[] {
  const above = ancestors(laws);
  const byUnit = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    const key = `${verdict.subject}|${verdict.unit}`;
    byUnit.set(key, [...(byUnit.get(key) ?? []), verdict]);
  }
  const done = [...byUnit.values()].flatMap((unit) => withImplications(withFinite(unit), above));
  const order = (a: Verdict): string => `${a.subject}|${a.unit}|${a.law}`;
  return done.sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
}

/** Adds to `metamorphic.finite` what other laws of the unit met of exceptions, NaN and wrong shapes. */
function withFinite(unit: readonly Verdict[]): readonly Verdict[] {
  const finite = unit.find((verdict) => verdict.law === finiteLaw);
  if (finite === undefined) return unit;
  const met = unit
    .filter((verdict) => verdict.law !== finiteLaw)
    .sort((a, b) => (a.law < b.law ? -1 : 1))
    .flatMap((verdict) =>
      verdict.faults.filter((fault) => fault.evidence.startsWith("finite:")).map((fault) => ({ fault, law: verdict.law })),
    );
  const known = new Set(finite.faults.map(keyOf));
  const added: Fault[] = [];
  for (const { fault, law } of met) {
    const key = keyOf(fault);
    if (known.has(key)) continue;
    known.add(key);
    const message = fault.message.includes("[met by ") ? fault.message : `${fault.message} [met by ${law}]`;
    const text = [finiteLaw, finite.subject.split("==")[0], finite.unit, key].join("\n");
    added.push({ ...fault, message, fingerprint: createHash("sha256").update(text).digest("hex").slice(0, 16) });
  }
  if (added.length === 0) return unit;
  const faults = [...finite.faults, ...added];
  return unit.map((verdict) => (verdict === finite ? { ...finite, status: "violated", reason: null, faults } : verdict));
}

const keyOf = (fault: Fault): string => `${fault.evidence}|${fault.circumstances.join(",")}`;

function withImplications(unit: readonly Verdict[], above: ReadonlyMap<string, ReadonlySet<string>>): readonly Verdict[] {
  return unit.map((verdict) => {
    if (verdict.status !== "violated") return verdict.impliedBy.length === 0 ? verdict : { ...verdict, impliedBy: [] };
    const parents = unit.filter((other) => other.status === "violated" && above.get(verdict.law)?.has(other.law));
    const finite = verdict.law === finiteLaw ? undefined : unit.find((other) => other.law === finiteLaw && other.status === "violated");
    const because = verdict.faults.map((fault) => {
      if (fault.evidence.startsWith("finite:") && finite !== undefined) return [finiteLaw];
      const covering = parents.filter((parent) => parent.faults.some((other) => covers(fault, other))).map((parent) => parent.law);
      return [...covering, ...fault.impliedBy.filter((law) => parents.some((parent) => parent.law === law))];
    });
    const implied = because.length > 0 && because.every((laws) => laws.length > 0);
    return { ...verdict, impliedBy: implied ? [...new Set(because.flat())].sort() : [] };
  });
}

/** The parent's fault needs nothing that the child's does not need as well. */
function covers(child: Fault, parent: Fault): boolean {
  return parent.circumstances.every((part) => child.circumstances.includes(part));
}

export function summaryOf(verdicts: readonly Verdict[]): Record<Status, number> {
  const counts = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>;
  for (const { status } of verdicts) counts[status] += 1;
  return counts;
}

/** Evidence that is exact spends nothing of the budget; each case that was judged by what was drawn its level. */
export function spent(verdicts: readonly Verdict[]): number {
  const cases = verdicts.reduce((sum, { evidence, cases, skipped }) => sum + (evidence.includes("distribution") ? cases - skipped : 0), 0);
  return cases * levelOf(falseAlarmBudget);
}
