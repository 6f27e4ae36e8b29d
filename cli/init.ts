/**
 * # init
 *
 * Writes an adapter to start from: it runs as it stands.
 */
import { constants, copyFileSync, existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { exit } from "#cli/exit";
import type { Io } from "#cli/io";
import { SpecError } from "#spec/error";

export async function initCommand(asked: string | undefined, io: Io): Promise<number> {
  const file = asked ?? "lawbook_adapter.py";
  if (!file.endsWith(".py")) throw new SpecError("bad-argument", `init: expected a name that ends with .py, got "${file}"`);
  try {
    copyFileSync(template(), path.resolve(io.cwd, file), constants.COPYFILE_EXCL);
  } catch (cause) {
    const there = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw new SpecError("bad-argument", there ? `${file} exists already` : `${file} cannot be written: ${String(cause)}`, {
      cause,
      hint: "name another file: lawbook init FILE.py",
    });
  }
  io.out(`${file}: an adapter that runs as it stands. Next:\n  lawbook doctor ./${file}\n  lawbook verify ./${file}\n`);
  return exit.expected;
}

/** In the package beside the sources that the compiled files came from. */
function template(): string {
  const places = ["../subjects/python/template.py", "../../subjects/python/template.py"].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new SpecError("bad-argument", "the template of adapters is missing", { hint: "install lawbook again" });
  return found;
}
