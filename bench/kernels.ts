/**
 * Times of our kernels on a backend of tfjs, beside the same maths in PyTorch (`kernels_torch.py`), row by row.
 *
 * Both sides run the same row in turn, a few calls each, so that other work on the machine meets both. Inputs and outputs stay on the
 * device. Medians, and minima, which say what a machine of one's own would give.
 *
 *     npm run bench:kernels                 PYTHON names the interpreter of the peer, BACKENDS the folder of installed backends
 *     npm run bench:kernels -- --backends wasm   the same rows on one backend, about 10⁶ numbers each
 *     npm run bench:kernels -- --growth     time and memory against K, tokens and batch
 *     … --only TEXT --sizes large,small     rows whose names contain TEXT, and some of the sizes large, middle and small
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, homedir, loadavg } from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { startBackend } from "#impl/backend/backend";
import { type BackendName, backendNames } from "#impl/backend/place";
import { growthOf } from "./kernel-growth.js";
import type { Row, Size } from "./kernel-inputs.js";
import { Peer } from "./kernel-peer.js";
import { benchRows } from "./kernel-rows.js";
import { median, timed } from "./kernel-time.js";

const rounds = 7;
const perRound = 3;

interface Figure {
  readonly name: string;
  readonly size: Size;
  readonly dense: boolean;
  readonly ours: number;
  readonly oursLeast: number;
  readonly torch: number | null;
  readonly torchLeast: number | null;
}

const results = new URL("../../bench/results/", import.meta.url).pathname;
const root = process.env["BACKENDS"] ?? path.join(process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"), "lawbook");

function written(ms: number | null): string {
  return ms === null ? "–" : ms < 10 ? ms.toPrecision(2) : ms.toFixed(0);
}

const ratio = (a: number, b: number | null): string => (b === null ? "–" : (a / b).toFixed(2));

/** A row on both sides, in turns. */
async function compared(row: Row, size: Size, peer: Peer | null): Promise<Figure> {
  const { name, dense = false, make } = row;
  const call = make(size);
  const [ours, theirs]: [number[], number[]] = [[], []];
  await timed(call, 2);
  await peer?.times(name, size, 2);
  for (let round = 0; round < rounds; round++) {
    ours.push(...(await timed(call, perRound)));
    if (peer !== null) theirs.push(...(await peer.times(name, size, perRound)));
  }
  const least = (times: readonly number[]): number => Math.min(...times);
  return {
    name,
    size,
    dense,
    ours: median(ours),
    oursLeast: least(ours),
    torch: peer === null ? null : median(theirs),
    torchLeast: peer === null ? null : least(theirs),
  };
}

/** Inputs of a row are freed with its scope. */
async function scoped<T>(body: () => Promise<T>): Promise<T> {
  tf.engine().startScope();
  try {
    return await body();
  } finally {
    tf.engine().endScope();
  }
}

function save(name: string, value: object): void {
  mkdirSync(results, { recursive: true });
  writeFileSync(path.join(results, `${name}.json`), `${JSON.stringify(value, null, 1)}\n`);
}

/** What an earlier run wrote: sizes can be measured one by one. */
function saved(name: string): object {
  const file = path.join(results, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as object) : {};
}

const where = (): object => ({
  date: new Date().toISOString().slice(0, 10),
  processor: `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores`,
  node: process.versions.node,
  load: loadavg().map((x) => Number(x.toFixed(1))),
});

/** About 10⁶ numbers. */
const middle = ({ large }: Row): Size => ({ n: Math.max(4, Math.ceil(2 ** 20 / large.K / 4) * 4), K: large.K });

type Which = "large" | "middle" | "small";

const sizeOf = (row: Row, which: Which): Size => (which === "middle" ? middle(row) : row[which]);

async function againstTorch(rows: readonly Row[], sizes: readonly Which[]): Promise<void> {
  const backend = await startBackend("tensorflow", root);
  const peer = Peer.start();
  for (const which of sizes) {
    const figures: Figure[] = [];
    process.stdout.write(`\n${which} sizes: row | n × K | ours ms | torch ms | ratio of medians | ratio of minima\n`);
    for (const row of rows) {
      const found = await scoped(() => compared(row, sizeOf(row, which), peer));
      figures.push(found);
      const { name, size, ours, torch, oursLeast, torchLeast } = found;
      process.stdout.write(
        `${name} | ${size.n} × ${size.K} | ${written(ours)} | ${written(torch)} | ${ratio(ours, torch)} | ${ratio(oursLeast, torchLeast)}\n`,
      );
    }
    save("kernels", {
      ...saved("kernels"),
      [which]: { ...where(), backend: backend.runtime, torch: peer.version, rounds, perRound, figures },
    });
  }
  peer.stop();
}

async function onBackend(rows: readonly Row[], name: BackendName): Promise<void> {
  const backend = await startBackend(name, root);
  const figures: Record<string, number | string> = {};
  for (const row of rows) {
    const size = middle(row);
    try {
      await scoped(async () => {
        const call = row.make(size);
        await timed(call, 1);
        figures[row.name] = median(await timed(call, name === "tensorflow" ? 11 : 3));
      });
    } catch (error) {
      figures[row.name] = error instanceof Error ? error.message.slice(0, 80) : String(error);
    }
    process.stdout.write(`${name} | ${row.name} | ${size.n} × ${size.K} | ${figures[row.name]}\n`);
    save(`backend-${name}`, { ...where(), backend: backend.runtime, figures });
  }
}

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : (process.argv[at + 1] ?? "");
}

const only = option("--only") ?? "";
const rows = benchRows.filter(({ name }) => name.includes(only));
const asked = option("--backends");
if (asked !== undefined) await onBackend(rows, backendNames.find((name) => name === asked) ?? "tensorflow");
else if (process.argv.includes("--growth")) {
  const backend = await startBackend("tensorflow", root);
  save("growth", { ...where(), backend: backend.runtime, rows: await growthOf(rows) });
} else {
  const sizes = (["middle", "small", "large"] as const).filter((which) => (option("--sizes") ?? "middle,small,large").includes(which));
  await againstTorch(rows, sizes);
}
