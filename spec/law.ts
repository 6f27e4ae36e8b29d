/**
 * # Laws
 *
 * A law is a value: pure, readable on one screen, and ignorant of who answers.
 */
import type fc from "fast-check";
import type { Ask } from "#spec/ask";
import type { Evidence } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Equation } from "#spec/number/expression";
import type { Port, Role } from "#spec/roles";
import type { Citation } from "#spec/sources";

/** theory.object[.conclusion]; never renamed or reused. */
export type LawId = `${string}.${string}`;

/** LaTeX, where a statement is no scalar expression. */
export type Tex = string;

export interface Law<R extends Role, C> {
  readonly id: LawId;
  /** One plain sentence. */
  readonly title: string;
  /** Equations where they can be: the LaTeX of a page then comes from what runs. */
  readonly statement: readonly (Equation | Tex)[];
  /** What a subject must offer to be asked. */
  readonly roles: readonly [R, ...R[]];
  readonly kind: "definition" | "theorem" | "bound" | "limit" | "requirement";
  readonly source: readonly [Citation, ...Citation[]];
  /** If these fail, this one's failure is implied. */
  readonly restsOn: readonly LawId[];
  /** Preconditions in the words of the report. */
  readonly given: Readonly<Record<string, (c: C, facts: Facts) => boolean>>;
  /** Canonical cases; no T, K or option in them. One generator per field. */
  readonly cases: { readonly [K in keyof C]: fc.Arbitrary<C[K]> };
  readonly claim: (c: C, subject: Port<R>) => Ask<readonly Evidence[]>;
  /** The lemma behind the counted roundings. */
  readonly tolerance: Tex;
  /** Laws about dtype and finiteness run the subject's code as it is; all others promoted to binary64. */
  readonly unpromoted?: boolean;
  /** Fewer configurations than usual, for laws whose single case is a long run. */
  readonly share?: number;
}

/** A law whose case type is erased: what lists and the engine handle. */
export type AnyLaw = Omit<Law<Role, never>, "cases" | "given" | "claim"> & {
  readonly cases: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  readonly given: Readonly<Record<string, (c: Case, facts: Facts) => boolean>>;
  readonly claim: (c: Case, subject: Port<Role>) => Ask<readonly Evidence[]>;
};

export type Case = Readonly<Record<string, unknown>>;

/** Forgets the case type. Sound because the engine hands a law only cases that its own generators made. */
export function anyLaw<R extends Role, C>(law: Law<R, C>): AnyLaw {
  return law as unknown as AnyLaw;
}
