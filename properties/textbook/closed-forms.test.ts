/**
 * Closed forms that the laws of generators lean on, differentiated symbolically: no step size, no finite difference.
 */
import { describe, expect, test } from "vitest";
import { type Chain, straight, veSde, vpSde } from "#properties/textbook/chain";
import { sdeOf, subvpSde } from "#properties/textbook/dynamics";
import { absorbingProcess, type Process, uniformProcess } from "#properties/textbook/process";
import { evaluate } from "#spec/number/compile";
import { derivative, expression } from "#spec/number/expression";
import { binary64, unitRoundoff } from "#spec/number/format";

const times = [1 / 16, 1 / 4, 1 / 2, 7 / 8];
const numberOf = (of: ReturnType<typeof expression>, values: Readonly<Record<string, number>>): number =>
  evaluate(of, values, unitRoundoff(binary64), 0).values[0] ?? Number.NaN;

const total = "(0.1 * t + 9.95 * t^2)";
/** α and σ as functions of time. */
const diffusions: readonly (readonly [name: string, chain: Chain, alpha: string, sigma: string])[] = [
  ["VP", vpSde(), `exp(-${total} / 2)`, `sqrt(1 - exp(-${total}))`],
  ["sub-VP", subvpSde(), `exp(-${total} / 2)`, `(1 - exp(-${total}))`],
  ["VE", veSde(0.5, 8), "(1 + 0 * t)", "(0.5 * exp(t * log(16)))"],
  ["straight", straight(), "(1 - t)", "(1 * t)"],
];

describe.each(diffusions)("%s", (_, chain, alpha, sigma) => {
  const density = expression(`exp(-(x - ${alpha} * m)^2 / (2 * (${sigma}^2))) / sqrt(2 * pi * ${sigma}^2)`);
  const inTime = derivative(density, "t");
  const inSpace = derivative(density, "x");
  const twice = derivative(inSpace, "x");

  test.each(times)("its kernels solve the Kolmogorov equation of its coefficients at t = %d", (t) => {
    const { f, g2 } = sdeOf(chain, t);
    const { alpha: a, sigma: s } = chain.levels(t);
    for (const e of [-2, -0.5, 0, 1, 2.5]) {
      const at = { t, m: 0.75, x: 0.75 * a + s * e };
      const [p, px, pxx] = [numberOf(density, at), numberOf(inSpace, at), numberOf(twice, at)];
      const size = Math.abs(f * p) + Math.abs(f * at.x * px) + 0.5 * g2 * p * ((e * e + 1) / (s * s));
      expect(Math.abs(numberOf(inTime, at) + f * p + f * at.x * px - 0.5 * g2 * pxx)).toBeLessThan(2 ** -36 * size);
    }
  });
});

const clock = "(0.5 * t + 1.75 * t^2)";
/** P(x, y) where noise keeps a token with probability exp(−∫β): `same` is 1 where y = x, `p` the law that it tends to at y. */
const kernel = expression(`exp(-${clock}) * k + (1 - exp(-${clock})) * p`);
const inTime = derivative(kernel, "t");
const chains: readonly (readonly [name: string, process: Process])[] = [
  ["uniform", uniformProcess()],
  ["absorbing", absorbingProcess()],
];

describe.each(chains)("%s noise", (_, { classes: K, stationary, rate, transition }) => {
  test.each(times)("its kernels solve both Kolmogorov equations of its rates at t = %d", (t) => {
    const [R, P] = [rate?.(t) ?? new Float64Array(0), transition(null, t)];
    for (let x = 0; x < K; x++)
      for (let y = 0; y < K; y++) {
        const at = { t, k: x === y ? 1 : 0, p: stationary[y] ?? 0 };
        expect(P[x * K + y]).toBeCloseTo(numberOf(kernel, at), 12);
        const moved = numberOf(inTime, at);
        let [forward, backward] = [0, 0];
        for (let z = 0; z < K; z++) {
          forward += (P[x * K + z] ?? 0) * (R[z * K + y] ?? 0);
          backward += (R[x * K + z] ?? 0) * (P[z * K + y] ?? 0);
        }
        expect(moved).toBeCloseTo(forward, 11);
        // Rates at all times are multiples of one matrix and commute with the kernel.
        expect(moved).toBeCloseTo(backward, 11);
      }
  });
});
