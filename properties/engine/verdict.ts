/**
 * # Verdicts
 *
 * What a run found, as plain data: the types of the JSON report, whose fixed fields other programs read. Reports import these
 * types and nothing else of the engine.
 */
import type { OptionValue, SourcePlace } from "#subjects/answerer";

export type Status = "holds" | "violated" | "inconclusive" | "unsupported" | "error" | "untested";

export interface Fault {
  /** Stable over releases: law, subject, unit, evidence, enumerated options by name and value, numeric ones by name. */
  readonly fingerprint: string;
  /** Which part of the law failed. */
  readonly evidence: string;
  /** What of the configuration is needed for it: everything else is at its default. */
  readonly options: Readonly<Record<string, OptionValue>>;
  /** The same in words, values of numeric options left out: what two faults are compared by. */
  readonly circumstances: readonly string[];
  readonly case: unknown;
  /** The case as it was first found, before shrinking. */
  readonly firstFailing: unknown;
  /** State and coordinate of the worst point, in words. */
  readonly place: string | null;
  readonly expected: number | null;
  readonly got: number | null;
  readonly residual: number | null;
  readonly tolerance: number | null;
  readonly message: string;
  readonly replay: string;
  /** It failed again in a fresh process; false means that it depends on earlier calls; null, that it was not re-run. */
  readonly confirmed: boolean | null;
  /** How many of the cell's cases show it. */
  readonly cases: number;
  /** The declaration that would make the law hold on these cases. */
  readonly consistentWith: string | null;
  /** Laws that this one rests on and that fail in the same configuration. */
  readonly impliedBy: readonly string[];
}

export interface Verdict {
  readonly law: string;
  readonly subject: string;
  readonly unit: string;
  readonly status: Status;
  readonly reason: string | null;
  /** Where an error arose: import, construct, setup, call, convert. */
  readonly stage: string | null;
  readonly evidence: readonly string[];
  readonly format: string | null;
  readonly cases: number;
  readonly skipped: number;
  /** Why cases were skipped, with counts. */
  readonly skips: Readonly<Record<string, number>>;
  readonly undecidedInDouble: number;
  readonly used: number | null;
  readonly detectable: number | null;
  readonly controls: { readonly run: number; readonly rejected: number };
  readonly durationMs: number;
  readonly source: SourcePlace | null;
  readonly precision: { readonly bitsLost: number } | null;
  readonly impliedBy: readonly string[];
  readonly consistentWith: string | null;
  readonly baseline: string | null;
  /** The subject's documentation says it does not follow this law. */
  readonly documented: string | null;
  readonly faults: readonly Fault[];
}

/** What of a unit's options the run exercised. */
export interface Coverage {
  readonly unit: string;
  readonly configurations: number;
  readonly values: { readonly documented: number; readonly exercised: number };
  readonly pairs: { readonly possible: number; readonly exercised: number };
  readonly options: readonly { readonly name: string; readonly source: string; readonly values: number; readonly exercised: number }[];
  /** Constructor parameters left at their defaults because no value is known for them. */
  readonly leftOut: readonly string[];
  /** Combinations that the subject refuses, in its own words, and those left out by the adapter. */
  readonly refused: readonly { readonly options: Readonly<Record<string, OptionValue>>; readonly because: string }[];
}

export interface SubjectReport {
  readonly id: string;
  readonly asked: string;
  readonly name: string;
  readonly version: string | null;
  readonly runtime: Readonly<Record<string, string>>;
  readonly conventions: Readonly<Record<string, string>>;
  readonly coverage: readonly Coverage[];
}

export interface ControlReport {
  readonly law: string;
  readonly name: string;
  readonly expected: "accepted" | "rejected";
  readonly got: "accepted" | "rejected" | "undecided";
  /** Relative distance of a wrong version's answer from the right one, at the default case. */
  readonly distance: number | null;
}

export interface RunInfo {
  readonly seed: number;
  readonly effort: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly interrupted: boolean;
  readonly shard: string | null;
  readonly falseAlarmBudget: number;
  readonly falseAlarmSpent: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly device: Readonly<Record<string, string>>;
}

export interface Report {
  readonly schema: "lawbook/report@1";
  readonly run: RunInfo;
  readonly subjects: readonly SubjectReport[];
  readonly verdicts: readonly Verdict[];
  readonly controls: readonly ControlReport[];
  readonly summary: Readonly<Record<Status, number>>;
}

export const statuses: readonly Status[] = ["holds", "violated", "inconclusive", "unsupported", "error", "untested"];
