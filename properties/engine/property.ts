/**
 * # Properties
 *
 * A property pairs a law with versions it must accept and versions it must reject. The engine runs both with every suite: a law
 * that accepts a wrong version, or rejects a right one, is not to be believed about anybody else.
 */
import type { Arithmetic } from "#spec/ask";
import { type AnyLaw, anyLaw, type Law } from "#spec/law";
import type { Role } from "#spec/roles";
import type { Fields } from "#spec/tensor";

/** Raw methods answered in this process: arguments in, answer out, in the arithmetic that is asked for. */
export type RawMethods = Readonly<Record<string, (args: Fields, config: Fields, arithmetic?: Arithmetic) => Fields>>;

/** A version of the textbook. */
export interface Version {
  /** Unique within its law; `verify --control LAW/NAME` runs it. */
  readonly name: string;
  /** Made when the version is run: nothing is computed at import. */
  readonly methods: () => RawMethods;
  /** The arithmetic it claims; binary64 where absent. */
  readonly arithmetic?: Arithmetic;
}

/** A wrong version that the law must reject. */
export interface Control extends Version {
  /** What is wrong, in one sentence. */
  readonly because: string;
  /** The public bug it repeats, by its id in reports/found. */
  readonly precedent?: string;
  /** Less than 5 % off at the defaults: a mistake that a glance at the output would not show. */
  readonly plausible: boolean;
  /** The accepted version that it is a mistake in, from which its distance is measured; the first where absent. */
  readonly beside?: string;
}

export interface Property {
  readonly law: AnyLaw;
  /** Correct but numerically different versions. */
  readonly accepts: readonly Version[];
  readonly rejects: readonly Control[];
}

/** Pairs a law with its controls. */
export function property<R extends Role, C>(
  law: Law<R, C>,
  versions: { readonly accepts: readonly Version[]; readonly rejects: readonly Control[] },
): Property {
  return { law: anyLaw(law), ...versions };
}
