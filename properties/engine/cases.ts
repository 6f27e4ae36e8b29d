/**
 * # Cases
 *
 * A law's case is drawn field by field: fields that laws share come from (seed, unit, index) alone, so that laws ask the same
 * questions; a law's own fields come from its id as well.
 */
import type fc from "fast-check";
import { random } from "#properties/engine/random";
import { sharedFields } from "#spec/domain";
import type { AnyLaw, Case } from "#spec/law";

/** A drawn case and what fast-check needs to shrink it. */
export interface Drawn {
  readonly value: Case;
  readonly contexts: Readonly<Record<string, fc.Value<unknown>>>;
}

type FieldsOf = readonly (readonly [field: string, ending: string, arbitrary: fc.Arbitrary<unknown>])[];

const listed = new WeakMap<AnyLaw, FieldsOf>();

/** The fields of a law's cases, and what their names end with: the law's own know whose they are. */
function fieldsOf(law: AnyLaw): FieldsOf {
  const known = listed.get(law);
  if (known !== undefined) return known;
  const fields = Object.entries(law.cases).map(
    ([field, arbitrary]) => [field, sharedFields.has(field) ? `|${field}` : `|${field}|${law.id}`, arbitrary] as const,
  );
  listed.set(law, fields);
  return fields;
}

export function draw(law: AnyLaw, seed: number, unit: string, index: number): Drawn {
  const contexts: Record<string, fc.Value<unknown>> = {};
  const value: Record<string, unknown> = {};
  const which = `${seed}|${unit}|${index}`;
  for (const [field, ending, arbitrary] of fieldsOf(law)) {
    const drawn = arbitrary.generate(random(which, ending), undefined);
    contexts[field] = drawn;
    value[field] = drawn.value;
  }
  return { value, contexts };
}

/** Simpler cases, one field changed in each, the simplest first; at most `limit` per field. */
export function simpler(law: AnyLaw, { value, contexts }: Drawn, limit: number): readonly Drawn[] {
  const found: Drawn[] = [];
  for (const [field, arbitrary] of Object.entries(law.cases)) {
    const current = contexts[field];
    if (current === undefined) continue;
    for (const shrunk of arbitrary.shrink(current.value_, current.context).take(limit))
      found.push({ value: { ...value, [field]: shrunk.value }, contexts: { ...contexts, [field]: shrunk } });
  }
  return found;
}
