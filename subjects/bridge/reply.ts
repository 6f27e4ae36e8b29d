/**
 * Replies of a server, checked where they arrive, and what a failed one says.
 */
import { SpecError } from "#spec/error";
import { type Fields, isTensor, type Value } from "#spec/tensor";
import type { Trouble } from "#subjects/answerer";

export type Reply = { readonly result: Fields } | { readonly trouble: Trouble };

export const isFields = (value: Value | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isTensor(value);

export function isReply(value: Value): value is Fields {
  if (!isFields(value) || !("id" in value)) return false;
  return "result" in value || isFields(value["error"]);
}

/** The result; throws `subject-failed` with the trouble in words. */
export function resultOf(reply: Reply, what: string): Fields {
  if ("result" in reply) return reply.result;
  const { message, type, stage, traceback, line } = reply.trouble;
  const place = line === undefined ? "" : ` at ${line}`;
  throw new SpecError(
    "subject-failed",
    `${what}: ${type}: ${message} (${stage}${place})`,
    traceback === undefined ? {} : { cause: traceback },
  );
}

/** What a server may say; the other kinds are found out here. */
const kinds: readonly Trouble["kind"][] = ["refused", "raised", "absent", "adapter", "timeout", "memory"];

/** The trouble in a JSON-RPC error. */
export function troubleFrom(error: Fields): Trouble {
  const data = isFields(error["data"]) ? error["data"] : {};
  const kind = kinds.find((name) => name === data["kind"]) ?? (error["code"] === 1 ? "adapter" : "protocol");
  return {
    kind,
    type: String(data["type"] ?? "Error"),
    message: String(error["message"] ?? ""),
    stage: String(data["stage"] ?? "call"),
    ...(typeof data["line"] === "string" ? { line: data["line"] } : {}),
    ...(typeof data["traceback"] === "string" ? { traceback: data["traceback"] } : {}),
  };
}
