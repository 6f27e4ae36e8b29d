/**
 * # Conversations
 *
 * Runs one claim to its end: every call it yields is put to the subject with the configuration of the case, the answer is handed
 * back, and what comes out is evidence or the reason why there is none.
 */
import type { Arithmetic, Call } from "#spec/ask";
import { SpecError } from "#spec/error";
import type { Evidence } from "#spec/evidence";
import { type Facts, factsOnce } from "#spec/facts";
import type { AnyLaw, Case } from "#spec/law";
import type { Port, Role } from "#spec/roles";
import type { Fields } from "#spec/tensor";
import type { Configuration, Outcome, Question, Trouble } from "#subjects/answerer";
import { NoMeaning } from "#subjects/meaning";
import { portOf, type Reading } from "#subjects/port";

/** Where a claim is made: on which unit, configured how, run in which arithmetic. */
export interface Setting {
  readonly unit: string;
  readonly config: Configuration;
  readonly arithmetic: Arithmetic;
}

type Result =
  | { readonly kind: "evidence"; readonly evidence: readonly Evidence[] }
  /** The law does not speak of this case. */
  | { readonly kind: "skipped"; readonly reason: string }
  /** The subject lacks a method. */
  | { readonly kind: "absent"; readonly reason: string }
  /** The subject raised, or answered with the wrong shape: a violation of `metamorphic.finite`. */
  | { readonly kind: "raised"; readonly trouble: Trouble; readonly call: string }
  /** A transcript has no answer to this. */
  | { readonly kind: "unrecorded"; readonly reason: string }
  /** Nothing is known: crash, hang, adapter fault. */
  | { readonly kind: "error"; readonly trouble: Trouble };

export interface Talk {
  readonly result: Result;
  /** Every call and answer, in order: what a replay prints and what precision compares. */
  readonly exchanges: readonly Exchange[];
}

export interface Exchange {
  readonly question: Question;
  readonly answer: Fields | null;
}

const plainPort: Port<Role> = portOf();

/** The claim as a generator that yields questions and takes outcomes: the same steps for subjects here and elsewhere. */
function* talk(law: AnyLaw, value: Case, setting: Setting, reading?: Reading): Generator<Question, Talk, Outcome> {
  const exchanges: Exchange[] = [];
  const end = (result: Result): Talk => ({ result, exchanges });
  const port = reading === undefined ? plainPort : portOf(reading);
  try {
    const given = givenOf(law);
    if (given.length > 0) {
      const question = questionOf(factsCall, setting);
      const outcome = yield question;
      exchanges.push(exchanged(question, outcome));
      if ("trouble" in outcome) return end(withoutAnswer(outcome.trouble, "facts"));
      const facts = factsOnce(outcome.answer);
      const unmet = firstUnmet(given, value, reading === undefined ? facts : reading(facts));
      if (unmet !== null) return end({ kind: "skipped", reason: unmet });
    }
    const claim = law.claim(value, port);
    let step = claim.next();
    while (step.done !== true) {
      const call = step.value;
      // Ports read the facts at every call; within a conversation they are asked for once.
      const known = call.method === "facts" ? factsIn(exchanges, call, setting) : null;
      if (known !== null) {
        step = claim.next(known);
        continue;
      }
      const question = questionOf(call, setting);
      const outcome = yield question;
      exchanges.push(exchanged(question, outcome));
      if ("trouble" in outcome) {
        const { kind, type, message } = outcome.trouble;
        const wanted = call.attempt === true && (kind === "refused" || kind === "raised" || kind === "absent");
        if (!wanted) return end(withoutAnswer(outcome.trouble, call.method));
        step = claim.next({ failure: { kind, type, message } });
      } else step = claim.next(outcome.answer);
    }
    return end({ kind: "evidence", evidence: step.value });
  } catch (error) {
    return end(fromException(error));
  }
}

const factsCall: Call = { method: "facts", args: {} };

type Given = readonly (readonly [words: string, holds: AnyLaw["given"][string]])[];

const listed = new WeakMap<AnyLaw, Given>();

/** The preconditions of a law, in order. */
function givenOf(law: AnyLaw): Given {
  const known = listed.get(law);
  if (known !== undefined) return known;
  const given = Object.entries(law.given);
  listed.set(law, given);
  return given;
}

function firstUnmet(given: Given, value: Case, facts: Facts): string | null {
  for (const [words, holds] of given) if (!holds(value, facts)) return words;
  return null;
}

const exchanged = (question: Question, outcome: Outcome): Exchange => ({ question, answer: "answer" in outcome ? outcome.answer : null });

function questionOf(call: Call, setting: Setting): Question {
  return {
    unit: setting.unit,
    config: call.override === undefined ? setting.config : ({ ...setting.config, ...call.override } as Configuration),
    method: call.method,
    args: call.args,
    arithmetic: call.arithmetic ?? setting.arithmetic,
    fresh: call.fresh ?? false,
  };
}

/** The facts of the case's own configuration in the same arithmetic, as they were answered before. */
function factsIn(exchanges: readonly Exchange[], { arithmetic, override, fresh }: Call, setting: Setting): Fields | null {
  if (override !== undefined || fresh === true) return null;
  for (const { question, answer } of exchanges)
    if (question.method === "facts" && question.config === setting.config && question.arithmetic === (arithmetic ?? setting.arithmetic))
      return answer;
  return null;
}

function withoutAnswer(trouble: Trouble, call: string): Result {
  switch (trouble.kind) {
    case "refused":
      return { kind: "skipped", reason: `the subject refuses: ${firstLine(trouble.message)}` };
    case "absent":
      return { kind: "absent", reason: firstLine(trouble.message) };
    case "raised":
      return { kind: "raised", trouble, call };
    case "unrecorded":
      return { kind: "unrecorded", reason: firstLine(trouble.message) };
    default:
      return { kind: "error", trouble };
  }
}

function fromException(error: unknown): Result {
  if (error instanceof NoMeaning) return { kind: "skipped", reason: error.message };
  if (error instanceof SpecError && error.code === "malformed-answer") {
    const trouble: Trouble = { kind: "raised", type: "shape", message: error.message, stage: "convert" };
    return { kind: "raised", trouble, call: "answer" };
  }
  if (error instanceof SpecError && error.code === "bad-declaration") {
    return { kind: "error", trouble: { kind: "adapter", type: error.code, message: error.message, stage: "convert" } };
  }
  // The law itself is at fault: its cell says so, the rest of the run goes on.
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "error", trouble: { kind: "suite", type: error instanceof Error ? error.name : "Error", message, stage: "law" } };
}

export const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";

/** Runs a conversation with a subject that answers later. */
export async function converse(
  law: AnyLaw,
  value: Case,
  setting: Setting,
  ask: (question: Question) => Promise<Outcome>,
  reading?: Reading,
): Promise<Talk> {
  const conversation = talk(law, value, setting, reading);
  let step = conversation.next();
  while (step.done !== true) step = conversation.next(await ask(step.value));
  return step.value;
}

/** Runs a conversation with a subject in this process. */
export function converseNow(law: AnyLaw, value: Case, setting: Setting, now: (question: Question) => Outcome, reading?: Reading): Talk {
  const conversation = talk(law, value, setting, reading);
  let step = conversation.next();
  while (step.done !== true) step = conversation.next(now(step.value));
  return step.value;
}
