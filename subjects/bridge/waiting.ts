/**
 * A request on its way: in the queue, or with the process.
 */
import { type Fields, isTensor, type Value } from "#spec/tensor";
import type { Reply } from "#subjects/bridge/reply";

export interface Waiting {
  readonly id: number;
  readonly method: string;
  readonly params: { readonly [key: string]: Value };
  readonly bytes: number;
  readonly settle: (reply: Reply) => void;
  /** May be asked again of a new process. */
  readonly again: boolean;
  /** Was with a process when it died: asked alone, so that a second death has one culprit. */
  suspect: boolean;
}

export const messageOf = ({ id, method, params }: Waiting): Fields => ({ jsonrpc: "2.0", id, method, params });

/** The unit that a request is about. */
export function unitOf({ method, params }: Waiting): string | null {
  const { unit } = params;
  return method === "ask" && typeof unit === "string" ? unit : null;
}

/** Bytes of the tensors in a value. */
export function bytesOf(value: Value): number {
  if (typeof value !== "object" || value === null) return 0;
  if (isTensor(value)) return value.data.byteLength;
  let sum = 0;
  for (const item of Object.values(value)) sum += bytesOf(item);
  return sum;
}
