/**
 * Real installations, with the package index and torch: minutes the first time, and 5 GB in the cache.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { efforts } from "#properties/engine/effort";
import { unattended, verify } from "#properties/engine/run";
import type { Report } from "#properties/engine/verdict";
import { forwardMarginal } from "#spec/gaussian/forward";
import { type AnyLaw, anyLaw } from "#spec/law";
import { pointMass } from "#spec/sampler/oracle";
import { gridLevels } from "#spec/schedule/step-consistency";
import { resolveSubject } from "#subjects/resolve";

const repository = fileURLToPath(new URL("..", import.meta.url));

async function report(asked: string, laws: readonly AnyLaw[], like?: string): Promise<Report> {
  const subject = await resolveSubject({ asked, like, workers: 1, secondsPerCall: 30, note: () => undefined });
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

const hour = 3_600_000;

describe("installed from the package index", () => {
  test.each([
    ["pip:diffusers==0.42.1", "diffusers", 40],
    ["pip:diffusers==0.10.2", "diffusers", 10],
    ["pip:flow-matching", "flow_matching", 5],
    ["pip:azula", "azula", 10],
  ])(
    "%s",
    async (asked, name, units) => {
      const subject = await resolveSubject({ asked, workers: 1, secondsPerCall: 30, note: () => undefined });
      const spec = await subject.describe().finally(() => subject.close());
      expect(spec.name).toBe(name);
      expect(spec.units.length).toBeGreaterThan(units);
      expect(subject.id).toBe(asked.includes("==") ? asked : `${asked}==${spec.version}`);
    },
    hour,
  );

  test(
    "a scheduler of one's own, compared with the library in a managed environment",
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
    },
    hour,
  );
});
