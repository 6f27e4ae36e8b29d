/**
 * What `verify` is asked, checked before anything is judged.
 */

import { type FailOn, failOnNames } from "#cli/exit";
import { patternsOf, unknown } from "#cli/names";
import { type Effort, efforts } from "#properties/engine/effort";
import type { Shard } from "#properties/engine/shard";
import { SpecError } from "#spec/error";

export interface ReporterFlags {
  readonly reporter?: readonly string[];
}

/** As commander hands it over. */
export interface VerifyFlags extends ReporterFlags {
  readonly laws?: string;
  readonly units?: string;
  readonly effort: string;
  readonly maxTime?: string;
  readonly seed: string;
  readonly like?: string;
  readonly python?: string;
  readonly workers?: string;
  readonly backend?: string;
  readonly allBackends?: boolean;
  readonly shard?: string;
  readonly control?: string;
  readonly failOn: string;
  readonly verbose?: boolean;
}

export interface ReporterChoice {
  readonly name: ReporterName;
  /** Null: standard output. */
  readonly file: string | null;
}

type ReporterName = "terminal" | "json" | "junit";
const reporterNames: readonly ReporterName[] = ["terminal", "json", "junit"];

export interface VerifyPlan {
  readonly laws: readonly string[];
  readonly units: readonly string[];
  readonly effort: Effort;
  /** Seconds; null where only the work itself ends it. */
  readonly maxSeconds: number | null;
  readonly seed: number;
  readonly workers: number | undefined;
  readonly shard: Shard | null;
  readonly failOn: readonly FailOn[];
  readonly reporters: readonly ReporterChoice[];
}

export function verifyPlan(flags: VerifyFlags): VerifyPlan {
  return {
    laws: flags.laws === undefined ? ["*"] : patternsOf(flags.laws),
    units: flags.units === undefined ? ["*"] : patternsOf(flags.units),
    effort: effortOf(flags.effort),
    maxSeconds: flags.maxTime === undefined ? null : secondsOf(flags.maxTime),
    seed: whole("--seed", flags.seed, 0),
    workers: flags.workers === undefined ? undefined : whole("--workers", flags.workers, 1),
    shard: flags.shard === undefined ? null : shardOf(flags.shard),
    failOn: failOnOf(flags.failOn),
    reporters: reportersOf(flags.reporter),
  };
}

export const failOnOf = (text: string): readonly FailOn[] =>
  patternsOf(text).map((name) => oneOf("verdict for --fail-on", name, failOnNames));

function oneOf<T extends string>(kind: string, name: string, names: readonly T[]): T {
  const found = names.find((one) => one === name);
  if (found === undefined) throw unknown(kind, name, names, `there are ${names.join(", ")}`);
  return found;
}

function effortOf(name: string): Effort {
  const effort = Object.hasOwn(efforts, name) ? efforts[name] : undefined;
  if (effort === undefined) throw unknown("effort", name, Object.keys(efforts), `there are ${Object.keys(efforts).join(", ")}`);
  return effort;
}

function bad(option: string, expected: string, got: string): SpecError {
  return new SpecError("bad-argument", `${option}: expected ${expected}, got "${got}"`);
}

function whole(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) throw bad(option, `a whole number from ${least} on`, text);
  return value;
}

const units: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, m: 60, min: 60, h: 3600 };

function secondsOf(text: string): number {
  const [, number = "", unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|min|h)?$/.exec(text) ?? [];
  if (number === "" || Number(number) === 0) throw bad("--max-time", "a duration such as 60s or 5m", text);
  return Number(number) * (units[unit] ?? 1);
}

function shardOf(text: string): Shard {
  const [, index = "0", count = "0"] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (Number(count) < 1 || Number(index) < 1 || Number(index) > Number(count)) throw bad("--shard", "i/n with 1 ≤ i ≤ n", text);
  return { index: Number(index), count: Number(count) };
}

/** The terminal report is there unless standard output is taken. */
export function reportersOf(asked: readonly string[] = []): readonly ReporterChoice[] {
  const made = asked.map((text): ReporterChoice => {
    const at = text.indexOf("=");
    const file = at < 0 ? null : text.slice(at + 1);
    if (file === "") throw bad("--reporter", "NAME or NAME=FILE", text);
    return { name: oneOf("reporter", at < 0 ? text : text.slice(0, at), reporterNames), file };
  });
  const onScreen = made.filter(({ file }) => file === null);
  if (onScreen.length > 1) throw bad("--reporter", "at most one report on standard output", onScreen.map(({ name }) => name).join(" and "));
  return onScreen.length === 0 ? [{ name: "terminal", file: null }, ...made] : made;
}
