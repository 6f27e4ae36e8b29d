import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { capturedIo } from "#cli/captured-io";
import { main } from "#cli/program";
import { progress } from "#cli/progress";
import { properties } from "#properties/all";

const folder = mkdtempSync(path.join(tmpdir(), "lawbook-"));

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly printed: string; readonly said: string }> {
  const io = capturedIo({ cwd: folder });
  const code = await main(argv, io);
  return { code, printed: io.printed(), said: io.said() };
}

test("explain tells a law whole: formula in both scripts, sources, controls with reasons, mistakes that it caught", async () => {
  const { code, printed } = await run("explain", "sampler.ddim.family");
  expect(code).toBe(0);
  for (const words of [
    "c² + Σₖςₖ² = σₛ²",
    String.raw`c^2 + \sum_k\varsigma_k^2`,
    "(second-hand)",
    "rests on   schedule.step-consistency",
    "inflated noise",
    "LR-14  rectified-flow-pytorch",
    "lawbook verify --control",
  ])
    expect(printed).toContain(words);
});

test("every law can be explained, and every precedent that a control names is known", async () => {
  for (const { law, rejects } of properties) {
    const { code, printed } = await run("explain", law.id);
    expect([law.id, code]).toEqual([law.id, 0]);
    for (const { precedent } of rejects)
      if (precedent !== undefined) expect(printed, `${law.id} ${precedent}`).toMatch(new RegExp(`${precedent} +(?!a public project)\\S`));
  }
});

test("list names all laws, subjects and units", async () => {
  const laws = await run("list", "laws");
  expect(laws.printed.trim().split("\n")).toHaveLength(properties.length);
  expect((await run("list", "subjects")).printed).toMatch(/^pip:diffusers +/m);
  expect((await run("list", "units")).printed).toMatch(/^ddim +Schedule, /m);
  expect((await run("list", "units", "--verbose")).printed).toMatch(/^ {2}steps +10 1 2 /m);
});

test("doctor reads a subject's declarations back", async () => {
  const { code, printed } = await run("doctor", "builtin");
  expect(printed).toMatch(/^ddim +Schedule, .*levels alpha-sigma/m);
  expect(printed).toMatch(/^python /m);
  expect([0, 2]).toContain(code);
});

test("init writes an adapter once", async () => {
  expect(await run("init")).toMatchObject({ code: 0, printed: expect.stringContaining("lawbook verify ./lawbook_adapter.py") });
  expect(existsSync(path.join(folder, "lawbook_adapter.py"))).toBe(true);
  expect(await run("init")).toMatchObject({ code: 2, said: expect.stringContaining("exists already") });
});

test("progress is one live line on a terminal, plain lines now and then elsewhere", () => {
  let now = 0;
  const lines: string[] = [];
  let cleared = 0;
  const live = {
    show: (line: string) => void lines.push(line),
    clear() {
      cleared += 1;
    },
  };
  const clock = (): number => now;
  const onTerminal = progress(capturedIo({ live }), clock);
  onTerminal.begin("x", 4);
  now = 4;
  onTerminal.cell("a.b", "U", 40);
  onTerminal.end();
  expect(lines).toEqual(["1/4  a.b  U  10 cases/s  about 12 s left"]);
  expect(cleared).toBe(1);

  const plain = capturedIo();
  const elsewhere = progress(plain, clock);
  elsewhere.begin("x", 4);
  elsewhere.cell("a.b", "U", 40);
  expect(plain.said()).toBe("");
  now += 20;
  elsewhere.cell("a.c", "U", 40);
  expect(plain.said()).toBe("2/4  a.c  U  4 cases/s  about 20 s left\n");
});
