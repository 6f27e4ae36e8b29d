import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { conformance } from "#subjects/conformance";
import type { ServerUnderTest } from "#subjects/conformance-check";

const root = fileURLToPath(new URL("..", import.meta.url));
const python = process.env["LAWBOOK_TEST_PYTHON"] ?? "python3";

const worker = (name: string, adapter: string): ServerUnderTest => ({
  name,
  command: python,
  args: [`${root}subjects/python/worker.py`],
  env: {},
  describe: { adapter: `${root}${adapter}` },
});

/** Any command can be held to the suite; these are the servers of this repository. */
const servers: readonly ServerUnderTest[] = [
  worker("the Python worker with an adapter of somebody's own", "examples/my_adapter.py"),
  worker("the Python worker with the template", "subjects/python/template.py"),
  { name: "the JavaScript server", command: process.execPath, args: [`${root}examples/server.js`], env: {}, describe: {} },
];

describe.each(servers)("$name", (server) => {
  test.concurrent.each(conformance)("$name", async ({ run }) => {
    expect(await run(server)).toBeNull();
  });
});
