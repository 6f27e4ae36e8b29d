/**
 * PyTorch in a process of its own, asked row by row.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Size } from "./kernel-inputs.js";

export class Peer {
  version: string | null = null;
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly answers: AsyncIterator<string>;
  private readonly lines: Interface;

  private constructor() {
    const script = new URL("../../bench/kernels_torch.py", import.meta.url).pathname;
    this.child = spawn(process.env["PYTHON"] ?? "python3", [script], { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface(this.child.stdout);
    this.answers = this.lines[Symbol.asyncIterator]();
  }

  static start(): Peer {
    return new Peer();
  }

  /** Milliseconds of each call. Throws when the process has ended; it has said why on stderr. */
  async times(name: string, { n, K }: Size, calls: number): Promise<number[]> {
    this.child.stdin.write(`${JSON.stringify({ name, n, K, calls })}\n`);
    const { value, done } = await this.answers.next();
    if (done === true) throw new Error(`bench: PyTorch gave no answer to ${name}; set PYTHON to an interpreter with torch`);
    const answer = JSON.parse(value) as { readonly times: number[]; readonly torch: string };
    this.version = answer.torch;
    return answer.times;
  }

  stop(): void {
    this.child.stdin.end();
    this.lines.close();
  }
}
