/**
 * How much of a worker's time is its subject's own: wall / (imports + time inside the subject's calls), per worker, for `verify` of a
 * library as a whole. 1 would be a worker that does nothing else and never waits.
 *
 *     PYTHON=python3 node dist/bench/library.js [LIBRARY] [EFFORT] [WORKERS]
 *
 * LIBRARY must be importable by PYTHON. Two cores are needed for two workers; wall time means little on a machine that others use, so
 * the processor time of the workers and of this process is printed as well.
 */
import { fileURLToPath } from "node:url";
import { costs } from "#cli/costs";
import { properties } from "#properties/all";
import { efforts } from "#properties/engine/effort";
import { unattended, verify } from "#properties/engine/run";
import { pool } from "#subjects/bridge/pool";

const [library = "diffusers", effort = "standard", workers = "2"] = process.argv.slice(2);
const chosen = efforts[effort];
if (chosen === undefined) throw new Error(`bench: expected an effort, one of ${Object.keys(efforts).join(", ")}, got ${effort}`);

const started = performance.now();
const subject = pool(
  library,
  {
    command: process.env["PYTHON"] ?? "python3",
    args: [fileURLToPath(new URL("../../subjects/python/worker.py", import.meta.url))],
    env: {},
    describe: { adapter: library.replaceAll("-", "_") },
    secondsPerCall: 60,
    secondsToStart: 180,
  },
  Number(workers),
);
const units = process.env["UNITS"]?.split(",");
const report = await verify({
  ...unattended,
  subjects: [subject],
  selection: { properties, unit: (name) => units === undefined || units.includes(name) },
  effort: chosen,
  parallel: 4 * Number(workers),
  costs,
});
const wall = (performance.now() - started) / 1000;
const stats = (await subject.stats?.()) ?? [];
const { user, system } = process.cpuUsage();
await subject.close();

const print = (text: string): void => void process.stdout.write(`${text}\n`);
print(
  `${library}, ${effort}: ${wall.toFixed(0)} s, ${report.verdicts.length} verdicts; this process ${((user + system) / 1e6).toFixed(0)} s`,
);
for (const { imported, inside, calls, total, cpu } of stats)
  print(
    `worker: ${total.toFixed(0)} s, ${cpu.toFixed(0)} s of processor; imports ${imported.toFixed(1)} s, ` +
      `inside ${inside.toFixed(1)} s in ${calls} calls; ratio ${(total / (imported + inside)).toFixed(2)}`,
  );
const own = stats.reduce((sum, { imported, inside }) => sum + imported + inside, 0);
const all = stats.reduce((sum, { total }) => sum + total, 0);
print(`wall / (imports + inside), all workers: ${(all / own).toFixed(2)}`);
