/**
 * # Confirmation
 *
 * What fails is tried once more in a process that has done nothing else, before anybody hears of it. Faults of one configuration take
 * turns in one such process, on objects of their own; what does not show there is tried in a process for it alone. A process costs as
 * much as hundreds of answers.
 */

import { converse } from "#properties/engine/conversation";
import { findIn } from "#properties/engine/fault";
import type { Culprit } from "#properties/engine/search";
import type { UnitJob } from "#properties/engine/unit";
import type { Arithmetic } from "#spec/ask";
import type { AnyLaw } from "#spec/law";
import type { Outcome, Question } from "#subjects/answerer";

export interface Suspect {
  readonly law: AnyLaw;
  readonly culprit: Culprit;
  readonly arithmetic: Arithmetic;
}

type Put = (question: Question) => Promise<Outcome>;

/** Which faults show again; those of which nothing is known are missing. */
export async function confirmAll({ subject, unit }: UnitJob, suspects: readonly Suspect[]): Promise<ReadonlyMap<Culprit, boolean>> {
  const known = new Map<Culprit, boolean>();
  const shows = async ({ law, culprit, arithmetic }: Suspect, put: Put): Promise<boolean> => {
    const setting = { unit: unit.name, config: culprit.shrunk.config, arithmetic };
    const talk = await converse(law, culprit.shrunk.drawn.value, setting, put);
    return findIn(talk, arithmetic).failures.some(({ evidence }) => evidence === culprit.evidence);
  };
  const together = async (group: readonly Suspect[]): Promise<void> => {
    const body = async (put: Put): Promise<void> => {
      for (const suspect of group) known.set(suspect.culprit, await shows(suspect, put));
    };
    await subject.alone?.(body).catch(() => undefined);
  };
  const groups = new Map<string, Suspect[]>();
  for (const suspect of suspects) {
    const config = JSON.stringify(Object.entries(suspect.culprit.shrunk.config).sort());
    groups.set(config, [...(groups.get(config) ?? []), suspect]);
  }
  await Promise.all(
    Array.from(groups.values(), async (group) => {
      await together(group);
      const left = group.slice(1).filter(({ culprit }) => known.get(culprit) !== true);
      for (const suspect of left) await together([suspect]);
    }),
  );
  return known;
}
