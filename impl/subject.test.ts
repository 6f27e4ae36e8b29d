import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { builtin } from "#impl/subject";
import type { Fields } from "#spec/tensor";
import { isTensor, type Tensor, tensor } from "#spec/tensor";
import type { Answerer, Configuration, Outcome, SubjectSpec } from "#subjects/answerer";

const spoken = vi.spyOn(console, "warn");

let subject: Answerer;
let spec: SubjectSpec;

beforeAll(async () => {
  subject = builtin();
  spec = await subject.describe();
});

afterEach(() => expect(spoken).not.toHaveBeenCalled());

function asked(
  unit: string,
  method: string,
  args: Fields = {},
  config: Configuration = {},
  arithmetic: "f32" | "f64" | "promoted" = "f32",
): Outcome {
  const outcome = subject.now?.({ unit, config, method, args, arithmetic, fresh: false });
  if (outcome === undefined) throw new Error("builtin answers at once");
  return outcome;
}

function field(outcome: Outcome, name: string): Tensor {
  if ("trouble" in outcome) throw new Error(outcome.trouble.message);
  const value = outcome.answer[name];
  if (!isTensor(value)) throw new Error(`no tensor ${name}`);
  return value;
}

test("knows nothing before it is described", () => {
  const outcome = builtin().now?.({ unit: "ddpm", config: {}, method: "facts", args: {}, arithmetic: "f32", fresh: false });
  expect(outcome).toMatchObject({ trouble: { kind: "adapter", message: expect.stringContaining("describe the subject first") } });
});

test("describes units with options whose first value is the default", () => {
  expect(spec.arithmetics).toEqual(["f32"]);
  expect(spec.runtime["backend"]).toBe("cpu");
  expect(spec.units.map(({ name }) => name)).toContain("dpm-solver++2m");
  expect(new Set(spec.units.map(({ name }) => name)).size).toBe(spec.units.length);
  for (const { options } of spec.units) for (const option of options) expect(option.values[0]).toEqual(option.default);
});

test("every unit answers facts at every documented value of every option, or refuses in words", () => {
  for (const { name, options } of spec.units)
    for (const option of options)
      for (const value of option.values) {
        const outcome = asked(name, "facts", {}, { [option.name]: value });
        if ("trouble" in outcome) expect([outcome.trouble.kind, name, option.name]).toEqual(["refused", name, option.name]);
      }
});

test("tensors are binary32, and nothing stays allocated", () => {
  const before = tf.memory().numTensors;
  const [one, t] = [tensor(Float64Array.of(1)), tensor(Float64Array.of(999))];
  const { dtype, data } = field(asked("ddpm", "sample", { x0: one, noise: tensor(Float64Array.of(0)), t }), "xt");
  expect([dtype, [...data]]).toEqual(["f32", [Math.fround(0.006352818087570022)]]);
  expect(tf.memory().numTensors).toBe(before);
});

test("tables are the doubles that users get, whatever is asked; tfjs's own answers are not", () => {
  const t = tensor(Float64Array.of(999));
  for (const arithmetic of ["f32", "promoted"] as const) {
    const { dtype, data } = field(asked("ddpm", "levels", { t }, {}, arithmetic), "alpha");
    expect(dtype).toBe("f64");
    expect(data[0]).toBeCloseTo(0.006352818087570022, 15);
  }
  expect(asked("ddpm", "sample", { x0: t, noise: t, t }, {}, "f64")).toMatchObject({
    trouble: { kind: "refused", message: expect.stringContaining("binary32") },
  });
});

test("what one configuration fixes is made once", () => {
  const facts = (config: Configuration): Outcome => asked("ddim", "facts", {}, config);
  const answer = (outcome: Outcome): Fields | null => ("answer" in outcome ? outcome.answer : null);
  expect(answer(facts({ eta: 0.5 }))).toBe(answer(facts({ eta: 0.5 })));
  expect(answer(facts({ eta: 0.5 }))).not.toBe(answer(facts({ eta: 1 })));
});

const run = (config: Configuration, state: string): Outcome => {
  const [one, start] = [tensor(new Float64Array(10).fill(1)), tensor(Float64Array.of(0.5, -0.25))];
  const model = { name: "affine", slope: 0.1, intercept: 0 };
  return asked(
    "ddpm",
    "run",
    { start, oracle: model, alpha: one, sigma: one, p: one, q: one, first: 0, count: 10, draws: { mode: "feed", number: 3 }, state },
    config,
  );
};

test("a run shows its states and draws, and a used sampler is as good as new", () => {
  const fresh = run({}, "fresh");
  expect(field(fresh, "states").shape).toEqual([22]);
  expect([...field(fresh, "drawn").data]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
  expect(field(run({}, "reused"), "states").data).toEqual(field(fresh, "states").data);
});

describe("refusals and faults", () => {
  test.each([
    [{ steps: 50, T: 20 }, "expected 1 ≤ steps ≤ T = 20, got 50"],
    [{ zeroTerminal: true }, "expected x0 or v on a chain with zero terminal signal"],
    [{ schedule: "exotic" }, "ddpm.schedule: expected one of linear, scaled-linear, cosine, sigmoid"],
    [{ speed: 3 }, "ddpm: expected one of the options"],
    [{ T: 0.5 }, "ddpm.T: expected a whole number, got 0.5"],
  ] as const)("%o", (config, words) => {
    expect(asked("ddpm", "facts", {}, config)).toMatchObject({ trouble: { kind: "refused", message: expect.stringContaining(words) } });
  });

  test("unknown units and methods", () => {
    expect(asked("ddpn", "facts")).toMatchObject({
      trouble: { kind: "refused", message: expect.stringContaining("expected one of schedules, ddpm") },
    });
    expect(asked("ddpm", "loglik")).toMatchObject({ trouble: { kind: "absent" } });
  });
});

test("answers later, too", async () => {
  const outcome = await subject.answer({
    unit: "guidance",
    config: {},
    method: "guided",
    args: { conditional: tensor(Float64Array.of(3)), unconditional: tensor(Float64Array.of(1)), w: 2 },
    arithmetic: "f32",
    fresh: false,
  });
  expect([...field(outcome, "value").data]).toEqual([5]);
  await subject.close();
});
