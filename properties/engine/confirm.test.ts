import { expect, test } from "vitest";
import { properties } from "#properties/all";
import { confirmAll, type Suspect } from "#properties/engine/confirm";
import type { UnitJob } from "#properties/engine/unit";
import { ask } from "#spec/ask";
import { equality } from "#spec/evidence";
import type { AnyLaw } from "#spec/law";
import type { Configuration, Outcome, Question } from "#subjects/answerer";

const [any] = properties;
if (any === undefined) throw new Error("no laws");

/** One question, whose answer should be 1. */
const law: AnyLaw = {
  ...any.law,
  given: {},
  *claim() {
    const { value } = yield* ask({ method: "facts", args: {} });
    return [equality("one", Float64Array.of(Number(value)), Float64Array.of(1))];
  },
};

const suspect = (config: Configuration): Suspect => ({
  law,
  arithmetic: "f64",
  culprit: {
    evidence: "one",
    shrunk: { index: 0, config, drawn: { value: {}, contexts: {} }, found: undefined as never },
    first: undefined as never,
    failure: undefined as never,
    cases: 1,
  },
});

/** A subject whose processes answer by how many questions they had before; and how many processes there were. */
function subjectOf(answer: (before: number, question: Question) => Outcome): { job: UnitJob; processes: () => number } {
  let processes = 0;
  const alone = async <T>(body: (put: (question: Question) => Promise<Outcome>) => Promise<T>): Promise<T> => {
    processes += 1;
    let before = 0;
    return body(async (question) => answer(before++, question));
  };
  return { job: { subject: { alone }, unit: { name: "Unit" } } as unknown as UnitJob, processes: () => processes };
}

test("faults of one configuration show in one process", async () => {
  const { job, processes } = subjectOf(() => ({ answer: { value: 2 } }));
  const suspects = [suspect({}), suspect({ karras: true }), suspect({}), suspect({})];
  const known = await confirmAll(job, suspects);
  expect(suspects.map(({ culprit }) => known.get(culprit))).toEqual([true, true, true, true]);
  expect(processes()).toBe(2);
});

test("what does not show in company is tried alone", async () => {
  const { job, processes } = subjectOf((before) => ({ answer: { value: before === 0 ? 2 : 1 } }));
  const suspects = [suspect({}), suspect({})];
  const known = await confirmAll(job, suspects);
  expect(suspects.map(({ culprit }) => known.get(culprit))).toEqual([true, true]);
  expect(processes()).toBe(2);
});

test("what does not show alone is said not to", async () => {
  const { job } = subjectOf(() => ({ answer: { value: 1 } }));
  const suspects = [suspect({}), suspect({})];
  const known = await confirmAll(job, suspects);
  expect(suspects.map(({ culprit }) => known.get(culprit))).toEqual([false, false]);
});

test("of a process that is lost nothing is known", async () => {
  const { job } = subjectOf(() => {
    throw new Error("lost");
  });
  const one = suspect({});
  expect((await confirmAll(job, [one])).get(one.culprit)).toBeUndefined();
});
