/**
 * # The DDIM family
 *
 * A step from t to s keeps q(xₛ | x₀) for every split of the noise into an old part, carried along, and a fresh part: their squares
 * add up to σₛ². η says how much is fresh: none for the deterministic sampler, the posterior's share for η = 1.
 *
 * Convention: c is the coefficient of all noise present at the start, ς_k those of the draws made since; one-point data.
 *
 * Source: Song et al. (2021) second-hand; the algebra is the header's.
 */
import fc from "fast-check";
import { data, noise } from "#spec/domain";
import { balance, type Evidence, enclosure, equality, unmet } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { equation, expression } from "#spec/number/expression";
import type { Run } from "#spec/roles";
import { accumulated } from "#spec/sampler/oracle";
import { callAt, coordinates, last, levelAt, mostDraws, oneStep, samplerOf } from "#spec/sampler/step";
import { derived, song2021ddim } from "#spec/sources";
import { tiled } from "#spec/tensor";

const level = expression("sigma");
const stdEta = expression("eta * sqrt(sigma^2 - (alpha / alpha_s)^2 * sigma_s^2) * sigma_s / sigma");
const composed = equation("once == twice");
const contraction = equation("xs == (alpha_s * alpha + sigma_s * sigma) * xt");

export const ddimFamily: Law<"ReverseStep", { readonly pass: number }> = {
  id: "sampler.ddim.family",
  title: "Steps keep the noising marginal: old and fresh noise together have the level of every state.",
  statement: [String.raw`c^2 + \sum_k\varsigma_k^2 = \sigma_s^2`, String.raw`\varsigma = \eta\sqrt{\tilde\beta}`],
  roles: ["ReverseStep"],
  kind: "theorem",
  source: [song2021ddim("second-hand", "Eq. 12"), derived("independent Gaussians add in variance")],
  restsOn: ["schedule.step-consistency"],
  given: {
    "noise is claimed to keep the marginal": (_, facts) =>
      facts.sampler?.noise === "marginal" || (facts.sampler?.noise === "none" && facts.sampler.eta === 0),
    "predictions are used as they are": (_, facts) => facts.sampler?.exactOnConstants === true && facts.sampler.renoises === false,
  },
  cases: { pass: fc.constant(0) },
  *claim(_, sampler) {
    const facts = yield* sampler.facts();
    const { noise: claim } = samplerOf(facts);
    const nothing = { name: "point", point: Float64Array.of(0) } as const;
    const start = (d: number): { x0: Float64Array; eps: Float64Array } => ({ x0: new Float64Array(d), eps: new Float64Array(d).fill(1) });
    const still = yield* sampler.run({ oracle: nothing, start: start(6), draws: "none" });
    const drawn = still.drawn.reduce((sum, n) => sum + n, 0);
    if (drawn === 0) return [spreadOf(facts, still, still, 0)];
    if (drawn > mostDraws) return [unmet("more draws than one run can tell apart")];
    const d = coordinates(drawn);
    const quiet = yield* sampler.run({ oracle: nothing, start: start(d), draws: "none" });
    const moved = yield* sampler.run({ oracle: nothing, start: start(d), draws: "basis" });
    // A draw that is multiplied by zero is none.
    if (claim === "none") return [equality("noise", moved.states, quiet.states), spreadOf(facts, quiet, quiet, 0)];
    return [spreadOf(facts, quiet, moved, drawn)];
  },
  // Each step forms two squares, a difference and roots of them, and adds noise to a state of size 1: errors of u in size per step.
  tolerance: String.raw`\left|\sqrt{c^2+\textstyle\sum\varsigma_k^2} - \sigma_i\right| \le 12\,u\left(i(\sigma_i+\alpha_i) + v_i\right),\; v_i \text{ the terms that reading } \hat x_0, \hat\varepsilon \text{ from the outputs adds up}`,
};

