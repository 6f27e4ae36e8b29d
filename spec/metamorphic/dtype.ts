/**
 * # Element types
 *
 * Low precision stays near high precision, and answers have the element type of their arguments.
 */
import fc from "fast-check";
import { data, noise, unitTime } from "#spec/domain";
import type { Evidence } from "#spec/evidence";
import { balance, equality } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { bfloat16, binary16, binary32, binary64, type Format, underflowUnit, unitRoundoff } from "#spec/number/format";
import { derived, requirement } from "#spec/sources";

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
