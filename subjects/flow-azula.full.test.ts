/**
 * What crosses the bridge for flow_matching and azula, against the libraries called directly: the same numbers up to the declared
 * translation. Needs a Python that has them; skipped where it has not.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { type Fields, tensor, type Value, vector } from "#spec/tensor";
import { startWorker } from "#subjects/bridge/process";
import type { Worker, WorkerPlan } from "#subjects/bridge/worker";

const python = process.env["LAWBOOK_TEST_PYTHON"] ?? "python3";
const worker = fileURLToPath(new URL("python/worker.py", import.meta.url));

const run = (code: string): ReturnType<typeof spawnSync> => spawnSync(python, ["-c", code], { encoding: "utf8" });
const has = (modules: string): boolean => run(`import ${modules}`).status === 0;

/** What the library itself answers: the names in `out`, printed as lists. */
function raw(code: string): Readonly<Record<string, readonly number[]>> {
  const { status, stdout, stderr } = run(
    `import json, torch\ntorch.set_default_dtype(torch.float64)\nout = {}\n${code}\nprint(json.dumps({k: v.ravel().tolist() for k, v in out.items()}))`,
  );
  if (status !== 0) throw new Error(String(stderr));
  return JSON.parse(String(stdout)) as Readonly<Record<string, readonly number[]>>;
}

type Config = Readonly<Record<string, string | number>>;
type Asked = (unit: string, method: string, args: Readonly<Record<string, Value>>, config?: Config) => Promise<Fields>;

function asking(adapter: string): { readonly ask: Asked; readonly close: () => Promise<void> } {
  const plan: WorkerPlan = { command: python, args: [worker], env: {}, describe: { adapter }, secondsPerCall: 30, secondsToStart: 60 };
  let started: Worker | undefined;
  const ask: Asked = async (unit, method, args, config = {}) => {
    // Started by the first question: a suite that is skipped starts nothing.
    started ??= startWorker(plan);
    const outcome = await started.answer({ unit, config, method, args, arithmetic: "promoted", fresh: false });
    if ("trouble" in outcome) throw new Error(outcome.trouble.message);
    return outcome.answer;
  };
  return { ask, close: async () => started?.close() };
}

const floats = (...values: number[]): Value => tensor(Float64Array.from(values));
const close = (answer: Fields, name: string, expected: readonly number[] | undefined): void => {
  const found = [...vector(answer, name)];
  expect(found).toHaveLength(expected?.length ?? -1);
  for (const [k, value] of found.entries()) expect(value).toBeCloseTo(expected?.[k] ?? Number.NaN, 12);
};

describe.skipIf(!has("torch, torchdiffeq, flow_matching"))("flow_matching", () => {
  const { ask, close: end } = asking("flow_matching");
  afterAll(end);

  test("schedulers and paths: x_0 is the noise, x_1 the data, times are the library's own", async () => {
    const truth = raw(`
from flow_matching.path import AffineProbPath
from flow_matching.path.scheduler import VPScheduler
path = AffineProbPath(VPScheduler())
t, noise, data = torch.tensor([0.25, 0.75]), torch.tensor([[0.5], [-1.0]]), torch.tensor([[2.0], [1.0]])
level, sample = path.scheduler(t), path.sample(x_0=noise, x_1=data, t=t)
out.update(alpha=level.alpha_t, sigmaRate=level.d_sigma_t, xt=sample.x_t, velocity=sample.dx_t)
out["converted"] = path.target_to_epsilon(x_1=data[0], x_t=noise[0], t=t[0])`);
    const t = floats(0.25, 0.75);
    const args = { x0: floats(2, 1), noise: floats(0.5, -1), t };
    close(await ask("VPScheduler", "levels", { t }), "alpha", truth["alpha"]);
    close(await ask("VPScheduler", "rates", { t }), "sigmaRate", truth["sigmaRate"]);
    close(await ask("VPScheduler", "sample", args), "xt", truth["xt"]);
    close(await ask("VPScheduler", "velocity", args), "value", truth["velocity"]);
    close(
      await ask("VPScheduler", "convert", { source: "x0", target: "eps", value: floats(2), xt: floats(0.5), t: floats(0.25) }),
      "value",
      truth["converted"],
    );
  });

  test.each([
    ["ODESolver", "ODESolver(lambda x, t: 0.5 * x)"],
    ["RiemannianODESolver", "RiemannianODESolver(Euclidean(), lambda x, t: 0.5 * x)"],
  ])("%s returns the states of its grid", async (unit, made) => {
    const truth = raw(`
from flow_matching.solver import ODESolver, RiemannianODESolver
from flow_matching.utils.manifolds import Euclidean
out["states"] = ${made}.sample(x_init=torch.tensor([[1.0, -2.0]]), step_size=None, method="midpoint", time_grid=torch.linspace(0, 1, 4), return_intermediates=True)`);
    const oracle = { name: "affine", slope: 0.5, intercept: 0 };
    const unused = floats(1, 1, 1);
    const answer = await ask(
      unit,
      "run",
      { start: floats(1, -2), oracle, alpha: unused, sigma: unused, p: unused, q: unused, draws: { mode: "none" } },
      { method: "midpoint", steps: 3 },
    );
    close(answer, "states", truth["states"]);
  });
});

describe.skipIf(!has("torch, einops, azula.sample"))("azula", () => {
  const { ask, close: end } = asking("azula");
  afterAll(end);

  test("schedules are published as they are", async () => {
    const truth = raw(`
from azula.noise import CosineSchedule
out["alpha"], out["sigma"] = CosineSchedule(sigma_min=0.01)(torch.tensor([0.0, 0.3, 1.0]))`);
    const answer = await ask("CosineSchedule", "levels", { t: floats(0, 0.3, 1) }, { sigma_min: 0.01 });
    close(answer, "alpha", truth["alpha"]);
    close(answer, "sigma", truth["sigma"]);
  });

  test("a run is the loop over the sampler's own steps", async () => {
    const truth = raw(`
from types import SimpleNamespace
from azula.noise import VPSchedule
from azula.sample import HeunSampler
class Half(torch.nn.Module):
    schedule = VPSchedule()
    def forward(self, x, t):
        return SimpleNamespace(mean=0.5 * x)
sampler = HeunSampler(Half(), steps=3)
x = torch.tensor([[1.0, -2.0]])
states = [x]
for t, s in sampler.timesteps.unfold(0, 2, 1):
    x = sampler.step(x, t, s)
    states.append(x)
out["states"] = torch.stack(states)`);
    const oracle = { name: "affine", slope: 0.5, intercept: 0 };
    const unused = floats(1, 1, 1);
    const answer = await ask(
      "HeunSampler",
      "run",
      { start: floats(1, -2), oracle, alpha: unused, sigma: unused, p: unused, q: unused, draws: { mode: "none" } },
      { steps: 3 },
    );
    close(answer, "states", truth["states"]);
  });
});
