import { afterEach, describe, expect, test } from "vitest";
import type { Fields } from "#spec/tensor";
import type { Outcome } from "#subjects/answerer";
import { pool } from "#subjects/bridge/pool";
import { closeOpen, fieldsOf, here, open, planOf, question, troubleOf } from "#subjects/bridge/trouble-fixture";

afterEach(closeOpen);

describe("alone", () => {
  const asked = async (subject: ReturnType<typeof pool>): Promise<readonly Fields[]> => {
    const one = subject.alone;
    if (one === undefined) throw new Error("a pool runs conversations alone");
    await subject.answer(question("none"));
    await subject.answer(question("none", 1));
    const twice = [one, one].map((run) =>
      run(async (ask) => [fieldsOf(await ask(question("none"))), fieldsOf(await ask(question("none")))]),
    );
    return (await Promise.all(twice)).flat();
  };

  test.skipIf(process.platform !== "linux")("is a forked process each, in which nothing was asked before", async () => {
    const subject = pool("trouble", planOf(), 1);
    open.push(subject);
    const found = await asked(subject);
    expect(found.map(({ asked }) => asked)).toEqual([1, 2, 1, 2]);
    expect(new Set(found.map(({ pid }) => pid)).size).toBe(2);
  });

  test("is a new process each where nothing forks", async () => {
    const subject = pool("trouble", planOf({ describe: { adapter: `${here}fixtures/forkless.py` } }), 1);
    open.push(subject);
    const found = await asked(subject);
    expect(found.map(({ asked }) => asked)).toEqual([1, 2, 1, 2]);
    expect(new Set(found.map(({ pid }) => pid)).size).toBe(2);
  });

  test.skipIf(process.platform !== "linux")("survives a subject that dies in it", async () => {
    const subject = pool("trouble", planOf(), 1);
    open.push(subject);
    const died = await subject.alone?.((ask) => ask(question("killed")));
    expect(died).toMatchObject({ trouble: { kind: "crash", message: expect.stringContaining("SIGKILL") } });
    const after = await subject.alone?.((ask) => ask(question("none")));
    expect(after).toMatchObject({ answer: { asked: 1 } });
  });
});

describe.skipIf(process.platform !== "linux")("a worker that begins as a fork", () => {
  const among = async (kind: string): Promise<string> => {
    const subject = pool("trouble", planOf({ secondsPerCall: 5 }), 1);
    open.push(subject);
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, k) => subject.answer(question(k === 9 ? kind : "none", k + 1))));
    expect(outcomes.flatMap((outcome, k) => ("trouble" in outcome ? [k] : []))).toEqual([9]);
    return troubleOf(outcomes[9] as Outcome).message;
  };

  test.each([
    ["exits", "exited with code 3"],
    ["killed", "SIGKILL"],
    ["faults", "in levels"],
    ["orphans", "exited with code 4"],
    ["hangs", "no answer within 5 s"],
  ])(
    "%s: the culprit is named as of any other, and another fork answers the rest",
    async (kind, words) => {
      expect(await among(kind)).toContain(words);
    },
    40_000,
  );

  test("goes on where the process that it came from is gone", async () => {
    const subject = pool("trouble", planOf(), 1);
    open.push(subject);
    const { parent } = fieldsOf(await subject.answer(question("none")));
    process.kill(Number(parent), "SIGKILL");
    expect(fieldsOf(await subject.answer(question("none", 1)))).toMatchObject({ asked: 2 });
    expect(troubleOf(await subject.answer(question("killed", 2))).message).toContain("gone");
    expect(fieldsOf(await subject.answer(question("none", 3)))).toMatchObject({ asked: 1 });
  });
});

test("a pool spreads units over processes, keeps each with one, and goes on with fewer where they do not start", async () => {
  const subject = pool("pip:trouble", planOf(), 2);
  open.push(subject);
  await subject.describe();
  const pids = async (unit: string): Promise<unknown> => fieldsOf(await subject.answer(question("none", 0, unit)))["pid"];
  const [a, b, again] = [await pids("Steady"), await pids("Other"), await pids("Steady")];
  expect(a).not.toBe(b);
  expect(again).toBe(a);
  expect(await subject.stats?.()).toHaveLength(2);
  const crowded = pool(
    "trouble",
    planOf({ describe: { adapter: `${here}fixtures/once.py` }, env: { LAWBOOK_ONCE: `${Date.now()}-${Math.random()}` } }),
    3,
  );
  open.push(crowded);
  await crowded.describe();
  const both = await Promise.all(["Steady", "Other"].map((unit) => crowded.answer(question("none", 0, unit))));
  expect(new Set(both.map((outcome) => fieldsOf(outcome)["pid"])).size).toBe(1);
});
