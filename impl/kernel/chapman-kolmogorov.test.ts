import { expect, test } from "vitest";
import { transition } from "#impl/kernel/chapman-kolmogorov";
import { clean } from "#impl/schedule/level";

test("from clean data the kernel is the marginal", () => {
  expect(transition(clean, { alpha: 0.6, sigma: 0.8 })).toEqual({ scale: 0.6, variance: 0.8 ** 2 });
});

test("two steps are one", () => {
  const [s, t, u] = [
    { alpha: 1, sigma: 0.25 },
    { alpha: 0.5, sigma: 0.5 },
    { alpha: 0.25, sigma: 1 },
  ];
  const [ts, ut, us] = [transition(s, t), transition(t, u), transition(s, u)];
  expect(us.scale).toBe(ut.scale * ts.scale);
  expect(us.variance).toBeCloseTo(ut.scale ** 2 * ts.variance + ut.variance, 15);
});

test("no way back and no way from nothing", () => {
  expect(() => transition({ alpha: 0.5, sigma: 1 }, clean)).toThrow("expected the second level to be the noisier");
  expect(() => transition({ alpha: 0, sigma: 1 }, { alpha: 0, sigma: 1 })).toThrow("expected signal at the earlier level");
});
