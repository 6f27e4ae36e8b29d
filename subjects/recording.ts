/**
 * # Recordings
 *
 * The answers of a subject on disk: numbers that a library gave to the questions of one run, so that it can be held to the laws where it
 * cannot be installed. A file is a gzipped sequence of the bridge's frames: first what the subject says of itself and where it came
 * from, then one frame per question, found again by a hash of what was asked.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { SpecError } from "#spec/error";
import { type Dtype, type Fields, isTensor, tensor, type Value } from "#spec/tensor";
import type { Answerer, Outcome, Question, SourcePlace, SubjectSpec } from "#subjects/answerer";
import { encodeFrame, FrameReader } from "#subjects/bridge/frames";
import { keyOf } from "#subjects/question-key";
import { SubjectError } from "#subjects/resolve-error";

const format = "lawbook/recording@1";

/** Where the code lay that answered: names and numbers, never code. */
export interface Origin {
  readonly repository?: string;
  readonly commit?: string;
  readonly licence?: string;
}

/** Element types that frames carry in one direction only. */
const carried: readonly Dtype[] = ["f64", "f32", "i64", "i32", "u8"];

const hashOf = (question: Question): string => createHash("sha256").update(keyOf(question)).digest("base64").slice(0, 24);

/** A subject that answers as the given one does, and keeps what it answered. */
export function recorder(subject: Answerer): {
  readonly subject: Answerer;
  readonly bytes: (origin: Origin, run: Fields) => Promise<Buffer>;
} {
  const kept = new Map<string, Outcome>();
  const units = new Set<string>();
  const keep = (question: Question, outcome: Outcome): Outcome => {
    units.add(question.unit);
    kept.set(hashOf(question), outcome);
    return outcome;
  };
  const { now: _, alone, ...rest } = subject;
  return {
    subject: {
      ...rest,
      answer: async (question) => keep(question, await subject.answer(question)),
      ...(alone === undefined
        ? {}
        : {
            alone: <T>(body: (ask: (question: Question) => Promise<Outcome>) => Promise<T>): Promise<T> =>
              alone.call(subject, body as never) as Promise<T>,
          }),
    },
    async bytes(origin, run) {
      const spec = await subject.describe();
      const asked = {
        ...spec,
        units: spec.units.filter(({ name }) => units.has(name)).map((unit) => ({ ...unit, source: placed(unit.source) })),
      };
      const head = { format, subject: subject.id, origin, run, spec: asked } as unknown as Value;
      const entries = [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, outcome]) => [key, stored(outcome as unknown as Value)]);
      return gzipSync(Buffer.concat([encodeFrame(head), ...entries.map((entry) => encodeFrame(entry as Value))]), { level: 9 });
    },
  };
}

/** The file's own name, and nothing of the machine that it lay on. */
const placed = (source: SourcePlace | null): SourcePlace | null =>
  source === null ? null : { ...source, file: path.basename(source.file) };

/** Tensors of types that are never sent are kept as doubles, with their type beside them. Tracebacks name folders: they are left out. */
function stored(value: Value): Value {
  if (value === null || typeof value !== "object") return value;
  if (isTensor(value)) return carried.includes(value.dtype) ? value : { $as: value.dtype, value: tensor(value.data, value.shape) };
  if (Array.isArray(value)) return value.map(stored);
  const fields = Object.entries(value as Fields).filter(([name]) => name !== "traceback" && name !== "line");
  return Object.fromEntries(fields.map(([name, item]) => [name, stored(item)]));
}

function restored(value: Value): Value {
  if (value === null || typeof value !== "object" || isTensor(value)) return value;
  if (Array.isArray(value)) return value.map(restored);
  const fields = value as Fields;
  const { $as: dtype, value: kept } = fields;
  if (typeof dtype === "string" && isTensor(kept)) return { ...kept, dtype: dtype as Dtype };
  return Object.fromEntries(Object.entries(fields).map(([name, item]) => [name, restored(item)]));
}

/** A recording as a subject. What it was not asked it cannot answer. Throws a SubjectError where the file cannot be read. */
export function played(asked: string, file: string): Answerer {
  const { spec, answers } = readRecording(asked, file);
  const now = (question: Question): Outcome =>
    answers.get(hashOf(question)) ?? {
      trouble: { kind: "unrecorded", type: "Unrecorded", message: `the recording has no answer to ${question.method}`, stage: "call" },
    };
  return {
    id: asked,
    asked,
    describe: () => Promise.resolve(spec),
    answer: (question) => Promise.resolve(now(question)),
    now,
    close: () => Promise.resolve(),
  };
}

function readRecording(asked: string, file: string): { readonly spec: SubjectSpec; readonly answers: ReadonlyMap<string, Outcome> } {
  const broken = (why: string): SubjectError =>
    new SubjectError("bad-argument", `${asked}: expected a recording, got ${why}`, "recordings are written by lawbook record SUBJECT");
  let frames: readonly Value[];
  try {
    const reader = new FrameReader();
    frames = reader.push(gunzipSync(readFileSync(file)));
    if (reader.pending > 0) throw new SpecError("protocol-broken", "the file ends inside a frame");
  } catch (error) {
    throw broken(error instanceof Error ? error.message : String(error));
  }
  const [head, ...entries] = frames as readonly (Fields | readonly Value[])[];
  if (head === undefined || !("format" in head) || head["format"] !== format) throw broken("a file of another kind or version");
  const { spec } = head as unknown as { readonly spec: SubjectSpec };
  return {
    spec,
    answers: new Map(
      entries.map((entry) => [
        (entry as readonly Value[])[0] as string,
        restored((entry as readonly Value[])[1] ?? null) as unknown as Outcome,
      ]),
    ),
  };
}
