/**
 * # explain
 *
 * Everything that lawbook knows of a law: what it says, who says so, why its tolerance is what it is, and what it must reject.
 */
import pico from "picocolors";
import { exit } from "#cli/exit";
import { coloured, type Io } from "#cli/io";
import { lawPages } from "#cli/law-page";
import { unknown } from "#cli/names";
import { properties } from "#properties/all";
import type { LawPage } from "#reports/law-page";
import { field, type Paint, pageWidth, wrap } from "#reports/layout";

export async function explainCommand(id: string, io: Io): Promise<number> {
  const pages = lawPages(properties);
  const page = pages.get(id.toLowerCase());
  if (page === undefined) throw unknown("law", id, [...pages.keys()], "lawbook list laws names them");
  io.out(`${explanation(page, pico.createColors(coloured(io)))}\n`);
  return exit.expected;
}

export function explanation(page: LawPage, paint: Paint): string {
  const lines = [`${paint.bold(page.id)}  ${page.kind}`, ...wrap(page.title, pageWidth - 2).map((line) => `  ${line}`), ""];
  for (const { text } of page.statement) lines.push(paint.cyan(`    ${text}`));
  lines.push("", ...page.statement.map(({ tex }, k) => unbroken(k === 0 ? "LaTeX" : "", tex)), "");
  for (const [k, { text, status, place }] of page.sources.entries())
    lines.push(field(k === 0 ? "source" : "", `${text}${place === null ? "" : `, ${place}`} (${status})`));
  lines.push(
    field(
      "asks",
      `subjects that offer ${page.roles.join(" and ")}${page.unpromoted ? "; their own arithmetic is judged, not binary64" : ""}`,
    ),
  );
  lines.push(field("cases", page.domain.map(({ name, means }) => (means === null ? name : `${name} (${means})`)).join(", ")));
  if (page.given.length > 0) lines.push(field("given", page.given.join("; ")));
  if (page.restsOn.length > 0) lines.push(field("rests on", page.restsOn.join(", ")));
  lines.push(field("tolerance", page.tolerance.text), unbroken("", page.tolerance.tex));
  lines.push("", `  Accepts ${page.accepts.join(", ")}.`, "  Rejects");
  for (const { name, because, plausible } of page.controls)
    lines.push(
      ...wrap(`${name}: ${because}${plausible ? " (less than 5 % off)" : ""}`, pageWidth - 6).map(
        (line, k) => `    ${k === 0 ? "" : "  "}${line}`,
      ),
    );
  const caught = page.controls.flatMap(({ precedent }) => (precedent === null ? [] : [precedent]));
  const unique = [...new Map(caught.map((one) => [one.id, one])).values()];
  if (unique.length > 0) lines.push("", "  Real mistakes that these repeat");
  for (const { id, project, what } of unique)
    lines.push(...wrap(`${id}  ${project}: ${what}`, pageWidth - 6).map((line, k) => `    ${k === 0 ? "" : "  "}${line}`));
  lines.push("", `  See it fail: lawbook verify --control '${page.id}/${page.controls[0]?.name ?? "NAME"}'`);
  return lines.join("\n");
}

/** LaTeX is copied: it stays on one line. */
const unbroken = (label: string, text: string): string => `  ${label.padEnd(11)}${text}`;
