import { pool } from "#subjects/bridge/pool";
import { verify } from "#properties/engine/run";
import { efforts } from "#properties/engine/effort";
import { anyLaw } from "#spec/law";
import { forwardMarginal } from "#spec/gaussian/forward";
import { posteriorMoments, posteriorConsistency, logVarianceModes } from "#spec/gaussian/posterior";
import { stepConsistency, gridLevels } from "#spec/schedule/step-consistency";
import { pointMass } from "#spec/sampler/oracle";
const laws = [anyLaw(forwardMarginal), anyLaw(posteriorMoments), anyLaw(posteriorConsistency), anyLaw(logVarianceModes), anyLaw(stepConsistency), anyLaw(gridLevels), anyLaw(pointMass)];
const properties = laws.map((law) => ({ law, accepts: [], rejects: [] }));
const rel = process.env["REL"] ?? "0.42.1";
const t0 = performance.now();
const subject = pool(`pip:diffusers==${rel}`, {
  command: "/tmp/lb/base/bin/python", args: ["/work/main/subjects/python/worker.py"],
  env: { PYTHONPATH: `/tmp/lb/ov/diffusers-${rel}:/tmp/lb/ov/torchsde` },
  describe: { adapter: "diffusers" }, secondsPerCall: 30, secondsToStart: 60,
}, Number(process.env["W"] ?? 2));
const only = process.env["UNITS"]?.split(",");
const report = await verify({ subjects: [subject], selection: { properties, unit: (n) => only === undefined || only.includes(n) }, seed: 1, effort: efforts[process.env["EFFORT"] ?? "standard"]!, parallel: 4, shard: null, costs: {}, versions: {}, device: {}, stopped: () => false, interrupted: () => false, progress: { begin: (s, n) => console.error(s, n), cell: () => {}, note: () => {} } });
console.log((performance.now() - t0) / 1000, "s", report.summary);
for (const v of report.verdicts) {
  if (v.status === "holds") { if (process.env["V"]) console.log("ok", v.unit, v.law, v.used?.toPrecision(2), v.skipped); continue; }
  if (v.status === "unsupported") continue;
  console.log(v.status, v.unit, v.law, v.reason ?? "", v.impliedBy.join(","), v.skipped);
  for (const f of v.faults) console.log("    ", f.evidence, JSON.stringify(f.options), f.place, "exp", f.expected, "got", f.got, "tol", f.tolerance, f.message.slice(0, 160), f.consistentWith ?? "", "n=" + f.cases, f.confirmed);
}
if (process.env["COV"]) for (const c of report.subjects[0]!.coverage) console.log(c.unit, c.configurations, c.values, c.pairs, c.refused.map((r) => JSON.stringify(r.options) + r.because.slice(0, 60)));
console.log(JSON.stringify(await subject.stats?.()));
await subject.close();
