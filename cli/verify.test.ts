import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv } from "ajv";
import { beforeAll, describe, expect, test } from "vitest";
import { type Captured, capturedIo } from "#cli/captured-io";
import { main } from "#cli/program";
import type { Report } from "#properties/engine/verdict";
import { fromJson } from "#reports/json";

const folder = mkdtempSync(path.join(tmpdir(), "lawbook-"));
const few = ["verify", "builtin", "--effort", "quick", "--laws", "schedule.cosine,gaussian.forward.*", "--units", "ddpm,ddim"];
const control = "gaussian.forward.marginal/another last β";

async function run(...argv: readonly string[]): Promise<Captured & { readonly code: number }> {
  const io = capturedIo({ cwd: folder });
  const code = await main(argv, io);
  return { ...io, code };
}

const read = (name: string): string => readFileSync(path.join(folder, name), "utf8");

describe("a run in which nothing is violated", () => {
  let ran: Captured & { readonly code: number };
  beforeAll(async () => {
    ran = await run(...few, "--reporter", "json=deep/in/a.json", "--reporter", "junit=a.xml", "--workers", "1");
  }, 60_000);

  test("ends with 0 and says what held, with how much power, and how to repeat it", () => {
    expect(ran.code).toBe(0);
    expect(ran.printed()).toMatch(/class +holds/);
    expect(ran.printed()).toMatch(/would have seen a relative error of/);
    expect(ran.printed()).toMatch(/\d+ of \d+ wrong versions rejected/);
    expect(ran.printed()).toContain(
      "lawbook verify builtin --laws 'schedule.cosine,gaussian.forward.*' --units ddpm,ddim --effort quick --seed 1",
    );
    expect(ran.printed()).not.toContain("\u001b[");
  });

  test("its JSON keeps to the published schema and reads back as it was", () => {
    const parsed: unknown = JSON.parse(read("deep/in/a.json"));
    const schema = JSON.parse(readFileSync(new URL("../reports/report.schema.json", import.meta.url), "utf8")) as object;
    const validate = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);
    expect(validate(parsed), JSON.stringify(validate.errors)).toBe(true);
    expect(fromJson(read("deep/in/a.json")).summary.holds).toBeGreaterThan(0);
    const broken = { ...(parsed as Report), verdicts: [{ law: "x" }] };
    expect(validate(broken)).toBe(false);
  });

  test("its JUnit has a suite for each unit", () => {
    const xml = read("a.xml");
    expect(xml).toContain('<testsuite name="builtin ddim"');
    expect(xml).toContain('<testsuite name="builtin ddpm"');
    expect(xml).toMatch(/<testcase [^>]*name="gaussian.forward.marginal"/);
    expect(xml).not.toContain("<failure");
  });

  test("runs again to the same bytes, times apart, with more workers as well", async () => {
    const again = await run(...few, "--reporter", "json=b.json", "--workers", "2");
    expect(again.code).toBe(0);
    const timeless = (text: string): string => text.replaceAll(/"(durationMs|startedAt)": .*/g, "");
    expect(timeless(read("b.json"))).toBe(timeless(read("deep/in/a.json")));
  });
});

