/**
 * Laws as plain text and LaTeX, for reports and `explain`.
 */

import { textOfTex } from "#cli/tex-text";
import { ancestors } from "#properties/engine/finalise";
import type { Control, Property } from "#properties/engine/property";
import { precedents } from "#reports/found/precedents";
import type { ControlPage, Formula, LawPage, LawPages } from "#reports/law-page";
import { notation } from "#spec/notation";
import { tex } from "#spec/number/expression";

const formula = (latex: string): Formula => ({ tex: latex, text: textOfTex(latex) });

/** Pages of all laws, by id. Depths count within the given list. */
export function lawPages(properties: readonly Property[]): LawPages {
  const above = ancestors(properties.map(({ law }) => law));
  return new Map(properties.map((property) => [property.law.id, lawPage(property, above.get(property.law.id)?.size ?? 0)]));
}

function lawPage({ law, accepts, rejects }: Property, depth: number): LawPage {
  return {
    id: law.id,
    title: law.title,
    kind: law.kind,
    statement: law.statement.map((one) => formula(typeof one === "string" ? one : tex(one))),
    roles: law.roles,
    sources: law.source.map(({ text, status, place = null }) => ({ text, status, place })),
    given: Object.keys(law.given),
    domain: Object.keys(law.cases).map((name) => ({ name, means: notation[name]?.means ?? null })),
    restsOn: law.restsOn,
    depth,
    tolerance: formula(law.tolerance),
    unpromoted: law.unpromoted === true,
    accepts: accepts.map(({ name }) => name),
    controls: rejects.map(controlPage),
  };
}

function controlPage({ name, because, plausible, precedent }: Control): ControlPage {
  const known = precedents.find(({ id }) => id === precedent);
  return {
    name,
    because,
    plausible,
    precedent: precedent === undefined ? null : (known ?? { id: precedent, project: "a public project", what: because }),
  };
}
