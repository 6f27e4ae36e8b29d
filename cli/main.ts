#!/usr/bin/env node
/**
 * The process around the command line: streams, signals, exit code.
 */
import type { Io } from "#cli/io";
import { main } from "#cli/program";

const { stdout, stderr, env } = process;
const inCi = (env["CI"] ?? "") !== "" && env["CI"] !== "false";

/** Whoever closes our output early (head, less) has seen enough. */
for (const stream of [stdout, stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });

let pressed = 0;
let heard: (() => void) | null = null;
process.on("SIGINT", () => {
  pressed += 1;
  if (heard === null || pressed > 1) process.exit(130);
  heard();
});

const io: Io = {
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  live: stderr.isTTY && !inCi ? await liveLine() : null,
  outIsTerminal: stdout.isTTY,
  env,
  cwd: process.cwd(),
  onInterrupt(listener) {
    heard = listener;
    return () => {
      heard = null;
    };
  },
};

process.exitCode = await main(process.argv.slice(2), io);

async function liveLine(): Promise<NonNullable<Io["live"]>> {
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(stderr);
  return { show: (line) => update(line), clear: () => update.clear() };
}
