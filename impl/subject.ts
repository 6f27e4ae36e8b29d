/**
 * The implementations of this folder as a subject like any other.
 *
 * They compute in binary32, because tfjs has no float64. tfjs and its backend are loaded when the subject is first described or asked.
 */

import type { Backend } from "#impl/backend/backend";
import type { Fingerprint } from "#impl/backend/fingerprint";
import type { BackendName } from "#impl/backend/place";
import type { Method, Methods } from "#impl/subject/answers";
import { SpecError } from "#spec/error";
import type { Fields } from "#spec/tensor";
import type { Answerer, Configuration, Outcome, OutcomeKind, Question, SubjectSpec } from "#subjects/answerer";

const name = "builtin";

/** What is loaded on first use. */
interface Loaded {
  readonly spec: SubjectSpec;
  readonly backend: Backend;
  readonly answer: (question: Question) => Outcome;
  readonly later: (question: Question) => Promise<Outcome>;
}

export interface BuiltinOptions {
  /** Which backend of tfjs; the fastest that starts where absent. */
  readonly backend?: BackendName;
  /** Where backends were installed. */
  readonly root?: string;
}

/** Our own code on a backend of tfjs. `now` answers from the first `describe` or `answer` on; webgpu, which must be waited for, has none. */
export function builtin({ backend, root }: BuiltinOptions = {}): Answerer {
  const id = backend === undefined ? name : `${name}:${backend}`;
  let loading: Promise<Loaded> | undefined;
  let loaded: Loaded | undefined;
  const ready = async (): Promise<Loaded> => {
    loading ??= load(backend ?? null, root ?? null);
    loaded = await loading;
    return loaded;
  };
  return {
    id,
    asked: id,
    describe: async () => (await ready()).spec,
    answer: async (question) => {
      const { backend: started, answer, later } = await ready();
      return started.sync ? answer(question) : later(question);
    },
    ...(backend === "webgpu"
      ? {}
      : {
          now: (question: Question): Outcome =>
            loaded?.answer(question) ?? trouble("adapter", "NotLoaded", "the backend is not loaded: describe the subject first", "load"),
        }),
    close: () => Promise.resolve(),
  };
}

/** tfjs has one current backend: while one is started and measured, no other is. */
let turn: Promise<unknown> = Promise.resolve();

function load(asked: BackendName | null, root: string | null): Promise<Loaded> {
  const mine = turn.then(() => loadAlone(asked, root));
  turn = mine.catch(() => undefined);
  return mine;
}

async function loadAlone(asked: BackendName | null, root: string | null): Promise<Loaded> {
  const [{ startBackend, useBackend }, { fingerprint }, { answerLater, answerOf }, { units }] = await Promise.all([
    import("#impl/backend/backend"),
    import("#impl/backend/fingerprint"),
    import("#impl/subject/answers"),
    import("#impl/subject/units"),
  ]);
  const backend = await startBackend(asked, root);
  const print = await fingerprint();
  const arithmetic = print.expDrifts ? "f32-wgsl" : print.flushesSubnormals ? "f32-flushing" : "f32";
  const methodsOf = remembered((unit, config) => {
    const found = units.find((one) => one.name === unit);
    if (found === undefined)
      throw new SpecError("unknown-name", `${name}: expected one of ${units.map((one) => one.name).join(", ")}, got ${unit}`);
    return found.methods(config);
  });
  /** The method that is asked for, or why there is none. */
  const found = ({ unit, config, method: wanted, arithmetic: format }: Question): Method | Outcome => {
    useBackend(backend);
    const method = methodsOf(unit, config)[wanted];
    if (method === undefined) return trouble("absent", "Absent", `${unit} has no ${wanted}`, "call");
    if (format === "f32" || format === arithmetic || (method.kind !== "tensor" && (format === "f64" || format === "promoted")))
      return method;
    return trouble("refused", "Binary32Only", `${unit}.${wanted}: tfjs computes in binary32, not in ${format}`, "call");
  };
  return {
    backend,
    spec: {
      name,
      version: null,
      runtime: { ...backend.runtime, ...written(print) },
      arithmetics: [arithmetic],
      units: units.map((one) => one.spec()),
    },
    answer(question) {
      try {
        const method = found(question);
        return "kind" in method ? { answer: answerOf(method, question.args as Fields) } : method;
      } catch (error) {
        return fromException(error);
      }
    },
    async later(question) {
      try {
        const method = found(question);
        return "kind" in method ? { answer: await answerLater(method, question.args as Fields) } : method;
      } catch (error) {
        return fromException(error);
      }
    },
  };
}

/** A fingerprint as a report shows it. */
function written(print: Fingerprint): Record<string, string> {
  return Object.fromEntries(Object.entries(print).map(([what, value]) => [what, String(value)]));
}

type Make = (unit: string, config: Configuration) => Methods;

/** Makes each configuration once, by the text of its options; a configuration object that was seen before is not spelled again. */
function remembered(make: Make): Make {
  const made = new Map<string, Methods>();
  const spelled = new WeakMap<Configuration, string>();
  return (unit, config) => {
    const text = spelled.get(config) ?? JSON.stringify(config);
    spelled.set(config, text);
    const key = `${unit}|${text}`;
    const known = made.get(key) ?? make(unit, config);
    made.set(key, known);
    return known;
  };
}

/** What a device says when it has no memory left, or is gone: nothing is known about the law then. */
const deviceTrouble =
  /out of memory|OOM|RESOURCE_?EXHAUSTED|failed to allocate|allocation failed|typed array length|device (?:was |is )?lost/i;

/** Documented limits are refusals, a device's troubles are errors; anything else is a fault of this code. */
function fromException(error: unknown): Outcome {
  const documented =
    error instanceof SpecError && (error.code === "outside-domain" || error.code === "bad-argument" || error.code === "unknown-name");
  const message = error instanceof Error ? error.message : String(error);
  if (deviceTrouble.test(message)) return trouble("memory", "Device", message, "call");
  return trouble(
    documented ? "refused" : "raised",
    error instanceof SpecError ? error.code : error instanceof Error ? error.name : "Error",
    message,
    "call",
  );
}

function trouble(kind: OutcomeKind, type: string, message: string, stage: string): Outcome {
  return { trouble: { kind, type, message, stage } };
}
