/**
 * # Controls
 *
 * Every law is tried on versions whose verdict is known before it is believed about anybody else: wrong ones that it must reject,
 * right ones that it must accept.
 */

import { type Drawn, draw } from "#properties/engine/cases";
import { converseNow, type Talk } from "#properties/engine/conversation";
import { type Found, findIn } from "#properties/engine/fault";
import type { Control, Property, RawMethods, Version } from "#properties/engine/property";
import type { ControlReport } from "#properties/engine/verdict";
import type { Arithmetic } from "#spec/ask";
import { drawingMethods } from "#spec/roles-discrete";
import type { Fields } from "#spec/tensor";
import { isTensor } from "#spec/tensor";
import type { Answerer, Outcome, Question, SubjectSpec } from "#subjects/answerer";

/** Controls do not depend on the run's seed: their outcome is part of the law. */
const controlSeed = 1;
const controlCases = 24;
const acceptedCases = 4;
/** The first cases, near the defaults, tell how plausible a mistake is. */
const nearDefaults = 8;
const unitName = "textbook";

/** Answers at once from methods in this process. */
export function answerWith(methods: RawMethods): (question: Question) => Outcome {
  return ({ method, args, config, arithmetic }) => {
    const answer = methods[method];
    if (answer === undefined) return { trouble: { kind: "absent", type: "Absent", message: `no ${method}`, stage: "call" } };
    try {
      return { answer: answer(args as Fields, config as Fields, arithmetic) };
    } catch (error) {
      if (error instanceof AbsentHere) return { trouble: { kind: "absent", type: "Absent", message: error.message, stage: "call" } };
      const message = error instanceof Error ? error.message : String(error);
      return { trouble: { kind: "raised", type: error instanceof Error ? error.name : "Error", message, stage: "call" } };
    }
  };
}

/** Thrown by a method in this process that has no answer for these arguments. */
export class AbsentHere extends Error {}

/** Every version on every case, with distances: what a law's own tests ask. */
export function runControls(properties: readonly Property[]): readonly ControlReport[] {
  return properties.flatMap((property) => {
    const cases = casesOf(property, controlCases);
    const bases = new Map<string, readonly Talk[]>();
    const right = ({ beside }: Control): readonly Talk[] => {
      const base = property.accepts.find(({ name }) => beside === undefined || name === beside);
      if (base === undefined) return [];
      const known = bases.get(base.name) ?? talksTo(property, base, cases);
      bases.set(base.name, known);
      return known;
    };
    return [
      ...property.accepts.map((version) => {
        const found = talksTo(property, version, cases).map((talk) => findIn(talk, version.arithmetic ?? "f64"));
        return report(property, version, "accepted", overall(found), null);
      }),
      ...property.rejects.map((version) => {
        const talks = talksTo(property, version, cases);
        const found = talks.map((talk) => findIn(talk, version.arithmetic ?? "f64"));
        return report(property, version, "rejected", overall(found), distance(right(version), talks));
      }),
    ];
  });
}

/** What a run asks before it believes a law: a wrong version is left at the first case that rejects it, and none is measured. */
export async function checkControls(properties: readonly Property[]): Promise<readonly ControlReport[]> {
  const reports: ControlReport[] = [];
  // A keystroke may end the run, and subjects have answers to deliver.
  const breath = (): Promise<void> => new Promise((resume) => void setImmediate(resume));
  for (const property of properties) {
    for (const version of property.accepts) {
      const found = [...foundBy(property, version, casesOf(property, acceptedCases))];
      reports.push(report(property, version, "accepted", overall(found), null));
      await breath();
    }
    for (const version of property.rejects) {
      const found = untilViolated(foundBy(property, version, casesOf(property, controlCases)));
      reports.push(report(property, version, "rejected", overall(found), null));
      await breath();
    }
  }
  return reports;
}

function casesOf({ law }: Property, count: number): readonly Drawn[] {
  const most = law.share === undefined ? count : Math.max(3, Math.min(law.share, 8));
  return Array.from({ length: Math.min(count, most) }, (_, index) => draw(law, controlSeed, unitName, index));
}

function* foundBy(property: Property, version: Version, cases: readonly Drawn[]): Iterable<Found> {
  const now = answerWith(version.methods());
  for (const { value } of cases) yield findIn(converseNow(property.law, value, settingOf(version), now), version.arithmetic ?? "f64");
}

function untilViolated(found: Iterable<Found>): readonly Found[] {
  const seen: Found[] = [];
  for (const one of found) {
    seen.push(one);
    if (one.status === "violated") break;
  }
  return seen;
}

