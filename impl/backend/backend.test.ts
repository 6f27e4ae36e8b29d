/**
 * Backends that are not there, or do not start.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { backendFolder, backendNames, located, packagesOf } from "#impl/backend/place";

const folder = mkdtempSync(path.join(tmpdir(), "lawbook-backend-"));
const empty = path.join(folder, "empty");
const broken = path.join(folder, "broken");
afterAll(() => rmSync(folder, { recursive: true }));

for (const [name, packages] of Object.entries(packagesOf)) {
  for (const one of packages) {
    const place = path.join(backendFolder(broken, name as keyof typeof packagesOf), "node_modules", one);
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, "package.json"), JSON.stringify({ name: one, version: "0.0.0", main: "index.cjs" }));
    writeFileSync(path.join(place, "index.cjs"), `throw new Error("${one}: no such device");`);
  }
}

const others = backendNames.filter((name) => name !== "cpu" && located(name, null) === null);

test.each(others)("%s, asked for and not installed, is an error that names the command", async (name) => {
  await expect(startBackend(name, empty)).rejects.toMatchObject({
    code: "backend-unavailable",
    message: `backend ${name}: expected it to start, got: ${packagesOf[name].join(" and ")} not found`,
    hint: `install it with: lawbook backend install ${name}`,
  });
});

test.each(others)("%s, asked for and broken, is an error that gives its reason", async (name) => {
  await expect(startBackend(name, broken)).rejects.toMatchObject({
    code: "backend-unavailable",
    message: expect.stringMatching(/expected it to start, got: .*no such device/) as string,
  });
});

test.each([empty, broken])("where nobody asked for one, the next best is taken", async (root) => {
  expect((await startBackend(null, root)).name).toBe("cpu");
});
