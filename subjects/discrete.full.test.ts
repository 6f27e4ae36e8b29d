/**
 * Exact laws that the worker has by branching, against the libraries' own draws: frequencies of many draws, and libraries' own
 * formulas where they have them. Needs a Python that has them; skipped where it has not.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fields, tensor, type Value, vector } from "#spec/tensor";
import { startWorker } from "#subjects/bridge/process";
import type { Worker, WorkerPlan } from "#subjects/bridge/worker";

const python = process.env["LAWBOOK_TEST_PYTHON"] ?? "python3";
const folder = fileURLToPath(new URL("python", import.meta.url));

const run = (code: string): ReturnType<typeof spawnSync> => spawnSync(python, ["-W", "ignore", "-c", code], { encoding: "utf8" });
const has = (modules: string): boolean => run(`import ${modules}`).status === 0;

/** What Python prints as JSON in its last line. */
function printed<T>(code: string): T {
  const { status, stdout, stderr } = run(`import json, torch\ntorch.manual_seed(1)\n${code}`);
  if (status !== 0) throw new Error(String(stderr));
  return JSON.parse(String(stdout).trim().split("\n").at(-1) ?? "") as T;
}

const rows = [0.125, 0.25, 0.625, 0.5, 0.25, 0.25];

/** What is drawn, in Python, and its laws for two rows of three classes; or how the worker refuses. */
const draws: readonly (readonly [name: string, code: string, expected: readonly number[] | string])[] = [
  ["a multinomial draw", "torch.multinomial(p, 1)[:, 0]", rows],
  ["unnormalised weights", "torch.multinomial(4 * p, 1)[:, 0]", rows],
  ["several draws from one law", "torch.multinomial(p[0], 2, replacement=True)", [0.125, 0.25, 0.625, 0.125, 0.25, 0.625]],
  ["several draws without replacement", "torch.multinomial(p[0], 2)", "Unbranchable: several draws from one of several laws"],
  ["torch's own distributions", "torch.distributions.Categorical(probs=p).sample()", rows],
  ["Gumbel noise on logits", "(p.log() - torch.log(-torch.log(torch.rand_like(p)))).argmax(-1)", rows],
  ["Gumbel noise, clipped", "(p.log() - torch.log(-torch.log(torch.rand_like(p).clip(1e-6, 1)))).argmax(-1)", rows],
  [
    "half as much noise",
    "(p.log() - 0.5 * torch.log(-torch.log(torch.rand_like(p)))).argmax(-1)",
    [1 / 30, 4 / 30, 25 / 30, 4 / 6, 1 / 6, 1 / 6],
  ],
  [
    "noise on one row only",
    "(p.log() - torch.tensor([[0.], [1.]]) * torch.log(-torch.log(torch.rand_like(p)))).argmax(-1)",
    [0, 0, 1, 0.5, 0.25, 0.25],
  ],
  ["an exponential race", "(p / (1e-10 - torch.log(torch.rand(2, 3) + 1e-10))).argmax(-1)", rows],
  ["a race with exponential_", "(p / torch.empty_like(p).exponential_()).argmax(dim=-1)", rows],
  ["a uniform number compared", "(torch.rand(2) < torch.tensor([.25, .875])).long()", [0.75, 0.25, 0, 0.125, 0.875, 0]],
  ["the same from the other side", "(torch.tensor([.25, 2.]) >= torch.rand(2)).long()", [0.75, 0.25, 0, 0, 1, 0]],
  ["bernoulli", "torch.bernoulli(torch.tensor([.25, .5])).long()", [0.75, 0.25, 0, 0.5, 0.5, 0]],
  ["randint", "torch.randint(1, 3, (2,))", [0, 0.5, 0.5, 0, 0.5, 0.5]],
  [
    "draws that depend on draws",
    "torch.where(torch.rand(2) < .5, torch.multinomial(p, 1)[:, 0], torch.randint(3, (2,)))",
    rows.map((w) => w / 2 + 1 / 6),
  ],
  ["normal draws", "torch.randn(2).long()", "Unbranchable: a draw of randn has no finite law"],
  ["uniform numbers that are sorted", "torch.topk(torch.rand(2, 3), 1).indices[:, 0]", "went neither into a comparison nor into a race"],
  ["too many branches", "torch.stack([torch.multinomial(p, 1)[:, 0] for _ in range(9)]).sum(0).clamp(max=2)", "more than 4096 branches"],
  ["weights that torch refuses", "torch.multinomial(p - p, 1)[:, 0]", "RuntimeError: invalid multinomial distribution"],
];

