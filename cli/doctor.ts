/**
 * # doctor
 *
 * Whether lawbook can run here, and whether a subject can be asked: its declarations read back in words before any law is held to it.
 */

import { exit } from "#cli/exit";
import type { Io } from "#cli/io";
import { rolesOf } from "#cli/list";
import { openSubject } from "#cli/open";
import { lawbookVersion } from "#cli/version";
import { backendNames, located } from "#impl/backend/place";
import { properties } from "#properties/all";
import { counted, field } from "#reports/layout";
import { SpecError } from "#spec/error";
import { factsFrom } from "#spec/facts";
import { roleMethods } from "#spec/roles";
import type { Answerer, UnitSpec } from "#subjects/answerer";
import { cachedEnvironments, cacheRoot, inspectPython } from "#subjects/environment";

export interface DoctorFlags {
  readonly like?: string;
  readonly python?: string;
}

export async function doctorCommand(asked: string | undefined, flags: DoctorFlags, io: Io): Promise<number> {
  const say = (label: string, text: string): void => io.out(`${field(label, text, 0, 14)}\n`);
  say("lawbook", `${lawbookVersion()}, ${counted(properties.length, "law")}, node ${process.versions.node}`);
  const fine = await python(flags, say);
  await backends(say);
  if (asked === undefined) return fine ? exit.expected : exit.unusable;
  return (await examine(asked, flags, say, io)) ? exit.expected : exit.unusable;
}

type Say = (label: string, text: string) => void;

async function python(flags: DoctorFlags, say: Say): Promise<boolean> {
  try {
    const info = await inspectPython(flags.python);
    say("python", `${info.version} (${info.kind}) ${info.executable}`);
    const modules = Object.entries(info.modules);
    say(
      "has",
      modules
        .filter(([, version]) => version !== null)
        .map(([name, version]) => `${name} ${version}`)
        .join(", ") || "none of the modules that subjects need",
    );
    say(
      "lacks",
      modules
        .filter(([, version]) => version === null)
        .map(([name]) => name)
        .join(", ") || "nothing",
    );
    const ways = [info.uv === null ? "" : `uv ${info.uv}`, info.pip === null ? "" : `pip ${info.pip}`].filter((way) => way !== "");
    say("installs with", ways.join(", ") || "neither uv nor pip: pip:NAME cannot be made here");
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    say("python", `${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`);
    return false;
  }
  const cached = cachedEnvironments();
  say(
    "environments",
    `${cacheRoot()}: ${cached.length === 0 ? "none made yet" : cached.map(({ name, version }) => `${name} ${version}`).join(", ")}`,
  );
  return true;
}

/** What `builtin` can run on here; each is started to see. */
async function backends(say: Say): Promise<void> {
  const { startBackend } = await import("#impl/backend/backend");
  const { fingerprint } = await import("#impl/backend/fingerprint");
  for (const name of backendNames) {
    if (name !== "cpu" && located(name, cacheRoot()) === null) {
      say("backend", `${name}: not installed; lawbook backend install ${name}`);
      continue;
    }
    try {
      const { runtime } = await startBackend(name, cacheRoot());
      const { flushesSubnormals, productBits, repeats, expDrifts } = await fingerprint();
      const about = Object.entries(runtime).flatMap(([what, value]) => (what === "backend" ? [] : [`${what} ${value}`]));
      const device = [
        flushesSubnormals ? "flushes subnormals" : "keeps subnormals",
        `${productBits} bits in matrix products`,
        repeats ? "repeats itself" : "differs from run to run",
        ...(expDrifts ? ["exponentials as inexact as WGSL allows"] : []),
      ];
      say("backend", `${name}: ${[...about, ...device].join(", ")}`);
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      say("backend", `${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`);
    }
  }
}

async function examine(asked: string, { like, python: path }: DoctorFlags, say: Say, io: Io): Promise<boolean> {
  const note = (text: string): void => io.err(`${text}\n`);
  const subject = await openSubject(asked, properties, {
    workers: 1,
    note,
    ...(like === undefined ? {} : { like }),
    ...(path === undefined ? {} : { python: path }),
  });
  try {
    const started = performance.now();
    const spec = await subject.describe();
    say(
      "subject",
      `${subject.id}: ${spec.name}${spec.version === null ? "" : ` ${spec.version}`}, ${counted(spec.units.length, "unit")}, ready in ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
    say(
      "runtime",
      Object.entries(spec.runtime)
        .map(([name, version]) => `${name} ${version}`)
        .join(", ") || "not declared",
    );
    say("arithmetic", spec.arithmetics.join(", "));
    const answers = await Promise.all(spec.units.map((unit) => unitLine(subject, unit, spec.arithmetics[0] ?? "f64")));
    const width = Math.max(14, ...spec.units.map(({ name }) => name.length + 2));
    for (const { unit, text } of answers) io.out(`${field(unit, text, 0, width)}\n`);
    return answers.every(({ fine }) => fine);
  } catch (error) {
    say("subject", `${asked}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  } finally {
    await subject.close();
  }
}

/** Declared conventions at the defaults, and how many laws can be asked. */
async function unitLine(
  subject: Answerer,
  unit: UnitSpec,
  arithmetic: "f64" | (string & {}),
): Promise<{ readonly unit: string; readonly text: string; readonly fine: boolean }> {
  const outcome = await subject.answer({
    unit: unit.name,
    config: {},
    method: "facts",
    args: {},
    arithmetic: arithmetic as "f64",
    fresh: false,
  });
  if ("trouble" in outcome)
    return {
      unit: unit.name,
      text: `facts: ${outcome.trouble.type}: ${outcome.trouble.message}`,
      fine: outcome.trouble.kind === "refused",
    };
  try {
    const { time, level, scale } = factsFrom(outcome.answer);
    const laws = properties.filter(({ law }) =>
      law.roles.every((role) => roleMethods[role].some((method) => unit.methods.includes(method))),
    );
    return {
      unit: unit.name,
      fine: true,
      text: `${rolesOf(unit).join(", ")}; levels ${level}, scale ${scale}, times by ${time.kind}; ${counted(unit.options.length, "option")}; ${counted(laws.length, "law")} can be asked`,
    };
  } catch (error) {
    return { unit: unit.name, text: error instanceof Error ? error.message : String(error), fine: false };
  }
}
