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
  { law: "round trip", shape: "scalar", cases: 40_000, of: anyLaw(wide(predictionRoundtrip, 1)), subject: parameterisation() },
  { law: "DDPM posterior", shape: "scalar", cases: 20_000, of: anyLaw(wide(posteriorMoments, 1)), subject: posterior() },
  { law: "cosine schedule", shape: "scalar", cases: 40_000, of: anyLaw(cosine), subject: cosineAmplitudes() },
  { law: "round trip", shape: "4096", cases: 200, of: anyLaw(wide(predictionRoundtrip, long)), subject: parameterisation() },
  { law: "DDPM posterior", shape: "4096", cases: 200, of: anyLaw(wide(posteriorMoments, long)), subject: posterior() },
  { law: "cosine schedule", shape: "4096", cases: 200, of: anyLaw(cosine), subject: cosineTable(long) },
];

/** Cases per second of processor time. A case that is not decided, or not in the subject's favour, ends the run. */
function measured({ law, shape, cases, of, subject }: Work): number {
  const now = answerWith(subject);
  const setting = { unit: "bench", config: {}, arithmetic: "f32" } as const;
  const run = (seed: number, count: number): void => {
    let met = 0;
    for (let index = 0; index < count; index++) {
      const found = findIn(converseNow(of, draw(of, seed, "bench", index).value, setting, now), "f32");
      if (found.status === "holds") met += 1;
      else if (found.status !== "skipped")
        throw new Error(`${law}, ${shape}: ${found.status}, ${found.reason ?? JSON.stringify(found.failures)}`);
    }
    if (met < count / 2) throw new Error(`${law}, ${shape}: ${met} of ${count} cases met the preconditions`);
  };
  // What is compiled on first use is compiled before the clock starts; Python has nothing of the kind.
  run(1, Math.ceil(cases / 10));
  const before = process.cpuUsage();
  run(2, cases);
  const { user, system } = process.cpuUsage(before);
  return (cases * 1e6) / (user + system);
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

const mine = works.map((work) => ({ ...work, perSecond: measured(work) }));
const theirs = peer();
process.stdout.write(`${cpus()[0]?.model ?? "unknown processor"}, node ${process.versions.node}\n`);
process.stdout.write("law, shape: cases per second of processor time, lawbook and peer, ratio\n");
for (const { law, shape, perSecond } of mine) {
  const other = theirs?.[`${law}|${shape}`];
  const compared = other === undefined ? "" : `, ${figure(other)}, ${figure(perSecond / other)}×`;
  process.stdout.write(`${law}, ${shape}: ${figure(perSecond)}${compared}\n`);
}
