/**
 * # From cases to a verdict
 */

import type { Found } from "#properties/engine/fault";
import { formatOf } from "#properties/engine/judge";
import type { Tried } from "#properties/engine/search";
import type { UnitJob } from "#properties/engine/unit";
import type { ControlReport, Fault, Verdict } from "#properties/engine/verdict";
import type { Arithmetic } from "#spec/ask";
import type { AnyLaw } from "#spec/law";

/** What the controls came to. */
export interface Checked {
  /** Laws whose controls were not all as they must be: their verdicts are worth nothing. */
  readonly broken: ReadonlySet<string>;
  /** Of each law, how many wrong versions were tried and how many of them were rejected. */
  readonly run: Readonly<Record<string, Verdict["controls"]>>;
}

export function checkedFrom(controls: readonly ControlReport[]): Checked {
  const found: Record<string, { run: number; rejected: number }> = {};
  for (const { law, expected, got } of controls) {
    found[law] ??= { run: 0, rejected: 0 };
    if (expected !== "rejected") continue;
    found[law].run += 1;
    if (got === "rejected") found[law].rejected += 1;
  }
  return { broken: new Set(controls.filter(({ expected, got }) => expected !== got).map(({ law }) => law)), run: found };
}

/** What a verdict without cases has to know of whom it is about. */
interface About {
  readonly subject: Pick<UnitJob["subject"], "id">;
  readonly unit: Pick<UnitJob["unit"], "name" | "source" | "deviates">;
}

/** A verdict without cases. */
export function blank(job: About, checked: Checked, law: AnyLaw, status: Verdict["status"], reason: string | null): Verdict {
  return {
    law: law.id,
    subject: job.subject.id,
    unit: job.unit.name,
    status,
    reason,
    stage: null,
    evidence: [],
    format: null,
    cases: 0,
    skipped: 0,
    skips: {},
    undecidedInDouble: 0,
    used: null,
    detectable: null,
    controls: checked.run[law.id] ?? { run: 0, rejected: 0 },
    durationMs: 0,
    source: job.unit.source,
    precision: null,
    impliedBy: [],
    consistentWith: null,
    baseline: null,
    documented: job.unit.deviates.find(({ law: id }) => id === law.id)?.because ?? null,
    faults: [],
  };
}

export function verdictOf(
  job: UnitJob,
  checked: Checked,
  law: AnyLaw,
  tried: readonly Tried[],
  faults: readonly Fault[],
  precision: number | null,
  arithmetic: Arithmetic,
  durationMs: number,
): Verdict {
  const by = (status: Found["status"]): readonly Tried[] => tried.filter(({ found }) => found.status === status);
  const [skipped, absent, errors, undecided, holds] = [by("skipped"), by("absent"), by("error"), by("undecided"), by("holds")];
  const unrecorded = by("unrecorded");
  const judged = tried.flatMap(({ found }) => found.judged);
  const skips: Record<string, number> = {};
  for (const { found } of [...skipped, ...absent, ...unrecorded]) skips[found.reason ?? ""] = (skips[found.reason ?? ""] ?? 0) + 1;
  // A law of long runs may have but one case.
  const enough = law.share === undefined ? 2 : Math.min(2, Math.max(1, Math.round(law.share * job.effort.long)));
  const { status, reason, stage } = decide();
  const used = judged.filter((j) => j.outcome === "holds").map((j) => j.used);
  const seen = judged.map((j) => j.detectable).filter((x) => Number.isFinite(x));
  const format = formatOf(arithmetic).name;
  return {
    ...blank(job, checked, law, status, reason),
    stage,
    evidence: [...new Set(tried.flatMap(({ found }) => found.kinds))].filter((kind) => kind !== "unmet"),
    format,
    cases: tried.length,
    skipped: skipped.length + absent.length + unrecorded.length,
    skips,
    undecidedInDouble: judged.reduce((sum, j) => sum + j.open, 0),
    used: used.length === 0 ? null : Math.max(...used),
    detectable: seen.length === 0 ? null : Math.min(...seen),
    durationMs,
    precision: precision === null ? null : { bitsLost: precision },
    consistentWith: faults.find((fault) => fault.consistentWith !== null)?.consistentWith ?? null,
    faults,
  };

  function decide(): { status: Verdict["status"]; reason: string | null; stage: string | null } {
    if (faults.length > 0) return { status: "violated", reason: null, stage: null };
    const [error] = errors;
    if (error !== undefined) return { status: "error", reason: error.found.reason, stage: error.found.stage };
    if (unrecorded.length > 0 && holds.length + undecided.length === 0) return { status: "untested", reason: mostly(skips), stage: null };
    if (absent.length > 0 && holds.length + undecided.length === 0 && skipped.length === 0)
      return { status: "unsupported", reason: mostly(skips), stage: null };
    if (holds.length + undecided.length < enough) {
      // Not one case met them: the law does not speak of this unit.
      const nothing = holds.length + undecided.length === 0;
      return {
        status: nothing ? "unsupported" : "inconclusive",
        reason: `${nothing ? "does not apply" : "too few cases met its preconditions"}: ${mostly(skips)}`,
        stage: null,
      };
    }
    if (checked.broken.has(law.id)) return { status: "inconclusive", reason: "the law's own controls failed", stage: null };
    const [open] = undecided;
    if (open !== undefined) return { status: "inconclusive", reason: open.found.reason, stage: null };
    return { status: "holds", reason: null, stage: null };
  }
}

const mostly = (skips: Readonly<Record<string, number>>): string =>
  Object.entries(skips).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0] ?? "nothing was asked";
