/**
 * One worker: requests to a process, answers matched to them, a clock on each call. When the process dies, the request that
 * killed it is found and named, and the rest is asked again of a new process. Nothing a subject does ends the run.
 */
import { SpecError } from "#spec/error";
import type { Fields, Value } from "#spec/tensor";
import type { Stats, SubjectSpec, Trouble } from "#subjects/answerer";
import { type Channel, openChannel } from "#subjects/bridge/channel";
import { checkHello, protocolVersion, specFrom } from "#subjects/bridge/description";
import { isFields, isReply, type Reply, resultOf, troubleFrom } from "#subjects/bridge/reply";
import { countStrikes } from "#subjects/bridge/strikes";
import { bytesOf, messageOf, unitOf, type Waiting } from "#subjects/bridge/waiting";
import type { Branch, Worker, WorkerPlan } from "#subjects/bridge/worker";

type Phase = "new" | "starting" | "ready" | "failed" | "closed";

/** At most this many requests, and about this many bytes, are with the process at once: enough to keep it busy. */
const windowSize = 96;
const windowBytes = 16 * 1024 * 1024;
/** Requests that keep a process busy until it hears more. */
const enough = 16;
/** A process that fails to start again so often is given up. */
const startsAllowed = 3;
/** Beyond the time a server allows a call itself: for servers that cannot interrupt one. */
const secondsOfGrace = 5;

