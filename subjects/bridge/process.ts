/**
 * One worker process: frames on its stdin and stdout, answers matched to requests, a clock on each call. When it dies, the
 * first unanswered question is the culprit; the rest is asked again of a new process. Nothing a subject does ends the run.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { SpecError } from "#spec/error";
import type { Fields, Value } from "#spec/tensor";
import type { Outcome, Question, Stats, SubjectSpec, Trouble } from "#subjects/answerer";
import { FrameReader, encodeFrame } from "#subjects/bridge/frames";

export interface WorkerPlan {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Parameters of `describe`. */
  readonly describe: { readonly [key: string]: Value };
  readonly secondsPerCall: number;
  readonly secondsToStart: number;
}

export interface Worker {
  describe(): Promise<SubjectSpec>;
  answer(question: Question): Promise<Outcome>;
  request(method: string, params: { readonly [key: string]: Value }): Promise<Fields>;
  stats(): Promise<Stats>;
  close(): Promise<void>;
  readonly load: number;
}

interface Waiting {
  readonly id: number;
  readonly method: string;
  readonly params: { readonly [key: string]: Value };
  readonly settle: (reply: Reply) => void;
  /** Asked again of a new process when the old one dies under another question. */
  readonly again: boolean;
}

type Reply = { readonly result: Fields } | { readonly trouble: Trouble };

/** At most this many questions are with the process at once: enough to keep it busy, few enough to bound memory. */
const windowSize = 96;
const restarts = 12;

