/**
 * # Batches, element types, arguments
 *
 * A batch is the stack of its samples, each with its own time; low precision stays near high precision; arguments come back as they
 * were.
 */
import fc from "fast-check";
import { attempted } from "#spec/ask";
import { data, noise, unitTime } from "#spec/domain";
import type { Evidence } from "#spec/evidence";
import { balance, equality } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { bfloat16, binary16, binary32, binary64, type Format, underflowUnit, unitRoundoff } from "#spec/number/format";
import { derived, requirement } from "#spec/sources";
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

type Element = "f16" | "bf16" | "f32" | "f64";

const formats: Readonly<Record<Element, Format>> = { f16: binary16, bf16: bfloat16, f32: binary32, f64: binary64 };
const order: readonly string[] = Object.keys(formats);

/** The size of both terms stands on either side, so that its roundings are forgiven with those of the answers. */
const near = equation("xt + size == own + size + dalpha * x0 + dsigma * eps");

export const dtypeBound: Law<
  "GaussianForward",
  { readonly u: number; readonly x0: Float64Array; readonly eps: Float64Array; readonly as: Element }
> = {
  id: "metamorphic.dtype",
  title: "Noising in another precision agrees with noising in binary32 to a few roundings, and keeps its element type.",
  statement: [
    String.raw`\left|\hat x_t^{(u)} - \hat x_t^{(2^{-24})} - \Delta\alpha\,x_0 - \Delta\sigma\,\varepsilon\right| \le \gamma_6^{(u)}\left(|\alpha x_0|+|\sigma\varepsilon|\right)`,
  ],
  roles: ["GaussianForward"],
  kind: "requirement",
  source: [derived("rounding of two products and a sum"), requirement("element types are not changed silently")],
  restsOn: ["gaussian.forward.marginal"],
  given: {},
  cases: { u: unitTime(), x0: data(), eps: noise(), as: fc.constantFrom<Element>("f32", "f64", "f16", "bf16") },
  unpromoted: true,
  *claim({ u, x0, eps, as }, subject) {
    const format = formats[as];
    // Inputs that both formats hold: what is compared is the arithmetic, not the rounding of the inputs.
    const shared = (value: number): number => binary32.round(format.round(value));
    const [x, e] = [x0.map(shared), eps.map(shared)];
    const { xt, dtype } = yield* subject.sampleTyped(x, u, e, { arithmetic: as });
    const known: Evidence = equality("element type", Float64Array.of(order.indexOf(dtype)), Float64Array.of(order.indexOf(as)));
    if (as === "f32") return [known];
    const own = yield* subject.sample(x, u, e, { arithmetic: "f32" });
    // Levels that lose digits in their own precision are another matter: each noising is compared by its own.
    const { alpha, sigma } = yield* subject.coeffs(u, { arithmetic: "f32" });
    const there = yield* subject.coeffs(u, { arithmetic: as });
    const [dalpha, dsigma] = [(there.alpha[0] ?? 0) - (alpha[0] ?? 0), (there.sigma[0] ?? 0) - (sigma[0] ?? 0)];
    // The law is judged in binary32; a coarser format's roundings are counted as that many of binary32's.
    const coarser = 2 ** Math.max(0, binary32.precision - format.precision);
    // Below the coarser format's normal numbers each of the three operations loses up to half a step of its subnormals.
    const lost = (3 * underflowUnit(format)) / unitRoundoff(format);
    const size = xt.map((_, k) => Math.abs((alpha[0] ?? 0) * at(x, k)) + Math.abs((sigma[0] ?? 0) * at(e, k)) + lost);
    return [
      known,
      balance(
        "sample",
        near,
        { xt, own, size, dalpha, x0: x, dsigma, eps: e },
        { answer: "xt", roundings: 3 * coarser, axes: [["coordinate", xt.length]] },
      ),
    ];
  },
  // Amplitudes are each rounded to the format once, then two products and a sum: three roundings of each term, on either side.
  tolerance: String.raw`\hat x_t = \alpha x_0(1+\theta_3) + \sigma\varepsilon(1+\theta_3) \text{ in either element type}`,
};

const at = (values: Float64Array, k: number): number => values[values.length === 1 ? 0 : k] ?? 0;

export const argumentsUnchanged: Law<"GaussianForward", { readonly u: number; readonly x0: Float64Array; readonly eps: Float64Array }> = {
  id: "metamorphic.purity",
  title: "Noising leaves its arguments alone and gives the same answer twice.",
  statement: [String.raw`F(x) = F(x),\qquad x \text{ after} = x \text{ before}`],
  roles: ["GaussianForward"],
  kind: "requirement",
  source: [requirement("functions of tensors have no hidden effects")],
  restsOn: [],
  given: {},
  cases: { u: unitTime(), x0: data(), eps: noise() },
  *claim({ u, x0, eps }, subject) {
    const once = yield* subject.sampleTyped(x0, u, eps);
    const twice = yield* subject.sampleTyped(x0, u, eps, { fresh: true });
    return [
      equality("arguments", Float64Array.of(once.unchanged ? 1 : 0), Float64Array.of(1)),
      equality("repetition", twice.xt, once.xt, { axes: [["coordinate", once.xt.length]] }),
    ];
  },
  tolerance: String.raw`\text{exact}`,
};
