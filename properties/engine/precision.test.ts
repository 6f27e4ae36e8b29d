import { expect, test } from "vitest";
import type { Exchange } from "#properties/engine/conversation";
import { bitsLost } from "#properties/engine/precision";
import { tensor } from "#spec/tensor";

const exchange = (method: string, ...values: readonly number[]): Exchange =>
  ({ question: { method }, answer: { states: tensor(Float64Array.from(values)) } }) as unknown as Exchange;

test("draws of two arithmetics are not compared, and what follows them is", () => {
  const exact = [exchange("draw", 1, 2, 3), exchange("survival", 1)];
  expect(bitsLost(exact.slice(0, 1), [exchange("draw", 3, 1, 2)])).toBeNull();
  expect(bitsLost(exact, [exchange("draw", 3, 1, 2), exchange("survival", 1 + 2 ** -20)])).toBe(4);
});
