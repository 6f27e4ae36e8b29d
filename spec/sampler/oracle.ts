/**
 * # Exact models
 *
 * If all data are one point, the exact model is known, and every consistent deterministic sampler carries the state along
 * αx₀ + σε: at every state, whatever its order, and to x₀ at σ = 0. No reference implementation is needed.
 *
 * Convention: the sampler works in DDIM, σ, λ or straight-path coordinates. A Runge–Kutta method in another time is exact only where
 * α and σ are affine in that time.
 *
 * Not to be confused with a check of the last state: the final step often overwrites an error, so every state is judged.
 */
import { data, noise } from "#spec/domain";
import { balance } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { type Equation, equation } from "#spec/number/expression";
import { type Level, passedOn, samplerOf, scaleOfStep } from "#spec/sampler/step";
import { derived, karras2022 } from "#spec/sources";
import { tiled } from "#spec/tensor";

export const onPath: Equation = equation("alpha * x0 + sigma * eps == xt");

interface Path {
  readonly x0: Float64Array;
  readonly eps: Float64Array;
}

export const pointMass: Law<"ReverseStep", Path> = {
  id: "sampler.oracle.point-mass",
  title: "With one-point data every state of a deterministic sampler lies on the noising path of that point.",
  statement: [onPath],
  roles: ["ReverseStep"],
  kind: "theorem",
  source: [karras2022("verified", "remark on the Euler step to 0"), derived("x̂₀ and ε̂ are constant along the path")],
  restsOn: ["schedule.step-consistency"],
  given: {
    "steps are deterministic": (_, facts) => facts.sampler?.noise === "none",
    "predictions are used as they are": (_, facts) => facts.sampler?.exactOnConstants === true,
    "data pass clipping": (c, facts) => facts.clip === null || c.x0.every((x) => Math.abs(x) <= (facts.clip ?? 0)),
  },
  cases: { x0: data(), eps: noise() },
  *claim({ x0, eps }, sampler) {
    const facts = yield* sampler.facts();
    const { inverse } = samplerOf(facts);
    // Towards noise, a model that looks at the state amplifies rounding by σ/σ₀ without bound: the constant pair is asked instead.
    const oracle = inverse ? ({ name: "pair", x0, eps } as const) : ({ name: "point", point: x0 } as const);
    const run = yield* sampler.run({ oracle, start: { x0, eps }, draws: "none" });
    const states = run.states.length / run.d;
    const values = {
      alpha: run.alpha,
      x0: tiled(wide(x0, run.d), states),
      sigma: run.sigma,
      eps: tiled(wide(eps, run.d), states),
      xt: run.states,
    };
    return [
      balance("state", onPath, values, {
        answer: "xt",
        roundings: 8,
        via: accumulated(facts, values, run.d, oracle.name),
        axes: [
          ["state", states],
          ["coordinate", run.d],
        ],
      }),
    ];
  },
  // Eight roundings a step (schedule.step-consistency). Errors of earlier states arrive multiplied by σₛ/σₜ, since x̂₀ stays what it
  // is; for the constant pair, by αₛ/αₜ.
  tolerance: String.raw`\hat x_{i} = \tfrac{\alpha_i}{\alpha_{i-1}}(x_{i-1} - \sigma_{i-1}\varepsilon)(1+\theta_8) + \sigma_i\varepsilon(1+\theta_8) + \tfrac{\sigma_i}{\sigma_{i-1}}\,\delta_{i-1}`,
};

const wide = (x: Float64Array, d: number): Float64Array => (x.length === d ? x : tiled(x, d));

interface OnPath {
  readonly alpha: Float64Array;
  readonly x0: Float64Array;
  readonly sigma: Float64Array;
  readonly eps: Float64Array;
  readonly xt: Float64Array;
}

/**
 * Magnitudes of intermediate terms up to each state: those of its own step, and those before, as far as they are passed on. A model that
 * knows the point pulls errors in with the noise; a constant pair passes on what the output leaves of them.
 */
export function accumulated(facts: Facts, { alpha, x0, sigma, eps, xt }: OnPath, d: number, model: "point" | "pair"): Float64Array {
  const via = new Float64Array(x0.length);
  const at = (k: number): Level => ({ alpha: alpha[k] ?? 1, sigma: sigma[k] ?? 0 });
  for (let k = d; k < via.length; k++) {
    const [from, to] = [at(k - d), at(k)];
    // The noise that the state shows, where rounding has already changed it.
    const shown = from.sigma === 0 ? 0 : Math.abs((xt[k - d] ?? 0) - from.alpha * (x0[k] ?? 0)) / from.sigma;
    const parts = { x0: x0[k] ?? 0, eps: Math.max(Math.abs(eps[k] ?? 0), shown) };
    const before = (via[k - d] ?? 0) + (from.alpha * Math.abs(parts.x0) + from.sigma * Math.abs(parts.eps));
    // A second stage stays at its level: the chord of the first has been counted with it.
    const still = from.alpha === to.alpha && from.sigma === to.sigma;
    const pulled = from.sigma === 0 ? 1 : to.sigma / from.sigma;
    const passed = still ? 1 : model === "point" ? Math.abs(pulled) : passedOn(facts, from, to);
    via[k] = (still ? 0 : scaleOfStep(facts, from, to, model)(parts)) + passed * before;
  }
  return via;
}
