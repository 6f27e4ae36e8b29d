import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { efforts } from "#properties/engine/effort";
import { unattended, verify } from "#properties/engine/run";
import type { Report } from "#properties/engine/verdict";
import { forwardMarginal } from "#spec/gaussian/forward";
import { type AnyLaw, anyLaw } from "#spec/law";
import { pointMass } from "#spec/sampler/oracle";
import { snrDecreases } from "#spec/schedule/snr";
import { gridLevels } from "#spec/schedule/step-consistency";
import { inspectPython } from "#subjects/environment";
import { testPython } from "#subjects/environment-fixture";
import { resolveSubject } from "#subjects/resolve";

const repository = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "lawbook-verify-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { modules } = await inspectPython(testPython);
const diffusers = modules["torch"] && modules["diffusers"];

async function report(asked: string, laws: readonly AnyLaw[], like?: string): Promise<Report> {
  const subject = await resolveSubject({ asked, like, python: testPython, workers: 1, secondsPerCall: 30, note: () => undefined });
  const { quick } = efforts;
  if (quick === undefined) throw new Error("no effort quick");
  try {
    return await verify({
      ...unattended,
      subjects: [subject],
      selection: { properties: laws.map((law) => ({ law, accepts: [], rejects: [] })), unit: () => true },
      effort: quick,
    });
  } finally {
    await subject.close();
  }
}

const statuses = ({ verdicts }: Report, unit: string): Record<string, string> =>
  Object.fromEntries(verdicts.filter((verdict) => verdict.unit === unit).map(({ law, status }) => [law, status]));

describe("held to laws", () => {
  const laws = [anyLaw(forwardMarginal), anyLaw(snrDecreases), anyLaw(pointMass)];

  test("the adapter of examples/", async () => {
    const found = await report(path.join(repository, "examples", "my_adapter.py"), laws);
    expect(statuses(found, "my schedule")).toEqual({
      [forwardMarginal.id]: "holds",
      [snrDecreases.id]: "holds",
      [pointMass.id]: "unsupported",
    });
  });

  test("the template, where `lawbook init --python` writes it", async () => {
    const place = path.join(folder, "my_adapter.py");
    copyFileSync(path.join(repository, "subjects", "python", "template.py"), place);
    expect(statuses(await report(place, laws), "mine")[forwardMarginal.id]).toBe("holds");
  });

  test.skipIf(!diffusers)(
    "a scheduler of one's own with a mistake, and the same without",
    async () => {
      const found = await report(
        path.join(repository, "examples", "my_scheduler.py"),
        [anyLaw(forwardMarginal), anyLaw(gridLevels), anyLaw(pointMass)],
        "diffusers",
      );
      expect(statuses(found, "MyCorrected")).toEqual({ [forwardMarginal.id]: "holds", [gridLevels.id]: "holds", [pointMass.id]: "holds" });
      expect(statuses(found, "MyScheduler")).toEqual({
        [forwardMarginal.id]: "holds",
        [gridLevels.id]: "holds",
        [pointMass.id]: "violated",
      });
      expect(found.verdicts.find(({ unit, law }) => unit === "MyScheduler" && law === pointMass.id)?.source?.file).toMatch(
        /my_scheduler\.py$/,
      );
    },
    300_000,
  );

  test.skipIf(!diffusers)(
    "a class that inherits takes what its base takes, less what it fixes",
    async () => {
      const place = path.join(folder, "fixed.py");
      writeFileSync(
        place,
        'from diffusers import DDIMScheduler\n\n\nclass Fixed(DDIMScheduler):\n    def __init__(self, **kwargs):\n        super().__init__(beta_schedule="scaled_linear", clip_sample=False, **kwargs)\n',
      );
      const subject = await resolveSubject({
        asked: `${place}:Fixed`,
        like: "diffusers",
        python: testPython,
        workers: 1,
        secondsPerCall: 30,
        note: () => undefined,
      });
      try {
        const [unit] = (await subject.describe()).units;
        expect(unit?.notes).toEqual(["as DDIMScheduler, from which it inherits"]);
        const names = unit?.options.map(({ name }) => name);
        expect(names).toEqual(expect.arrayContaining(["prediction_type", "eta", "timestep_spacing"]));
        expect(names).not.toContain("clip_sample");
        const facts = await subject.answer({ unit: "Fixed", config: {}, method: "facts", args: {}, arithmetic: "promoted", fresh: false });
        expect(facts).toMatchObject({ answer: { clip: null, form: { family: "beta-scaled-linear" } } });
      } finally {
        await subject.close();
      }
    },
    300_000,
  );
});
