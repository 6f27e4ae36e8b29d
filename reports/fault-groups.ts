/**
 * # Faults, each told once
 *
 * One mistake often sits in ten classes and breaks five laws. Faults that share law, evidence and circumstances are one entry with
 * many classes; verdicts that follow from another are named under it.
 */
import type { Fault, Report, Verdict } from "#properties/engine/verdict";
import type { LawPages } from "#reports/law-page";

interface Found {
  readonly verdict: Verdict;
  readonly fault: Fault;
}

export interface FaultGroup {
  readonly law: string;
  readonly evidence: string;
  /** The simplest of them, which stands for all. */
  readonly shown: Found;
  readonly all: readonly Found[];
  /** Laws that fail on these units because this one does. */
  readonly implies: readonly string[];
  /** Why the subject's documentation expects it; null where it does not. */
  readonly documented: string | null;
}

const finiteLaw = "metamorphic.finite";

/** The faults to lead with, those of the weakest laws first; with `implied`, what follows from them as well. */
export function faultGroups(report: Report, pages: LawPages, implied = false): readonly FaultGroup[] {
  const groups = new Map<string, Found[]>();
  const byUnit = new Map<string, Verdict[]>();
  for (const verdict of report.verdicts) push(byUnit, unitKey(verdict), verdict);
  for (const verdict of report.verdicts) {
    if (verdict.status !== "violated" || verdict.impliedBy.length > 0 !== implied) continue;
    const finite = byUnit.get(unitKey(verdict))?.find(({ law, status }) => law === finiteLaw && status === "violated");
    for (const fault of verdict.faults) {
      const toldThere = verdict.law !== finiteLaw && finite?.faults.some((other) => sameCause(other, fault));
      if (!implied && toldThere === true) continue;
      push(groups, keyOf(verdict, fault), { verdict, fault });
    }
  }
  const made = [...groups.values()].map((all) => groupOf(all, byUnit));
  const depth = (law: string): number => pages.get(law)?.depth ?? 0;
  return made.sort(
    (a, b) =>
      Number(a.documented !== null) - Number(b.documented !== null) ||
      depth(a.law) - depth(b.law) ||
      b.all.length - a.all.length ||
      (a.law < b.law ? -1 : a.law > b.law ? 1 : keyOf(a.shown.verdict, a.shown.fault) < keyOf(b.shown.verdict, b.shown.fault) ? -1 : 1),
  );
}

function groupOf(all: readonly Found[], byUnit: ReadonlyMap<string, readonly Verdict[]>): FaultGroup {
  const [shown] = [...all].sort((a, b) => simplicity(a) - simplicity(b) || (a.verdict.unit < b.verdict.unit ? -1 : 1));
  if (shown === undefined) throw new RangeError("a group has at least one fault");
  const { law } = shown.verdict;
  const implies = all.flatMap(({ verdict }) =>
    (byUnit.get(unitKey(verdict)) ?? []).filter(({ impliedBy }) => impliedBy.includes(law)).map((other) => other.law),
  );
  const documented = all.every(({ verdict }) => verdict.documented !== null) ? shown.verdict.documented : null;
  return { law, evidence: shown.fault.evidence, shown, all, implies: [...new Set(implies)].sort(), documented };
}

const unitKey = ({ subject, unit }: Verdict): string => `${subject}|${unit}`;
const sameCause = (a: Fault, b: Fault): boolean => a.evidence === b.evidence && a.circumstances.join() === b.circumstances.join();

/** Exceptions of one type differ by what they say; line numbers and values in it do not matter. */
function keyOf({ subject, law }: Verdict, { evidence, circumstances, message }: Fault): string {
  const words = evidence.startsWith("finite:") ? message.replaceAll(/\(.*?\)|\[met by .*\]|\d+/g, "") : "";
  return [subject, law, evidence, circumstances.join(), words].join("|");
}

/** Few options and a short case read best. */
const simplicity = ({ fault }: Found): number => Object.keys(fault.options).length * 1000 + fault.replay.length;

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [item]);
  else known.push(item);
}
