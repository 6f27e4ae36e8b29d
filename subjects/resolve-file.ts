/**
 * A user's file and the classes that were named in it, looked for before any process is started.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { meant, nearest } from "#subjects/nearest";
import { SubjectError } from "#subjects/resolve-error";

export function checkFile(asked: string, file: string): void {
  if (existsSync(file) && statSync(file).isFile()) return;
  const folder = path.dirname(file);
  if (!existsSync(folder))
    throw new SubjectError(
      "unknown-name",
      `${asked}: no folder ${folder}`,
      "give the path of a Python file, from the working directory or absolute",
    );
  const others = readdirSync(folder).filter((name) => name.endsWith(".py"));
  const near = nearest(path.basename(file), others);
  throw new SubjectError(
    "unknown-name",
    `${asked}: no file ${file}${near === undefined ? "" : `, did you mean ${path.join(path.dirname(asked.replace(/:[^\\/:]*$/, "")), near)}?`}`,
    near === undefined && others.length > 0
      ? `Python files in that folder: ${others.slice(0, 8).join(", ")}`
      : "give the path of a Python file, from the working directory or absolute",
  );
}

/** A name that the text does not contain at all cannot be a class of it; any other is for Python to find. */
export function checkClasses(asked: string, file: string, classes: readonly string[]): void {
  const text = readFileSync(file, "utf8");
  const words = new Set(text.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? []);
  const missing = classes.find((name) => !words.has(name));
  if (missing === undefined || /^\s*from\s+\S+\s+import\s+\*/m.test(text)) return;
  const defined = [...text.matchAll(/^\s*class\s+([\p{L}_][\p{L}\p{N}_]*)/gmu)].map(([, name]) => name ?? "");
  throw new SubjectError(
    "unknown-name",
    `${asked}: no class ${missing} in ${path.basename(file)}${meant(missing, defined)}`,
    defined.length === 0 ? "the file defines no class" : `it defines ${defined.slice(0, 8).join(", ")}`,
  );
}
