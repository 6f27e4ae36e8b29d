/**
 * # record
 *
 * Puts the questions of a whole run to a subject and keeps the answers: what they are held to is decided when the recording is verified.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { exit } from "#cli/exit";
import type { Io } from "#cli/io";
import { chosen, matches } from "#cli/names";
import { openSubject } from "#cli/open";
import { progress } from "#cli/progress";
import { run } from "#cli/verify";
import { verifyPlan } from "#cli/verify-options";
import { properties } from "#properties/all";
import { counted } from "#reports/layout";
import { SpecError } from "#spec/error";
import { type Origin, recorder } from "#subjects/recording";

export interface RecordFlags extends Origin {
  readonly out: string;
  readonly laws?: string;
  readonly units?: string;
  readonly effort: string;
  readonly seed: string;
  readonly like?: string;
  readonly python?: string;
}

export async function recordCommand(asked: string, flags: RecordFlags, io: Io): Promise<number> {
  const { laws, units, effort, seed } = flags;
  const plan = verifyPlan({
    ...(laws === undefined ? {} : { laws }),
    ...(units === undefined ? {} : { units }),
    effort,
    seed,
    failOn: "violated",
    workers: "1",
  });
  const wanted = new Set(
    chosen(
      plan.laws,
      properties.map(({ law }) => law.id),
      "law",
    ),
  );
  const shown = progress(io);
  const { like, python, repository, commit, licence } = flags;
  const opened = await openSubject(asked, properties, {
    note: shown.note,
    workers: 1,
    ...(like === undefined ? {} : { like }),
    ...(python === undefined ? {} : { python }),
  });
  try {
    const { subject, bytes } = recorder(opened);
    const unit = (name: string): boolean => plan.units.some((pattern) => matches(pattern, name));
    const report = await run(
      [subject],
      properties.filter(({ law }) => wanted.has(law.id)),
      unit,
      plan,
      shown,
      () => false,
    );
    const origin = {
      ...(repository === undefined ? {} : { repository }),
      ...(commit === undefined ? {} : { commit }),
      ...(licence === undefined ? {} : { licence }),
    };
    const made = await bytes(origin, { seed: plan.seed, effort, laws: plan.laws, units: plan.units });
    const file = path.resolve(io.cwd, flags.out);
    try {
      writeFileSync(file, made);
    } catch (error) {
      throw new SpecError("report-unwritable", `${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
    io.out(
      `${flags.out}: ${counted(report.verdicts.filter(({ status }) => status !== "unsupported").length, "verdict")} rest on it, ${Math.ceil(made.length / 1024)} KiB\n`,
    );
    io.out(
      `again: lawbook verify recording:${flags.out} --effort ${effort} --seed ${seed}${laws === undefined ? "" : ` --laws '${laws}'`}\n`,
    );
    return exit.expected;
  } finally {
    shown.end();
    await opened.close();
  }
}
