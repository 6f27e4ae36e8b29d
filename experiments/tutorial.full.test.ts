/** Needs a Python, its standard library alone. */
import { expect, test } from "vitest";
import { svgOf } from "#experiments/plot";
import { declaring } from "#experiments/tutorial";

test("a text that writes Q·x and a code that reads Q[x] come out as a wrong declaration", async () => {
  const { verdicts } = await declaring("column");
  const discrete = verdicts.filter(({ unit }) => unit === "q_sample_discrete");
  const rows = discrete.find(({ law }) => law === "kernel.row-stochastic");
  expect(rows?.status).toBe("violated");
  expect(rows?.consistentWith).toBe("matrices read by rows (orientation row)");
  const kernel = discrete.find(({ law }) => law === "categorical.q.absorbing");
  expect(kernel?.status).toBe("violated");
  expect(kernel?.consistentWith).toBe("matrices read by rows (orientation row)");
  const continuous = verdicts.filter(({ unit, status }) => unit === "q_sample_continuous" && status !== "unsupported");
  expect(continuous.map(({ status }) => status)).toEqual(continuous.map(() => "holds"));
  expect(continuous.length).toBeGreaterThan(0);
}, 120_000);

test("declared as the code reads it, everything holds", async () => {
  const { verdicts } = await declaring("row");
  expect(verdicts.filter(({ status }) => status === "violated" || status === "error")).toEqual([]);
  expect(verdicts.filter(({ status }) => status === "holds").length).toBeGreaterThanOrEqual(4);
}, 120_000);

test("a plot has its lines and no number that is none", () => {
  const svg = svgOf("a title", {
    x: "x",
    y: "y",
    lines: [
      {
        name: "one",
        points: [
          [1, 1],
          [10, 0.1],
          [100, Number.NaN],
        ],
      },
    ],
  });
  expect(svg).toMatch(/^<svg /);
  expect(svg).toContain("a title");
  expect(svg).not.toContain("NaN");
});
