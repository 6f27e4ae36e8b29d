/**
 * All laws on lawbook's own code: two shards put together equal one run, whatever the number of workers.
 */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { capturedIo } from "#cli/captured-io";
import { main } from "#cli/program";

const folder = mkdtempSync(path.join(tmpdir(), "lawbook-"));
const timeless = (name: string): string => readFileSync(path.join(folder, name), "utf8").replaceAll(/"(durationMs|startedAt)": .*/g, "");
const run = (...argv: readonly string[]): Promise<number> => main(argv, capturedIo({ cwd: folder }));

test("shards 1/2 and 2/2 of all laws equal one run, and so do 1 and 2 workers", async () => {
  const all = ["verify", "builtin", "--effort", "quick"];
  const codes = [
    await run(...all, "--workers", "1", "--reporter", "json=whole.json"),
    await run(...all, "--workers", "2", "--reporter", "json=again.json"),
    await run(...all, "--shard", "1/2", "--reporter", "json=one.json"),
    await run(...all, "--shard", "2/2", "--reporter", "json=two.json"),
    await run("merge", "one.json", "two.json", "--reporter", "json=merged.json"),
  ];
  expect(
    codes.every((code) => code === 0 || code === 1),
    codes.join(),
  ).toBe(true);
  expect(timeless("again.json")).toBe(timeless("whole.json"));
  expect(timeless("merged.json")).toBe(timeless("whole.json"));
}, 900_000);