/** At every state, the standard deviation of all noise in it, against its level. */
function spreadOf(facts: Facts, quiet: Run, moved: Run, drawn: number): Evidence {
  const { d } = quiet;
  // A sampler that ends on a mean keeps the marginal up to the state before.
  const states = quiet.states.length / d - (samplerOf(facts).endsOnMean ? 1 : 0);
  const total = Float64Array.from({ length: states }, (_, i) => {
    const own = quiet.states[i * d + d - 1] ?? 0;
    let squares = own * own;
    for (let k = 0; k < drawn; k++) squares += ((moved.states[i * d + k] ?? 0) - (quiet.states[i * d + k] ?? 0)) ** 2;
    return Math.sqrt(squares);
  });
  const at = (values: Float64Array): Float64Array => Float64Array.from({ length: states }, (_, i) => values[i * d] ?? Number.NaN);
  const [alpha, sigma] = [at(quiet.alpha), at(quiet.sigma)];
  // What is read from the output at a small α arrives multiplied; noise is added to states of size α + σ.
  const one = new Float64Array(states).fill(1);
  const read = accumulated(facts, { alpha, x0: new Float64Array(states), sigma, eps: one, xt: sigma }, 1, "point");
  const via = sigma.map((s, i) => i * (s + (alpha[i] ?? 0)) + (read[i] ?? 0));
  return enclosure("level", level, { sigma }, total, { roundings: 12, via, axes: [["state", states]] });
}

export const ddimEta: Law<"ReverseStep", { readonly w: number; readonly x0: Float64Array }> = {
  id: "sampler.ddim.family.eta",
  title: "A DDIM step adds η times the posterior's standard deviation.",
  statement: [String.raw`\varsigma = \eta\sqrt{\tilde\beta}`],
  roles: ["ReverseStep"],
  kind: "definition",
  source: [song2021ddim("second-hand", "Eq. 16")],
  restsOn: ["schedule.step-consistency"],
  given: { "the step has an η": (_, facts) => typeof facts.sampler?.eta === "number" },
  cases: { w: fc.integer({ min: 0, max: 16 }).map((k) => k / 16), x0: data() },
  *claim({ w, x0 }, sampler) {
    const { eta } = samplerOf(yield* sampler.facts());
    const eps = new Float64Array(x0.length);
    const step = yield* oneStep(sampler, { w, x0, eps, oracle: { name: "pair", x0, eps } });
    const { from, to } = step;
    if (from.alpha === 0) return [unmet("αₜ = 0: x₀ does not reach the state")];
    if (step.noiseless) return [unmet("the last step, which is said to leave its noise out")];
    const values = { eta: eta ?? 0, alpha: from.alpha, sigma: from.sigma, alpha_s: to.alpha, sigma_s: to.sigma };
    return [enclosure("noise", stdEta, values, Float64Array.of(Math.sqrt(step.variance)), { roundings: 6, via: to.alpha + to.sigma })];
  },
  tolerance: String.raw`|\hat\varsigma-\varsigma| \le u\,(E_\varsigma + 6(\varsigma + \alpha_s+\sigma_s))`,
};

