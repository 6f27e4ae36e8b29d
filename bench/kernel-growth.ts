/**
 * Time and peak memory against K and n, with the exponents of power laws fitted to them.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Row, Size } from "./kernel-inputs.js";
import { median, timed } from "./kernel-time.js";

export interface Growth {
  readonly name: string;
  readonly against: "K" | "n";
  readonly points: readonly { readonly size: Size; readonly ms: number; readonly peakMb: number }[];
  /** Slopes of logarithms by least squares; of time where there are at least 2¹⁸ numbers, for below that operations cost to start. */
  readonly timeExponent: number;
  readonly memoryExponent: number;
}

const Ks = [16, 64, 256, 1024, 4096, 16_384, 50_257];
const ns = [16, 64, 256, 1024, 4096];

function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (k: 0 | 1): number => logs.reduce((sum, p) => sum + p[k], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  const over = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return over / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

async function point(row: Row, size: Size): Promise<Growth["points"][number]> {
  tf.engine().startScope();
  try {
    const call = row.make(size);
    await timed(call, 2);
    const ms = median(await timed(call, 7));
    const before = tf.memory().numBytes;
    const { peakBytes } = await tf.profile(() => {
      tf.dispose(call());
    });
    return { size, ms, peakMb: (peakBytes - before) / 2 ** 20 };
  } finally {
    tf.engine().endScope();
  }
}

/** Of rows on tokens: against K with 256 tokens, and against tokens with K = 1,024; of Gaussian rows against the batch. */
export async function growthOf(rows: readonly Row[]): Promise<readonly Growth[]> {
  const found: Growth[] = [];
  for (const row of rows) {
    const scales: readonly (readonly [Growth["against"], readonly Size[]])[] =
      row.group === "gaussian" || row.name === "generator on polynomials"
        ? [["n", ns.slice(0, 4).map((n) => ({ n, K: 2 ** 14 }))]]
        : [
            ["K", Ks.map((K) => ({ n: 256, K }))],
            ["n", ns.map((n) => ({ n, K: 1024 }))],
          ];
    for (const [against, sizes] of scales) {
      const points: Growth["points"][number][] = [];
      // A band of 16 needs more states than that.
      for (const size of sizes) if (size.K > 16 || !row.name.includes("banded")) points.push(await point(row, size));
      const large = points.filter(({ size }) => size.n * size.K >= 2 ** 18);
      const growth: Growth = {
        name: row.name,
        against,
        points,
        timeExponent: slope(large.map(({ size, ms }) => [size[against], ms])),
        memoryExponent: slope(large.map(({ size, peakMb }) => [size[against], peakMb])),
      };
      found.push(growth);
      process.stdout.write(
        `${row.name} | ${against} | ${points.map(({ ms, peakMb }) => `${ms.toPrecision(2)} ms ${peakMb.toPrecision(2)} MB`).join(" | ")} | ${growth.timeExponent.toFixed(2)} | ${growth.memoryExponent.toFixed(2)}\n`,
      );
    }
  }
  return found;
}
