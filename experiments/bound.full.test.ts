import { describe, expect, test } from "vitest";
import { byDiscreteSteps, byGenerator, closedForm, diffusions, stepCounts } from "#experiments/bound";

describe.each(diffusions)("the bound of the %s diffusion", (_, chain) => {
  const exact = closedForm(chain);

  test("from the generator alone is the closed form", () => {
    // Some thousand terms of the size of the bound, each with tens of roundings of binary64.
    expect(Math.abs(byGenerator(chain) - exact)).toBeLessThan(2 ** -34 * exact);
  });

  test("in discrete time lies above it and falls to it at order one", () => {
    const gaps = stepCounts.map((steps) => byDiscreteSteps(chain, steps) - exact);
    gaps.reduce((before, after) => {
      expect(after).toBeGreaterThan(0);
      expect(after).toBeLessThan(before);
      return after;
    });
    const [coarse = 0, fine = 0] = gaps.slice(-2);
    expect(Math.log2(coarse / fine) / 2).toBeGreaterThan(0.95);
    expect(Math.log2(coarse / fine) / 2).toBeLessThan(1.05);
  });
});
