/**
 * # Names
 *
 * Patterns over names, and the nearest one to a name that does not exist.
 */
import { SpecError } from "#spec/error";
import { nearest } from "#subjects/nearest";

/** `DDIM*,*Euler*`: names separated by commas, `*` for anything; letters of either case. */
export function patternsOf(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

export function matches(pattern: string, name: string): boolean {
  const escaped = pattern.split("*").map((part) => part.replaceAll(/[\\^$.+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`, "i").test(name);
}

/** The names that any of the patterns matches, in their own order. A name without `*` that does not exist is refused. */
export function chosen(patterns: readonly string[], names: readonly string[], kind: string): readonly string[] {
  for (const pattern of patterns)
    if (!pattern.includes("*") && !names.some((name) => matches(pattern, name))) throw unknown(kind, pattern, names);
  return names.filter((name) => patterns.some((pattern) => matches(pattern, name)));
}

/** A name that does not exist, with the one that was probably meant: a part of it, or a slip of the keyboard. */
export function unknown(kind: string, asked: string, names: readonly string[], hint?: string): SpecError {
  const parts = asked.length > 3 ? names.filter((name) => name.toLowerCase().includes(asked.toLowerCase())) : [];
  const near = parts.length === 1 ? parts[0] : (nearest(asked, names) ?? parts[0]);
  const message = `no ${kind} is called "${asked}"${near === undefined ? "" : `, did you mean ${near}?`}`;
  return new SpecError("unknown-name", message, hint === undefined ? {} : { hint });
}
