/**
 * The implementations of this folder as a subject like any other.
 *
 * They compute in binary32, because tfjs has no float64. tfjs and its backend are loaded when the subject is first described or asked.
 */

import type { Methods } from "#impl/subject/answers";
import { SpecError } from "#spec/error";
import type { Answerer, Configuration, Outcome, OutcomeKind, Question, SubjectSpec } from "#subjects/answerer";

const name = "builtin";

/** What is loaded on first use. */
interface Loaded {
  readonly spec: SubjectSpec;
  readonly answer: (question: Question) => Outcome;
}

/** Our own code on tfjs's cpu backend. `now` answers from the first `describe` or `answer` on. */
export function builtin(): Answerer {
  let loading: Promise<Loaded> | undefined;
  let loaded: Loaded | undefined;
  const ready = async (): Promise<Loaded> => {
    loading ??= load();
    loaded = await loading;
    return loaded;
  };
  return {
    id: name,
    asked: name,
    describe: async () => (await ready()).spec,
    answer: async (question) => (await ready()).answer(question),
    now: (question) =>
      loaded?.answer(question) ?? trouble("adapter", "NotLoaded", "the backend is not loaded: describe the subject first", "load"),
    close: () => Promise.resolve(),
  };
}

async function load(): Promise<Loaded> {
  const [{ cpu }, { answerOf }, { units }, tf] = await Promise.all([
    import("#impl/backend/cpu"),
    import("#impl/subject/answers"),
    import("#impl/subject/units"),
    import("@tensorflow/tfjs-core"),
  ]);
  const backend = await cpu();
  const methodsOf = remembered((unit, config) => {
    const found = units.find((one) => one.name === unit);
    if (found === undefined)
      throw new SpecError("unknown-name", `${name}: expected one of ${units.map((one) => one.name).join(", ")}, got ${unit}`);
    return found.methods(config);
  });
  return {
    spec: {
      name,
      version: null,
      runtime: { "@tensorflow/tfjs-core": tf.version_core, backend },
      arithmetics: ["f32"],
      units: units.map((one) => one.spec()),
    },
    answer({ unit, config, method: asked, args, arithmetic }) {
      try {
        const method = methodsOf(unit, config)[asked];
        if (method === undefined) return trouble("absent", "Absent", `${unit} has no ${asked}`, "call");
        if (arithmetic === "f32" || (method.kind !== "tensor" && (arithmetic === "f64" || arithmetic === "promoted")))
          return { answer: answerOf(method, args) };
        return trouble("refused", "Binary32Only", `${unit}.${asked}: tfjs computes in binary32, not in ${arithmetic}`, "call");
      } catch (error) {
        return fromException(error);
      }
    },
  };
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

/** Documented limits are refusals; anything else is a fault of this code. */
function fromException(error: unknown): Outcome {
  const documented =
    error instanceof SpecError && (error.code === "outside-domain" || error.code === "bad-argument" || error.code === "unknown-name");
  const message = error instanceof Error ? error.message : String(error);
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
