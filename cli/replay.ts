/**
 * # replay
 *
 * One case again: what was asked, what came back, and whether it still fails.
 */

import pico from "picocolors";
import { exit } from "#cli/exit";
import { coloured, type Io } from "#cli/io";
import { lawPages } from "#cli/law-page";
import { unknown } from "#cli/names";
import { openSubject } from "#cli/open";
import { properties } from "#properties/all";
import { converse, type Exchange, type Talk } from "#properties/engine/conversation";
import { findIn } from "#properties/engine/fault";
import type { Judged } from "#properties/engine/judged";
import { caseToJson, decodeToken, type Replay } from "#properties/engine/token";
import { apart, field, numeral, optionsText, rough } from "#reports/layout";
import { lawLines } from "#reports/terminal-faults";
import type { Arithmetic } from "#spec/ask";
import { SpecError } from "#spec/error";
import type { AnyLaw } from "#spec/law";
import { isTensor } from "#spec/tensor";
import type { Answerer, SubjectSpec } from "#subjects/answerer";

export interface ReplayFlags {
  readonly as?: string;
  readonly like?: string;
  readonly python?: string;
  readonly verbose?: boolean;
}

export async function replayCommand(token: string, flags: ReplayFlags, io: Io): Promise<number> {
  if (flags.as !== undefined && flags.as !== "python") throw unknown("script language", flags.as, ["python"]);
  const replay = decodeToken(token);
  const law = properties.find(({ law: { id } }) => id === replay.law)?.law;
  if (law === undefined)
    throw unknown(
      "law",
      replay.law,
      properties.map(({ law: { id } }) => id),
      "the token was made by a lawbook that had it",
    );
  const { like, python } = flags;
  const note = (text: string): void => io.err(`${text}\n`);
  const subject = await openSubject(replay.subject, properties, {
    workers: 1,
    note,
    ...(like === undefined ? {} : { like }),
    ...(python === undefined ? {} : { python }),
  });
  try {
    const spec = await subject.describe();
    const unit = spec.units.find(({ name }) => name === replay.unit);
    if (unit === undefined)
      throw unknown(
        "unit",
        replay.unit,
        spec.units.map(({ name }) => name),
      );
    const arithmetic = arithmeticOf(law, spec);
    const lacks = (method: string): boolean => !unit.methods.includes(method);
    const talk = await converse(law, replay.case, { unit: replay.unit, config: replay.config, arithmetic }, async (question) =>
      lacks(question.method)
        ? { trouble: { kind: "absent", type: "Absent", message: `${unit.name} has no ${question.method}`, stage: "call" } }
        : subject.answer(question),
    );
    return flags.as === "python"
      ? await printScript(subject, replay, talk, arithmetic, io)
      : printCase(subject.id, law, replay, talk, arithmetic, flags.verbose === true, io);
  } finally {
    await subject.close();
  }
}

/** Faults are judged in the surest arithmetic that the subject offers. */
function arithmeticOf(law: AnyLaw, { arithmetics }: SubjectSpec): Arithmetic {
  const [usual = "f64"] = arithmetics;
  if (law.unpromoted === true) return arithmetics.includes("f32") ? "f32" : usual;
  return usual === "promoted" && arithmetics.includes("intercepted") ? "intercepted" : usual;
}

function printCase(id: string, law: AnyLaw, replay: Replay, talk: Talk, arithmetic: Arithmetic, verbose: boolean, io: Io): number {
  const paint = pico.createColors(coloured(io));
  const found = findIn(talk, arithmetic);
  const lines = [
    `${paint.bold(law.id)}  ${replay.unit} of ${id}`,
    ...lawLines(lawPages(properties).get(law.id), paint),
    field("with", optionsText(replay.config)),
    field("case", JSON.stringify(caseToJson(replay.case))),
  ];
  if (verbose)
    for (const { question, answer } of talk.exchanges)
      lines.push(field("asked", `${question.method}(${shortened(question.args)}) → ${answer === null ? "no answer" : shortened(answer)}`));
  for (const one of found.judged) lines.push(...judgedLines(one));
  for (const { message } of found.failures.filter(({ evidence }) => evidence.startsWith("finite:"))) lines.push(field("got", message));
  const [word, code] = verdictOf(found.status, found.reason);
  lines.push(field("verdict", code === exit.unexpected ? paint.red(word) : word));
  io.out(`${lines.join("\n")}\n`);
  return code;
}

