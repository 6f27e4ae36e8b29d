/**
 * Public mistakes and their fixes, in the releases that had them: the law named in reports/found/precedents.json must find the one
 * and be silent on the other. Installs some thirty releases, with the package index.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { properties } from "#properties/all";
import { efforts } from "#properties/engine/effort";
import { unattended, verify } from "#properties/engine/run";
import type { Verdict } from "#properties/engine/verdict";
import type { AnyLaw } from "#spec/law";
import type { Answerer, Configuration, Question, SubjectSpec } from "#subjects/answerer";
import { resolveSubject } from "#subjects/resolve";

interface Row {
  readonly id: string;
  readonly library: string;
  readonly buggy: string;
  readonly fixed: string;
  readonly unit: string;
  readonly law: string;
  readonly evidence: string;
  /** Options that stay as they are, where the release has them; all others vary. */
  readonly options: Configuration;
  /** Fields of the law's case that stay as they are. */
  readonly cases?: Readonly<Record<string, unknown>>;
  readonly note: string;
}

const rows = JSON.parse(readFileSync(new URL("../reports/found/precedents.json", import.meta.url), "utf8")) as readonly Row[];
const minutes = 60_000;

/** The subject with some options out of the engine's hands. */
function held(subject: Answerer, { unit, options }: Row): Answerer {
  let own: Configuration = {};
  const fill = (question: Question): Question => ({ ...question, config: { ...own, ...question.config } });
  const alone = subject.alone?.bind(subject);
  return {
    id: subject.id,
    asked: subject.asked,
    async describe(): Promise<SubjectSpec> {
      const spec = await subject.describe();
      const known = spec.units.find(({ name }) => name === unit)?.options.map(({ name }) => name) ?? [];
      own = Object.fromEntries(Object.entries(options).filter(([name]) => known.includes(name)));
      const free = (combination: Configuration): boolean => !Object.keys(combination).some((name) => name in own);
      const units = spec.units.filter(({ name }) => name === unit);
      return {
        ...spec,
        units: units.map((one) => ({
          ...one,
          options: one.options.filter(({ name }) => !(name in own)),
          excluded: one.excluded.filter((excluded) => free(excluded.options)),
        })),
      };
    },
    answer: (question) => subject.answer(fill(question)),
    ...(alone === undefined
      ? {}
      : {
          alone: <T>(body: (ask: (question: Question) => ReturnType<Answerer["answer"]>) => Promise<T>) =>
            alone((ask) => body((question) => ask(fill(question)))),
        }),
    close: () => subject.close(),
  };
}

function lawOf({ law: id, cases = {} }: Row): AnyLaw {
  const law = properties.find((property) => property.law.id === id)?.law;
  if (law === undefined) throw new Error(`no law ${id}`);
  return {
    ...law,
    cases: { ...law.cases, ...Object.fromEntries(Object.entries(cases).map(([field, value]) => [field, fc.constant(value)])) },
  };
}

async function verdictOn(row: Row, release: string): Promise<Verdict> {
  const asked = `pip:${row.library}==${release}`;
  const python = process.env["LAWBOOK_TEST_PYTHON"];
  const subject = await resolveSubject({ asked, python, workers: 1, secondsPerCall: 60, note: () => undefined });
  const { standard } = efforts;
  if (standard === undefined) throw new Error("no effort standard");
  try {
    const { verdicts } = await verify({
      ...unattended,
      subjects: [held(subject, row)],
      selection: { properties: [{ law: lawOf(row), accepts: [], rejects: [] }], unit: (name) => name === row.unit },
      effort: standard,
    });
    const [verdict] = verdicts;
    if (verdict === undefined) throw new Error(`${asked} has no unit ${row.unit}`);
    return verdict;
  } finally {
    await subject.close();
  }
}

const failed = ({ faults }: Verdict): readonly string[] => faults.map(({ evidence }) => evidence);

for (const row of rows) {
  const { id, library, buggy, fixed, unit, law, evidence } = row;
  test(`${id}: ${law} (${evidence}) is broken in ${library} ${buggy}, ${unit}`, { timeout: 10 * minutes }, async () => {
    const verdict = await verdictOn(row, buggy);
    expect(verdict).toMatchObject({ status: "violated" });
    expect(failed(verdict)).toContain(evidence);
  });

  test(`${id}: ${law} (${evidence}) is kept in ${library} ${fixed}, ${unit}`, { timeout: 10 * minutes }, async () => {
    const verdict = await verdictOn(row, fixed);
    // Some other part of the law may be broken in the release that has the fix.
    expect(["holds", "violated"]).toContain(verdict.status);
    expect(failed(verdict)).not.toContain(evidence);
  });
}
