/**
 * For tests: a folder of tiny wheels that pip installs from without a network, and Pythons that are not what they seem.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

export const testPython: string = process.env["LAWBOOK_TEST_PYTHON"] ?? "python3";

const writeWheel = `
import sys, zipfile
folder, name, version, requires = sys.argv[1:5]
module = name.replace("-", "_")
info = "%s-%s.dist-info/" % (module, version)
with zipfile.ZipFile("%s/%s-%s-py3-none-any.whl" % (folder, module, version), "w") as wheel:
    wheel.writestr(module + "/__init__.py", "__version__ = %r\\n" % version)
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n%s" % (name, version, "Requires-Dist: %s\\n" % requires if requires else ""))
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "")
`;

/** A wheel with one module that knows its version. */
export function makeWheel(folder: string, name: string, version: string, requires = ""): void {
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = spawnSync(testPython, ["-c", writeWheel, folder, name, version, requires], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

/** A program that answers the questions put to a Python with these words. */
export function makePython(file: string, says: Readonly<Record<string, unknown>> | string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  const text =
    typeof says === "string"
      ? says
      : `echo '${JSON.stringify({ executable: file, prefix: "/nowhere", kind: "system", tag: "test", pip: null, venv: false, modules: {}, ...says })}'`;
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A link to a program, under another name. */
export function makeLink(file: string, target: string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  rmSync(file, { force: true });
  symlinkSync(target, file);
  return file;
}
