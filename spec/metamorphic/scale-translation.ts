/**
 * # Scale and centre
 *
 * A step knows no scale and no centre of the data.
 */
import fc from "fast-check";
import { outputCoefficients } from "#spec/convention";
import { balance, equality, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { type Inputs, inputs, linear, scaleAt, stepped, wide } from "#spec/metamorphic/step";
import { equation } from "#spec/number/expression";
import { callAt, levelAt } from "#spec/sampler/step";
import { derived } from "#spec/sources";

const shifted = equation("y == x + alpha_s * a");

export const stepScales: Law<"ReverseStep", Inputs & { readonly power: number; readonly a: number }> = {
  id: "metamorphic.scale-translation",
  title: "Steps commute with scaling the data by powers of two, exactly, and with moving them.",
  statement: [String.raw`F(cx,cm) = c\,F(x,m),\qquad F(x+\alpha_t a,\; m + p\,a) = F(x,m) + \alpha_s a`],
  roles: ["ReverseStep"],
  kind: "requirement",
  source: [derived("posterior consistency")],
  restsOn: ["schedule.step-consistency"],
  given: linear,
  cases: { ...inputs, power: fc.constantFrom(1, 10, -10), a: fc.constantFrom(1, -4, 64) },
  *claim({ w, xt, v, power, a }, sampler) {
    const { output, sigmaData, sampler: claims } = yield* sampler.facts();
    const [x, m] = wide(xt, v);
    const c = 2 ** power;
    const plain = yield* stepped(sampler, w, x, m);
    const scaled = yield* stepped(
      sampler,
      w,
      x.map((value) => c * value),
      m.map((value) => c * value),
    );
    const axes = [["coordinate", plain.length]] as const;
    const scaling = equality(
      "scale",
      scaled,
      plain.map((value) => c * value),
      { axes },
    );
    const grid = yield* sampler.grid();
    const stages = claims?.stages ?? 1;
    if (output === null || stages > 1 || claims?.exactOnConstants === false) return [scaling];
    const first = callAt(grid, stages, w);
    const [from, to] = [levelAt(grid, first), levelAt(grid, first + 1)];
    const { p } = outputCoefficients(
      output,
      { alpha: Float64Array.of(from.alpha), sigma: Float64Array.of(from.sigma) },
      sigmaData ?? undefined,
    );
    const [p0 = 0] = p;
    if (from.alpha === 0) return [scaling, unmet("αₜ = 0: the data do not reach the state")];
    const other = yield* stepped(
      sampler,
      w,
      x.map((value) => value + from.alpha * a),
      m.map((value) => value + p0 * a),
    );
    const base = yield* scaleAt(sampler, w, x, m, x, m, 1, 0);
    const via = base.map(
      (size) =>
        size +
        (2 + Math.abs((2 * to.alpha) / from.alpha) + (from.sigma === 0 ? 0 : Math.abs((2 * to.sigma) / from.sigma))) *
          (Math.abs(a) * (1 + Math.abs(from.alpha) + Math.abs(p0))) *
          (1 + Math.abs(from.sigma)),
    );
    return [
      scaling,
      balance("translation", shifted, { y: other, x: plain, alpha_s: to.alpha, a }, { answer: "y", roundings: 12, via, axes }),
    ];
  },
  tolerance: String.raw`\text{powers of two are exact; } \hat F(x+\alpha_t a) - \hat F(x) = \alpha_s a + \gamma_{12}\sum_i|c_iv_i|`,
};