const settingOf = ({
  arithmetic = "f64",
}: Version): { readonly unit: string; readonly config: Record<string, never>; readonly arithmetic: Arithmetic } => ({
  unit: unitName,
  config: {},
  arithmetic,
});

/** Conversations with one version on the given cases; its methods are made once. */
function talksTo({ law }: Property, version: Version, cases: readonly Drawn[]): readonly Talk[] {
  const now = answerWith(version.methods());
  return cases.map(({ value }) => converseNow(law, value, settingOf(version), now));
}

function overall(found: readonly Found[]): ControlReport["got"] {
  if (found.some(({ status }) => status === "violated")) return "rejected";
  return found.some(({ status }) => status === "holds") && !found.some(({ status }) => status === "error") ? "accepted" : "undecided";
}

function report(
  { law }: Property,
  { name }: Version,
  expected: ControlReport["expected"],
  got: ControlReport["got"],
  off: number | null,
): ControlReport {
  return { law: law.id, name, expected, got, distance: off };
}

/**
 * The median over cases of how far the wrong version's first different answer is from the right one, relative to its size; where
 * answers are yes or no, the share of cases with the wrong one.
 */
function distance(right: readonly Talk[], wrong: readonly Talk[]): number | null {
  if (right.length > 0 && right.every(saysYesOrNo))
    return right.filter((talk, k) => between(talk, wrong[k] ?? talk) !== null).length / right.length;
  const distances = right.slice(0, nearDefaults).flatMap((talk, k) => {
    const other = wrong[k];
    const d = other === undefined ? null : between(talk, other);
    return d === null ? [] : [d];
  });
  if (distances.length === 0) return null;
  distances.sort((a, b) => a - b);
  return distances[Math.floor(distances.length / 2)] ?? null;
}

function saysYesOrNo({ exchanges }: Talk): boolean {
  const values = Object.values(exchanges.at(-1)?.answer ?? {});
  return values.length > 0 && values.every((value) => typeof value === "boolean");
}

function between(right: Talk, wrong: Talk): number | null {
  for (let k = 0; k < Math.min(right.exchanges.length, wrong.exchanges.length); k++) {
    const [asked, other] = [right.exchanges[k], wrong.exchanges[k]];
    const [a, b] = [asked?.answer, other?.answer];
    if (a === undefined || a === null || b === undefined || b === null) return null;
    const d = drawingMethods.has(asked?.question.method ?? "") ? variation(a, b) : off(a, b);
    if (d > 0) return d;
  }
  return null;
}

/** How far off draws are is told by how often each outcome comes. */
function variation(a: Fields, b: Fields): number {
  const [x, y] = [elements(a["states"]), elements(b["states"])];
  const excess = new Map<number, number>();
  for (let i = 0; i < x.length; i++) excess.set(x[i] ?? 0, (excess.get(x[i] ?? 0) ?? 0) + 1 / x.length);
  for (let i = 0; i < y.length; i++) excess.set(y[i] ?? 0, (excess.get(y[i] ?? 0) ?? 0) - 1 / y.length);
  let sum = 0;
  for (const value of excess.values()) sum += Math.abs(value);
  return sum / 2;
}

function off(a: Fields, b: Fields): number {
  let size = 0;
  let difference = 0;
  for (const [name, value] of Object.entries(a)) {
    const other = b[name];
    const [x, y] = [elements(value), elements(other)];
    for (let i = 0; i < Math.max(x.length, y.length); i++) {
      size += (x[i] ?? 0) ** 2;
      difference += ((x[i] ?? 0) - (y[i] ?? 0)) ** 2;
    }
  }
  return size === 0 ? (difference === 0 ? 0 : Number.POSITIVE_INFINITY) : Math.sqrt(difference / size);
}

function elements(value: unknown): ArrayLike<number> {
  if (typeof value === "number" || typeof value === "boolean") return [Number(value)];
  return isTensor(value as Fields[string]) ? (value as { data: Float64Array }).data : [];
}

/** A version as a subject of its own, for `--control` and for trying laws on code in this process. */
export function subjectOf(name: string, version: Version): Answerer {
  const methods = version.methods();
  const now = answerWith(methods);
  const spec: SubjectSpec = {
    name,
    version: null,
    runtime: {},
    arithmetics: [version.arithmetic ?? "f64"],
    units: [
      {
        name: version.name,
        methods: Object.keys(methods),
        options: [],
        leftOut: [],
        excluded: [],
        deviates: [],
        notes: [],
        source: null,
      },
    ],
  };
  return {
    id: name,
    asked: name,
    describe: () => Promise.resolve(spec),
    answer: (question) => Promise.resolve(now(question)),
    now,
    close: () => Promise.resolve(),
  };
}
