/**
 * What a worker is asked, and what it takes to start one.
 */
import type { Fields, Value } from "#spec/tensor";
import type { Outcome, Question, Stats, SubjectSpec } from "#subjects/answerer";
import type { Channel, Listener } from "#subjects/bridge/channel";

export interface WorkerPlan {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Parameters of `describe`. */
  readonly describe: { readonly [key: string]: Value };
  readonly secondsPerCall: number;
  readonly secondsToStart: number;
}

export interface Worker {
  describe(): Promise<SubjectSpec>;
  answer(question: Question): Promise<Outcome>;
  request(method: string, params: { readonly [key: string]: Value }): Promise<Fields>;
  stats(): Promise<Stats>;
  close(): Promise<void>;
  readonly load: number;
  /** Whether it can be asked to fork: known once it is described. */
  readonly forks: boolean;
}

/** Opens a channel to a process that is described already, and says as what. */
export interface Branch {
  readonly spec: () => Promise<SubjectSpec>;
  readonly open: (listener: Listener) => Promise<Channel>;
}
