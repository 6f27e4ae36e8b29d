/**
 * # diff
 *
 * What changed between two reports: faults by fingerprint, verdicts by subject, unit and law. Releases of one subject compare.
 */

import pico from "picocolors";
import { exit } from "#cli/exit";
import { coloured, type Io } from "#cli/io";
import { readReport } from "#cli/merge";
import type { Fault, Report, Verdict } from "#properties/engine/verdict";
import { counted, field, optionsText } from "#reports/layout";

export async function diffCommand(before: string, after: string, io: Io): Promise<number> {
  const changes = diff(readReport(before, io.cwd), readReport(after, io.cwd));
  io.out(textOf(changes, before, after, pico.createColors(coloured(io))));
  return changes.fresh.some(({ verdict }) => verdict.documented === null) ? exit.unexpected : exit.expected;
}

interface Told {
  readonly verdict: Verdict;
  readonly fault: Fault;
}

export interface Changes {
  readonly fresh: readonly Told[];
  readonly gone: readonly Told[];
  readonly same: readonly Told[];
  /** Verdicts that are not the same, faults aside. */
  readonly changed: readonly { readonly cell: string; readonly before: string; readonly after: string }[];
}

export function diff(before: Report, after: Report): Changes {
  const [old, now] = [faultsOf(before), faultsOf(after)];
  const [oldCells, nowCells] = [cellsOf(before), cellsOf(after)];
  const cells = [...new Set([...oldCells.keys(), ...nowCells.keys()])].sort();
  return {
    fresh: [...now].filter(([print]) => !old.has(print)).map(([, told]) => told),
    gone: [...old].filter(([print]) => !now.has(print)).map(([, told]) => told),
    same: [...now].filter(([print]) => old.has(print)).map(([, told]) => told),
    changed: cells.flatMap((cell) => {
      const [a, b] = [oldCells.get(cell) ?? "not there", nowCells.get(cell) ?? "not there"];
      return a === b ? [] : [{ cell, before: a, after: b }];
    }),
  };
}

function faultsOf(report: Report): ReadonlyMap<string, Told> {
  return new Map(report.verdicts.flatMap((verdict) => verdict.faults.map((fault) => [fault.fingerprint, { verdict, fault }])));
}

/** By the subject's name, so that two releases of it meet. */
function cellsOf(report: Report): ReadonlyMap<string, string> {
  const names = new Map(report.subjects.map(({ id, name }) => [id, name]));
  return new Map(report.verdicts.map(({ subject, unit, law, status }) => [`${names.get(subject) ?? subject} ${unit} ${law}`, status]));
}

function textOf(
  { fresh, gone, same, changed }: Changes,
  before: string,
  after: string,
  paint: ReturnType<typeof pico.createColors>,
): string {
  const lines = [`${before} → ${after}`];
  for (const told of fresh) lines.push(`${paint.red("new")}   ${faultLine(told)}`, `  replay     ${told.fault.replay}`);
  for (const told of gone) lines.push(`${paint.green("gone")}  ${faultLine(told)}`);
  const transitions = new Map<string, string[]>();
  for (const { cell, before: a, after: b } of changed) transitions.set(`${a} → ${b}`, [...(transitions.get(`${a} → ${b}`) ?? []), cell]);
  for (const [transition, cells] of transitions) lines.push(transition, ...cells.map((cell) => field("", cell, 2, 0)));
  lines.push(
    `${counted(fresh.length, "new fault")}, ${gone.length} gone, ${same.length} the same; ${counted(changed.length, "verdict")} changed`,
  );
  return `${lines.join("\n")}\n`;
}

const faultLine = ({ verdict, fault }: Told): string => `${verdict.law}  ${verdict.unit}  ${fault.evidence}  ${optionsText(fault.options)}`;
