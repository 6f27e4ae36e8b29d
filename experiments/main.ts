/**
 * `npm run experiments [NAME…]`: runs experiments, prints their tables, writes JSON and plots to `reports/found/experiments/`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import Table from "cli-table3";
import { bound } from "#experiments/bound";
import { estimation } from "#experiments/estimation";
import type { Cell, Experiment } from "#experiments/experiment";
import { svgOf } from "#experiments/plot";
import { tutorial } from "#experiments/tutorial";

const experiments: readonly Experiment[] = [bound, estimation, tutorial];
const folder = "reports/found/experiments";

const printed = (cell: Cell): string =>
  typeof cell !== "number" ? (cell ?? "–") : Number.isInteger(cell) ? String(cell) : cell.toPrecision(4);

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !experiments.some((one) => one.name === name));
  if (unknown.length > 0) {
    console.error(`experiments: expected ${experiments.map(({ name }) => name).join(", ")}, got ${unknown.join(", ")}`);
    process.exitCode = 2;
    return;
  }
  mkdirSync(folder, { recursive: true });
  for (const { name, question, method, run } of experiments.filter((one) => names.length === 0 || names.includes(one.name))) {
    const { columns, rows, finding, plot } = await run();
    const table = new Table({ head: [...columns], style: { head: [], border: [] } });
    for (const row of rows) table.push(row.map(printed));
    console.log(`${name}: ${question}\n${method}\n${table.toString()}\n${finding}\n`);
    writeFileSync(`${folder}/${name}.json`, `${JSON.stringify({ name, question, method, columns, rows, finding }, null, 2)}\n`);
    if (plot !== null) writeFileSync(`${folder}/${name}.svg`, svgOf(question, plot));
  }
}

await main(process.argv.slice(2));
