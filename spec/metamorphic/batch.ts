/**
 * # Batches
 *
 * A batch is the stack of its samples, each with its own time.
 */
import { attempted } from "#spec/ask";
import { handed, lawOfStep, noStepToData, stepCases, type Tokens } from "#spec/categorical/step";
import { data, noise, unitTime } from "#spec/domain";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { derived } from "#spec/sources";
import { tiled } from "#spec/tensor";

const same = equation("y == x");

interface Mixed {
  readonly u: number;
  readonly other: number;
  readonly x0: Float64Array;
  readonly eps: Float64Array;
}

const cases = { u: unitTime(), other: unitTime(), x0: data(), eps: noise() };

export const batchIsStack: Law<"GaussianForward", Mixed> = {
  id: "metamorphic.batch",
  title: "Noising a batch with mixed times is noising its samples one by one.",
  statement: [String.raw`F\big((x^1,\dots,x^B),(t_1,\dots,t_B)\big) = \big(F(x^1,t_1),\dots,F(x^B,t_B)\big)`],
  roles: ["GaussianForward"],
  kind: "requirement",
  source: [derived("samples are noised independently")],
  restsOn: [],
  given: {},
  cases,
  *claim({ u, other, x0, eps }, subject) {
    const d = Math.max(x0.length, eps.length);
    const wide = (x: Float64Array, factor: number): Float64Array => (x.length === d ? x : tiled(x, d)).map((value) => factor * value);
    // Three different samples, so that one taken for another shows; powers of two keep all numbers exact.
    const samples = [
      { time: u, x: wide(x0, 1), e: wide(eps, 1) },
      { time: other, x: wide(x0, -0.5), e: wide(eps, -1) },
      { time: u, x: wide(x0, 0.25), e: wide(eps, 0.5) },
    ];
    const joined = (part: (sample: (typeof samples)[number]) => Float64Array): Float64Array =>
      Float64Array.from(samples.flatMap((sample) => [...part(sample)]));
    const times = Float64Array.from(samples, ({ time }) => time);
    const [x, e] = [joined((sample) => sample.x), joined((sample) => sample.e)];
    const batch = yield* subject.sample(x, times, e);
    const singles: number[] = [];
    for (const sample of samples) singles.push(...(yield* subject.sample(sample.x, sample.time, sample.e)));
    // What cancels between data and noise still has roundings of the size of both.
    const levels = yield* attempted(subject.coeffs(times));
    const at = (values: Float64Array | undefined, k: number): number => values?.[Math.floor(k / d)] ?? 0;
    const via = x.map((value, k) => Math.abs(at(levels?.alpha, k) * value) + Math.abs(at(levels?.sigma, k) * (e[k] ?? 0)));
    return [
      balance(
        "sample",
        same,
        { y: batch, x: Float64Array.from(singles) },
        {
          answer: "y",
          roundings: 2,
          via,
          axes: [
            ["sample", 3],
            ["coordinate", d],
          ],
        },
      ),
    ];
  },
  tolerance: String.raw`\text{elementwise code gives equal numbers; where products are contracted, } 2u\left(|\alpha x_0|+|\sigma\varepsilon|\right)`,
};

export const tokenBatch: Law<"DiscreteStep" | "DiscreteKernel", Tokens> = {
  id: "metamorphic.batch.discrete",
  title: "The laws of many tokens are the laws of each, in any order.",
  statement: [String.raw`F\big(x^1,\dots,x^B\big) = \big(F(x^1),\dots,F(x^B)\big)`],
  roles: ["DiscreteStep", "DiscreteKernel"],
  kind: "requirement",
  source: [derived("given the prediction, tokens step independently")],
  restsOn: [],
  given: {},
  cases: stepCases,
  *claim(c, process) {
    const given = yield* handed(process, c);
    if (typeof given === "string") return [unmet(given)];
    const { discrete, ends, xt, clean } = given;
    const K = discrete.classes;
    const law = yield* lawOfStep(process, xt, clean, ends);
    if (law === null) return [unmet(noStepToData)];
    const row = (values: Float64Array, i: number): Float64Array => values.slice(i * K, (i + 1) * K);
    const axes = [
      ["token", xt.length],
      ["state", K],
    ] as const;
    const options = { answer: "y", roundings: 8, axes };
    const singles = new Float64Array(law.length);
    for (let i = 0; i < xt.length; i++)
      singles.set((yield* lawOfStep(process, xt.slice(i, i + 1), row(clean, i), ends)) ?? row(law, i), i * K);
    const backwards = (values: Float64Array): Float64Array =>
      values.map((_, k) => values[values.length - K - Math.floor(k / K) * K + (k % K)] ?? Number.NaN);
    const other = yield* lawOfStep(process, Float64Array.from(xt).reverse(), backwards(clean), ends);
    return [
      balance("singles", same, { y: law, x: singles }, options),
      balance("order", same, { y: law, x: backwards(other ?? law) }, options),
    ];
  },
  // The same operations; sums may associate otherwise.
  tolerance: String.raw`|\hat y - x| \le \gamma_8\left(\hat y + x\right)`,
};
