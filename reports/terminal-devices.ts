/**
 * The same code on several devices: how much of its tolerance each law used on each.
 */
import type { Report } from "#properties/engine/verdict";
import { type Paint, rough } from "#reports/layout";
import { table } from "#reports/terminal-tables";

const shownOtherwise = 12;

/** Law × subject, the largest share over the units that hold. Null unless two subjects run the same code. */
export function deviceTable({ subjects, verdicts }: Report, paint: Paint, verbose: boolean): string | null {
  const same = subjects.filter(({ name }) => subjects.filter((other) => other.name === name).length > 1);
  if (same.length < 2) return null;
  const shares = new Map<string, number[]>();
  for (const { law, subject, used, status } of verdicts) {
    const k = same.findIndex(({ id }) => id === subject);
    if (k < 0 || status !== "holds" || used === null) continue;
    const row = shares.get(law) ?? same.map(() => Number.NaN);
    row[k] = Math.max(used, Number.isNaN(row[k] ?? Number.NaN) ? 0 : (row[k] ?? 0));
    shares.set(law, row);
  }
  const spread = (row: readonly number[]): number => Math.max(...row.filter(Number.isFinite)) - Math.min(...row.filter(Number.isFinite));
  const rows = [...shares].filter(([, row]) => row.some((x) => x > 0)).sort(([a, x], [b, y]) => spread(y) - spread(x) || (a < b ? -1 : 1));
  if (rows.length === 0) return null;
  const shown = rows.slice(0, verbose ? rows.length : shownOtherwise);
  const cells = shown.map(([law, row]) => [law, ...row.map((x) => (Number.isNaN(x) ? paint.dim("·") : rough(x)))]);
  const rest = rows.length - shown.length;
  const head = ["share of the tolerance", ...same.map(({ id }) => id.slice(id.indexOf(":") + 1))].map((name) => paint.dim(name));
  return `${paint.bold("Between devices")}\n${table(head, cells)}${rest > 0 ? `\n  ${paint.dim(`and ${rest} more laws, which differ less (--verbose)`)}` : ""}`;
}
