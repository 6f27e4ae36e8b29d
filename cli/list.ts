/**
 * # list
 */

import { exit } from "#cli/exit";
import type { Io } from "#cli/io";
import { unknown } from "#cli/names";
import { openSubject } from "#cli/open";
import { properties } from "#properties/all";
import { SpecError } from "#spec/error";
import { type Role, roleMethods } from "#spec/roles";
import type { OptionSpec, UnitSpec } from "#subjects/answerer";
import { libraries } from "#subjects/libraries";

const lists = ["laws", "subjects", "units"] as const;

export interface ListFlags {
  readonly like?: string;
  readonly python?: string;
  readonly verbose?: boolean;
}

export async function listCommand(what: string, subject: string | undefined, flags: ListFlags, io: Io): Promise<number> {
  const list = lists.find((one) => one === what);
  if (list === undefined) throw unknown("list", what, lists, `there are ${lists.join(", ")}`);
  if (subject !== undefined && list !== "units") throw new SpecError("bad-argument", `list ${list}: expected no subject, got "${subject}"`);
  switch (list) {
    case "laws":
      io.out(columns(properties.map(({ law }) => [law.id, law.title])));
      return exit.expected;
    case "subjects":
      io.out(columns(subjects));
      return exit.expected;
    case "units":
      return listUnits(subject ?? "builtin", flags, io);
    default:
      return list satisfies never;
  }
}

const subjects: readonly (readonly [string, string])[] = [
  ["builtin", "lawbook's own implementations, on tfjs"],
  ...libraries.flatMap(({ name, title }) => [
    [name, `${title}: whatever the active Python imports`] as const,
    [`pip:${name}`, "the newest release in a managed environment; pip:NAME==RELEASE for another"] as const,
  ]),
  ["FILE.py", "a file that declares an adapter; lawbook init writes one"],
  ["FILE.py:CLASS", "a class with the interface of a library's, with --like LIBRARY"],
  ["exec:COMMAND", "any program that speaks the protocol of subjects/PROTOCOL.md"],
];

async function listUnits(asked: string, { like, python, verbose }: ListFlags, io: Io): Promise<number> {
  const note = (text: string): void => io.err(`${text}\n`);
  const subject = await openSubject(asked, properties, {
    workers: 1,
    note,
    ...(like === undefined ? {} : { like }),
    ...(python === undefined ? {} : { python }),
  });
  try {
    const { units } = await subject.describe();
    io.out(
      columns(units.flatMap((unit) => [[unit.name, rolesOf(unit).join(", ")], ...(verbose === true ? unit.options.map(optionLine) : [])])),
    );
    return exit.expected;
  } finally {
    await subject.close();
  }
}

const optionLine = ({ name, values, drawn, source }: OptionSpec): readonly [string, string] => [
  `  ${name}`,
  `${values.map((value) => JSON.stringify(value)).join(" ")}${drawn === null ? "" : ` ${drawn[0]}…${drawn[1]}`}  (${source})`,
];

/** Roles of which the unit has a method. */
export function rolesOf({ methods }: UnitSpec): readonly Role[] {
  return (Object.keys(roleMethods) as Role[]).filter((role) => roleMethods[role].some((method) => methods.includes(method)));
}

function columns(rows: readonly (readonly [string, string] | readonly string[])[]): string {
  const width = Math.max(0, ...rows.map(([first = ""]) => first.length));
  return rows
    .map(([first = "", second = ""]) => `${first.padEnd(width)}  ${second}`.trimEnd())
    .join("\n")
    .concat("\n");
}
