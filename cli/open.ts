/**
 * # Opening subjects
 *
 * `builtin` and controls live in this process; everything else is somebody else's.
 */
import { availableParallelism } from "node:os";
import { unknown } from "#cli/names";
import { type BackendName, backendNames } from "#impl/backend/place";
import { builtin } from "#impl/subject";
import { subjectOf } from "#properties/engine/controls";
import type { Control, Property } from "#properties/engine/property";
import { SpecError } from "#spec/error";
import type { Answerer } from "#subjects/answerer";
import { cacheRoot } from "#subjects/environment";
import { resolveSubject } from "#subjects/resolve";

export interface Opening {
  readonly like?: string;
  readonly python?: string;
  readonly workers?: number;
  readonly note: (text: string) => void;
}

const secondsPerCall = 60;
const memoryMiB = 8192;

/** Worker processes where nobody says how many: this process has a fifth as much to do as all of them, and runs in their pauses. */
export const usualWorkers = (): number => Math.min(8, availableParallelism());

export async function openSubject(
  asked: string,
  properties: readonly Property[],
  { like, python, workers = usualWorkers(), note }: Opening,
): Promise<Answerer> {
  if (asked === "builtin" || asked.startsWith("builtin:")) return attentive(builtin({ root: cacheRoot(), ...backendOf(asked) }));
  if (asked.startsWith("control:")) {
    const { property, control } = controlNamed(asked.slice("control:".length), properties);
    return attentive(subjectOf(nameOfControl(property, control), control));
  }
  return resolveSubject({
    asked,
    workers,
    secondsPerCall,
    memoryMiB,
    note,
    ...(like === undefined ? {} : { like }),
    ...(python === undefined ? {} : { python }),
  });
}

function backendOf(asked: string): { readonly backend?: BackendName } {
  if (asked === "builtin") return {};
  const text = asked.slice("builtin:".length);
  const backend = backendNames.find((name) => name === text);
  if (backend === undefined) throw unknown("backend", text, backendNames, `there are ${backendNames.join(", ")}`);
  return { backend };
}

const msBetweenPauses = 50;

/** A subject in this process answers without ever waiting: now and then it makes room for Ctrl-C and the clock. */
function attentive(subject: Answerer): Answerer {
  let paused = performance.now();
  return {
    ...subject,
    async answer(question) {
      if (performance.now() - paused > msBetweenPauses) {
        await new Promise((resolve) => setImmediate(resolve));
        paused = performance.now();
      }
      return subject.answer(question);
    },
  };
}

export const nameOfControl = ({ law }: Property, { name }: Control): string => `control:${law.id}/${name}`;

/** A control by `LAW/NAME`, or by its name where only one law has it. */
export function controlNamed(asked: string, properties: readonly Property[]): { readonly property: Property; readonly control: Control } {
  const all = properties.flatMap((property) =>
    property.rejects.map((control) => ({ property, control, full: `${property.law.id}/${control.name}` })),
  );
  const exact = all.find(({ full }) => full === asked);
  if (exact !== undefined) return exact;
  const named = all.filter(({ control }) => control.name === asked);
  const [only, second] = named;
  if (only === undefined)
    throw unknown(
      "control",
      asked,
      asked.includes("/") ? all.map(({ full }) => full) : [...new Set(all.map(({ control }) => control.name))],
    );
  if (second === undefined) return only;
  throw new SpecError("bad-argument", `"${asked}" is a control of ${named.length} laws: ${named.map(({ full }) => full).join(", ")}`, {
    hint: "name it with its law",
  });
}
