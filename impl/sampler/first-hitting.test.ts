import { describe, expect, test } from "vitest";
import { cosineClock, geometricClock, logLinearClock } from "#impl/categorical/schedule";
import { hittingTime, hittingTimes } from "#impl/sampler/first-hitting";

const clocks = { "log-linear": logLinearClock(), geometric: geometricClock(), cosine: cosineClock() };

describe.each(Object.entries(clocks))("%s", (_, clock) => {
  test.each([1e-3, 0.1, 0.9, 1])("the time of what is gone, at t = %d", (t) => {
    expect(clock.inverse(1 - clock.survival(t)) / t).toBeCloseTo(1, 6);
  });

  test.each([1, 2, 1024])("the next of %d masked tokens", (masked) => {
    const time = hittingTime(masked, 0.9, 0.25, clock);
    expect(((1 - clock.survival(time)) / (1 - clock.survival(0.9))) ** masked).toBeCloseTo(0.25, 9);
    expect(hittingTime(masked, 0.9, 1, clock)).toBeCloseTo(0.9, 12);
    expect(hittingTime(masked, 0.9, 0, clock)).toBe(0);
  });
});

test("times fall, and end after the last token", () => {
  let k = 0;
  const times = hittingTimes(64, 1, clocks["log-linear"], () => (k++ * 0.6180339887) % 1);
  expect(times.length).toBe(64);
  times.forEach((time, i) => {
    expect(time).toBeLessThanOrEqual(times[i - 1] ?? 1);
    expect(time).toBeGreaterThan(0);
  });
});

test.each([
  ["hitting time: expected masked to be a whole number of at least 1, got 0", () => hittingTime(0, 0.5, 0.5, clocks.cosine)],
  ["hitting time: expected t in (0, 1], got 1.5", () => hittingTime(1, 1.5, 0.5, clocks.cosine)],
  ["hitting time: expected p in [0, 1], got NaN", () => hittingTime(1, 0.5, Number.NaN, clocks.cosine)],
  ["hitting times: expected t in (0, 1], got 0", () => hittingTimes(1, 0, clocks.cosine, () => 0.5)],
])("%s", (words, call) => {
  expect(call).toThrow(words);
});