function verdictOf(status: ReturnType<typeof findIn>["status"], reason: string | null): readonly [string, number] {
  switch (status) {
    case "violated":
      return ["it still fails", exit.unexpected];
    case "holds":
      return ["it holds", exit.expected];
    case "undecided":
      return [`undecided: ${reason}`, exit.expected];
    case "error":
      return [`no answer: ${reason}`, exit.unknown];
    case "unrecorded":
      return [`not to be told: ${reason}`, exit.unknown];
    case "skipped":
    case "absent":
      return [`the law does not speak of this case here: ${reason}`, exit.expected];
    default:
      return status satisfies never;
  }
}

function judgedLines({ name, outcome, worst, used }: Judged): readonly string[] {
  const head = field(outcome === "violated" ? "fails" : outcome, `${name}${worst?.place == null ? "" : `, ${worst.place}`}`);
  if (worst === null || outcome === "unmet") return [head];
  const { expected, got, residual, tolerance } = worst;
  const [a, b] = apart(expected, got);
  const share = Number.isFinite(used) ? `${rough(used)} × the tolerance` : "beyond the tolerance";
  const values = got === null ? `off by ${numeral(residual, 3)}` : expected === null ? `got ${b}` : `expected ${a}, got ${b}`;
  return [head, field("", tolerance === null ? values : `${values}; ${share} of ${numeral(tolerance, 3)}`)];
}

function shortened(fields: object): string {
  const text = JSON.stringify(fields, (_, value: unknown) =>
    isTensor(value as never) ? Array.from((value as { data: Float64Array }).data) : value,
  );
  return text.length > 400 ? `${text.slice(0, 397)}…` : text;
}

async function printScript(subject: Answerer, replay: Replay, talk: Talk, arithmetic: Arithmetic, io: Io): Promise<number> {
  const found = findIn(talk, arithmetic);
  const worst =
    found.failures.find(({ worst: one }) => one !== null)?.worst ?? found.judged.find(({ worst: one }) => one !== null)?.worst ?? null;
  const decisive = decisiveOf(talk.exchanges, worst?.got ?? null);
  const script = decisive === null ? null : ((await subject.script?.(decisive.exchange.question)) ?? null);
  if (script === null)
    throw new SpecError("bad-argument", `${replay.subject} has no recipe for a script of ${replay.law}`, {
      hint: "lawbook replay without --as shows the case; --verbose every call and answer",
    });
  const page = lawPages(properties).get(replay.law);
  const head = [`# ${replay.law}: ${page?.title ?? ""}`, ...(page?.statement.map(({ text }) => `#   ${text}`) ?? [])];
  const place = worst?.place == null ? "" : ` at ${worst.place}`;
  const tail: string[] = [];
  if (decisive?.index != null) tail.push(`print("got", answer[${decisive.index}].item())`);
  if (worst?.expected != null)
    tail.push(`print("expected", ${worst.expected}, ${JSON.stringify(`with a tolerance of ${rough(worst.tolerance ?? 0)}${place}`)})`);
  io.out(`${[...head, script.trimEnd(), ...tail].join("\n")}\n`);
  return exit.expected;
}

/** The call whose answer contains the number that is wrong, and where in it; else the last call that was made. */
function decisiveOf(
  exchanges: readonly Exchange[],
  got: number | null,
): { readonly exchange: Exchange; readonly index: number | null } | null {
  const calls = exchanges.filter(
    ({ question }) => question.method !== "facts" && question.method !== "levels" && question.method !== "grid",
  );
  for (const exchange of [...calls].reverse()) {
    const main = exchange.answer?.["states"] ?? exchange.answer?.["xt"] ?? exchange.answer?.["value"];
    if (got === null || !isTensor(main)) continue;
    const index = main.data.findLastIndex((x) => Object.is(x, got));
    if (index >= 0) return { exchange, index };
  }
  const last = calls.at(-1) ?? exchanges.at(-1);
  return last === undefined ? null : { exchange: last, index: null };
}
