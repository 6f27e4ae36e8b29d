/**
 * A command line without a process: what would be printed is kept.
 */
import type { Io } from "#cli/io";

export interface Captured extends Io {
  readonly printed: () => string;
  readonly said: () => string;
  /** Presses Ctrl-C. */
  readonly interrupt: () => void;
}

export function capturedIo(given: Partial<Pick<Io, "env" | "cwd" | "outIsTerminal" | "live">> = {}): Captured {
  const [printed, said]: [string[], string[]] = [[], []];
  const listeners = new Set<() => void>();
  return {
    out: (text) => void printed.push(text),
    err: (text) => void said.push(text),
    live: null,
    outIsTerminal: false,
    env: {},
    cwd: process.cwd(),
    onInterrupt(heard) {
      listeners.add(heard);
      return () => void listeners.delete(heard);
    },
    ...given,
    printed: () => printed.join(""),
    said: () => said.join(""),
    interrupt: () => {
      for (const heard of listeners) heard();
    },
  };
}
