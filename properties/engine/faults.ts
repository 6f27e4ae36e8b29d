/**
 * # What a fault says
 *
 * A culprit becomes a fault: tried once more alone in a fresh process, read under other declarations, with a line that replays it.
 */

import { alternatives } from "#properties/engine/alternatives";
import type { Room } from "#properties/engine/cell";
import { converse, converseNow } from "#properties/engine/conversation";
import { circumstances, findIn, fingerprint } from "#properties/engine/fault";
import type { Culprit, Tried } from "#properties/engine/search";
import { caseToJson, encodeToken } from "#properties/engine/token";
import type { Fault } from "#properties/engine/verdict";
import type { Arithmetic } from "#spec/ask";
import type { AnyLaw } from "#spec/law";
import type { Answerer, Configuration } from "#subjects/answerer";

export async function faultOf(
  room: Room,
  law: AnyLaw,
  culprit: Culprit,
  tried: readonly Tried[],
  arithmetic: Arithmetic,
  impliedBy: readonly string[],
): Promise<Fault> {
  const { subject, spec, unit } = room.job;
  const { shrunk, first, evidence, failure } = culprit;
  const setting = { unit: unit.name, config: shrunk.config, arithmetic };
  const confirmed = subject.alone === undefined ? null : await confirm(subject, law, culprit, setting);
  const key = circumstances(shrunk.config, unit.options);
  const token = encodeToken({ subject: subject.asked, law: law.id, unit: unit.name, config: shrunk.config, case: shrunk.drawn.value });
  const { worst } = failure;
  // A wrong declaration fails everywhere, at the defaults as well, and in most of what was judged.
  const judged = tried.filter(({ found }) => found.status === "holds" || found.status === "violated").length;
  const everywhere =
    2 * culprit.cases >= judged && Object.keys(shrunk.config).length === 0 && !evidence.startsWith("finite") && law.share === undefined;
  return {
    fingerprint: fingerprint(law, spec.name, unit.name, evidence, key),
    evidence: confirmed === false ? `history:${evidence}` : evidence,
    options: shrunk.config,
    circumstances: key,
    case: caseToJson(shrunk.drawn.value),
    firstFailing: { options: first.config, case: caseToJson(first.drawn.value) },
    place: worst?.place ?? null,
    expected: worst?.expected ?? null,
    got: worst?.got ?? null,
    residual: worst?.residual ?? null,
    tolerance: worst?.tolerance ?? null,
    message: confirmed === false ? `depends on earlier calls: alone it holds. ${failure.message}` : failure.message,
    replay: `lawbook replay ${token}`,
    confirmed,
    cases: culprit.cases,
    impliedBy,
    consistentWith: everywhere ? await otherReading(room, law, culprit, tried) : null,
  };
}

interface Setting {
  readonly unit: string;
  readonly config: Configuration;
  readonly arithmetic: Arithmetic;
}

async function confirm(subject: Answerer, law: AnyLaw, culprit: Culprit, setting: Setting): Promise<boolean | null> {
  try {
    const talk = await subject.alone?.((put) => converse(law, culprit.shrunk.drawn.value, setting, put));
    return talk === undefined ? null : findIn(talk, setting.arithmetic).failures.some((f) => f.evidence === culprit.evidence);
  } catch {
    return null;
  }
}

/** The declaration under which the shrunk case and the first failing ones would hold. */
async function otherReading({ job, ask }: Room, law: AnyLaw, culprit: Culprit, tried: readonly Tried[]): Promise<string | null> {
  const failing = tried.filter(({ found }) => found.failures.some((f) => f.evidence === culprit.evidence)).slice(0, 4);
  const arithmetic = job.spec.arithmetics[0] ?? "f64";
  for (const { words, reading } of alternatives) {
    const fits = async ({ config, drawn }: Tried): Promise<boolean> => {
      const setting = { unit: job.unit.name, config, arithmetic };
      const { now } = job.subject;
      const talk =
        now === undefined ? await converse(law, drawn.value, setting, ask, reading) : converseNow(law, drawn.value, setting, now, reading);
      return findIn(talk, arithmetic).status === "holds";
    };
    if (!(await fits(culprit.shrunk))) continue;
    if ((await Promise.all(failing.map(fits))).every((fit) => fit)) return words;
  }
  return null;
}
