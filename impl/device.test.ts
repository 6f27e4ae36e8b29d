/**
 * A device that runs out of memory or goes away in the middle of a run: the laws that met it are `error`, and the run goes on.
 */
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { builtin } from "#impl/subject";
import { properties } from "#properties/all";
import { efforts } from "#properties/engine/effort";
import { unattended, verify } from "#properties/engine/run";
import type { Verdict } from "#properties/engine/verdict";

const subject = builtin({ backend: "cpu" });
beforeAll(() => subject.describe());
afterEach(() => vi.restoreAllMocks());

/** Status by law, where no tensor of more than one element can be made from `after` on. */
async function statuses(message: string, after: number): Promise<Readonly<Record<string, Verdict["status"]>>> {
  const { quick } = efforts;
  if (quick === undefined) throw new Error("no effort quick");
  const backend = tf.backend();
  const write = backend.write.bind(backend);
  let written = 0;
  vi.spyOn(backend, "write").mockImplementation((values, shape, dtype) => {
    written += 1;
    if (written > after && values.length > 1) throw new Error(message);
    return write(values, shape, dtype);
  });
  const laws = ["gaussian.forward.marginal", "schedule.snr.reported", "schedule.snr"];
  const { verdicts } = await verify({
    ...unattended,
    controls: () => Promise.resolve([]),
    subjects: [subject],
    selection: { properties: properties.filter(({ law }) => laws.includes(law.id)), unit: (name) => name === "sde-vp" },
    effort: quick,
  });
  return Object.fromEntries(verdicts.map(({ law, status }) => [law, status]));
}

test.each([
  "Device was lost",
  "OOM when allocating tensor with shape[64,262144]",
  "Array buffer allocation failed",
  "Invalid typed array length: 8589934592",
])("%s", async (message) => {
  const before = tf.memory().numTensors;
  const found = await statuses(message, 4);
  expect(found["gaussian.forward.marginal"]).toBe("error");
  expect(Object.values(found)).not.toContain("violated");
  expect(Object.values(found)).toContain("holds");
  expect(tf.memory().numTensors).toBe(before);
});

test("and nothing of it stays", async () => {
  expect((await statuses("Device was lost", Number.POSITIVE_INFINITY))["gaussian.forward.marginal"]).toBe("holds");
});
