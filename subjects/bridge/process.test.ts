import { afterEach, describe, expect, test } from "vitest";
import { tensor } from "#spec/tensor";
import type { Outcome } from "#subjects/answerer";
import { startWorker } from "#subjects/bridge/process";
import { closeOpen, fieldsOf, here, planOf, question, started, troubleOf } from "#subjects/bridge/trouble-fixture";
import type { Worker } from "#subjects/bridge/worker";

const windows = process.platform === "win32";
afterEach(closeOpen);

describe("failures that are answers", () => {
  test.each([
    ["raised", "raised", "IndexError", "call"],
    ["construct", "raised", "IndexError", "construct"],
    ["deliberate", "refused", "ValueError", "call"],
    ["refused", "refused", "Refused", "call"],
    ["absent", "absent", "Absent", "call"],
    ["adapter", "adapter", "TypeError", "call"],
    ["leaves", "raised", "SystemExit", "call"],
    ["reads", "raised", "EOFError", "call"],
    ["memory", "memory", "MemoryError", "call"],
    ["torch memory", "memory", "RuntimeError", "call"],
    ["strange", "adapter", "TypeError", "convert"],
    ["no fields", "adapter", "TypeError", "call"],
    ["huge", "adapter", "ValueError", "convert"],
    ["large", "adapter", "ValueError", "convert"],
  ])("%s is told as %s", async (kind, expected, type, stage) => {
    const worker = started();
    const [before, outcome, after] = await Promise.all([
      worker.answer(question("none", 1)),
      worker.answer(question(kind)),
      worker.answer(question("none", 2)),
    ]);
    expect(troubleOf(outcome)).toMatchObject({ kind: expected, type, stage });
    expect(fieldsOf(before)["level"]).toBeDefined();
    expect(fieldsOf(after)["level"]).toBeDefined();
  });

  test("an answer too large names both sizes", async () => {
    const { message } = troubleOf(await started().answer(question("huge")));
    expect(message).toBe(`an answer of ${4 * 2 ** 30} bytes, more than the limit of ${256 * 2 ** 20}`);
  });

  test("what the subject's code did wrong has its line and traceback", async () => {
    const trouble = troubleOf(await started().answer(question("raised")));
    expect(trouble.line).toMatch(/trouble\.py:\d+$/);
    expect(trouble.traceback).toContain("return [][1]");
  });

  test("an option that a unit lacks, a unit and a method that do not exist", async () => {
    const worker = started();
    const odd = await worker.answer({ ...question("none"), config: { missing: 1 } });
    expect(troubleOf(odd)).toMatchObject({ kind: "absent", message: "Steady has no option missing" });
    expect(troubleOf(await worker.answer({ ...question("none"), method: "run" })).kind).toBe("absent");
    expect(troubleOf(await worker.answer({ ...question("none"), unit: "Nobody" }))).toMatchObject({
      kind: "protocol",
      message: "ask: no unit 'Nobody'",
    });
  });
});

test("what a subject prints, and what its children print, does not touch the frames", async () => {
  const worker = started();
  const outcomes = await Promise.all([1, 2, 3].map((spare) => worker.answer(question("prints", spare))));
  for (const outcome of outcomes) expect(fieldsOf(outcome)["level"]).toBeDefined();
});

test.skipIf(windows)("Ctrl-C is for the client", async () => {
  const worker = started();
  expect(fieldsOf(await worker.answer(question("interrupted")))["level"]).toBeDefined();
});

/** A batch of questions with one culprit in its middle: it is named, all others are answered, whatever was on its way. */
async function named(worker: Worker, kind: string): Promise<ReturnType<typeof troubleOf>> {
  const batch = await Promise.all(Array.from({ length: 60 }, (_, k) => worker.answer(question(k === 31 ? kind : "none", k + 1))));
  const culprits = batch.flatMap((outcome, k) => ("trouble" in outcome ? [k] : []));
  expect(culprits).toEqual([31]);
  return troubleOf(batch[31] as Outcome);
}

