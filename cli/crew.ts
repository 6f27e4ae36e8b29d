/**
 * # Several processes for subjects of our own
 *
 * What runs in this process has one core. Helpers (`helper.ts`) are copies of lawbook that check controls and hold units of `builtin` to
 * the laws; what they find is the same wherever it is found. Units are whole, as in shards.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Effort } from "#properties/engine/effort";
import type { Property } from "#properties/engine/property";
import type { UnitJob, UnitResult } from "#properties/engine/unit";
import type { ControlReport } from "#properties/engine/verdict";
import { blank, type Checked } from "#properties/engine/verdicts";
import type { SubjectSpec } from "#subjects/answerer";

/** What a helper is asked, one thing at a time. */
export type Task =
  | { readonly kind: "describe"; readonly asked: string }
  | { readonly kind: "controls"; readonly laws: readonly string[] }
  | {
      readonly kind: "unit";
      /** The subject as it was asked for. */
      readonly asked: string;
      readonly unit: string;
      readonly laws: readonly string[];
      readonly checked: Checked;
      readonly seed: number;
      readonly effort: Effort;
    };

export type Said =
  | { readonly kind: "cell"; readonly law: string; readonly unit: string; readonly cases: number }
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "failed"; readonly message: string };

export interface Crew {
  /** A subject's description, so that this process loads no backend. */
  readonly describe: (asked: string) => Promise<SubjectSpec>;
  /** Reports in the order of the laws. */
  readonly controls: (properties: readonly Property[]) => Promise<readonly ControlReport[]>;
  readonly unit: (job: UnitJob) => Promise<UnitResult>;
  readonly close: () => void;
}

const script = fileURLToPath(new URL("./helper.js", import.meta.url));
/** From sources nothing can be forked: helpers need what `npm run build` makes. */
export const crewPossible: boolean = import.meta.url.endsWith(".js");

interface Errand {
  readonly task: Task;
  readonly stopped: () => boolean;
  readonly onCell: UnitJob["onCell"];
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const msBetweenLooks = 100;
/** Few, so that all helpers are through with the controls at about one time: units wait for the last of them. */
const lawsAtOnce = 2;

/** Each helper loads what it will be asked about; whichever is first has described it. */
const first = (answers: readonly Promise<unknown>[]): Promise<SubjectSpec> => Promise.race(answers) as Promise<SubjectSpec>;

export function crewOf(size: number): Crew {
  const waiting: Errand[] = [];
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  let closed = false;

  function put(task: Task, stopped: () => boolean, onCell: UnitJob["onCell"]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      waiting.push({ task, stopped, onCell, resolve, reject });
      next();
    });
  }

  function next(): void {
    if (closed || waiting.length === 0) return;
    const helper = idle.pop() ?? (all.size < size ? begun() : undefined);
    const errand = helper === undefined ? undefined : waiting.shift();
    if (helper !== undefined && errand !== undefined) run(helper, errand);
  }

  function begun(): ChildProcess {
    // Libraries greet on stderr, each helper anew; what goes wrong comes as a message, or as an exit.
    const helper = fork(script, [], { serialization: "advanced", stdio: ["ignore", "ignore", "ignore", "ipc"] });
    all.add(helper);
    helper.once("exit", () => {
      all.delete(helper);
      const place = idle.indexOf(helper);
      if (place >= 0) idle.splice(place, 1);
    });
    return helper;
  }

  function run(helper: ChildProcess, { task, stopped, onCell, resolve, reject }: Errand): void {
    const look = setInterval(() => {
      if (!stopped() || !helper.connected) return;
      helper.send({ kind: "stop" });
      clearInterval(look);
    }, msBetweenLooks);
    const ended = (): void => {
      clearInterval(look);
      helper.off("message", heard).off("exit", gone);
    };
    const gone = (code: number | null, signal: string | null): void => {
      ended();
      reject(new Error(`a helper process ended (${signal ?? `exit status ${code}`})`));
      next();
    };
    const heard = (said: Said): void => {
      if (said.kind === "cell") {
        onCell(said.law, said.unit, said.cases);
        return;
      }
      ended();
      idle.push(helper);
      if (said.kind === "done") resolve(said.result);
      else reject(new Error(said.message));
      next();
    };
    helper.on("message", heard as (message: unknown) => void).once("exit", gone);
    helper.send(task);
  }

  const described = new Map<string, Promise<SubjectSpec>>();
  const never = (): boolean => false;

  return {
    describe(asked) {
      const known =
        described.get(asked) ?? first(Array.from({ length: size }, () => put({ kind: "describe", asked }, never, () => undefined)));
      described.set(asked, known);
      return known;
    },
    async controls(properties) {
      const laws = properties.map(({ law }) => law.id);
      const parts = Array.from({ length: Math.ceil(laws.length / lawsAtOnce) }, (_, k) => laws.slice(k * lawsAtOnce, (k + 1) * lawsAtOnce));
      const reports = await Promise.all(parts.map((part) => put({ kind: "controls", laws: part }, never, () => undefined)));
      return (reports as (readonly ControlReport[])[]).flat();
    },
    async unit(job) {
      const { subject, unit, seed, effort } = job;
      const checked = await job.checked;
      const task: Task = {
        kind: "unit",
        asked: subject.asked,
        unit: unit.name,
        laws: job.laws.map(({ id }) => id),
        checked,
        seed,
        effort,
      };
      try {
        return (await put(task, job.stopped, job.onCell)) as UnitResult;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { verdicts: job.laws.map((law) => blank(job, checked, law, "error", reason)), coverage: null, conventions: "" };
      }
    },
    close() {
      closed = true;
      for (const helper of all) helper.kill();
    },
  };
}
