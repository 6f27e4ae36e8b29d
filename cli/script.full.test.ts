/**
 * `replay --as python` against diffusers itself: the script runs without lawbook and prints what the report says. Needs a Python
 * with torch and diffusers (LAWBOOK_TEST_PYTHON); skipped where there is none.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { capturedIo } from "#cli/captured-io";
import { main } from "#cli/program";
import type { Verdict } from "#properties/engine/verdict";
import { fromJson } from "#reports/json";

const python = process.env["LAWBOOK_TEST_PYTHON"] ?? "python3";
const folder = mkdtempSync(path.join(tmpdir(), "lawbook-"));
/** Noises one index late, and steps a little too far. */
const scheduler = `
import torch
from diffusers import DDIMScheduler

class Shifted(DDIMScheduler):
    def __init__(self, num_train_timesteps=1000, beta_start=0.0001, beta_end=0.02, timestep_spacing="leading", clip_sample=False):
        super().__init__(num_train_timesteps=num_train_timesteps, beta_start=beta_start, beta_end=beta_end, timestep_spacing=timestep_spacing, clip_sample=clip_sample)

    def add_noise(self, original_samples, noise, timesteps):
        return super().add_noise(original_samples, noise, (timesteps + 1).clamp(max=999))

    def step(self, model_output, timestep, sample, **given):
        result = super().step(model_output, timestep, sample, **given)
        result.prev_sample = result.prev_sample * 1.001
        return result
`;

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly printed: string; readonly said: string }> {
  const io = capturedIo({ cwd: folder });
  const code = await main(argv, io);
  return { code, printed: io.printed(), said: io.said() };
}

const here = spawnSync(python, ["-c", "import torch, diffusers"]).status === 0;

describe.runIf(here)("a script for an issue", () => {
  const file = path.join(folder, "shifted.py");
  let verdicts: readonly Verdict[] = [];

  beforeAll(async () => {
    writeFileSync(file, scheduler);
    const laws = "gaussian.forward.marginal,schedule.step-consistency";
    const ran = await run(
      "verify",
      `${file}:Shifted`,
      "--like",
      "diffusers",
      "--python",
      python,
      "--laws",
      laws,
      "--effort",
      "quick",
      "--workers",
      "1",
      "--reporter",
      "json=report.json",
    );
    expect(ran).toMatchObject({ code: 1 });
    verdicts = fromJson(readFileSync(path.join(folder, "report.json"), "utf8")).verdicts;
  }, 300_000);

  test.each(["gaussian.forward.marginal", "schedule.step-consistency"])(
    "of %s prints what the report says",
    async (law) => {
      const fault = verdicts.find((verdict) => verdict.law === law)?.faults[0];
      const words = (fault?.replay ?? "").split(" ").slice(1);
      const made = await run(...words, "--as", "python");
      expect([made.code, made.said]).toEqual([0, ""]);
      expect(made.printed).not.toMatch(/^(from|import) lawbook/m);
      const script = path.join(folder, "script.py");
      writeFileSync(script, made.printed);
      const { stdout, stderr, status } = spawnSync(python, [script], { encoding: "utf8" });
      expect([status, stderr]).toEqual([0, expect.any(String)]);
      const got = Number(/^got (\S+)$/m.exec(stdout)?.[1]);
      const expected = Number(/^expected (\S+) /m.exec(stdout)?.[1]);
      expect(expected).toBe(fault?.expected);
      // The report's number is of binary64 throughout; the script's tables are the library's own binary32.
      expect(Math.abs(got - (fault?.got ?? Number.NaN))).toBeLessThan(Math.abs(fault?.residual ?? 0) / 4);
    },
    300_000,
  );
});
