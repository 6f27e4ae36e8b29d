/**
 * Runs a program to its end and keeps what it said.
 */
import { spawn } from "node:child_process";

export interface Ran {
  /** null: it could not be started, was ended by a signal or ran out of time. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Why it could not be started: ENOENT, EACCES …; or "timeout". */
  readonly trouble: string | null;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly seconds?: number;
  /** Each line of its output, as it comes. */
  readonly line?: (text: string) => void;
}

const running = new Set<ReturnType<typeof spawn>>();

/** An installer that outlives this process would go on filling a folder that nobody waits for. */
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], {
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    running.add(child);
    let out = "";
    let err = "";
    let unread = "";
    let trouble: string | null = null;
    const late = (): void => {
      trouble = "timeout";
      child.kill("SIGKILL");
    };
    const timer = options.seconds === undefined ? undefined : setTimeout(late, options.seconds * 1000);
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString("utf8");
      if (options.line === undefined) return;
      const lines = (unread + chunk.toString("utf8")).split(/\r?\n|\r/);
      unread = lines.pop() ?? "";
      for (const line of lines) options.line(line.trim());
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString("utf8");
    });
    const finish = (code: number | null): void => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, out, err, trouble });
    };
    child.on("error", (error: NodeJS.ErrnoException) => {
      trouble ??= error.code ?? error.message;
      finish(null);
    });
    child.on("close", (code) => finish(code));
    // A program that is gone closes its input; its exit says the rest.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}