/** A worker of its own, or one that begins where another is, by way of `branch`. */
export function startWorker(plan: WorkerPlan, branch?: Branch): Worker {
  let channel: Channel | undefined;
  let phase: Phase = "new";
  let nextId = 1;
  let queue: Waiting[] = [];
  let inFlight = new Map<number, Waiting>();
  let flushing = false;
  let lastReply = Date.now();
  let failedStarts = 0;
  let failure: Trouble | undefined;
  let description: Promise<SubjectSpec> | undefined;
  let forks = false;
  const strikes = countStrikes();

  const watchdog = setInterval(() => {
    const patience = phase === "starting" ? plan.secondsToStart : plan.secondsPerCall + secondsOfGrace;
    if (channel === undefined || inFlight.size === 0 || Date.now() - lastReply <= patience * 1000) return;
    const words = channel.lastWords();
    channel.kill();
    const limit = phase === "starting" ? plan.secondsToStart : plan.secondsPerCall;
    died("timeout", `no answer within ${limit} s${words}`);
  }, 250);
  watchdog.unref();

  /** A new process, greeted and described; a forked one is. */
  async function start(): Promise<SubjectSpec> {
    phase = "starting";
    lastReply = Date.now();
    const forked = await branch?.open({ message: receive, ended: died }).catch(() => undefined);
    if ((phase as Phase) === "closed") {
      forked?.kill();
      throw new SpecError("subject-failed", closedTrouble.message);
    }
    if (branch !== undefined && forked !== undefined) {
      channel = forked;
      phase = "ready";
      flush();
      return branch.spec();
    }
    channel = openChannel(plan, { message: receive, ended: died });
    const asked = [put("hello", { protocol: protocolVersion, client: "lawbook" }), put("describe", plan.describe)] as const;
    channel.send([...inFlight.values()].map(messageOf));
    try {
      const hello = resultOf(await asked[0], "the subject could not be started");
      checkHello(hello);
      forks = hello["forks"] === true;
      const spec = specFrom(resultOf(await asked[1], "the subject could not be loaded"));
      phase = "ready";
      flush();
      return spec;
    } catch (error) {
      channel?.kill();
      channel = undefined;
      inFlight = new Map();
      throw error;
    }
  }

  function put(method: string, params: { readonly [key: string]: Value }): Promise<Reply> {
    return new Promise((settle) => {
      const id = nextId++;
      inFlight.set(id, { id, method, params, bytes: 0, settle, again: false, suspect: false });
    });
  }

  async function restart(): Promise<void> {
    try {
      await start();
    } catch (error) {
      if ((phase as Phase) === "closed") return;
      failedStarts += 1;
      if (failedStarts < startsAllowed) return restart();
      const message = error instanceof Error ? error.message : String(error);
      fail({ kind: "crash", type: "Process", message: `the process could not be started again: ${message}`, stage: "import" });
    }
  }

  function fail(trouble: Trouble): void {
    phase = "failed";
    failure = trouble;
    const held = queue;
    queue = [];
    for (const waiting of held) waiting.settle({ trouble });
  }

  function receive(message: Value): void {
    lastReply = Date.now();
    for (const reply of Array.isArray(message) ? message : [message]) if (!take(reply)) return;
    if (inFlight.size <= windowSize / 2) flush();
  }

  /** Settles what a reply answers; false where the process is ended over it. */
  function take(reply: Value): boolean {
    if (!isReply(reply)) return nonsense(`expected replies, got ${JSON.stringify(reply)?.slice(0, 80)}`);
    const { id, result, error } = reply;
    const waiting = inFlight.get(Number(id));
    if (waiting === undefined) {
      if (id !== null || error === undefined) return true;
      return nonsense(`the server could not read what it was sent: ${String((error as Fields)["message"])}`);
    }
    if (error === undefined && !isFields(result))
      return nonsense(`expected an object in answer to ${waiting.method}, got ${JSON.stringify(result)?.slice(0, 80)}`);
    inFlight.delete(waiting.id);
    failedStarts = 0;
    if (error === undefined) {
      waiting.settle({ result: result as Fields });
      return true;
    }
    const trouble = troubleFrom(error as Fields);
    waiting.settle({ trouble });
    if (trouble.kind !== "timeout" && trouble.kind !== "memory") return true;
    taint(waiting, trouble);
    return false;
  }

  function nonsense(message: string): false {
    const words = channel?.lastWords() ?? "";
    channel?.kill();
    died("protocol", message + words);
    return false;
  }

  /** A call was broken off somewhere in the subject's code, which may have left anything half done: the others get a new process. */
  function taint(culprit: Waiting, trouble: Trouble): void {
    if (phase !== "ready") return;
    channel?.kill();
    channel = undefined;
    strike(culprit, trouble);
    repeat([...inFlight.values()], trouble);
  }

  /** The process is gone. Which of several requests was to blame cannot be told: it may have answered some and not sent that. */
  function died(kind: Trouble["kind"], message: string): void {
    channel = undefined;
    const held = [...inFlight.values()];
    const trouble: Trouble = { kind, type: "Process", message, stage: phase === "starting" ? "import" : "call" };
    if (phase !== "ready") {
      inFlight = new Map();
      for (const waiting of held) waiting.settle({ trouble });
      return;
    }
    const [culprit] = held;
    if (held.length === 1 && culprit !== undefined) {
      culprit.settle({ trouble });
      strike(culprit, trouble);
      repeat([], trouble);
      return;
    }
    for (const waiting of held) waiting.suspect = true;
    repeat(held, trouble);
  }

  /** Puts requests back to the front of the queue and, where any wait, starts a process for them. */
  function repeat(held: readonly Waiting[], trouble: Trouble): void {
    inFlight = new Map();
    for (const waiting of held.filter(({ again }) => !again)) waiting.settle({ trouble });
    const waiting = [...held.filter(({ again }) => again), ...queue];
    queue = [];
    for (const one of waiting) {
      const barred = strikes.barred(unitOf(one));
      if (barred === undefined) queue.push(one);
      else one.settle({ trouble: barred });
    }
    if (queue.length > 0) void restart();
  }

  function strike(culprit: Waiting, trouble: Trouble): void {
    const unit = unitOf(culprit);
    if (unit !== null) strikes.add(unit, trouble);
  }

  function flush(): void {
    if (channel === undefined || phase !== "ready") return;
    const careful = queue[0]?.suspect === true || [...inFlight.values()].some(({ suspect }) => suspect);
    let bytes = 0;
    for (const waiting of inFlight.values()) bytes += waiting.bytes;
    const batch: Waiting[] = [];
    for (const waiting of queue) {
      if (inFlight.size + batch.length >= (careful ? 1 : windowSize)) break;
      if (bytes > 0 && bytes + waiting.bytes > windowBytes) break;
      bytes += waiting.bytes;
      batch.push(waiting);
    }
    if (batch.length === 0) return;
    queue.splice(0, batch.length);
    if (inFlight.size === 0) lastReply = Date.now();
    for (const waiting of batch) inFlight.set(waiting.id, waiting);
    write(channel, batch);
    // Nothing went out, so that no reply will call for the rest.
    if (inFlight.size === 0) flush();
  }

  /** One frame for all; one for each where they are too large together; what cannot be sent at all says so. */
  function write(to: Channel, batch: readonly Waiting[]): void {
    const [first] = batch;
    try {
      to.send(batch.length === 1 && first !== undefined ? messageOf(first) : batch.map(messageOf));
    } catch (error) {
      if (batch.length > 1) {
        for (const waiting of batch) write(to, [waiting]);
        return;
      }
      const message = error instanceof Error ? error.message : String(error);
      if (first !== undefined && inFlight.delete(first.id))
        first.settle({ trouble: { kind: "suite", type: "Error", message, stage: "convert" } });
    }
  }

  function send(method: string, params: { readonly [key: string]: Value }, again: boolean): Promise<Reply> {
    return new Promise((settle) => {
      if (phase === "closed") return settle({ trouble: closedTrouble });
      if (failure !== undefined) return settle({ trouble: failure });
      const waiting = { id: nextId++, method, params, bytes: bytesOf(params), settle, again, suspect: false };
      const barred = strikes.barred(unitOf(waiting));
      if (barred !== undefined) return settle({ trouble: barred });
      queue.push(waiting);
      if (channel === undefined && phase === "ready") return void restart();
      // Everything asked in this turn travels together; where the process has enough to do, everything until its next reply.
      if (flushing || (phase === "ready" && inFlight.size >= enough)) return;
      flushing = true;
      setImmediate(() => {
        flushing = false;
        flush();
      });
    });
  }

  const worker: Worker = {
    describe() {
      description ??= start();
      return description;
    },
    async answer({ unit, config, method, args, arithmetic, fresh }) {
      try {
        await worker.describe();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { trouble: { kind: "crash", type: "Process", message, stage: "import" } };
      }
      const params = { unit, config: config as Fields, method, args, arithmetic, fresh, seconds: plan.secondsPerCall };
      const reply = await send("ask", params, true);
      return "result" in reply ? { answer: reply.result } : { trouble: reply.trouble };
    },
    async request(method, params) {
      await worker.describe();
      return resultOf(await send(method, params, false), method);
    },
    async stats() {
      return (await worker.request("stats", {})) as unknown as Stats;
    },
    async close() {
      const leaving = channel;
      phase = "closed";
      channel = undefined;
      clearInterval(watchdog);
      const held = [...inFlight.values(), ...queue];
      inFlight = new Map();
      queue = [];
      for (const waiting of held) waiting.settle({ trouble: closedTrouble });
      await leaving?.finish();
    },
    get load() {
      return queue.length + inFlight.size;
    },
    get forks() {
      return forks;
    },
  };
  return worker;
}

const closedTrouble: Trouble = { kind: "crash", type: "Closed", message: "the worker is closed", stage: "call" };
