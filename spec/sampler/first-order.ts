/**
 * # One step under many names
 *
 * DDIM with η = 0, DPM-Solver-1 in either prediction, Euler in σ on x/α and Euler on the velocity of the straight path are the same
 * map of the state and the model's output.
 *
 * Convention: the output is p·x̂₀ + q·ε̂; the state before is xₜ, arbitrary.
 */
import fc from "fast-check";
import { outputCoefficients } from "#spec/convention";
import { noise } from "#spec/domain";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { callAt, last, levelAt } from "#spec/sampler/step";
import { code, derived } from "#spec/sources";

const step = equation("(alpha * q - sigma * p) * xs == alpha_s * q * xt - alpha_s * sigma * v + sigma_s * alpha * v - sigma_s * p * xt");

export const firstOrder: Law<"ReverseStep", { readonly w: number; readonly xt: Float64Array; readonly v: Float64Array }> = {
  id: "sampler.first-order.equivalence",
  title: "Every first-order deterministic step is one map of state and output, whatever its name.",
  statement: [String.raw`x_s = \alpha_s\hat x_0 + \sigma_s\hat\varepsilon`, step],
  roles: ["ReverseStep"],
  kind: "theorem",
  source: [
    code("diffusers")("verified", "dpm_solver_first_order_update: equivalent to DDIM"),
    derived("solving αx̂₀ + σε̂ = xₜ and p x̂₀ + q ε̂ = v"),
  ],
  restsOn: ["schedule.step-consistency"],
  given: {
    "the first step of a deterministic sampler": (_, facts) =>
      facts.sampler?.noise === "none" && facts.sampler.exactOnConstants && facts.sampler.stages === 1,
    "predictions are not clipped": (_, facts) => facts.clip === null,
    "the output has a documented meaning": (_, facts) => facts.output !== null,
  },
  cases: { w: fc.integer({ min: 0, max: 16 }).map((k) => k / 16), xt: noise(), v: noise() },
  *claim({ w, xt, v }, sampler) {
    const { output, sigmaData } = yield* sampler.facts();
    const grid = yield* sampler.grid();
    const first = callAt(grid, 1, w);
    const [from, to] = [levelAt(grid, first), levelAt(grid, first + 1)];
    if (output === null) return [unmet("the output has no documented meaning")];
    const { p, q } = outputCoefficients(
      output,
      { alpha: Float64Array.of(from.alpha), sigma: Float64Array.of(from.sigma) },
      sigmaData ?? undefined,
    );
    const [p0 = 0, q0 = 0] = [p[0], q[0]];
    const determinant = from.alpha * q0 - from.sigma * p0;
    if (determinant === 0) return [unmet("at this level the output does not determine data and noise")];
    const d = Math.max(xt.length, v.length);
    const wide = (x: Float64Array): Float64Array => (x.length === d ? x : new Float64Array(d).fill(x[0] ?? 0));
    const run = yield* sampler.run({ oracle: { name: "outputs", outputs: wide(v) }, start: wide(xt), first, count: 1, draws: "none" });
    const values = {
      alpha: from.alpha,
      q: q0,
      sigma: from.sigma,
      p: p0,
      xs: last(run),
      alpha_s: to.alpha,
      sigma_s: to.sigma,
      xt: wide(xt),
      v: wide(v),
    };
    // The sampler forms x̂₀ or ε̂ and multiplies back: relative to the products above nothing larger appears but their sum.
    const size = (to.alpha + to.sigma) * (Math.abs(p0) + Math.abs(q0) + from.alpha + from.sigma);
    const via = wide(xt).map((x, k) => size * (Math.abs(x) + Math.abs(wide(v)[k] ?? 0)));
    return [balance("step", step, values, { answer: "xs", roundings: 12, via, axes: [["coordinate", d]] })];
  },
  tolerance: String.raw`\text{two data and noise predictions of six roundings each, times the determinant}`,
};