describe("processes that die", () => {
  test("by leaving: the culprit is named, the rest is answered", async () => {
    expect(await named(started(), "exits")).toMatchObject({ kind: "crash", message: expect.stringContaining("exited with code 3") });
  });

  test.skipIf(windows)("by a signal", async () => {
    expect((await named(started(), "killed")).message).toMatch(
      /^the process was ended by SIGKILL, as a system does that runs out of memory/,
    );
  });

  test.skipIf(windows)("by a fault in native code, whose line is told", async () => {
    const { message } = await named(started(), "faults");
    expect(message).toContain("SIGSEGV");
    expect(message).toMatch(/trouble\.py", line \d+ in levels/);
  });

  test.skipIf(windows)(
    "and leave a child behind that holds the pipes",
    async () => {
      expect((await named(started(), "orphans")).message).toContain("exited with code 4");
    },
    30_000,
  );

  test("again and again: the unit is asked no more, the other one is", async () => {
    const worker = started();
    for (let k = 1; k <= 5; k++) expect(troubleOf(await worker.answer(question("exits", k))).message).toContain("code 3");
    const barred = troubleOf(await worker.answer(question("none")));
    expect(barred).toMatchObject({
      kind: "crash",
      message: expect.stringMatching(/^Steady has ended its process 5 times and is asked no more; the last time: .*code 3/),
    });
    expect(fieldsOf(await worker.answer(question("none", 0, "Other")))["level"]).toBeDefined();
  }, 60_000);
});

describe("processes that hang", () => {
  test.skipIf(windows)("are interrupted; what else was asked goes on in a new one", async () => {
    const worker = started({ secondsPerCall: 1 });
    const [first] = [fieldsOf(await worker.answer(question("none")))];
    expect(await named(worker, "hangs")).toMatchObject({ kind: "timeout", message: "no answer within 1 s" });
    expect(fieldsOf(await worker.answer(question("none")))["pid"]).not.toBe(first["pid"]);
  });

  test.skipIf(windows)(
    "even where the subject swallows every exception",
    async () => {
      expect(await named(started({ secondsPerCall: 1 }), "stubborn")).toMatchObject({ kind: "timeout" });
    },
    30_000,
  );

  test("where no alarm gets through, the client's clock ends them", async () => {
    const started_ = Date.now();
    const trouble = await named(started({ secondsPerCall: 1 }), windows ? "hangs" : "deaf");
    expect(trouble).toMatchObject({ kind: "timeout", message: "no answer within 1 s" });
    expect(Date.now() - started_).toBeLessThan(40_000);
  }, 60_000);

  test("slow is not hanging", async () => {
    expect(fieldsOf(await started({ secondsPerCall: 5 }).answer(question("late")))["level"]).toBeDefined();
  });
});

describe("streams that break", () => {
  test.skipIf(windows)("garbage between the frames", async () => {
    const { kind, message } = await named(started({ secondsPerCall: 5 }), "garbage");
    expect(kind).toBe("protocol");
    expect(message).toMatch(/expected at most 268435456 bytes, got a frame of 4294967295 \+ 4294967295/);
  });

  test.skipIf(windows)(
    "a stdout that is closed under way",
    async () => {
      expect((await named(started({ secondsPerCall: 1 }), "closes")).kind).toMatch(/crash|timeout/);
    },
    30_000,
  );
});

test.skipIf(process.platform !== "linux")("memory is limited, and said to be", async () => {
  const worker = started({ describe: { adapter: `${here}fixtures/trouble.py`, limits: { memory: 300 * 2 ** 20 } } });
  const spec = await worker.describe();
  expect(spec.runtime["memoryLimit"]).toBe("300 MiB");
  expect(await named(worker, "grows")).toMatchObject({ kind: "memory", type: "MemoryError" });
});

test("closing settles everything", async () => {
  const worker = startWorker(planOf());
  await worker.describe();
  const asked = worker.answer(question("late"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await worker.close();
  expect(troubleOf(await asked).type).toBe("Closed");
  expect(troubleOf(await worker.answer(question("none"))).type).toBe("Closed");
});

test("a question that is too large to send is nobody's fault but the law's", async () => {
  const worker = started();
  const large = { ...question("none"), args: { t: tensor(new Float64Array(33 * 2 ** 20)) } };
  const [outcome, other] = await Promise.all([worker.answer(large), worker.answer(question("none"))]);
  expect(troubleOf(outcome)).toMatchObject({ kind: "suite", message: expect.stringContaining("expected at most 268435456 bytes to send") });
  expect(fieldsOf(other)["level"]).toBeDefined();
});