describe("a control", () => {
  test("fails, is explained, and ends with 1", async () => {
    const ran = await run("verify", "--control", control, "--reporter", "junit=c.xml", "--reporter", "json=c.json");
    expect(ran.code).toBe(1);
    expect(ran.said()).toContain("noised by a chain that ends at β = 0.021");
    expect(ran.printed()).toContain("αₜ x₀ + σₜ ε = xₜ");
    expect(ran.printed()).toMatch(/× the tolerance of/);
    expect(ran.printed()).toMatch(/^ {2}replay {5}lawbook replay lb1\.\S+$/m);
    expect(read("c.xml")).toContain("<failure");
    for (const line of ran.printed().split("\n")) if (!line.includes("replay")) expect(line.length, line).toBeLessThanOrEqual(110);
  });

  test("violations that --fail-on does not name do not fail the run", async () => {
    expect((await run("verify", "--control", control, "--fail-on", "error")).code).toBe(0);
  });

  test("is found by its name alone where one law has it, and refused where several have", async () => {
    expect((await run("verify", "--control", "raw σ of the exploding grid")).code).toBe(1);
    const several = await run("verify", "--control", "variance for standard deviation");
    expect(several.code).toBe(2);
    expect(several.said()).toMatch(/is a control of \d+ laws/);
  });

  test("replays from its token, in or out of the line of the report", async () => {
    const [line = ""] = read("c.json").match(/lb1\.[\w-]+/) ?? [];
    const ran = await run("replay", line);
    expect(ran.code).toBe(1);
    expect(ran.printed()).toContain("it still fails");
    const verbose = await run("replay", line, "--verbose");
    expect(verbose.printed()).toMatch(/asked +sample\(/);
    const script = await run("replay", line, "--as", "python");
    expect([script.code, script.said()]).toEqual([2, expect.stringContaining("no recipe")]);
  });
});

describe("what is wrong with a command", () => {
  test.each([
    [["verify", "--laws", "gausian.forward.marginal"], "did you mean gaussian.forward.marginal?"],
    [["verify", "--effort", "quik"], "did you mean quick?"],
    [["verify", "--reporter", "jsn=x"], "did you mean json?"],
    [["verify", "--fail-on", "violatd"], "did you mean violated?"],
    [["verify", "--control", "another last beta"], "did you mean another last β?"],
    [["verify", "--units", "ddpmm", "--laws", "schedule.cosine"], "did you mean ddpm?"],
    [["verify", "difusers"], "did you mean diffusers?"],
    [["verify", "--lawz", "x"], "--laws"],
    [["verfy"], "verify"],
    [["explain", "schedule.cosin"], "did you mean schedule.cosine?"],
    [["list", "law"], "did you mean laws?"],
    [["verify", "--seed", "-1"], "--seed"],
    [["verify", "--seed", "1e3"], "--seed: expected a whole number from 0 on"],
    [["verify", "--shard", "3/2"], "i/n with 1 ≤ i ≤ n"],
    [["verify", "--max-time", "soon"], "60s or 5m"],
    [["verify", "--workers", "0"], "from 1 on"],
    [["verify", "--reporter", "json="], "NAME or NAME=FILE"],
    [["verify", "--reporter", "json", "--reporter", "junit"], "at most one report on standard output"],
    [["replay", "lb1.AAAA"], "the token is damaged"],
    [["replay", "lb9.AAAA"], "version 1, got version 9"],
    [["replay", "nonsense"], "starts with lb1."],
    [["merge", "nowhere.json"], "nowhere.json: no such file"],
    [["init", "adapter.txt"], ".py"],
  ])("%j ends with 2 and a way on", async (argv, words) => {
    const ran = await run(...argv);
    expect([ran.code, ran.said()]).toEqual([2, expect.stringContaining(words)]);
    expect(ran.printed()).toBe("");
  });

  test("nothing that matches ends with 5", async () => {
    expect((await run("verify", "--laws", "nothing.*")).code).toBe(5);
    expect((await run("verify", "--laws", "schedule.cosine", "--units", "nothing*")).code).toBe(5);
  });

  test("help names every command, and the exit codes", async () => {
    const ran = await run("--help");
    expect(ran.code).toBe(0);
    for (const command of ["verify", "list", "explain", "replay", "doctor", "init", "record", "backend", "diff", "merge"])
      expect(ran.printed()).toMatch(new RegExp(`^ {2}${command} `, "m"));
    for (const absent of ["baseline", "bisect", "book"]) expect(ran.printed()).not.toMatch(new RegExp(`^ {2}${absent} `, "m"));
    expect(ran.printed()).toContain("130  interrupted");
  });
});

describe("reports that cannot be written", () => {
  test("a full disk ends with 2, and the report is on the screen all the same", async () => {
    const ran = await run(...few, "--reporter", "json=/dev/full");
    expect([ran.code, ran.said()]).toEqual([
      2,
      expect.stringContaining("the report /dev/full could not be written: no space left on device"),
    ]);
    expect(ran.printed()).toMatch(/class +holds/);
  });

  test("a folder that cannot be made is noticed before anything is judged", async () => {
    const ran = await run(...few, "--reporter", "json=/dev/null/x/report.json");
    expect([ran.code, ran.said(), ran.printed()]).toEqual([2, expect.stringContaining("could not be written"), ""]);
  });
});

test("Ctrl-C leaves a report of what was found, marked interrupted", async () => {
  const io = capturedIo({ cwd: folder });
  const pressed = {
    ...io,
    onInterrupt(heard: () => void) {
      heard();
      return () => undefined;
    },
  };
  const code = await main([...few, "--reporter", "json=i.json"], pressed);
  expect(code).toBe(130);
  const report = fromJson(read("i.json"));
  expect(report.run.interrupted).toBe(true);
  expect(report.summary.untested).toBeGreaterThan(0);
  expect(io.printed()).toContain("Interrupted");
});

test("--max-time leaves the rest untested", async () => {
  const ran = await run(...few, "--max-time", "1ms", "--reporter", "json=t.json");
  expect([ran.code, fromJson(read("t.json")).summary.untested > 0]).toEqual([0, true]);
});

test("colour is for terminals, unless somebody says otherwise", async () => {
  const at = async (env: Record<string, string>, outIsTerminal: boolean): Promise<boolean> => {
    const io = capturedIo({ env, outIsTerminal });
    await main(["explain", "schedule.cosine"], io);
    return io.printed().includes("\u001b[");
  };
  expect(
    await Promise.all([
      at({}, true),
      at({}, false),
      at({ NO_COLOR: "1" }, true),
      at({ FORCE_COLOR: "1" }, false),
      at({ TERM: "dumb" }, true),
    ]),
  ).toEqual([true, false, false, true, false]);
});

describe("a subject that gives no answer", () => {
  const dead = ["verify", `exec:${process.execPath} -e process.exit(7)`, "--laws", "schedule.cosine"];

  test("ends with 3, with the reason and the stage, and a report", async () => {
    const ran = await run(...dead, "--reporter", "json=dead.json");
    expect([ran.code, fromJson(read("dead.json")).summary.error]).toEqual([3, 1]);
    expect(ran.printed()).toMatch(/error +1 × import: /);
    expect(ran.printed()).toContain("1 error, 0 hold");
  });

  test("is not overlooked where --fail-on names errors alone", async () => {
    expect((await run(...dead, "--fail-on", "error")).code).toBe(3);
  });
});
