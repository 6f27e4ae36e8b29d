/**
 * A server seen as bytes: what the conformance suite talks to. Knows frames, and nothing of what a client makes of them.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { Command } from "#subjects/bridge/channel";

interface RawFrame {
  readonly header: unknown;
  readonly payload: Buffer;
}

/** A tensor in a header, before anything is made of its bytes. */
export interface RawTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
}

/** How a process ended: its status, or the name of the signal. */
type Ending = number | string;

export interface Peer {
  write(bytes: Uint8Array): void;
  send(header: unknown, payload?: Uint8Array): void;
  /** No more input. */
  end(): void;
  /** The next frame; null where the output ends first. */
  next(): Promise<RawFrame | null>;
  /** The next reply, whatever frame it came in. */
  reply(): Promise<Reply>;
  ended(): Promise<Ending>;
  kill(): void;
  readonly stderr: string;
}

export interface Reply {
  readonly id: number | null;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly kind?: string; readonly stage?: string } };
  readonly payload: Buffer;
}

/** A server that is silent for so long is taken to be stuck. */
const patience = 20_000;

export function frame(header: unknown, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const text = Buffer.from(JSON.stringify(header), "utf8");
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(text.length, 0);
  lengths.writeUInt32LE(payload.length, 4);
  return Buffer.concat([lengths, text, payload]);
}

/** The bytes that `{"$t": …}` points at. */
export function rawTensor(value: unknown, payload: Buffer): RawTensor {
  const [dtype, shape, offset] = (value as { readonly $t: readonly [string, readonly number[], number] }).$t;
  const size = { f16: 2, bf16: 2, f32: 4, f64: 8, i32: 4, i64: 8, u8: 1, bool: 1 }[dtype] ?? Number.NaN;
  const length = shape.reduce((product, n) => product * n, size);
  return { dtype, shape, bytes: Buffer.from(payload.subarray(offset, offset + length)) };
}

export function openPeer({ command, args, env }: Command): Peer {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(command, [...args], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let held = Buffer.alloc(0);
  let stderr = "";
  let closed = false;
  let wake = (): void => undefined;
  const waiting: Reply[] = [];
  child.stdin.on("error", () => undefined);
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString("utf8")).slice(-4000);
  });
  child.stdout.on("data", (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    wake();
  });
  const ending = new Promise<Ending>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      closed = true;
      wake();
      resolve(signal ?? code ?? Number.NaN);
    });
  });
  ending.catch(() => undefined);

  const peer: Peer = {
    write(bytes) {
      child.stdin.write(bytes);
    },
    send(header, payload) {
      child.stdin.write(frame(header, payload));
    },
    end() {
      child.stdin.end();
    },
    async next() {
      for (;;) {
        if (held.length >= 8 && held.length >= 8 + held.readUInt32LE(0) + held.readUInt32LE(4)) {
          const [header, payload] = [held.readUInt32LE(0), held.readUInt32LE(4)];
          const whole = held.subarray(8, 8 + header + payload);
          held = held.subarray(8 + header + payload);
          return { header: JSON.parse(whole.subarray(0, header).toString("utf8")) as unknown, payload: whole.subarray(header) };
        }
        if (closed) return null;
        await within("a frame", new Promise<void>((resolve) => (wake = resolve)));
      }
    },
    async reply() {
      while (waiting.length === 0) {
        const found = await peer.next();
        if (found === null) throw new Error(`expected a reply, got the end of the output${stderr === "" ? "" : `; stderr: ${stderr}`}`);
        const replies = Array.isArray(found.header) ? (found.header as readonly object[]) : [found.header as object];
        waiting.push(...replies.map((one) => ({ ...(one as Reply), payload: found.payload })));
      }
      return waiting.shift() as Reply;
    },
    ended() {
      return within("the end of the process", ending);
    },
    kill() {
      child.kill("SIGKILL");
    },
    get stderr() {
      return stderr;
    },
  };
  return peer;
}

function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`expected ${what} within ${patience / 1000} s, got nothing`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