export const ddimComposition: Law<"ReverseStep", { readonly x0: Float64Array; readonly eps: Float64Array; readonly start: Float64Array }> =
  {
    id: "sampler.ddim.composition",
    title: "With constant predictions it does not matter how a way is cut into steps: every state depends on the first linearly.",
    statement: [String.raw`x_r = \alpha_r\hat x_0 + \sigma_r\hat\varepsilon \quad\text{whatever lay between}`, composed],
    roles: ["ReverseStep"],
    kind: "theorem",
    source: [derived("the update of constant x̂₀, ε̂ is the same function of the levels at every step")],
    restsOn: ["schedule.step-consistency"],
    given: {
      "steps are deterministic": (_, facts) => facts.sampler?.noise === "none" && facts.sampler.stages === 1 && !facts.sampler.inverse,
      "predictions are used as they are": (_, facts) => facts.sampler?.exactOnConstants === true,
      "data pass clipping": (c, facts) => facts.clip === null || c.x0.every((x) => Math.abs(x) <= (facts.clip ?? 0)),
    },
    cases: { x0: data(), eps: noise(), start: fc.constant(new Float64Array(0)) },
    *claim({ x0, eps }, sampler) {
      const grid = yield* sampler.grid();
      const calls = grid.times.length;
      const pair = { name: "pair", x0, eps } as const;
      // Each state as the start of a run of its own: a fresh object that has seen nothing before must go on the same way.
      const whole = yield* sampler.run({ oracle: pair, start: { x0, eps }, draws: "none" });
      const middle = Math.floor(calls / 2);
      const tail = yield* sampler.run({ oracle: pair, start: { x0, eps }, first: middle, count: calls - middle, draws: "none" });
      const d = whole.d;
      const twice = whole.states.slice((middle + 1) * d);
      const once = tail.states.slice(d);
      const states = once.length / d;
      const levels = {
        alpha: whole.alpha,
        x0: tiled(wide(x0, d), calls + 1),
        sigma: whole.sigma,
        eps: tiled(wide(eps, d), calls + 1),
        xt: whole.states,
      };
      const via = accumulated(yield* sampler.facts(), levels, d, "pair").slice((middle + 1) * d);
      return [
        balance(
          "states",
          composed,
          { once, twice },
          {
            answer: "once",
            roundings: 16 * Math.max(states, 1),
            via,
            axes: [
              ["state", states],
              ["coordinate", d],
            ],
          },
        ),
      ];
    },
    tolerance: String.raw`|\hat x_r^{(1)} - \hat x_r^{(2)}| \le \gamma_{16n}\left(|\hat x_r^{(1)}| + |\hat x_r^{(2)}| + v_r\right),\ n \text{ steps},\ v_r \text{ the terms that reading outputs adds up on the way}`,
  };

const wide = (x: Float64Array, d: number): Float64Array => (x.length === d ? x : tiled(x, d));

export const ddimContraction: Law<"ReverseStep", { readonly w: number; readonly eps: Float64Array }> = {
  id: "sampler.ddim.contraction",
  title: "On standard normal data one DDIM step multiplies the state by the cosine of the angle between the two levels.",
  statement: [contraction, String.raw`\alpha=\cos\theta,\ \sigma=\sin\theta:\quad x_s = \cos(\theta_t-\theta_s)\,x_t`],
  roles: ["ReverseStep"],
  kind: "theorem",
  source: [derived("x̂₀ = αx and ε̂ = σx under N(0, 1)")],
  restsOn: ["schedule.step-consistency"],
  given: {
    "steps are deterministic, of first order, and use predictions as they are": (_, facts) =>
      facts.sampler?.noise === "none" &&
      facts.sampler.exactOnConstants &&
      facts.sampler.order === 1 &&
      facts.sampler.stages === 1 &&
      !facts.sampler.inverse,
    "the process preserves variance": (_, facts) => facts.scale === "vp",
    "predictions are not clipped": (_, facts) => facts.clip === null,
  },
  cases: { w: fc.integer({ min: 0, max: 16 }).map((k) => k / 16), eps: noise() },
  *claim({ w, eps }, sampler) {
    const grid = yield* sampler.grid();
    const first = callAt(grid, 1, w);
    const oracle = { name: "gaussian", mean: Float64Array.of(0), variance: Float64Array.of(1) } as const;
    const run = yield* sampler.run({ oracle, start: eps, first, count: 1, draws: "none" });
    const [from, to] = [levelAt(grid, first), levelAt(grid, first + 1)];
    const xs = last(run);
    const via = eps.map((x) => 2 * Math.abs(x) * (1 + (from.alpha === 0 ? 0 : to.alpha / from.alpha)));
    return [
      balance(
        "state",
        contraction,
        { xs, alpha_s: to.alpha, alpha: from.alpha, sigma_s: to.sigma, sigma: from.sigma, xt: eps },
        { answer: "xs", roundings: 10, via, axes: [["coordinate", xs.length]] },
      ),
    ];
  },
  tolerance: String.raw`\hat x_s = \cos(\theta_t-\theta_s)\,x_t(1+\theta_{10})`,
};
