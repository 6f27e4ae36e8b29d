/**
 * Cases per second of lawbook's engine, and of Hypothesis with numpy and mpmath (`peer.py`), on the same three laws.
 *
 * Compared is what a case costs when all is well: drawing it, asking the subject, deciding. Both subjects are the textbook in binary32,
 * written in the language of its side, and both sides forgive the same counted roundings. Hypothesis runs without database, deadline,
 * health checks or shrinking; the engine draws and judges one case after the other in this process. Both are given one worker and are
 * measured in processor time, threads of the runtime included. Long vectors are made from a drawn seed on either side: drawing 4,096
 * numbers one by one would measure the generators alone.
 *
 *     npx tsc -p bench && node dist/bench/engine.js          PYTHON names the interpreter of the peer
 */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { draw } from "#properties/engine/cases";
import { answerWith } from "#properties/engine/controls";
import { converseNow } from "#properties/engine/conversation";
import { findIn } from "#properties/engine/fault";
import type { RawMethods } from "#properties/engine/property";
import { data, noise } from "#spec/domain";
import { posteriorMoments } from "#spec/gaussian/posterior";
import { type AnyLaw, anyLaw } from "#spec/law";
import { predictionRoundtrip } from "#spec/parameterisation/gaussian";
import { cosine } from "#spec/schedule/cosine";
import { cosineAmplitudes, cosineTable, parameterisation, posterior } from "./subject.js";

const long = 4096;

interface Work {
  readonly law: string;
  readonly shape: string;
  readonly cases: number;
  readonly of: AnyLaw;
  readonly subject: RawMethods;
}

/** The same law on vectors of another length. */
const wide = <L extends { readonly cases: object }>(law: L, length: number): L => ({
  ...law,
  cases: { ...law.cases, x0: data(length), eps: noise(length) },
});

const works: readonly Work[] = [
  { law: "round trip", shape: "scalar", cases: 200_000, of: anyLaw(wide(predictionRoundtrip, 1)), subject: parameterisation() },
  { law: "DDPM posterior", shape: "scalar", cases: 100_000, of: anyLaw(wide(posteriorMoments, 1)), subject: posterior() },
  { law: "cosine schedule", shape: "scalar", cases: 200_000, of: anyLaw(cosine), subject: cosineAmplitudes() },
  { law: "round trip", shape: "4096", cases: 4_000, of: anyLaw(wide(predictionRoundtrip, long)), subject: parameterisation() },
  { law: "DDPM posterior", shape: "4096", cases: 4_000, of: anyLaw(wide(posteriorMoments, long)), subject: posterior() },
  { law: "cosine schedule", shape: "4096", cases: 4_000, of: anyLaw(cosine), subject: cosineTable(long) },
];

interface Measured {
  readonly perSecond: number;
  /** How much of the time went into drawing cases, asking the subject (its own time included) and judging. */
  readonly shares: readonly [drawing: number, asking: number, judging: number];
}

/** Cases per second of processor time. A case that is not decided, or not in the subject's favour, ends the run. */
function measured({ law, shape, cases, of, subject }: Work): Measured {
  const now = answerWith(subject);
  const setting = { unit: "bench", config: {}, arithmetic: "f32" } as const;
  const judged = (indices: readonly number[], seed: number, mark: () => void): number => {
    const drawn = indices.map((index) => draw(of, seed, "bench", index));
    mark();
    const talks = drawn.map(({ value }) => converseNow(of, value, setting, now));
    mark();
    const found = talks.map((talk) => findIn(talk, "f32"));
    mark();
    const failed = found.find(({ status }) => status !== "holds" && status !== "skipped");
    if (failed !== undefined) throw new Error(`${law}, ${shape}: ${failed.status}, ${failed.reason ?? JSON.stringify(failed.failures)}`);
    return found.filter(({ status }) => status === "holds").length;
  };
  const run = (seed: number, count: number, block: number, mark: () => void): void => {
    let met = 0;
    for (let first = 0; first < count; first += block)
      met += judged(
        Array.from({ length: block }, (_, k) => first + k),
        seed,
        mark,
      );
    if (met < count / 2) throw new Error(`${law}, ${shape}: ${met} of ${count} cases met the preconditions`);
  };
  // What is compiled is compiled before the clock starts, in Node's three tiers over some ten thousand cases; Python has nothing of the kind.
  run(1, cases / 2, 1, () => undefined);
  const before = process.cpuUsage();
  run(2, cases, 1, () => undefined);
  const { user, system } = process.cpuUsage(before);
  // The shares apart, in blocks: reading a clock costs as much as a part of a case.
  const spent: [number, number, number] = [0, 0, 0];
  let phase = 0;
  let since = performance.now();
  run(3, cases / 10, 20, () => {
    const at = performance.now();
    spent[phase] = (spent[phase] ?? 0) + at - since;
    phase = (phase + 1) % 3;
    since = at;
  });
  const total = spent[0] + spent[1] + spent[2];
  return { perSecond: (cases * 1e6) / (user + system), shares: [spent[0] / total, spent[1] / total, spent[2] / total] };
}

/** The peer's figures by law and shape; null, with its own words on stderr, where it cannot run. */
function peer(): Readonly<Record<string, number>> | null {
  const script = new URL("../../bench/peer.py", import.meta.url).pathname;
  const { status, stdout, stderr, error } = spawnSync(process.env["PYTHON"] ?? "python3", [script], { encoding: "utf8" });
  if (status === 0) return JSON.parse(stdout) as Readonly<Record<string, number>>;
  process.stderr.write(error === undefined ? stderr : `bench: no Python (${error.message}); set PYTHON\n`);
  return null;
}

const figure = (perSecond: number): string => (perSecond >= 100 ? Math.round(perSecond).toLocaleString("en") : perSecond.toPrecision(3));

const percent = (share: number): string => `${Math.round(100 * share)} %`;

const mine = works.map((work) => ({ ...work, ...measured(work) }));
const theirs = process.env["PYTHON"] === "" ? null : peer();
process.stdout.write(`${cpus()[0]?.model ?? "unknown processor"}, node ${process.versions.node}\n`);
process.stdout.write("law, shape: cases per second of processor time, lawbook and peer, ratio; drawing, asking, judging\n");
for (const { law, shape, perSecond, shares } of mine) {
  const other = theirs?.[`${law}|${shape}`];
  const compared = other === undefined ? "" : `, ${figure(other)}, ${figure(perSecond / other)}×`;
  process.stdout.write(`${law}, ${shape}: ${figure(perSecond)}${compared}; ${shares.map(percent).join(", ")}\n`);
}
