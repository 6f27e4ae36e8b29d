/**
 * What the engine sees of a subject, whoever it is: a description, and answers to questions.
 */
import type { Arithmetic } from "#spec/ask";
import type { Fields, Value } from "#spec/tensor";

export type OptionValue = number | string | boolean | null | readonly OptionValue[];
export type Configuration = Readonly<Record<string, OptionValue>>;

export interface Question {
  readonly unit: string;
  readonly config: Configuration;
  readonly method: string;
  readonly args: { readonly [key: string]: Value };
  readonly arithmetic: Arithmetic;
  readonly fresh: boolean;
}

/** Why there is no answer. `refused` and `absent` are legitimate; `raised` is the subject's fault; the rest says nothing about it, `suite` that a law is broken, `unrecorded` that a transcript has no such question. */
export type OutcomeKind =
  | "refused"
  | "raised"
  | "absent"
  | "adapter"
  | "timeout"
  | "memory"
  | "crash"
  | "protocol"
  | "suite"
  | "unrecorded";

export interface Trouble {
  readonly kind: OutcomeKind;
  readonly type: string;
  readonly message: string;
  readonly stage: string;
  /** File and line of the subject's code, where known. */
  readonly line?: string;
  readonly traceback?: string;
}

export type Outcome = { readonly answer: Fields } | { readonly trouble: Trouble };

export interface OptionSpec {
  readonly name: string;
  readonly kind: "choice" | "number" | "integer";
  readonly stage: "construct" | "setup" | "step";
  /** Where its values come from: annotation, docstring, signature or adapter. */
  readonly source: string;
  readonly default: OptionValue;
  readonly values: readonly OptionValue[];
  /** Bounds and scale to draw numbers from. */
  readonly drawn: readonly [low: number, high: number, scale: "linear" | "log"] | null;
}

export interface SourcePlace {
  readonly file: string;
  readonly lines: readonly [number, number];
  readonly sha256: string;
}

export interface UnitSpec {
  readonly name: string;
  readonly methods: readonly string[];
  readonly options: readonly OptionSpec[];
  /** Constructor parameters that no value is known for. */
  readonly leftOut: readonly string[];
  readonly excluded: readonly { readonly options: Configuration; readonly because: string }[];
  /** Laws the subject's documentation says it does not follow, with the reason. */
  readonly deviates: readonly { readonly law: string; readonly because: string }[];
  readonly notes: readonly string[];
  readonly source: SourcePlace | null;
}

export interface SubjectSpec {
  readonly name: string;
  readonly version: string | null;
  readonly runtime: Readonly<Record<string, string>>;
  readonly arithmetics: readonly Arithmetic[];
  readonly units: readonly UnitSpec[];
}

export interface Stats {
  readonly imported: number;
  readonly inside: number;
  readonly calls: number;
  readonly total: number;
  readonly cpu: number;
}

export interface Answerer {
  readonly id: string;
  readonly asked: string;
  describe(): Promise<SubjectSpec>;
  answer(question: Question): Promise<Outcome>;
  /** No more questions about this unit: its worker may take another. */
  release?(unit: string): void;
  /** Runs a conversation in a process that has done nothing else. */
  alone?<T>(body: (ask: (question: Question) => Promise<Outcome>) => Promise<T>): Promise<T>;
  /** Answers at once, for subjects in this process. */
  now?(question: Question): Outcome;
  /** A script without lawbook that repeats a call; null where there is no recipe. */
  script?(question: Question): Promise<string | null>;
  stats?(): Promise<readonly Stats[]>;
  close(): Promise<void>;
}
