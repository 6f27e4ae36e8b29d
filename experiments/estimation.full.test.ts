import { expect, test } from "vitest";
import { all, drawn, errors, K, noised, onLine, onStates, target, walk, width } from "#experiments/estimation";
import { gaussLegendre } from "#spec/number/quadrature";
import { uniformized } from "#spec/number/uniformization";

test("errors of estimated scores fall with noise and with data, on the line and on states alike", () => {
  const found = errors();
  for (const { level, n, line, states } of found) {
    const noisier = found.find((one) => one.n === n && one.level > level);
    if (noisier !== undefined) {
      expect(noisier.line).toBeLessThan(line);
      expect(noisier.states).toBeLessThan(states);
    }
    const more = found.find((one) => one.level === level && one.n > n);
    if (more !== undefined) {
      expect(more.line).toBeLessThan(line);
      expect(more.states).toBeLessThan(states);
    }
  }
  // Between the width of a bin and the ends of the states the two formulations are one.
  for (const { level, line, states } of found.filter((one) => one.level >= 2 && one.level <= 6)) {
    expect(states / line, `${level} bins`).toBeGreaterThan(0.8);
    expect(states / line, `${level} bins`).toBeLessThan(1.25);
  }
});

test("the score entropy integrates to the divergence that noise takes away", () => {
  const estimate = drawn(1000, 7);
  const kernel = (tau: number): Float64Array => uniformized(walk, K, tau, all).rows;
  const divergence = (tau: number): number => {
    const [p, q] = [noised(target, kernel(tau)), noised(estimate, kernel(tau))];
    return p.reduce((sum, mass, x) => sum + mass * Math.log(mass / (q[x] ?? 0)), 0);
  };
  const [from, to] = [(2 * width) ** 2, (4 * width) ** 2];
  const { nodes, weights } = gaussLegendre(12);
  const lost = nodes.reduce(
    (sum, node, k) => sum + (weights[k] ?? 0) * (to - from) * onStates(estimate, kernel(from + (to - from) * node)),
    0,
  );
  expect(lost).toBeCloseTo(divergence(from) - divergence(to), 10);
});

test("twice as many points on the line change little", () => {
  const estimate = drawn(100, 3);
  for (const level of [0.5, 2]) {
    const tau = (level * width) ** 2;
    expect(onLine(estimate, tau, 40) / onLine(estimate, tau)).toBeCloseTo(1, 1);
  }
});
