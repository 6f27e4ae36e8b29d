/**
 * # One law on one unit
 *
 * A cell is opened by trying its cases, and closed by searching its failures. Laws that others rest on are searched first: where
 * one of them has already found what is to blame, the laws above it need not find it again.
 */

import { type Drawn, draw } from "#properties/engine/cases";
import { converse, converseNow, type Talk } from "#properties/engine/conversation";
import { completes, type Found, finiteLaw, nothingFound, readTalk } from "#properties/engine/fault";
import { faultOf } from "#properties/engine/faults";
import { ancestors } from "#properties/engine/finalise";
import type { Plan } from "#properties/engine/plan";
import { bitsLost } from "#properties/engine/precision";
import { type Culprit, culprits, type Tried, type Try } from "#properties/engine/search";
import type { UnitJob } from "#properties/engine/unit";
import type { Verdict } from "#properties/engine/verdict";
import { blank, type Checked, verdictOf } from "#properties/engine/verdicts";
import type { Arithmetic } from "#spec/ask";
import type { AnyLaw } from "#spec/law";
import type { Configuration, Outcome, Question } from "#subjects/answerer";

/** What the cells of one unit share. */
export interface Room {
  readonly job: UnitJob;
  readonly plan: Plan;
  readonly ask: (question: Question) => Promise<Outcome>;
  /** The same of a subject that answers at once. */
  readonly now: ((question: Question) => Outcome) | null;
  /** Whether `metamorphic.finite` is asked of this unit. */
  readonly watched: boolean;
}

/** A cell whose cases are tried. */
export interface Opened {
  readonly law: AnyLaw;
  readonly arithmetic: Arithmetic;
  readonly tried: readonly Tried[];
  /** Conversations that held: material for the question how much precision is lost. */
  readonly held: readonly Talk[];
  readonly durationMs: number;
}

export async function openCell(room: Room, law: AnyLaw, arithmetic: Arithmetic): Promise<Opened> {
  const { job, plan } = room;
  const { unit, effort, seed } = job;
  const started = performance.now();
  const held: Talk[] = [];
  const tried: Tried[] = [];
  const wanted = law.share === undefined ? effort.cases : Math.max(1, Math.round(law.share * effort.long));
  let met = 0;
  // Laws of long runs go through the configurations until enough of them met their preconditions; others take all at once.
  const batch = law.share === undefined ? effort.cases : 1;
  for (let first = 0; first < effort.cases && met < wanted && !job.stopped(); first += batch) {
    const indices = Array.from({ length: Math.min(batch, effort.cases - first) }, (_, k) => first + k);
    const results = await Promise.all(
      indices.map(async (index) => {
        const config = plan.configurations[index % plan.configurations.length] ?? {};
        const drawn = draw(law, seed, unit.name, index);
        const talk = await discuss(room, law, config, drawn, arithmetic);
        const found = readTalk(law, talk, arithmetic, room.watched);
        if (found.status === "holds" && index < effort.precision) held.push(talk);
        return { index, config, drawn, found };
      }),
    );
    tried.push(...results);
    met += results.filter(({ found }) => found.status !== "skipped" && found.status !== "absent").length;
  }
  job.onCell(law.id, unit.name, tried.length);
  return { law, arithmetic, tried, held, durationMs: performance.now() - started };
}

function discuss({ job, ask, now }: Room, law: AnyLaw, config: Configuration, drawn: Drawn, arithmetic: Arithmetic): Promise<Talk> | Talk {
  const setting = { unit: job.unit.name, config, arithmetic };
  return now === null ? converse(law, drawn.value, setting, ask) : converseNow(law, drawn.value, setting, now);
}

/** Searches the failures of a unit's cells, those that others rest on first. */
export async function closeCells(room: Room, opened: readonly Opened[], checked: Checked): Promise<readonly Verdict[]> {
  const above = ancestors(opened.map(({ law }) => law));
  const blamed = new Map<string, readonly Culprit[]>();
  const verdicts: Verdict[] = [];
  for (const level of inLevels(opened, above)) {
    // Hints come from lower levels alone, so that they do not depend on which cell happens to end first.
    const known = new Map(blamed);
    const closed = await Promise.all(
      level.map(async (cell) => {
        const below = [...(above.get(cell.law.id) ?? [])].sort();
        const hints = [...below, finiteLaw].flatMap((id) => known.get(id) ?? []);
        const found = await search(
          room,
          cell,
          hints.map(({ shrunk }) => shrunk.config),
        );
        const parents = opened.filter(({ law }) => below.includes(law.id) && (known.get(law.id) ?? []).length > 0);
        return { found, verdict: await close(room, checked, cell, found, parents), id: cell.law.id };
      }),
    );
    for (const { id, found, verdict } of closed) {
      blamed.set(id, found);
      verdicts.push(verdict);
    }
  }
  return verdicts;
}