/** Answers of `law_of`, as the worker loads it, all from one process. */
const branching = (): Readonly<Record<string, number[] | string>> =>
  printed(`
import importlib.util, sys
spec = importlib.util.spec_from_file_location("lawbook", "${folder}/__init__.py", submodule_search_locations=["${folder}"])
package = importlib.util.module_from_spec(spec); sys.modules["lawbook"] = package; spec.loader.exec_module(package)
from lawbook.branching import law_of
p = torch.tensor([[.125, .25, .625], [.5, .25, .25]], dtype=torch.float64)
many = torch.arange(1., 1001.).tile(2, 1)
def answer(run, rows=2, classes=3, **more):
    try:
        return law_of(lambda: run().numpy(), rows, classes, **more).ravel().tolist()
    except Exception as error:
        return type(error).__name__ + ": " + str(error)
answers = {
    "a sequence": answer(lambda: (torch.rand(1, 2) < torch.tensor([.25, .5])).long(), 1, 2, length=2),
    "many": answer(lambda: torch.multinomial(many, 1)[:, 0], 2, 1000, cap=8)[:1000],
${draws.map(([name, code]) => `    "${name}": answer(lambda: ${code}),`).join("\n")}
}
print(json.dumps(answers))`);

describe.skipIf(!has("torch"))("laws of draws", () => {
  let answers: Readonly<Record<string, number[] | string>> = {};
  beforeAll(() => {
    answers = branching();
  }, 120_000);

  test.each(draws)("%s", (name, _, expected) => {
    const found = answers[name];
    if (typeof expected === "string") return expect(found).toContain(expected);
    expect(found).toHaveLength(6);
    for (const [k, value] of expected.entries()) expect(Number(found?.[k])).toBeCloseTo(value, 9);
  });

  test("sequences of tokens have joint laws", () => {
    expect(answers["a sequence"]).toEqual([0.375, 0.375, 0.125, 0.125]);
  });

  test("a draw of many outcomes that is returned as it is takes no run for each", () => {
    expect(Number(answers["many"]?.[999])).toBeCloseTo(1000 / 500500, 12);
  });
});

type Config = Readonly<Record<string, string | number>>;
type Asked = (unit: string, method: string, args: Readonly<Record<string, Value>>, config?: Config) => Promise<Fields>;

function asking(adapter: string): { readonly ask: Asked; readonly close: () => Promise<void> } {
  const plan: WorkerPlan = {
    command: python,
    args: [`${folder}/worker.py`],
    env: {},
    describe: { adapter },
    secondsPerCall: 30,
    secondsToStart: 90,
  };
  let started: Worker | undefined;
  const ask: Asked = async (unit, method, args, config = {}) => {
    started ??= startWorker(plan);
    const outcome = await started.answer({ unit, config, method, args, arithmetic: "promoted", fresh: false });
    if ("trouble" in outcome) throw new Error(outcome.trouble.message);
    return outcome.answer;
  };
  return { ask, close: async () => started?.close() };
}

const floats = (...values: number[]): Value => tensor(Float64Array.from(values));
const DRAWS = 100_000;

/** Frequencies of many draws lie within six deviations of the law. */
function drawnFrom(law: Float64Array, frequencies: readonly number[]): void {
  expect(law).toHaveLength(frequencies.length);
  for (const [k, f] of frequencies.entries()) {
    const p = law[k] ?? Number.NaN;
    expect(Math.abs(f - p)).toBeLessThanOrEqual(6 * Math.sqrt((p * (1 - p)) / DRAWS) + 1e-6);
  }
}

/** Frequencies of the last axis of `x`, where each of two tokens is drawn DRAWS times. */
const counted = (classes: number): string => `
print(json.dumps([float((x.reshape(-1, 2)[:, i] == k).double().mean()) for i in range(2) for k in range(${classes})]))`;

const laws = [0.2, 0.3, 0.5, 0.6, 0.1, 0.3];
const masked = [0.2, 0.8, 0, 0.6, 0.4, 0];
const question = (clean: readonly number[], s: number, t: number): Record<string, Value> => ({
  xt: floats(2, 1),
  clean: floats(...clean),
  s,
  t,
});
const setting = (clean: readonly number[]): string => `
n = ${DRAWS}
xt, p = torch.tensor([[2], [1]]).tile(n, 1), torch.tensor(${JSON.stringify(clean)}).reshape(2, 1, 3).tile(n, 1, 1)`;

