/**
 * A recording says what its subject said, and no more.
 */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { capturedIo } from "#cli/captured-io";
import { main } from "#cli/program";
import { fromJson } from "#reports/json";

const folder = mkdtempSync(path.join(tmpdir(), "lawbook-"));
const recording = (name: string): string => `recording:${path.join(folder, `${name}.recording.gz`)}`;
const read = (name: string): ReturnType<typeof fromJson> => fromJson(readFileSync(path.join(folder, name), "utf8"));

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const io = capturedIo({ cwd: folder });
  const code = await main(argv, io);
  return { code, said: io.said() };
}

const asked = ["--effort", "quick", "--laws", "schedule.snr,gaussian.forward.*,kernel.row-stochastic", "--units", "ddpm,tokens-chain"];

describe("a recording", () => {
  beforeAll(async () => {
    expect((await run("record", "builtin:cpu", "--out", "own.recording.gz", ...asked, "--commit", "abc")).code).toBe(0);
  }, 120_000);

  test("gives the verdicts that its subject gives", async () => {
    await run("verify", "builtin:cpu", ...asked, "--reporter", "json=own.json");
    await run("verify", recording("own"), ...asked, "--reporter", "json=played.json");
    const plain = (name: string): unknown =>
      read(name).verdicts.map(({ law, unit, status, cases, skipped, used, detectable }) => [
        law,
        unit,
        status,
        cases,
        skipped,
        used,
        detectable,
      ]);
    expect(plain("played.json")).toEqual(plain("own.json"));
    expect(read("own.json").summary.holds).toBeGreaterThan(2);
  }, 120_000);

  test("leaves untested what it was not asked, and names it", async () => {
    await run(
      "verify",
      recording("own"),
      "--effort",
      "quick",
      "--laws",
      "categorical.q.*,gaussian.forward.*",
      "--reporter",
      "json=later.json",
    );
    const { verdicts, summary } = read("later.json");
    expect(verdicts.find(({ law, unit }) => law === "categorical.q.uniform" && unit === "tokens-chain")).toMatchObject({
      status: "untested",
      reason: "the recording has no answer to survival",
    });
    expect(summary.holds).toBeGreaterThan(0);
  }, 120_000);

  test.each([
    ["missing.recording.gz", "ENOENT"],
    ["text.recording.gz", "incorrect header check"],
    ["short.recording.gz", "unexpected end of file"],
  ])("%s is refused: %s", async (name, words) => {
    writeFileSync(path.join(folder, "text.recording.gz"), "no recording");
    writeFileSync(path.join(folder, "short.recording.gz"), readFileSync(path.join(folder, "own.recording.gz")).subarray(0, 2000));
    expect(await run("verify", `recording:${path.join(folder, name)}`)).toMatchObject({ code: 2, said: expect.stringContaining(words) });
  });
});
