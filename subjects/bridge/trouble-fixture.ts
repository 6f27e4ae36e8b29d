/**
 * Workers on the subject that makes every kind of trouble, for tests of the bridge.
 */
import { fileURLToPath } from "node:url";
import { type Fields, tensor } from "#spec/tensor";
import type { Outcome, Question } from "#subjects/answerer";
import { startWorker } from "#subjects/bridge/process";
import type { Worker, WorkerPlan } from "#subjects/bridge/worker";

export const here: string = fileURLToPath(new URL(".", import.meta.url));
const python = process.env["LAWBOOK_TEST_PYTHON"] ?? "python3";

export const planOf = (change: Partial<WorkerPlan> = {}): WorkerPlan => ({
  command: python,
  args: [`${here}../python/worker.py`],
  env: {},
  describe: { adapter: `${here}fixtures/trouble.py` },
  secondsPerCall: 20,
  secondsToStart: 30,
  ...change,
});

export const question = (kind: string, spare = 0, unit = "Steady"): Question => ({
  unit,
  config: { ...(kind === "none" ? {} : { kind }), ...(spare === 0 ? {} : { spare }) },
  method: "levels",
  args: { t: tensor(Float64Array.of(0.5)) },
  arithmetic: "f64",
  fresh: false,
});

export const open: { close(): Promise<void> }[] = [];
export function started(change: Partial<WorkerPlan> = {}): Worker {
  const worker = startWorker(planOf(change));
  open.push(worker);
  return worker;
}
export async function closeOpen(): Promise<void> {
  await Promise.all(open.splice(0).map((one) => one.close()));
}

export const fieldsOf = (outcome: Outcome): Fields => {
  if ("trouble" in outcome) throw new Error(`${outcome.trouble.kind}: ${outcome.trouble.message}`);
  return outcome.answer;
};
export const troubleOf = (outcome: Outcome): Extract<Outcome, { trouble: unknown }>["trouble"] => {
  if ("answer" in outcome) throw new Error(`expected trouble, got ${JSON.stringify(outcome.answer)}`);
  return outcome.trouble;
};
