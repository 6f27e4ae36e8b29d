/**
 * A helper of `crew.ts`: does what it is sent, and says what it found.
 */
import type { Said, Task } from "#cli/crew";
import { openSubject } from "#cli/open";
import { properties } from "#properties/all";
import { checkControls } from "#properties/engine/controls";
import { verifyUnit } from "#properties/engine/unit";
import type { Answerer } from "#subjects/answerer";

const subjects = new Map<string, Promise<Answerer>>();
let stopped = false;

const say = (said: Said): void => void process.send?.(said);

// Ctrl-C reaches every process of a terminal; the one that started this says when to stop.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(0));
process.on("message", (message: Task | { readonly kind: "stop" }) => {
  if (message.kind === "stop") {
    stopped = true;
    return;
  }
  done(message).then(
    (result) => say({ kind: "done", result }),
    (error: unknown) => say({ kind: "failed", message: error instanceof Error ? error.message : String(error) }),
  );
});

async function done(task: Task): Promise<unknown> {
  if (task.kind === "describe") return (await opened(task.asked)).describe();
  const chosen = properties.filter(({ law }) => task.laws.includes(law.id));
  if (task.kind === "controls") return checkControls(chosen);
  const subject = await opened(task.asked);
  const spec = await subject.describe();
  const unit = spec.units.find(({ name }) => name === task.unit);
  if (unit === undefined) throw new Error(`${task.asked} has no unit ${task.unit}`);
  return verifyUnit({
    ...task,
    checked: Promise.resolve(task.checked),
    subject,
    spec,
    unit,
    laws: chosen.map(({ law }) => law),
    stopped: () => stopped,
    onCell: (law, name, cases) => say({ kind: "cell", law, unit: name, cases }),
  });
}

function opened(asked: string): Promise<Answerer> {
  const known = subjects.get(asked) ?? openSubject(asked, properties, { note: () => undefined });
  subjects.set(asked, known);
  return known;
}
