import { afterEach, describe, expect, test } from "vitest";
import { closeOpen, here, question, started, troubleOf } from "#subjects/bridge/trouble-fixture";
import type { WorkerPlan } from "#subjects/bridge/worker";

afterEach(closeOpen);

describe("processes that do not start", () => {
  const adapter = (file: string): Partial<WorkerPlan> => ({ describe: { adapter: `${here}fixtures/${file}` } });

  test("a command that does not exist", async () => {
    await expect(started({ command: `${here}no-such-command` }).describe()).rejects.toMatchObject({
      code: "subject-failed",
      message: expect.stringContaining("ENOENT"),
    });
  });

  test("an adapter that cannot be imported", async () => {
    await expect(started(adapter("unimportable.py")).describe()).rejects.toMatchObject({
      code: "subject-failed",
      message: expect.stringMatching(/ModuleNotFoundError: No module named 'no_such_library' \(import at .*unimportable\.py:3\)/),
    });
  });

  test("a file with a syntax error", async () => {
    await expect(started(adapter("unreadable.py")).describe()).rejects.toMatchObject({
      message: expect.stringMatching(/SyntaxError: .*\(import at .*unreadable\.py:2\)/),
    });
  });

  test("a file without an adapter, and one that is not there", async () => {
    await expect(started({ describe: { adapter: `${here}../python/stream.py` } }).describe()).rejects.toThrow(
      "stream.py: expected an Adapter class, found none",
    );
    await expect(started(adapter("nowhere.py")).describe()).rejects.toThrow("FileNotFoundError: no file");
  });

  test("a subject that ends the process while it is imported", async () => {
    const worker = started(adapter("deadly.py"));
    await expect(worker.describe()).rejects.toMatchObject({
      message: expect.stringMatching(/exited with code 9; its last words: about to die/),
    });
    expect(troubleOf(await worker.answer(question("none")))).toMatchObject({ kind: "crash", stage: "import" });
  });

  test("a subject that takes for ever to import", async () => {
    await expect(started({ ...adapter("endless.py"), secondsToStart: 1 }).describe()).rejects.toThrow("no answer within 1 s");
  });

  const speaks = (script: string): Partial<WorkerPlan> => ({ command: process.execPath, args: ["-e", script], describe: {} });

  test("a server of another version", async () => {
    const server = `const say = (v) => { const h = Buffer.from(JSON.stringify(v)); const n = Buffer.alloc(8); n.writeUInt32LE(h.length); process.stdout.write(Buffer.concat([n, h])); };
      say({ jsonrpc: "2.0", id: 1, result: { protocol: 2, server: "x" } }); say({ jsonrpc: "2.0", id: 2, result: {} }); process.stdin.resume();`;
    await expect(started(speaks(server)).describe()).rejects.toMatchObject({
      code: "protocol-broken",
      message: "hello: expected a server that speaks version 1 of the protocol, got 2",
    });
  });

  test("a server whose description lacks a field", async () => {
    const server = `const say = (v) => { const h = Buffer.from(JSON.stringify(v)); const n = Buffer.alloc(8); n.writeUInt32LE(h.length); process.stdout.write(Buffer.concat([n, h])); };
      say([{ jsonrpc: "2.0", id: 1, result: { protocol: 1 } }, { jsonrpc: "2.0", id: 2, result: { name: "x", units: [{ name: "A", methods: ["levels"] }] } }]); process.stdin.resume();`;
    await expect(started(speaks(server)).describe()).rejects.toThrow(
      /describe: units\[0\]\.methods: expected a list with facts in it.*got \["levels"\]/,
    );
  });

  test("a program that is no server", async () => {
    await expect(started(speaks("console.log('Welcome to my sampler, version 1!'); process.stdin.resume();")).describe()).rejects.toThrow(
      'got the text "Welcome to my sampler, version 1!"',
    );
  });
});
