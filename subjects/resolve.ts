/**
 * From what a user writes to a subject that answers: `pip:diffusers`, `diffusers`, `./my_adapter.py`, `./my.py:MyScheduler` with
 * `--like diffusers`, `exec:COMMAND`.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Value } from "#spec/tensor";
import type { Answerer } from "#subjects/answerer";
import { pool } from "#subjects/bridge/pool";
import { environmentFor, requirementFrom } from "#subjects/environment";
import { checkVersion, inspectPython, type PythonInfo } from "#subjects/environment-python";
import type { Library } from "#subjects/libraries";
import { played } from "#subjects/recording";
import { SubjectError } from "#subjects/resolve-error";
import { checkClasses, checkFile } from "#subjects/resolve-file";
import { type Like, likeFrom, nameFrom } from "#subjects/resolve-name";

export { SubjectError } from "#subjects/resolve-error";

export interface Asked {
  readonly asked: string;
  readonly like?: string | undefined;
  readonly python?: string | undefined;
  readonly workers: number;
  readonly secondsPerCall: number;
  /** How much a worker may grow beyond what it needs once its subject is imported. */
  readonly memoryMiB?: number | undefined;
  readonly secondsToStart?: number | undefined;
  readonly note: (text: string) => void;
}

/** For the first import of torch, from a cold disk and on a busy machine: minutes were measured with eight processes to a core. */
const secondsToStart = 240;

/** What starts a worker: an interpreter with a library in reach, or any server that speaks the protocol. */
interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly describe: { readonly [key: string]: Value };
}

/** The subject, not started yet: importing begins with `describe`. Throws a SubjectError where it cannot be made ready. */
export async function resolveSubject(asked: Asked): Promise<Answerer> {
  const name = nameFrom(asked.asked);
  const like = asked.like === undefined ? undefined : likeFrom(asked.like);
  if (like !== undefined && name.kind !== "file") {
    throw new SubjectError(
      "bad-argument",
      `${asked.asked}: --like is for a class in a file`,
      "for example ./my.py:MyScheduler --like diffusers",
    );
  }
  switch (name.kind) {
    case "pip":
      return started(asked, await managed(asked, name.requirement));
    case "library":
      return started(asked, await active(asked, name.library));
    case "file":
      checkFile(asked.asked, name.file);
      checkClasses(asked.asked, name.file, name.classes);
      return started(
        asked,
        like === undefined ? await adapterFile(asked, name.file, name.classes) : await userClass(asked, name.file, name.classes, like),
      );
    case "recording":
      return played(asked.asked, name.file);
    case "server":
      return started(asked, { command: name.command, args: name.args, env: {}, describe: {} });
    default:
      return name satisfies never;
  }
}

async function managed(asked: Asked, requirement: string): Promise<Launch> {
  const { library } = requirementFrom(requirement);
  const { python, pythonPath } = await environmentFor(requirement, asked);
  // The environment and nothing else: what a user has on PYTHONPATH could be taken for it.
  return worker(python, { adapter: library.adapter }, { PYTHONPATH: pythonPath.join(path.delimiter) });
}

async function active(asked: Asked, library: Library): Promise<Launch> {
  const info = await usable(asked);
  const missing = [library.module, "torch"].filter((module) => !has(info, module));
  if (missing.length > 0) {
    throw new SubjectError(
      "environment-failed",
      `${asked.asked}: ${info.executable} (Python ${info.version}) has no ${missing.join(" and no ")}`,
      `pip:${library.name} makes an environment for it; or activate the one it is installed in, or name that with --python PATH`,
    );
  }
  return worker(info.executable, { adapter: library.adapter });
}

async function adapterFile(asked: Asked, file: string, classes: readonly string[]): Promise<Launch> {
  if (classes.length > 0) {
    throw new SubjectError(
      "bad-argument",
      `${asked.asked}: it does not say how ${classes.join(", ")} is to be called`,
      "add --like LIBRARY for a class with the interface of a library's; a file with an adapter is given alone, without a class",
    );
  }
  return worker((await usable(asked)).executable, { adapter: file });
}

async function userClass(asked: Asked, file: string, classes: readonly string[], like: Like): Promise<Launch> {
  const { library } = like;
  const describe = { adapter: library.adapter, file, classes, ...(like.name === null ? {} : { like: like.name }) };
  const info = await usable(asked);
  if (has(info, library.module) && has(info, "torch")) return worker(info.executable, describe);
  asked.note(`${info.executable} has no ${library.module}: comparing with the newest release in a managed environment`);
  const { python, pythonPath, id } = await environmentFor(library.name, asked);
  asked.note(`${asked.asked} runs beside ${id}`);
  // A user's file may import what the user has on PYTHONPATH.
  const own = process.env["PYTHONPATH"];
  return worker(python, describe, { PYTHONPATH: [...pythonPath, ...(own ? [own] : [])].join(path.delimiter) });
}

async function usable({ python }: Asked): Promise<PythonInfo> {
  const info = await inspectPython(python);
  checkVersion(info);
  return info;
}

const has = ({ modules }: PythonInfo, module: string): boolean => modules[module] !== null && modules[module] !== undefined;

function worker(python: string, describe: Launch["describe"], env: Launch["env"] = {}): Launch {
  return { command: python, args: [workerFile()], env, describe };
}

/** Beside this file in a checkout; in the package beside the sources that the compiled files came from. */
function workerFile(): string {
  const places = ["./python/worker.py", "../../subjects/python/worker.py"].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = places.find((place) => existsSync(place));
  if (found === undefined)
    throw new SubjectError("subject-failed", `the worker is missing: no file ${places.join(" or ")}`, "install lawbook again");
  return found;
}

function started(asked: Asked, { command, args, env, describe }: Launch): Answerer {
  const limits = asked.memoryMiB === undefined ? {} : { limits: { memory: asked.memoryMiB * 2 ** 20 } };
  const subject = pool(
    asked.asked,
    {
      command,
      args,
      env,
      describe: { ...describe, ...limits },
      secondsPerCall: asked.secondsPerCall,
      secondsToStart: asked.secondsToStart ?? secondsToStart,
    },
    asked.workers,
  );
  const loading = subject.describe;
  subject.describe = () =>
    loading().catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      throw new SubjectError("subject-failed", `${asked.asked}: ${message}`, whatNext(message, command), error);
    });
  return subject;
}

function whatNext(message: string, command: string): string {
  const missing = /No module named '([^']+)'/.exec(message)?.[1];
  if (missing !== undefined) return `${command} has no ${missing}: activate the environment that has it, or name one with --python PATH`;
  if (/no answer within/.test(message))
    return "what it does at import should end by itself; a first import from a slow disk may only need another try";
  return `the import runs in ${command}; \`lawbook doctor\` shows what that Python has`;
}