export function startWorker(plan: WorkerPlan): Worker {
  let child: ChildProcessByStdio<Writable, Readable, Readable> | undefined;
  let nextId = 1;
  let queue: Waiting[] = [];
  let inFlight = new Map<number, Waiting>();
  let died = 0;
  let closed = false;
  let flushing = false;
  let lastReply = Date.now();
  let stderr = "";
  let description: Promise<SubjectSpec> | undefined;

  const watchdog = setInterval(() => {
    const patience = (starting ? plan.secondsToStart : plan.secondsPerCall + 5) * 1000;
    if (child !== undefined && inFlight.size > 0 && Date.now() - lastReply > patience) end("timeout", "no answer in time");
  }, 500);
  watchdog.unref();
  let described = false;
  let starting = true;

  function begin(): void {
    starting = true;
    const reader = new FrameReader();
    const started = spawn(plan.command, [...plan.args], {
      env: { ...process.env, ...plan.env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    child = started;
    lastReply = Date.now();
    started.stderr.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString("utf8")).slice(-4000);
    });
    started.stdout.on("data", (chunk: Buffer) => {
      if (child !== started) return;
      try {
        for (const message of reader.push(chunk)) receive(message);
      } catch (error) {
        end("protocol", error instanceof Error ? error.message : String(error));
      }
    });
    // A process that is gone closes its stdin; the exit event says the rest.
    started.stdin.on("error", () => undefined);
    started.on("error", (error) => {
      if (child === started) end("crash", error.message);
    });
    started.on("exit", (code, signal) => {
      if (child === started) end("crash", signal === null ? `the process exited with code ${code}` : `the process was ended by ${signal}`);
    });
  }

  function receive(message: Value): void {
    lastReply = Date.now();
    for (const reply of Array.isArray(message) ? message : [message]) {
      const { id, result, error } = reply as Fields;
      const waiting = inFlight.get(Number(id));
      if (waiting === undefined) {
        if (id === null && error !== undefined) end("protocol", String((error as Fields)["message"]));
        continue;
      }
      inFlight.delete(waiting.id);
      waiting.settle(error === undefined ? { result: (result ?? {}) as Fields } : { trouble: troubleFrom(error as Fields) });
    }
    if (inFlight.size <= windowSize / 2) flush();
  }

  /** The process is of no more use: the first unanswered request is to blame, the others wait for its successor. */
  function end(kind: Trouble["kind"], message: string): void {
    const gone = child;
    child = undefined;
    gone?.kill("SIGKILL");
    died += 1;
    const [culprit, ...others] = [...inFlight.values()];
    inFlight = new Map();
    const trouble: Trouble = { kind, type: "Process", message: `${message}${tail(stderr)}`, stage: described ? "call" : "import" };
    culprit?.settle({ trouble });
    const repeated = others.filter((waiting) => waiting.again);
    for (const waiting of others.filter((w) => !w.again)) waiting.settle({ trouble });
    if (closed || died > restarts || !described) {
      for (const waiting of [...repeated, ...queue]) waiting.settle({ trouble });
      queue = [];
      return;
    }
    queue = [...repeated, ...queue];
    if (queue.length > 0) void restart();
  }

  async function restart(): Promise<void> {
    const held = queue;
    queue = [];
    begin();
    const reply = await send("describe", plan.describe, false);
    starting = false;
    if ("trouble" in reply) for (const waiting of held) waiting.settle(reply);
    else queue.push(...held);
    flush();
  }

  function flush(): void {
    if (child === undefined || queue.length === 0) return;
    const batch = queue.splice(0, Math.max(windowSize - inFlight.size, 0));
    if (batch.length === 0) return;
    if (inFlight.size === 0) lastReply = Date.now();
    for (const waiting of batch) inFlight.set(waiting.id, waiting);
    const messages = batch.map(({ id, method, params }) => ({ jsonrpc: "2.0", id, method, params }));
    child.stdin.write(encodeFrame(messages.length === 1 ? (messages[0] ?? null) : messages));
  }

  function send(method: string, params: { readonly [key: string]: Value }, again: boolean): Promise<Reply> {
    return new Promise((settle) => {
      if (closed) return settle({ trouble: { kind: "crash", type: "Closed", message: "the worker is closed", stage: "call" } });
      queue.push({ id: nextId++, method, params, settle, again });
      if (child === undefined) {
        if (described) return void restart();
        begin();
      }
      // Everything asked in this turn of the event loop travels together.
      if (!flushing) {
        flushing = true;
        setImmediate(() => {
          flushing = false;
          flush();
        });
      }
    });
  }

  const orThrow = (reply: Reply, code: "subject-failed", what: string): Fields => {
    if ("result" in reply) return reply.result;
    const { message, type, stage, traceback } = reply.trouble;
    throw new SpecError(code, `${what}: ${type}: ${message} (${stage})`, { ...(traceback === undefined ? {} : { cause: traceback }) });
  };

  return {
    describe() {
      description ??= send("describe", plan.describe, false).then((reply) => {
        const spec = orThrow(reply, "subject-failed", "the subject could not be loaded") as unknown as SubjectSpec;
        described = true;
        starting = false;
        return spec;
      });
      return description;
    },
    async answer({ unit, config, method, args, arithmetic, fresh }) {
      const params = { unit, config: config as Fields, method, args, arithmetic, fresh, seconds: plan.secondsPerCall };
      const reply = await send("ask", params, true);
      return "result" in reply ? { answer: reply.result } : { trouble: reply.trouble };
    },
    async request(method, params) {
      return orThrow(await send(method, params, false), "subject-failed", method);
    },
    async stats() {
      return (await this.request("stats", {})) as unknown as Stats;
    },
    async close() {
      closed = true;
      clearInterval(watchdog);
      const running = child;
      if (running === undefined) return;
      child = undefined;
      const exited = new Promise<void>((resolve) => running.once("exit", () => resolve()));
      running.stdin.end(encodeFrame({ jsonrpc: "2.0", id: 0, method: "shutdown", params: {} }));
      const timer = setTimeout(() => running.kill("SIGKILL"), 2000);
      await exited;
      clearTimeout(timer);
    },
    get load() {
      return queue.length + inFlight.size;
    },
  };
}

function tail(stderr: string): string {
  const lines = stderr.trim().split("\n").slice(-6).join("\n");
  return lines === "" ? "" : `; its last words: ${lines}`;
}

function troubleFrom(error: Fields): Trouble {
  const data = (error["data"] ?? {}) as Fields;
  return {
    kind: (data["kind"] ?? "adapter") as Trouble["kind"],
    type: String(data["type"] ?? "Error"),
    message: String(error["message"] ?? ""),
    stage: String(data["stage"] ?? "call"),
    ...(typeof data["line"] === "string" ? { line: data["line"] } : {}),
    ...(typeof data["traceback"] === "string" ? { traceback: data["traceback"] } : {}),
  };
}
