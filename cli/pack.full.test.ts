/**
 * The package as users get it: packed, installed into an empty folder, run and imported.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "lawbook-pack-"));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const options = { cwd: folder, encoding: "utf8", stdio: "pipe" } as const;

function node(code: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, ["--input-type=module", "-e", code], options);
}

describe("the package", () => {
  beforeAll(() => {
    execFileSync(npm, ["pack", "--pack-destination", folder], { ...options, cwd: root });
    const [archive = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "user", version: "1.0.0", private: true, type: "module" }));
    execFileSync(npm, ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", `./${archive}`], options);
  }, 600_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("verifies", () => {
    const { status, stdout, stderr } = spawnSync(
      npm,
      ["exec", "--", "lawbook", "verify", "builtin", "--effort", "quick", "--laws", "schedule.cosine"],
      options,
    );
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    expect(stdout).toMatch(/class +holds/);
  }, 120_000);

  test("carries the worker and writes an adapter that it can verify", () => {
    const init = spawnSync(npm, ["exec", "--", "lawbook", "init"], options);
    expect(init.status).toBe(0);
    const { status, stdout } = spawnSync(
      npm,
      ["exec", "--", "lawbook", "verify", "./lawbook_adapter.py", "--effort", "quick", "--laws", "gaussian.forward.*"],
      options,
    );
    expect([status, stdout]).toEqual([0, expect.stringMatching(/mine +1/)]);
  }, 120_000);

  test("is a library", () => {
    const { status, stdout, stderr } = node(`
      import { builtin, efforts, properties, toJson, verify } from "lawbook";
      import { forwardMarginal, tex } from "lawbook/spec";
      import * as impl from "lawbook/impl";
      import schema from "lawbook/report.schema.json" with { type: "json" };
      console.log(typeof verify, properties.length > 50, Object.keys(impl).length > 10, tex(forwardMarginal.statement[0]), schema.title);
    `);
    expect([status, stderr.replaceAll(/.*ExperimentalWarning.*\n.*\n?/g, "")]).toEqual([0, ""]);
    expect(stdout.trim()).toBe(String.raw`function true true \alpha_t\,x_0+\sigma_t\,\varepsilon = x_t lawbook/report@1`);
  }, 60_000);

  test("has types for those who import it, and nothing that they need not have", () => {
    const files = readdirSync(path.join(folder, "node_modules/lawbook"), { recursive: true }).map(String);
    expect(files).toContain(path.join("dist", "cli", "api.d.ts"));
    expect(files).toContain(path.join("subjects", "python", "worker.py"));
    expect(files.filter((file) => /\.test\.|__pycache__|\.pyc$|\.tgz$/.test(file))).toEqual([]);
    expect(files.filter((file) => file.startsWith(`bench${path.sep}`))).toEqual([]);
  });
});
