/**
 * What only a process shows: exit codes, signals, pipes. Built first where the sources are newer.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { fromJson } from "#reports/json";

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = path.join(root, "dist/cli/main.js");
const folder = mkdtempSync(path.join(tmpdir(), "lawbook-"));

function newest(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"),
  );
  return Math.max(...files.map((entry) => statSync(path.join(entry.parentPath, entry.name)).mtimeMs));
}

beforeAll(() => {
  const fresh =
    existsSync(cli) &&
    ["spec", "impl", "subjects", "properties", "reports", "cli"].every((layer) => newest(path.join(root, layer)) < statSync(cli).mtimeMs);
  if (!fresh)
    execFileSync(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
      cwd: root,
      stdio: "pipe",
    });
}, 120_000);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(...argv: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [cli, ...argv], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return { child, ended: new Promise((resolve) => child.once("close", (code) => resolve({ code, out, err }))) };
}

describe("the process", () => {
  test("ends with the command's code, data on stdout and messages on stderr", async () => {
    const { code, out, err } = await start("verify", "--control", "gaussian.forward.marginal/another last β", "--reporter", "json").ended;
    expect(code).toBe(1);
    expect(fromJson(out).summary.violated).toBe(1);
    expect(err).toContain("noised by a chain that ends at β = 0.021");
  });

  test("ends quietly when nobody reads on", async () => {
    const { child, ended } = start("list", "laws");
    child.stdout?.destroy();
    const { code, err } = await ended;
    expect([code, err]).toEqual([0, ""]);
  });

  test.runIf(process.platform !== "win32")(
    "writes what it has at the first Ctrl-C",
    async () => {
      const { child, ended } = start(
        "verify",
        "builtin",
        "--effort",
        "deep",
        "--laws",
        "schedule.snr*,schedule.grid,gaussian.*",
        "--workers",
        "1",
        "--reporter",
        "json=i.json",
      );
      // The file is opened once the command is understood, before anything is judged.
      const report = path.join(folder, "i.json");
      const pressing = setInterval(() => (existsSync(report) ? child.kill("SIGINT") && clearInterval(pressing) : undefined), 200);
      const { code, err } = await ended;
      clearInterval(pressing);
      expect([code, err]).toEqual([130, expect.stringContaining("press Ctrl-C again")]);
      expect(fromJson(readFileSync(report, "utf8")).run.interrupted).toBe(true);
    },
    60_000,
  );

  test.runIf(process.platform !== "win32")(
    "leaves at once at the second",
    async () => {
      const report = path.join(folder, "twice.json");
      const { child, ended } = start(
        "verify",
        "builtin",
        "--effort",
        "deep",
        "--laws",
        "schedule.snr*,schedule.grid,gaussian.*",
        "--reporter",
        "json=twice.json",
      );
      let presses = 0;
      const pressing = setInterval(() => {
        if (!existsSync(report) || presses > 1) return;
        child.kill("SIGINT");
        presses += 1;
      }, 200);
      const { code, out } = await ended;
      clearInterval(pressing);
      expect([code, out, readFileSync(report, "utf8")]).toEqual([130, "", ""]);
    },
    60_000,
  );

  const many = [
    "verify",
    "builtin:cpu",
    "--effort",
    "quick",
    "--units",
    "ddim,straight-path",
    "--laws",
    "gaussian.*,schedule.*,parameterisation.*,flow.*",
  ];

  test("finds with helpers what it finds alone", async () => {
    const [alone, helped] = await Promise.all(
      ["1", "3"].map((workers) => start(...many, "--workers", workers, "--reporter", "json").ended),
    );
    expect([alone?.code, helped?.code]).toEqual([0, 0]);
    const timeless = (text: string): string =>
      JSON.stringify(fromJson(text), (key, value: unknown) => (/durationMs|startedAt/.test(key) ? 0 : value));
    expect(timeless(helped?.out ?? "")).toBe(timeless(alone?.out ?? ""));
    expect(fromJson(helped?.out ?? "").controls.length).toBeGreaterThan(100);
  }, 120_000);
});
