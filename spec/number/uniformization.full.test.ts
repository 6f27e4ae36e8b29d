/**
 * Uniformization against SciPy's exponential, which is another algorithm in another language: Padé approximants, scaled and squared.
 * Needs a Python with SciPy: the active one, or the managed base environment where one was made.
 */
import { describe, expect, test } from "vitest";
import { exitRate, uniformized } from "#spec/number/uniformization";
import { uniforms } from "#spec/stream";
import { cachedEnvironments, inspectPython } from "#subjects/environment";
import { pythonIn } from "#subjects/environment-python";
import { run } from "#subjects/environment-run";

/**
 * With the largest exit rate added to the diagonal nothing is negative, and squarings keep each entry's digits; without it an error is
 * as large as the largest entry's.
 */
const script = `
import json, sys
import numpy as np
from scipy.linalg import expm
answers = []
for case in json.load(sys.stdin):
    A = np.array(case["rates"]).reshape(case["classes"], -1) * case["tau"]
    shift = -A.diagonal().min()
    B = expm(A + shift * np.eye(len(A))) * np.exp(-shift)
    answers.append({"plain": expm(A).ravel().tolist(), "shifted": B.ravel().tolist()})
json.dump(answers, sys.stdout)
`;

async function scipyPython(): Promise<string | null> {
  const active = await inspectPython().catch(() => null);
  if (active !== null && (active.modules["scipy"] ?? null) !== null) return active.executable;
  const managed = cachedEnvironments().find(({ kind }) => kind === "base");
  return managed === undefined ? null : pythonIn(managed.path);
}

const chain = (K: number, stream: number): Float64Array => {
  const raw = uniforms(stream, 0, K * K);
  // Neighbours and a few far jumps: most entries are small.
  const off = (x: number, y: number): number => (Math.abs(x - y) === 1 ? 1 : 0.01) * (raw[x * K + y] ?? 0);
  const out = Float64Array.from({ length: K * K }, (_, k) => (k % (K + 1) === 0 ? 0 : off(Math.floor(k / K), k % K)));
  for (let x = 0; x < K; x++) out[x * K + x] = -out.subarray(x * K, (x + 1) * K).reduce((a, b) => a + b, 0);
  return out;
};

const python = await scipyPython();
const missing = "skipped: no Python with SciPy is active, and no base environment was made";

describe.skipIf(python === null)(python === null ? missing : "against SciPy", async () => {
  const cases = [2, 5, 16, 64, 256].flatMap((classes, index) =>
    (classes === 256 ? [4] : [0.01, 4, 200]).map((jumps) => {
      const rates = chain(classes, index + 1);
      return { classes, jumps, rates, tau: jumps / exitRate(rates, classes) };
    }),
  );
  const input = JSON.stringify(cases.map(({ rates, ...rest }) => ({ ...rest, rates: Array.from(rates) })));
  const { out, err, code } = await run(python ?? "", ["-c", script], { input, seconds: 300 });
  const answers = code === 0 ? (JSON.parse(out) as readonly { plain: number[]; shifted: number[] }[]) : [];

  const measured = cases.map(({ classes: K, jumps, rates, tau }, index) => {
    const all = Float64Array.from({ length: K }, (_, x) => x);
    const { rows, relative, tail } = uniformized(rates, K, tau, all);
    const { plain = [], shifted = [] } = answers[index] ?? {};
    const worst = (theirs: readonly number[], size: (entry: number) => number): number =>
      rows.reduce((largest, p, k) => Math.max(largest, Math.abs(p - (theirs[k] ?? Number.NaN)) / size(p)), 0);
    // Theirs doubles its relative error with each of log₂(jumps) squarings; a Padé quotient of degree 13 has as many products of K terms.
    const theirs = (jumps + 16) * 13 * (K + 16) * 2 ** -52;
    return {
      K,
      jumps,
      absolute: worst(plain, () => 1),
      relative: worst(shifted, (p) => p + tail),
      smallest: rows.reduce((least, p) => Math.min(least, p), 1),
      bound: relative + theirs,
    };
  });

  test("it runs", () => {
    expect(err).toBe("");
    expect(code).toBe(0);
  });

  test.each(
    measured.map(
      (one) =>
        [one.K, one.jumps, one.relative.toExponential(1), one.absolute.toExponential(1), one.smallest.toExponential(1), one] as const,
    ),
  )(
    "%i states, %s expected jumps: %s relative, %s absolute, smallest entry %s",
    (_K, _jumps, _relative, _absolute, _smallest, { relative, absolute, bound }) => {
      expect(relative).toBeLessThanOrEqual(bound);
      expect(absolute).toBeLessThanOrEqual(bound);
    },
  );
});
