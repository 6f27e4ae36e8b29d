/**
 * Processes that begin where another one is: it is asked to fork, and the child calls back on a socket. What was imported once is
 * there at once, also for a process that takes the place of one that died.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Fields, Value } from "#spec/tensor";
import { type Channel, connect, endGroup, type Listener, statusOf } from "#subjects/bridge/channel";

/** Puts a request to the process that is to fork. */
export type Request = (method: string, params: { readonly [key: string]: Value }) => Promise<Fields>;

/** A forked child of the process that answers `request`. Rejects where it does not fork. */
export async function openBranch(request: Request, listener: Listener): Promise<Channel> {
  const folder = mkdtempSync(path.join(tmpdir(), "lawbook-"));
  const place = path.join(folder, "s");
  const server = createServer();
  // It calls for its frames, its words and its end, in this order.
  const calls = new Promise<readonly Socket[]>((resolve, reject) => {
    const sockets: Socket[] = [];
    server.on("connection", (socket) => {
      if (sockets.push(socket) === 3) resolve(sockets);
    });
    server.on("error", reject);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.on("error", reject);
      server.listen(place, resolve);
    });
    const { pid } = await request("fork", { socket: place });
    const [frames, words, ending] = await calls;
    if (frames === undefined || words === undefined || ending === undefined) throw new Error("three calls");
    return branch(Number(pid), frames, words, ending, listener);
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function branch(pid: number, frames: Socket, words: Socket, ending: Socket, listener: Listener): Channel {
  const connection = connect({ input: frames, output: frames, words, end: () => endGroup(pid) }, listener);
  let told = "";
  let open = 3;
  const over = (): void => {
    open -= 1;
    if (open === 0) connection.closed();
  };
  ending.on("data", (chunk: Buffer) => {
    told += chunk.toString("utf8");
  });
  ending.on("error", () => undefined);
  ending.on("close", () => {
    connection.exited(statusFrom(told));
    over();
  });
  frames.on("close", over);
  words.on("close", over);
  return connection;
}

/** How the child ended, in the words of its parent; nothing where that one is gone as well. */
function statusFrom(told: string): string {
  if (told === "") return "the process is gone, and the one that it was forked from";
  const { code, signal } = JSON.parse(told) as { readonly code: number | null; readonly signal: string | null };
  return statusOf(code, signal);
}