describe.skipIf(!has("torch, bionemo.moco.interpolants"))("bionemo-moco", () => {
  const { ask, close } = asking("bionemo_moco");
  afterAll(close);
  const imports = `
from bionemo.moco.interpolants import D3PM, MDLM, DiscreteFlowMatcher
from bionemo.moco.distributions.time.uniform import UniformTimeDistribution as Times
from bionemo.moco.distributions.prior.discrete.mask import DiscreteMaskedPrior
from bionemo.moco.distributions.prior.discrete.uniform import DiscreteUniformPrior
from bionemo.moco.schedules.noise.discrete_noise_schedules import DiscreteCosineNoiseSchedule
from bionemo.moco.schedules.noise.continuous_noise_transforms import CosineExpNoiseTransform`;

  test("D3PM steps as its law says", async () => {
    const answer = await ask("D3PM", "steplaw", question(laws, 4, 5), { num_classes: 3, nsteps: 10 });
    const drawn = printed<number[]>(`${imports}${setting(laws)}
d3pm = D3PM(Times(discrete_time=True, nsteps=10), DiscreteUniformPrior(3), DiscreteCosineNoiseSchedule(10))
x = d3pm.step(p.log(), torch.full((2 * n,), 5), xt)${counted(3)}`);
    drawnFrom(vector(answer, "law"), drawn);
  });

  test("MDLM steps as its law says", async () => {
    const answer = await ask("MDLM", "steplaw", question(masked, 0.25, 0.5), { num_classes: 3 });
    const drawn = printed<number[]>(`${imports}${setting(masked)}
mdlm = MDLM(Times(), DiscreteMaskedPrior(3), CosineExpNoiseTransform())
x = mdlm.step(p.log().clamp(min=-1e6), torch.full((2 * n,), 0.5), xt, torch.full((2 * n,), 0.25))${counted(3)}`);
    drawnFrom(vector(answer, "law"), drawn);
  });

  test("DiscreteFlowMatcher steps as its law says", async () => {
    const answer = await ask("DiscreteFlowMatcher", "steplaw", question(laws, 0.625, 0.5), { num_classes: 3, stochasticity: 0 });
    const drawn = printed<number[]>(`${imports}${setting(laws)}
dfm = DiscreteFlowMatcher(Times(), DiscreteUniformPrior(3))
x = dfm.step(p.log(), torch.full((2 * n,), 0.5), xt, torch.full((2 * n,), 0.125), stochasticity=0.0)${counted(3)}`);
    drawnFrom(vector(answer, "law"), drawn);
  });

  test("DiscreteFlowMatcher noises with a prior of one's own as its law says", async () => {
    const config = { num_classes: 3, prior_distribution: "custom" };
    const answer = await ask("DiscreteFlowMatcher", "transition", { s: null, t: 0.25, states: tensor(Float64Array.of(2, 1)) }, config);
    const drawn = printed<number[]>(`${imports}
from bionemo.moco.distributions.prior.discrete.custom import DiscreteCustomPrior
${setting(laws)}
dfm = DiscreteFlowMatcher(Times(), DiscreteCustomPrior(torch.arange(1, 4) / 6, 3))
x = dfm.interpolate(xt, torch.full((2 * n,), 0.25), dfm.sample_prior((2 * n, 1)))${counted(3)}`);
    drawnFrom(vector(answer, "matrix"), drawn);
  });
});

describe.skipIf(!has("torch, torchdiffeq, flow_matching"))("flow_matching", () => {
  const { ask, close } = asking("flow_matching");
  afterAll(close);

  test.each([0, 1])("MixtureDiscreteEulerSolver steps as its law says, div_free %d", async (free) => {
    const answer = await ask("MixtureDiscreteEulerSolver", "steplaw", question(laws, 0.75, 0.5), { vocabulary_size: 3, div_free: free });
    const drawn = printed<number[]>(`
from flow_matching.path import MixtureDiscreteProbPath
from flow_matching.path.scheduler import CondOTScheduler
from flow_matching.solver import MixtureDiscreteEulerSolver${setting(laws)}
solver = MixtureDiscreteEulerSolver(lambda x, t: p, MixtureDiscreteProbPath(CondOTScheduler()), 3, torch.full((3,), 1 / 3))
times = torch.tensor([0.5, 0.75, 1.0])
x = solver.sample(x_init=xt, step_size=None, div_free=${free}.0, time_grid=times, return_intermediates=True)[1]${counted(3)}`);
    drawnFrom(vector(answer, "law"), drawn);
  });
});

describe.skipIf(!has("torch, diffusers"))("diffusers", () => {
  const { ask, close } = asking("diffusers");
  afterAll(close);

  test("DiscreteDDIMScheduler steps as its law says", async () => {
    const answer = await ask("DiscreteDDIMScheduler", "steplaw", question(laws, 3, 2), { classes: 3, steps: 4 });
    const drawn = printed<number[]>(`
from diffusers import DiscreteDDIMScheduler${setting(laws)}
scheduler = DiscreteDDIMScheduler(); scheduler.set_timesteps(4)
x = scheduler.step(p.log(), 2, xt, temperature=1.0).prev_sample${counted(3)}`);
    drawnFrom(vector(answer, "law"), drawn);
  });

  test("VQDiffusionScheduler steps as its law says", async () => {
    const answer = await ask("VQDiffusionScheduler", "steplaw", question(masked, 4, 5), { classes: 3, num_train_timesteps: 10 });
    const drawn = printed<number[]>(`
from diffusers import VQDiffusionScheduler${setting(masked)}
scheduler = VQDiffusionScheduler(num_vec_classes=3, num_train_timesteps=10)
x = scheduler.step(p[:, :, :2].log().permute(0, 2, 1), 5, xt).prev_sample${counted(3)}`);
    drawnFrom(vector(answer, "law"), drawn);
  });
});
