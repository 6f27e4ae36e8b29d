/**
 * What reports show of a law: plain text, so that no report needs to know what a law is. The command line builds it.
 */
export interface LawPage {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly statement: readonly Formula[];
  readonly roles: readonly string[];
  readonly sources: readonly { readonly text: string; readonly status: string; readonly place: string | null }[];
  /** Preconditions, in words. */
  readonly given: readonly string[];
  /** What a case consists of, with the meaning of names that the notation knows. */
  readonly domain: readonly { readonly name: string; readonly means: string | null }[];
  readonly restsOn: readonly string[];
  /** How many laws it rests on, directly or not. */
  readonly depth: number;
  readonly tolerance: Formula;
  readonly unpromoted: boolean;
  readonly accepts: readonly string[];
  readonly controls: readonly ControlPage[];
}

export interface Formula {
  readonly tex: string;
  readonly text: string;
}

export interface ControlPage {
  readonly name: string;
  readonly because: string;
  readonly plausible: boolean;
  readonly precedent: Precedent | null;
}

/** A public mistake that a control repeats. */
export interface Precedent {
  readonly id: string;
  readonly project: string;
  readonly what: string;
}

export type LawPages = ReadonlyMap<string, LawPage>;
