import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { capturedIo } from "#cli/captured-io";
import { main } from "#cli/program";
import { fromJson, toJson } from "#reports/json";

const folder = mkdtempSync(path.join(tmpdir(), "lawbook-"));
const read = (name: string): string => readFileSync(path.join(folder, name), "utf8");
const timeless = (text: string): string => text.replaceAll(/"(durationMs|startedAt)": .*/g, "");

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly printed: string; readonly said: string }> {
  const io = capturedIo({ cwd: folder });
  const code = await main(argv, io);
  return { code, printed: io.printed(), said: io.said() };
}

const slice = [
  "verify",
  "builtin",
  "--effort",
  "quick",
  "--laws",
  "schedule.snr*,gaussian.forward.*,sampler.oracle.*",
  "--units",
  "ddpm,heun",
];

describe("merge", () => {
  beforeAll(async () => {
    await run(...slice, "--reporter", "json=whole.json");
    await run(...slice, "--shard", "1/2", "--workers", "1", "--reporter", "json=one.json");
    await run(...slice, "--shard", "2/2", "--workers", "2", "--reporter", "json=two.json");
  }, 120_000);

  test("of all shards equals one run, in any order", async () => {
    const { code } = await run("merge", "two.json", "one.json", "--reporter", "json=merged.json");
    expect([0, 1]).toContain(code);
    expect(timeless(read("merged.json"))).toBe(timeless(read("whole.json")));
    expect(fromJson(read("one.json")).verdicts.length).toBeLessThan(fromJson(read("whole.json")).verdicts.length);
  });

  test.each([
    [["one.json"], "shards 2/2 are missing"],
    [["one.json", "two.json", "one.json"], "two reports judge"],
    [["one.json", "two.json", "other.json"], "different runs: seed"],
    [["broken.json"], "broken.json: no JSON"],
  ])("refuses %j", async (files, words) => {
    const one = fromJson(read("one.json"));
    writeFileSync(path.join(folder, "other.json"), toJson({ ...one, run: { ...one.run, seed: 2 } }));
    writeFileSync(path.join(folder, "broken.json"), "{");
    expect(await run("merge", ...files)).toMatchObject({ code: 2, said: expect.stringContaining(words) });
  });

  test("shards without a cell in them match nothing that runs", async () => {
    const ran = await run(
      "verify",
      "builtin",
      "--laws",
      "schedule.cosine",
      "--units",
      "ddpm",
      "--effort",
      "quick",
      "--shard",
      "2/2",
      "--reporter",
      "json=empty.json",
    );
    expect([ran.code, fromJson(read("empty.json")).verdicts.length]).toEqual([0, 0]);
  });
});

describe("diff", () => {
  test("tells new faults from old ones, over releases", async () => {
    await run("verify", "--control", "gaussian.forward.marginal/another last β", "--reporter", "json=bad.json");
    const bad = fromJson(read("bad.json"));
    const good = { ...bad, verdicts: bad.verdicts.map((verdict) => ({ ...verdict, status: "holds" as const, faults: [] })) };
    writeFileSync(path.join(folder, "good.json"), toJson(good));
    expect(await run("diff", "good.json", "bad.json")).toMatchObject({
      code: 1,
      printed: expect.stringContaining("1 new fault, 0 gone, 0 the same; 1 verdict changed"),
    });
    expect(await run("diff", "bad.json", "good.json")).toMatchObject({
      code: 0,
      printed: expect.stringMatching(/violated → holds\n.*gaussian\.forward\.marginal[\s\S]*0 new faults, 1 gone/),
    });
    expect(await run("diff", "bad.json", "bad.json")).toMatchObject({
      code: 0,
      printed: expect.stringContaining("0 new faults, 0 gone, 1 the same; 0 verdicts changed"),
    });
  });

  test("needs two reports", async () => {
    expect((await run("diff", "bad.json")).code).toBe(2);
    expect((await run("diff", "bad.json", "nowhere.json")).said).toContain("nowhere.json: no such file");
  });
});
