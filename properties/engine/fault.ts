/**
 * # Faults
 *
 * A fault is one thing that is wrong: which evidence failed, and what of the configuration it takes. It is keyed so that the same
 * fault of another release, or of another run, has the same fingerprint.
 */
import { createHash } from "node:crypto";
import type { Talk } from "#properties/engine/conversation";
import { firstLine } from "#properties/engine/conversation";
import { judge } from "#properties/engine/judge";
import type { Judged, Worst } from "#properties/engine/judged";
import type { Arithmetic } from "#spec/ask";
import type { Evidence } from "#spec/evidence";
import type { AnyLaw } from "#spec/law";
import type { Configuration, OptionSpec, OptionValue } from "#subjects/answerer";

/** The law that exceptions, NaN and wrong shapes belong to. */
export const finiteLaw = "metamorphic.finite";

/** One failed piece of evidence of one case. */
export interface Failure {
  /** Key within the law: the evidence's name, or `finite:` and what happened. */
  readonly evidence: string;
  readonly message: string;
  readonly worst: Worst | null;
  readonly used: number;
}

/** A case's outcome, boiled down. */
export interface Found {
  readonly status: "holds" | "violated" | "undecided" | "skipped" | "absent" | "unrecorded" | "error";
  readonly reason: string | null;
  readonly stage: string | null;
  readonly failures: readonly Failure[];
  readonly judged: readonly Judged[];
  readonly kinds: readonly string[];
}

/** What a configuration that is not run says: nothing. */
export const nothingFound: Found = { status: "skipped", reason: "left out", stage: null, failures: [], judged: [], kinds: [] };

export function findIn(talk: Talk, arithmetic: Arithmetic): Found {
  const { result } = talk;
  const nothing = { failures: [], judged: [], kinds: [], reason: null, stage: null };
  switch (result.kind) {
    case "skipped":
      return { ...nothing, status: "skipped", reason: result.reason };
    case "absent":
    case "unrecorded":
      return { ...nothing, status: result.kind, reason: result.reason };
    case "error":
      return {
        ...nothing,
        status: "error",
        reason: `${result.trouble.type}: ${firstLine(result.trouble.message)}`,
        stage: result.trouble.stage,
      };
    case "raised": {
      const { type, message, line } = result.trouble;
      const words = `${result.call} raises ${type}: ${firstLine(message)}${line === undefined ? "" : ` (${line})`}`;
      const failure: Failure = { evidence: `finite:${type}`, message: words, worst: null, used: Number.POSITIVE_INFINITY };
      return { ...nothing, status: "violated", failures: [failure] };
    }
    case "evidence":
      return judged(result.evidence, arithmetic);
    default:
      return result satisfies never;
  }
}

/**
 * A talk as the law reads it. What cannot be made or set up says nothing of laws whose preconditions nobody knows then: where
 * `metamorphic.finite` watches, it is that law's alone.
 */
export function readTalk(law: Pick<AnyLaw, "id">, talk: Talk, arithmetic: Arithmetic, watched: boolean): Found {
  const { result, exchanges } = talk;
  const early = result.kind === "raised" && result.call === "facts" && exchanges.length === 1;
  if (early && watched && law.id !== finiteLaw) return { ...nothingFound, reason: "the subject raises before it can be asked" };
  return findIn(talk, arithmetic);
}

/** Evidence that cannot be judged, such as an expression with a symbol that has no value, is an error of the law. */
function judged(evidence: readonly Evidence[], arithmetic: Arithmetic): Found {
  try {
    return fromEvidence(evidence.map((one) => judge(one, arithmetic)));
  } catch (error) {
    return { ...nothingFound, status: "error", reason: `the law: ${error instanceof Error ? error.message : String(error)}`, stage: "law" };
  }
}

function fromEvidence(judged: readonly Judged[]): Found {
  const kinds: Judged["kind"][] = [];
  for (const { kind } of judged) if (!kinds.includes(kind)) kinds.push(kind);
  const violated = judged.filter((one) => one.outcome === "violated");
  if (violated.length > 0) {
    const failures = violated.map(({ name, reason, worst, used }) => ({
      evidence: name === "finite" ? "finite:number" : name,
      message: reason ?? "",
      worst,
      used,
    }));
    return { status: "violated", reason: null, stage: null, failures: byName(failures), judged, kinds };
  }
  const met = judged.filter((one) => one.outcome !== "unmet");
  if (met.length === 0)
    return { status: "skipped", reason: judged[0]?.reason ?? "nothing to judge", stage: null, failures: [], judged, kinds };
  const open = met.find((one) => one.outcome === "undecided");
  return { status: open === undefined ? "holds" : "undecided", reason: open?.reason ?? null, stage: null, failures: [], judged, kinds };
}

/** The worst failure per evidence name. */
function byName(failures: readonly Failure[]): readonly Failure[] {
  const worst = new Map<string, Failure>();
  for (const failure of failures) {
    const known = worst.get(failure.evidence);
    if (known === undefined || failure.used > known.used) worst.set(failure.evidence, failure);
  }
  return [...worst.values()];
}

/** What of the options a fault takes, in words: enumerated ones by name and value, numeric ones by name alone. */
export function circumstances(config: Configuration, options: readonly OptionSpec[]): readonly string[] {
  return Object.entries(config)
    .map(([name, value]) => (isNumeric(options, name) ? name : `${name}=${JSON.stringify(value)}`))
    .sort();
}

const isNumeric = (options: readonly OptionSpec[], name: string): boolean => {
  const option = options.find((o) => o.name === name);
  return option !== undefined && option.kind !== "choice";
};

/** Whether `config` contains all that a fault needs: numeric options away from their defaults, enumerated ones at its values. */
export function contains(config: Configuration, needed: Configuration, options: readonly OptionSpec[]): boolean {
  return Object.entries(needed).every(([name, value]) => {
    const option = options.find((o) => o.name === name);
    const own: OptionValue | undefined = name in config ? config[name] : option?.default;
    return isNumeric(options, name)
      ? JSON.stringify(own) !== JSON.stringify(option?.default)
      : JSON.stringify(own) === JSON.stringify(value);
  });
}

/** Whether `config`, with defaults for what it does not name, has exactly these values: a combination that is left out. */
export function completes(config: Configuration, combination: Configuration, options: readonly OptionSpec[]): boolean {
  return Object.entries(combination).every(([name, value]) => {
    const own = name in config ? config[name] : options.find((option) => option.name === name)?.default;
    return JSON.stringify(own) === JSON.stringify(value);
  });
}

export function fingerprint(law: AnyLaw, subject: string, unit: string, evidence: string, key: readonly string[]): string {
  return createHash("sha256")
    .update([law.id, subject, unit, evidence, key.join(",")].join("\n"))
    .digest("hex")
    .slice(0, 16);
}
