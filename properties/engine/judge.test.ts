import { describe, expect, test } from "vitest";
import { judge } from "#properties/engine/judge";
import type { Judged } from "#properties/engine/judged";
import { atLeast, balance, enclosure, equality, greaterThan, type OrderEvidence, unmet } from "#spec/evidence";
import { equation, expression } from "#spec/number/expression";

const u = 2 ** -24;
/** One double above a number near 1. */
const ulp = 2 ** -52;
const inside = 1 - 2 ** -20;
const beyond = 1 + 2 ** -20;

describe("no points", () => {
  const none = new Float64Array(0);
  const one = Float64Array.of(1);

  test.each([
    ["balance", balance("same", equation("y == x"), { y: none, x: none }, { answer: "y", roundings: 1 })],
    ["balance with a number", balance("same", equation("y == x"), { y: none, x: 1 }, { answer: "y", roundings: 1 })],
    ["enclosure", enclosure("value", expression("exp(x)"), { x: none }, none, { roundings: 1 })],
    ["equality", equality("bits", none, none)],
    ["inequality", atLeast("more", none, 0, { roundings: 1 })],
    ["inequality with one bound", greaterThan("more", none, one)],
  ])("%s: nothing is said", (_, evidence) => {
    expect(judge(evidence, "f64")).toMatchObject({ outcome: "unmet", reason: `${evidence.name}: there is no point to judge` });
  });

  test.each([1, 2])("an answer that lacks %i is no such thing", (length) => {
    expect(judge(equality("bits", none, new Float64Array(length)), "f64").outcome).toBe("violated");
  });

  test("numbers alone are one point", () => {
    expect(judge(atLeast("more", 1, 0, { roundings: 1 }), "f64").outcome).toBe("holds");
  });
});

describe("balance", () => {
  const same = equation("y == x");
  const judged = (y: number, roundings = 1): Judged => judge(balance("same", same, { y, x: 1 }, { answer: "y", roundings }), "f64");
  /** |y − 1| ≤ nu/(1 − 2nu)·(y + 1), solved for y. */
  const edge = (n: number): number => {
    const factor = (n * u) / (1 - 2 * n * u);
    return (2 * factor) / (1 - factor);
  };

  test.each([1, 2, 12, 160])("%i roundings are forgiven and no more", (n) => {
    const [holds, fails] = [judged(1 + edge(n) * inside, n), judged(1 + edge(n) * beyond, n)];
    expect(holds).toMatchObject({ outcome: "holds", kind: "balance", name: "same" });
    expect(holds.used).toBeGreaterThan(0.99999);
    expect(holds.used).toBeLessThanOrEqual(1);
    expect(fails.outcome).toBe("violated");
    expect(fails.used).toBeGreaterThan(1);
    expect(fails.worst).toMatchObject({ expected: 1, got: 1 + edge(n) * beyond });
  });

  test("no roundings are no room", () => {
    expect(judged(1, 0).outcome).toBe("holds");
    expect(judged(1 + ulp, 0).outcome).toBe("violated");
  });

  test("what double cannot tell is told exactly, to the last bit", () => {
    // Between the two last doubles on either side of the edge lies no other.
    let [low, high] = [1, 1 + 2 * edge(1)];
    for (let k = 0; k < 60; k++) {
      const middle = (low + high) / 2;
      if (judged(middle).outcome === "holds") low = middle;
      else high = middle;
    }
    expect(high - low).toBe(ulp);
    expect([low, high].map((y) => judged(y).open)).toEqual([1, 1]);
    expect(Math.abs(low - 1 - edge(1))).toBeLessThanOrEqual(2 * ulp);
  });

  test("the worst of many points is named by its axes", () => {
    const y = Float64Array.from({ length: 6 }, (_, k) => (k === 4 ? 1.5 : 1));
    const axes = [
      ["state", 2],
      ["coordinate", 3],
    ] as const;
    const found = judge(balance("same", same, { y, x: 1 }, { answer: "y", roundings: 4, axes }), "f64");
    expect(found).toMatchObject({ outcome: "violated", worst: { place: "state 1, coordinate 1", expected: 1, got: 1.5 } });
  });

  test("terms on the way are forgiven in binary64, and undecided where no more than binary32 answers", () => {
    const evidence = balance("same", same, { y: 1 + 8 * u, x: 1 }, { answer: "y", roundings: 1, via: 100 });
    expect(judge(evidence, "f64").outcome).toBe("holds");
    expect(judge(evidence, "f32")).toMatchObject({ outcome: "undecided", reason: expect.stringContaining("binary64 would") });
    expect(judge({ ...evidence, values: { y: 2, x: 1 } }, "f32").outcome).toBe("violated");
  });
});

