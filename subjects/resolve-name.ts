/**
 * The kinds of subjects, told apart by how they are written.
 */
import path from "node:path";
import { type Library, libraries, libraryNamed, normalised } from "#subjects/libraries";
import { meant } from "#subjects/nearest";
import { SubjectError } from "#subjects/resolve-error";

export type Name =
  | { readonly kind: "pip"; readonly requirement: string }
  | { readonly kind: "library"; readonly library: Library }
  | { readonly kind: "file"; readonly file: string; readonly classes: readonly string[] }
  | { readonly kind: "recording"; readonly file: string }
  | { readonly kind: "server"; readonly command: string; readonly args: readonly string[] };

export interface Like {
  readonly library: Library;
  /** The library's class that the user's resembles, where it was named: `--like diffusers:DDIMScheduler`. */
  readonly name: string | null;
}

const forms =
  "a subject is pip:diffusers==0.42.1, diffusers, ./my_adapter.py, ./my.py:MyScheduler with --like diffusers, node:FILE, recording:FILE, or exec:COMMAND";

type Scheme = "pip" | "node" | "exec" | "recording";

export function nameFrom(asked: string): Name {
  const text = asked.trim();
  if (text === "") throw new SubjectError("bad-argument", "no subject given", forms);
  // Longest first: a drive letter and a class are both set off by a colon, but only the class follows `.py`.
  const file = /^(.*\.py)(?::([^\\/:]*))?$/is.exec(text);
  const scheme = /^(pip|node|exec|recording):(.*)$/s.exec(text);
  if (scheme !== null) return schemed(text, scheme[1] as Scheme, (scheme[2] ?? "").trim());
  if (file !== null) return fileNamed(text, file[1] ?? "", file[2]);
  const library = libraryNamed(text);
  if (library !== undefined) return { kind: "library", library };
  const released = /^([\w.-]+)\s*(?:\[[^\]]*\])?\s*([=<>~!@].*)$/.exec(text);
  if (released?.[1] !== undefined && libraryNamed(released[1]) !== undefined) {
    throw new SubjectError(
      "bad-argument",
      `${text}: a release is asked of a managed environment`,
      `write pip:${text}; ${released[1]} alone is the one that the active Python imports`,
    );
  }
  const names = libraries.map(({ name }) => name);
  if (/^[\w.-]+$/.test(text))
    throw new SubjectError(
      "unknown-name",
      `no subject ${text}${meant(normalised(text), [...names, "builtin"])}`,
      `libraries: ${names.join(", ")}; ${forms}`,
    );
  throw new SubjectError("bad-argument", `${text}: no subject is written like this`, forms);
}

function schemed(text: string, scheme: Scheme, rest: string): Name {
  if (rest === "") throw new SubjectError("bad-argument", `${text}: nothing after ${scheme}:`, forms);
  if (scheme === "pip") return { kind: "pip", requirement: rest };
  if (scheme === "recording") return { kind: "recording", file: path.resolve(rest) };
  const words = scheme === "node" ? [process.execPath, rest] : wordsOf(rest);
  const [command, ...args] = words;
  if (command === undefined) throw new SubjectError("bad-argument", `${text}: nothing after ${scheme}:`, forms);
  return { kind: "server", command, args };
}

function fileNamed(text: string, file: string, classes: string | undefined): Name {
  const names = classes === undefined ? [] : classes.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name));
  if (wrong !== undefined)
    throw new SubjectError(
      "bad-argument",
      `${text}: ${JSON.stringify(wrong)} is no name of a class`,
      "for example ./my.py:MyScheduler or ./my.py:One,Other",
    );
  return { kind: "file", file: path.resolve(file), classes: names };
}

/** Words of a command; quotes keep spaces, and a backslash is a plain character, as in Windows paths. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain ?? "");
}

export function likeFrom(like: string): Like {
  const [, library = like, name] = /^([^:]+):(\w+)$/.exec(like) ?? [];
  const known = libraryNamed(library);
  const names = libraries.filter(({ likened }) => likened).map((one) => one.name);
  if (known?.likened === true) return { library: known, name: name ?? null };
  const trouble =
    known === undefined
      ? `no library ${library}${meant(normalised(library), names)}`
      : `the adapter of ${known.name} takes the library's own classes only`;
  throw new SubjectError(
    "unknown-name",
    `--like ${like}: ${trouble}`,
    `--like takes ${names.join(", ")}, or one of its classes: --like diffusers:DDIMScheduler; \`lawbook init --python\` writes an adapter for any other interface`,
  );
}
