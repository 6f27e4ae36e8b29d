/**
 * # Replay tokens
 *
 * A token carries the canonical case itself: arrays that were drawn as stream, kind and length, shrunk ones as numbers. It says
 * which lawbook made it, and is refused by one that would read it differently.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { type Origin, originOf, vectorFrom } from "#spec/domain";
import { SpecError } from "#spec/error";
import type { Case } from "#spec/law";
import type { Configuration } from "#subjects/answerer";

/** Changes whenever a token of the past would mean something else. */
const tokenVersion = 1;

export interface Replay {
  readonly subject: string;
  readonly law: string;
  readonly unit: string;
  readonly config: Configuration;
  readonly case: Case;
}

const numbersInWords = ["NaN", "Infinity", "-Infinity", "-0"];

/** A case as JSON: vectors by origin or by elements; NaN, ±∞ and −0 as strings, and a text that reads like one of them as such. */
export function caseToJson(value: unknown): unknown {
  if (value instanceof Float64Array) {
    const origin = originOf(value);
    return origin === undefined ? { elements: Array.from(value, numberToJson) } : { drawn: origin };
  }
  if (typeof value === "number") return numberToJson(value);
  if (typeof value === "string" && numbersInWords.includes(value)) return { text: value };
  if (Array.isArray(value)) return value.map(caseToJson);
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, caseToJson(v)]));
  return value;
}

function numberToJson(x: number): number | string {
  return Number.isFinite(x) && !Object.is(x, -0) ? x : Object.is(x, -0) ? "-0" : String(x);
}

function numberFromJson(x: unknown): number {
  return typeof x === "number" ? x : x === "-0" ? -0 : Number(x);
}

function caseFromJson(value: unknown): unknown {
  if (typeof value === "string" && numbersInWords.includes(value)) return numberFromJson(value);
  if (Array.isArray(value)) return value.map(caseFromJson);
  if (typeof value !== "object" || value === null) return value;
  if ("elements" in value && Array.isArray(value.elements)) return Float64Array.from(value.elements, numberFromJson);
  if ("text" in value) return value.text;
  if ("drawn" in value) return vectorFrom(value.drawn as Origin);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, caseFromJson(v)]));
}

export function encodeToken({ subject, law, unit, config, case: value }: Replay): string {
  const text = JSON.stringify([subject, law, unit, caseToJson(config), caseToJson(value)]);
  return `lb${tokenVersion}.${deflateRawSync(Buffer.from(text, "utf8"), { level: 9 }).toString("base64url")}`;
}

/** The replay of a token. Throws `bad-token` with what to do. */
export function decodeToken(token: string): Replay {
  const match = /^lb(\d+)\.([A-Za-z0-9_-]+)$/.exec(token.trim());
  if (match === null)
    throw new SpecError("bad-token", `replay: expected a token that starts with lb${tokenVersion}., got "${token.slice(0, 24)}"`, {
      hint: "copy the whole line that the report prints",
    });
  const [, version, body = ""] = match;
  if (Number(version) !== tokenVersion)
    throw new SpecError("bad-token", `replay: expected a token of version ${tokenVersion}, got version ${version}`, {
      hint: "replay it with the lawbook that made it, or run verify again",
    });
  try {
    const [subject, law, unit, config, value] = JSON.parse(inflateRawSync(Buffer.from(body, "base64url")).toString("utf8"));
    if (typeof subject !== "string" || typeof law !== "string" || typeof unit !== "string") throw new TypeError("fields");
    return { subject, law, unit, config: caseFromJson(config) as Configuration, case: caseFromJson(value) as Case };
  } catch (cause) {
    throw new SpecError("bad-token", "replay: the token is damaged", { cause, hint: "copy the whole line that the report prints" });
  }
}
