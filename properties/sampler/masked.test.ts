/**
 * Which steps the laws of masked tokens speak of: steps of a flow's rates are exact without noise of their own, and with it they mask
 * again, which the laws must not be asked about.
 */
import { describe, expect, test } from "vitest";
import { answerWith } from "#properties/engine/controls";
import { converseNow } from "#properties/engine/conversation";
import { findIn } from "#properties/engine/fault";
import type { Property, RawMethods } from "#properties/engine/property";
import { maskedPredictionProperty } from "#properties/parameterisation/discrete.property";
import { maskedPairProperty } from "#properties/sampler/masked.property";
import { discreteBook } from "#properties/textbook/discrete";
import { absorbingProcess } from "#properties/textbook/process";
import { cleanLaws, tokensOf } from "#spec/categorical/table";
import { type Fields, number, tensor, vector } from "#spec/tensor";

const [K, mask] = [3, 1];
const process = { ...absorbingProcess(K, mask), survival: (t: number) => 1 - t };

/** One token's step between two survivals: the chance of each clean token grows by 1 + ηa, and a clean token is masked with η(a′ − a). */
function row(x: number, clean: Float64Array, now: number, next: number, eta: number): Float64Array {
  const law = new Float64Array(K);
  if (x === mask) law.set(clean.map((p) => Math.min(1, (p * (next - now) * (1 + eta * now)) / (1 - now))));
  else law[mask] = next < 1 ? eta * (next - now) : 0;
  law[x] = Math.max(0, 1 - law.reduce((sum, p, k) => sum + (k === x ? 0 : p), 0));
  const total = law.reduce((a, b) => a + b, 0);
  return law.map((p) => p / total);
}

/** Runs and steps of a flow with `eta` of noise, which says that its rule is `reverse`. */
const flow = (eta: number, reverse: string): RawMethods =>
  discreteBook({ process, declares: { reverse } }, () => ({
    steplaw: (args) => {
      const [xt, clean, now] = [vector(args, "xt"), vector(args, "clean"), 1 - number(args, "t")];
      const next = args["s"] === null ? 1 : 1 - number(args, "s");
      return { law: tensor(Float64Array.from([...xt].flatMap((x, i) => [...row(x, clean.subarray(i * K, (i + 1) * K), now, next, eta)]))) };
    },
    runlaw: (args: Fields) => {
      const [table, steps] = [vector(args, "table"), number(args, "steps")];
      let law = table.map((_, k) => (k === mask * K + mask ? 1 : 0));
      for (let i = 0; i < steps; i++) {
        const [now, next] = [i / steps, (i + 1) / steps];
        const after = new Float64Array(law.length);
        law.forEach((mass, index) => {
          const tokens = tokensOf(index, 2, K);
          const likelihood = Float64Array.from([...tokens].flatMap((y) => [0, 1, 2].map((k) => (y === mask ? 1 : y === k ? 1 : 0))));
          const clean = cleanLaws(table, likelihood, 2, K, "posterior");
          const [a, b] = [0, 1].map((j) => row(tokens[j] ?? 0, clean.subarray(j * K, (j + 1) * K), now, next, eta));
          after.forEach((_, k) => {
            after[k] = (after[k] ?? 0) + mass * (a?.[Math.floor(k / K)] ?? 0) * (b?.[k % K] ?? 0);
          });
        });
        law = after;
      }
      return { law: tensor(law) };
    },
  }));

const statusOf = ({ law }: Property, value: Readonly<Record<string, unknown>>, methods: RawMethods): string =>
  findIn(converseNow(law, value, { unit: "flow", config: {}, arithmetic: "f64" }, answerWith(methods)), "f64").status;

describe("steps of a flow's rates", () => {
  const runs = { stream: 3, steps: 4, alike: true };
  const last = { u: 0.5, stream: 3 };

  test("hold without noise of their own", () => {
    expect(statusOf(maskedPairProperty, runs, flow(0, "plug-in"))).toBe("holds");
  });

  test("do not with it, however right they are as steps of rates", () => {
    expect(statusOf(maskedPairProperty, runs, flow(1, "plug-in"))).toBe("violated");
    expect(statusOf(maskedPredictionProperty, last, flow(1, "plug-in"))).toBe("violated");
  });

  test("are not asked about then", () => {
    expect(statusOf(maskedPairProperty, runs, flow(1, "euler"))).toBe("skipped");
    expect(statusOf(maskedPredictionProperty, last, flow(1, "euler"))).toBe("skipped");
  });
});
