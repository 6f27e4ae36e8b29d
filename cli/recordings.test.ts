/**
 * Every committed recording is held to today's laws. Laws younger than a recording are untested there, by name; what it was asked it
 * still says, and that is what its entry in the index says: these findings and no others.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { properties } from "#properties/all";
import { efforts } from "#properties/engine/effort";
import { unattended, verify } from "#properties/engine/run";
import type { Report } from "#properties/engine/verdict";
import { played } from "#subjects/recording";

interface Entry {
  readonly file: string;
  readonly effort: string;
  readonly seed: number;
  readonly found: readonly { readonly unit: string; readonly law: string; readonly documented?: boolean }[];
}

const folder = fileURLToPath(new URL("../subjects/recordings/", import.meta.url));
const entries = JSON.parse(readFileSync(path.join(folder, "index.json"), "utf8")) as readonly Entry[];

/** Controls of all laws have their own test: a replay need not run them again. */
function replay({ file, effort, seed }: Entry): Promise<Report> {
  const plan = efforts[effort];
  if (plan === undefined) throw new Error(`${file}: no effort ${effort}`);
  return verify({
    ...unattended,
    subjects: [played(`recording:${file}`, path.join(folder, file))],
    selection: { properties, unit: () => true },
    seed,
    effort: plan,
    parallel: 4,
    controls: () => Promise.resolve([]),
  });
}

const named = ({ unit, law }: { readonly unit: string; readonly law: string }): string => `${unit}: ${law}`;

describe.each(entries)("$file", (entry) => {
  test("says what the index says of it", async () => {
    const { verdicts, summary } = await replay(entry);
    const of = (status: string): readonly string[] => verdicts.filter((verdict) => verdict.status === status).map(named);
    expect(of("error")).toEqual([]);
    const roots = verdicts.filter(({ status, impliedBy }) => status === "violated" && impliedBy.length === 0).map(named);
    const untested = new Set(of("untested"));
    const expected = entry.found.map(named).filter((name) => !untested.has(name));
    expect([...roots].sort()).toEqual([...expected].sort());
    expect(summary.holds).toBeGreaterThan(0);
  });
});