/** Cells by how long the chain of laws below them is; before all of them the law about finite answers, which every other meets. */
function inLevels(opened: readonly Opened[], above: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly Opened[])[] {
  const present = new Set(opened.map(({ law }) => law.id as string));
  const depth = (id: string): number =>
    id === finiteLaw
      ? 0
      : Math.max(1, ...[...(above.get(id) ?? [])].filter((parent) => present.has(parent)).map((parent) => 1 + depth(parent)));
  const levels: Opened[][] = [];
  for (const cell of opened) {
    const level = depth(cell.law.id);
    levels[level] = [...(levels[level] ?? []), cell];
  }
  return levels.filter((level) => level !== undefined);
}

/** Tries of one law in one arithmetic; combinations that are left out say nothing. */
function attempts(room: Room, law: AnyLaw, mode: Arithmetic): Try {
  const { excluded, options } = room.job.unit;
  const leftOut = (config: Configuration): boolean => excluded.some((one) => completes(config, one.options, options));
  return async (config, drawn): Promise<Found> =>
    leftOut(config) ? nothingFound : readTalk(law, await discuss(room, law, config, drawn, mode), mode, room.watched);
}

async function search(room: Room, { law, arithmetic, tried }: Opened, hints: readonly Configuration[]): Promise<readonly Culprit[]> {
  const { unit } = room.job;
  const attemptIn = (mode: Arithmetic): Try => attempts(room, law, mode);
  const found = await culprits(law, tried, unit.options, attemptIn(arithmetic), hints);
  const careful = carefulOf(room.job, arithmetic);
  if (careful === null || found.length === 0) return found;
  // What quick promotion found is asked again with every call intercepted; where the two disagree the search is made that way.
  const attempt = attemptIn(careful);
  const again = await Promise.all(found.map(({ shrunk }) => attempt(shrunk.config, shrunk.drawn)));
  if (again.every(({ failures }, k) => failures.some(({ evidence }) => evidence === found[k]?.evidence))) return found;
  const violated = tried.filter((one) => one.found.status === "violated");
  const sure = await Promise.all(violated.map(async (one) => ({ ...one, found: await attempt(one.config, one.drawn) })));
  return culprits(law, sure, unit.options, attempt, hints);
}

const carefulOf = ({ spec }: UnitJob, arithmetic: Arithmetic): Arithmetic | null =>
  arithmetic === "promoted" && spec.arithmetics.includes("intercepted") ? "intercepted" : null;

/** The laws below that fail in a culprit's configuration: asked of their own first cases there, since their search may not have come by. */
async function failingBelow(room: Room, { shrunk, evidence }: Culprit, parents: readonly Opened[]): Promise<readonly string[]> {
  if (evidence.startsWith("finite:")) return [];
  const fails = async ({ law, arithmetic, tried }: Opened): Promise<boolean> => {
    const attempt = attempts(room, law, arithmetic);
    const cases = tried.filter(({ found }) => found.status !== "absent").slice(0, mostCasesBelow);
    const there = await Promise.all(cases.map(({ drawn }) => attempt(shrunk.config, drawn)));
    return there.some(({ status, failures }) => status === "violated" && failures.some((one) => !one.evidence.startsWith("finite:")));
  };
  const failing = await Promise.all(parents.map(fails));
  return parents.filter((_, k) => failing[k] === true).map(({ law }) => law.id);
}

const mostCasesBelow = 6;

async function close(room: Room, checked: Checked, cell: Opened, found: readonly Culprit[], parents: readonly Opened[]): Promise<Verdict> {
  const { job } = room;
  const { law, arithmetic, tried } = cell;
  if (tried.length === 0) return blank(job, checked, law, "untested", "the run ended before this law's turn");
  const started = performance.now();
  const mode = carefulOf(job, arithmetic) ?? arithmetic;
  const faults = await Promise.all(
    found.map(async (culprit) => faultOf(room, law, culprit, tried, mode, await failingBelow(room, culprit, parents))),
  );
  const comparable = faults.length === 0 && job.spec.arithmetics[0] === "promoted" && law.unpromoted !== true && law.share === undefined;
  const precision = comparable ? await lost(room, cell) : null;
  return verdictOf(job, checked, law, tried, faults, precision, arithmetic, cell.durationMs + performance.now() - started);
}

/** The worst loss of precision over the conversations that held: each asked again in the subject's own binary32. */
async function lost({ ask }: Room, { held }: Opened): Promise<number | null> {
  const bits: number[] = [];
  for (const talk of held) {
    const plain = await Promise.all(
      talk.exchanges.map(async ({ question }) => {
        const outcome = await ask({ ...question, arithmetic: "f32" });
        return { question, answer: "answer" in outcome ? outcome.answer : null };
      }),
    );
    const found = bitsLost(talk.exchanges, plain);
    if (found !== null) bits.push(found);
  }
  return bits.length === 0 ? null : Math.max(...bits);
}