describe("enclosure", () => {
  const growth = expression("exp(a)");
  const judged = (answer: number): Judged => judge(enclosure("growth", growth, { a: 1 }, Float64Array.of(answer)), "f64");
  const tolerance = judged(Math.E).worst?.tolerance ?? Number.NaN;

  test("the running error of the formula is forgiven and no more", () => {
    expect(tolerance).toBeGreaterThanOrEqual(u * Math.E);
    expect(tolerance).toBeLessThan(8 * u * Math.E);
    for (const side of [1, -1]) {
      expect(judged(Math.E + side * tolerance * inside)).toMatchObject({ outcome: "holds", open: 0 });
      expect(judged(Math.E + side * tolerance * beyond)).toMatchObject({ outcome: "violated", open: 0 });
    }
  });

  test("at the edge decimals decide", () => {
    const found = [-2, -1, 0, 1, 2].map((k) => judged(Math.E + tolerance + k * 2 * ulp));
    expect(found.every(({ open }) => open === 1)).toBe(true);
    const outcomes = found.map(({ outcome }) => outcome);
    expect(outcomes).toContain("holds");
    expect(outcomes).toContain("violated");
    expect([...outcomes].sort()).toEqual(outcomes);
  });

  test("as many answers as the formula has values", () => {
    const values = { a: Float64Array.of(0, 0, 0) };
    expect(judge(enclosure("growth", growth, values, Float64Array.of(1, 1, 1)), "f64").outcome).toBe("holds");
    for (const length of [0, 2, 4])
      expect(() => judge(enclosure("growth", growth, values, new Float64Array(length).fill(1)), "f64")).toThrow("expected");
  });
});

describe("inequality", () => {
  test("roundings of both sides are forgiven and no more", () => {
    // 1 − y ≤ u(1 + y), solved for y.
    const y = (1 - u) / (1 + u);
    const judged = (left: number): Judged => judge(atLeast("rises", left, 1, { roundings: 1 }), "f64");
    expect(judged(1 - (1 - y) * inside)).toMatchObject({ outcome: "holds" });
    expect(judged(1 - (1 - y) * beyond)).toMatchObject({ outcome: "violated", reason: "must be at least" });
    expect(judged(2)).toMatchObject({ outcome: "holds", used: 0 });
  });

  test("without roundings, equal is enough", () => {
    expect(judge(atLeast("rises", 1, 1), "f64").outcome).toBe("holds");
    expect(judge(atLeast("rises", 1 - ulp, 1), "f64").outcome).toBe("violated");
  });

  test("strictly greater means greater", () => {
    expect(judge(greaterThan("rises", 1, 1), "f64")).toMatchObject({ outcome: "violated", reason: "must be greater" });
    expect(judge(greaterThan("rises", 1 + ulp, 1), "f64").outcome).toBe("holds");
  });
});

describe("order", () => {
  const judged = (errors: readonly number[], claimed = 1.5): Judged => {
    const steps = errors.map((_, k) => 4 * 2 ** k);
    const evidence: OrderEvidence = { kind: "order", name: "convergence", claimed, steps, errors, floor: 2 ** -30 };
    return judge(evidence, "f64");
  };

  test("half an order below the claim is the edge", () => {
    expect(judged([1, 1 / 2, 1 / 4, 1 / 8])).toMatchObject({ outcome: "holds", used: 1, worst: { got: 1 } });
    expect(judged([1, 1 / 2, 1 / 4, 1 / 8 + ulp])).toMatchObject({ outcome: "undecided" });
    expect(judged([1, 0.6, 0.36, 0.216])).toMatchObject({ outcome: "violated" });
  });

  test("a slope that still rises is left open", () => {
    expect(judged([1, 0.9, 0.7, 0.45])).toMatchObject({ outcome: "undecided", reason: expect.stringContaining("more steps") });
  });

  test("a higher order than claimed holds, and so do errors that are rounding", () => {
    expect(judged([1, 1 / 8, 1 / 64, 1 / 512]).outcome).toBe("holds");
    expect(judged([2 ** -31, 2 ** -31, 2 ** -31, 2 ** -31]).outcome).toBe("holds");
  });
});

describe("equality", () => {
  const judged = (got: readonly number[], expected: readonly number[]): Judged["outcome"] =>
    judge(equality("states", Float64Array.from(got), Float64Array.from(expected)), "f64").outcome;

  test("means the same bits, zeros of either sign, and as many", () => {
    expect(judged([1, -0], [1, 0])).toBe("holds");
    expect(judged([1, 1 + ulp], [1, 1])).toBe("violated");
    expect(judged([1], [1, 1])).toBe("violated");
    expect(judged([1, 1, 1], [1, 1])).toBe("violated");
    expect(judged([1, 1, 1], [1])).toBe("holds");
  });
});

test("what is not a number violates finiteness, whatever is asked of it", () => {
  for (const x of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const values = Float64Array.of(1, x);
    for (const evidence of [
      equality("states", values, values),
      atLeast("rises", values, 0),
      balance("same", equation("y == x"), { y: values, x: values }, { answer: "y", roundings: 1 }),
      enclosure("growth", expression("exp(a)"), { a: 0 }, values),
    ])
      expect(judge(evidence, "f64")).toMatchObject({ name: "finite", outcome: "violated", worst: { got: x } });
  }
});

test("a law that does not speak of a case judges nothing", () => {
  expect(judge(unmet("no grid"), "f64")).toMatchObject({ outcome: "unmet", reason: "no grid" });
});
