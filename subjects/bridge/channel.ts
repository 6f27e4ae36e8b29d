/**
 * One process and its pipes: frames go in, messages come out, and its end is told once, with its last words. What a process
 * started goes with it.
 */
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { Value } from "#spec/tensor";
import type { Trouble } from "#subjects/answerer";
import { encodeFrame, FrameReader } from "#subjects/bridge/frames";

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Listener {
  readonly message: (message: Value) => void;
  /** The process is gone, or talks nonsense and has been ended. Called once, never after `kill` or `finish`. */
  readonly ended: (kind: Trouble["kind"], message: string) => void;
}

export interface Channel {
  send(message: Value): void;
  /** Ends the process and everything that it started, at once. */
  kill(): void;
  /** Asks the process to leave; ends it where it does not. */
  finish(): Promise<void>;
  /** The end of what it wrote to stderr, for messages. */
  lastWords(): string;
}

/** A process as this side sees it: its streams, and how to end it and everything that it started. */
export interface Process {
  readonly input: Writable;
  readonly output: Readable;
  readonly words: Readable;
  readonly end: () => void;
}

export interface Connection extends Channel {
  /** The process has ended in this way; what it wrote before may still be on its way. */
  exited(status: string): void;
  /** Nothing will come any more. */
  closed(): void;
}

/** Windows has no process groups: there, processes that a subject starts may outlive it. */
const grouped = process.platform !== "win32";
const running = new Set<Process>();
const secondsToLeave = 2;

/** A worker that hangs does not see its pipe close, so that the end of this process has to end it. */
process.on("exit", () => {
  for (const one of running) one.end();
});

/** Ends a process and, where there are groups, those that it started. */
export function endGroup(pid: number): void {
  try {
    process.kill(grouped ? -pid : pid, "SIGKILL");
  } catch {
    // It was gone already.
  }
}

/** Starts a process with pipes of its own. */
export function openChannel({ command, args, env }: Command, listener: Listener): Channel {
  // A group of its own keeps Ctrl-C from the worker: this process decides when it ends.
  const child = spawn(command, [...args], { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"], detached: grouped });
  const connection = connect(
    {
      input: child.stdin,
      output: child.stdout,
      words: child.stderr,
      end: () => {
        if (child.pid !== undefined) endGroup(child.pid);
      },
    },
    listener,
  );
  child.on("error", (error) => {
    connection.exited(error.message);
    connection.closed();
  });
  child.on("exit", (code, signal) => connection.exited(statusOf(code, signal)));
  child.on("close", () => connection.closed());
  return connection;
}

/** Frames to and from a process; whoever knows how it ends says so. */
export function connect(to: Process, listener: Listener): Connection {
  const reader = new FrameReader();
  let stderr = "";
  let over = false;
  let status: string | undefined;
  let leave = (): void => undefined;
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  running.add(to);

  function ended(kind: Trouble["kind"], message: string): void {
    if (over) return;
    over = true;
    to.end();
    listener.ended(kind, message + lastWords());
  }

  const lastWords = (): string => {
    const words = wordsOf(stderr);
    return words === "" ? "" : `; its last words: ${words}`;
  };

  to.words.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString("utf8")).slice(-8000);
  });
  to.output.on("data", (chunk: Buffer) => {
    if (over) return;
    try {
      for (const message of reader.push(chunk)) if (!over) listener.message(message);
    } catch (error) {
      ended("protocol", error instanceof Error ? error.message : String(error));
    }
  });
  // A process that is gone closes its stdin; its exit says the rest.
  for (const stream of [to.input, to.output, to.words]) stream.on("error", () => undefined);

  return {
    exited(how) {
      status ??= how;
      // What it wrote before may still be in the pipe, which "close" waits for; a process that it left behind may hold it open.
      setTimeout(() => ended("crash", how), 1000).unref();
    },
    closed() {
      running.delete(to);
      leave();
      const torn = reader.pending > 0 ? " in the middle of a frame" : "";
      ended("crash", `${status ?? "the process is gone"}${torn}`);
    },
    send(message) {
      to.input.write(encodeFrame(message));
    },
    kill() {
      over = true;
      to.end();
    },
    async finish() {
      over = true;
      to.input.end(encodeFrame({ jsonrpc: "2.0", id: 0, method: "shutdown", params: {} }));
      const timer = setTimeout(to.end, secondsToLeave * 1000);
      await gone;
      clearTimeout(timer);
      // Whatever it started and left behind.
      to.end();
    },
    lastWords,
  };
}

export function statusOf(code: number | null, signal: string | null): string {
  if (signal === null) return `the process exited with code ${code}`;
  const guess = signal === "SIGKILL" ? ", as a system does that runs out of memory" : "";
  return `the process was ended by ${signal}${guess}`;
}

/** The last lines; of a fault in native code, the lines that say where it was. */
function wordsOf(stderr: string): string {
  const lines = stderr.trim().split("\n");
  const fatal = lines.findIndex((line) => line.startsWith("Fatal Python error"));
  return (fatal < 0 ? lines.slice(-6) : lines.slice(fatal, fatal + 8)).join("\n").slice(-1500);
}
