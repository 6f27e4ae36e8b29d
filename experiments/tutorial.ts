/**
 * # A tutorial's two listings
 *
 * `q_sample_continuous(x0, t)` and `q_sample_discrete(x0, t)` as a user would hand them to lawbook, with the convention that the
 * tutorial's text declares. The text writes Cat(xₜ; Qₜxₜ₋₁), columns; the code reads a row. What is asked: does lawbook say so, and does
 * it name the reading under which the code is right?
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { properties, type Report, resolveSubject, unattended, verify } from "#cli/api";
import type { Experiment, Result } from "#experiments/experiment";
import { efforts } from "#properties/engine/effort";

const listing = fileURLToPath(new URL("examples/tutorial.py", repository()));
const asked = [
  "kernel.row-stochastic",
  "kernel.chapman-kolmogorov",
  "categorical.q.absorbing",
  "gaussian.forward.marginal",
  "schedule.snr",
];

/** The repository, from the sources or from what is compiled of them. */
function repository(): URL {
  const above = new URL("../", import.meta.url);
  return above.pathname.endsWith("/dist/") ? new URL("../", above) : above;
}

async function verified(file: string): Promise<Report> {
  const subject = await resolveSubject({
    asked: file,
    like: undefined,
    python: process.env["LAWBOOK_TEST_PYTHON"] ?? "python3",
    workers: 1,
    secondsPerCall: 30,
    note: () => undefined,
  });
  const { standard } = efforts;
  if (standard === undefined) throw new Error("no effort standard");
  try {
    return await verify({
      ...unattended,
      subjects: [subject],
      selection: { properties: properties.filter(({ law }) => asked.includes(law.id)), unit: () => true },
      effort: standard,
    });
  } finally {
    await subject.close();
  }
}

/** The listing with the convention that its text declares, and with another. */
export async function declaring(orientation: "row" | "column"): Promise<Report> {
  if (orientation === "column") return await verified(listing);
  const folder = mkdtempSync(path.join(tmpdir(), "lawbook-"));
  try {
    const file = path.join(folder, "tutorial.py");
    writeFileSync(file, readFileSync(listing, "utf8").replace('orientation = "column"', 'orientation = "row"'));
    return await verified(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(): Promise<Result> {
  const rows = [];
  for (const orientation of ["column", "row"] as const)
    for (const { unit, law, status, consistentWith } of (await declaring(orientation)).verdicts)
      if (status === "holds" || status === "violated") rows.push([orientation, unit, law, status, consistentWith ?? ""]);
  return {
    columns: ["declared", "listing", "law", "verdict", "consistent with"],
    rows,
    finding:
      "As the text declares it, the discrete listing is in violation, and lawbook names the reading under which it would hold; declared so, everything holds.",
    plot: null,
  };
}

export const tutorial: Experiment = {
  name: "tutorial",
  question: "Does a text that writes Q·x and a code that reads Q[x] come out as a wrong declaration?",
  method: "examples/tutorial.py, verified as it is and with the declaration `row`, at standard effort, seed 1.",
  run,
};
