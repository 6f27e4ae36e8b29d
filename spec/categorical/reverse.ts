/**
 * # Reverse steps of tokens
 *
 * A model predicts a law of clean tokens, and a step draws xₛ from what follows. Two kinds of prediction and two kinds of step go
 * by one name each: the posterior p(x₀ | xₜ) belongs to the mean of posteriors, the leave-one-out law, which has not seen the token
 * itself, to Bayes' rule with the law in place of x₀. Each pair is exact; crossed, they are not.
 *
 * One token with the law π₀ of data has both in closed form: leave-one-out is π₀ itself, the posterior is π₀(x₀)P_{0,t}(x₀, xₜ)
 * normalised, and the exact step is P(xₛ = k | xₜ) = qₛ(k)P_{s,t}(k, xₜ)/qₜ(xₜ) with qₛ = π₀P_{0,s}.
 *
 * Convention: kernels are read by rows; data never contain the mask.
 */
import type { Ask } from "#spec/ask";
import { between, endsOf, rare, someStates, stretches, tooMany } from "#spec/categorical/between";
import { unfloored } from "#spec/categorical/posterior";
import { cleanFor, handed, lawOfStep, noStepToData, type Stepping, stepCases, type Tokens, tokenCount } from "#spec/categorical/step";
import { drawnLaws, drawnStates } from "#spec/categorical/table";
import { type Axes, balance, type Evidence, equality, unmet } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { austin2021, code, derived, sahoo2024 } from "#spec/sources";

const exactStep = equation("q_t * p == q_s * b");
const conversion = equation("p == r");
const atMask = equation("(1 - a_t) * p == (a_s - a_t) * r + (1 - a_s) * masked");
const stays = equation("p == 1");

const follows =
  (rule: "plug-in" | "mixture") =>
  (_: unknown, { discrete }: Facts): boolean =>
    discrete?.reverse === rule;

/** The step from what the model is claimed to predict is the exact reverse kernel. */
function* exactly(process: Stepping, c: Tokens): Ask<readonly Evidence[]> {
  const given = yield* handed(process, c);
  if (typeof given === "string") return [unmet(given)];
  const { discrete, ends, prior, early, step, toNow, xt, clean } = given;
  const K = discrete.classes;
  const before = early.push(prior);
  const p = yield* lawOfStep(process, xt, clean, ends);
  if (p === null) return [unmet(noStepToData)];
  const b = step.columns(xt);
  const of = (values: Float64Array, k: number): number => values[xt[Math.floor(k / K)] ?? 0] ?? 0;
  const q_s = p.map((_, k) => before[k % K] ?? 0);
  const q_t = sums(q_s, b, K);
  // What cancels in 1 − a: in the law at s, in the likelihood of xₜ, and in the whole that a model's posterior was divided by.
  const via = p.map((value, k) => {
    const [f, g, h] = [early.forming[k % K] ?? 0, of(step.forming, k), of(toNow.forming, k)];
    return f * ((b[k] ?? 0) + g) + (q_s[k] ?? 0) * g + Math.abs(value) * (g + h);
  });
  const axes: Axes = [
    ["token", xt.length],
    ["state", K],
  ];
  return [balance("law", exactStep, { p, q_s, b, q_t }, { answer: "p", roundings: 32, via, axes })];
}

/** Σ_k of the products, repeated for every k. Shape `n*K`. */
function sums(a: Float64Array, b: Float64Array, K: number): Float64Array {
  const totals = new Float64Array(a.length / K);
  for (let k = 0; k < a.length; k++) totals[Math.floor(k / K)] = (totals[Math.floor(k / K)] ?? 0) + (a[k] ?? 0) * (b[k] ?? 0);
  return a.map((_, k) => totals[Math.floor(k / K)] ?? 0);
}

const tolerance = String.raw`|q_t\hat p(k) - q_s(k)P_{s,t}(k,x_t)| \le \gamma_{32}\left(q_t\hat p(k) + q_s(k)P_{s,t}(k,x_t) + v_k\right),\quad v_k \text{ from } 1-a`;

export const mixtureStep: Law<"DiscreteStep" | "DiscreteKernel", Tokens> = {
  id: "categorical.reverse.mixture",
  title: "The mean of posteriors under the law of the clean token given the noisy one is the exact reverse step.",
  statement: [String.raw`\sum_{x_0} q(x_s\mid x_t,x_0)\,p(x_0\mid x_t) = p(x_s\mid x_t) = \frac{q_s(x_s)P_{s,t}(x_s,x_t)}{q_t(x_t)}`],
  roles: ["DiscreteStep", "DiscreteKernel"],
  kind: "theorem",
  source: [code("VQ-Diffusion")("verified"), code("diffusers")("verified", "DiscreteDDIMScheduler.step")],
  restsOn: ["categorical.posterior.bayes", "kernel.chapman-kolmogorov.finite"],
  given: { "steps average posteriors": follows("mixture"), "no floor is added": unfloored },
  cases: stepCases,
  *claim(c, process) {
    return yield* exactly(process, c);
  },
  // Posteriors of sixteen roundings, weighed by a law of as many, all terms positive.
  tolerance,
};

export const pluginStep: Law<"DiscreteStep" | "DiscreteKernel", Tokens> = {
  id: "categorical.reverse.plugin-loo",
  title: "Bayes' rule with a law in place of the clean token is exact for the law that has not seen the token itself.",
  statement: [
    String.raw`p(x_s\mid x_t) \propto \sum_{x_0} q(x_s,x_t\mid x_0)\,p(x_0^i\mid x_t^{-i})`,
    String.raw`p(x_0^i\mid x_t^{-i}) = p(x_0^i) \text{ for one token}`,
  ],
  roles: ["DiscreteStep", "DiscreteKernel"],
  kind: "theorem",
  source: [austin2021("verified", "Eq. 4, 5"), code("diffusers")("verified", "_to_loo_logits"), derived("Bayes' rule per token")],
  restsOn: ["kernel.chapman-kolmogorov.finite"],
  given: { "steps put the law in the token's place": follows("plug-in"), "no floor is added": unfloored },
  cases: stepCases,
  *claim(c, process) {
    return yield* exactly(process, c);
  },
  // A sum of products over x₀, the likelihood, and the sum that normalises them: all terms positive.
  tolerance,
};

export const cleanConversion: Law<"DiscreteStep" | "DiscreteKernel", { readonly u: number; readonly stream: number }> = {
  id: "categorical.reverse.plugin-loo.conversion",
  title: "Posterior and leave-one-out law differ by the likelihood of the token itself.",
  statement: [
    String.raw`p(x_0\mid x_t) \propto p(x_0^i\mid x_t^{-i})\,P_{0,t}(x_0,x_t)`,
    String.raw`\text{uniform:}\quad \log p_{\mathrm{loo}} = \log p_{\mathrm{post}} - \log\Bigl(1+\frac{K a}{1-a}\Bigr)\delta_{x_0x_t} + c`,
  ],
  roles: ["DiscreteStep", "DiscreteKernel"],
  kind: "theorem",
  source: [code("diffusers")("verified", "_to_loo_logits"), derived("Bayes' rule per token")],
  restsOn: ["kernel.row-stochastic"],
  given: { "no floor is added": unfloored },
  cases: { u: stretches.u, stream: stepCases.stream },
  *claim({ u, stream }, process) {
    const { discrete } = yield* process.facts();
    const toNow = yield* between(process, "data", u);
    if (discrete === null || toNow === null) return [unmet(tooMany)];
    const { classes: K, mask } = discrete;
    const prior = drawnLaws(stream, 1, K, mask);
    // A state that some token cannot have led to hides how likely that token was.
    const xt = someStates(discrete, drawnStates(stream + 1, tokenCount(K), K)).filter((x) => {
      const likelihood = toNow.columns(Float64Array.of(x));
      return prior.every((p, k) => p === 0 || (likelihood[k] ?? 0) > rare);
    });
    if (xt.length === 0) return [unmet("every state has tokens that cannot have led to it")];
    const [posterior, alone] = [cleanFor("posterior", prior, xt, toNow), cleanFor("leave-one-out", prior, xt, toNow)];
    const likelihood = toNow.columns(xt);
    const loosened = (p: Float64Array): Float64Array => {
      // 1 − a cancels in each likelihood, and so in their mean under the law.
      const each = p.map((value, k) => (value * (toNow.forming[xt[Math.floor(k / K)] ?? 0] ?? 0)) / Math.max(likelihood[k] ?? 0, rare));
      const totals = sums(
        each,
        each.map(() => 1),
        K,
      );
      return p.map((value, k) => (each[k] ?? 0) + value * (totals[k] ?? 0));
    };
    const held = (name: string, p: Float64Array, r: Float64Array): Evidence =>
      balance(
        name,
        conversion,
        { p, r },
        {
          answer: "p",
          roundings: 24,
          via: loosened(r),
          axes: [
            ["token", xt.length],
            ["state", K],
          ],
        },
      );
    return [
      held("leave-one-out", yield* process.convertClean("posterior", "leave-one-out", xt, posterior, u), alone),
      held("posterior", yield* process.convertClean("leave-one-out", "posterior", xt, alone, u), posterior),
    ];
  },
  // A product or quotient by an entry of the kernel and a sum that normalises; the offset of logits is that entry's logarithm.
  tolerance: String.raw`|\hat p(k) - p(k)| \le \gamma_{24}\left(\hat p(k) + p(k) + v_k\right),\quad v_k \text{ from } 1-a`,
};

export const absorbingCoincide: Law<"DiscreteStep" | "DiscreteKernel", Tokens> = {
  id: "categorical.reverse.absorbing-coincide",
  title: "At a mask every reverse step is one formula, and what is not masked stays as it is.",
  statement: [atMask, String.raw`x_t \ne m \;\Rightarrow\; x_s = x_t`],
  roles: ["DiscreteStep", "DiscreteKernel"],
  kind: "theorem",
  source: [sahoo2024("verified", "Eq. 6, 7")],
  restsOn: ["categorical.q.absorbing"],
  given: {
    "noise is absorbing": (_, { discrete }) => discrete?.family === "absorbing",
    "steps draw from posteriors": (_, { discrete }) => discrete?.reverse === "plug-in" || discrete?.reverse === "mixture",
    "no floor is added": unfloored,
  },
  cases: stepCases,
  *claim({ stream, ...span }, process) {
    const facts = yield* process.facts();
    const { discrete } = facts;
    const ends = endsOf(span, facts);
    if (discrete === null || discrete.mask === null || ends === null) return [unmet("the two times are one")];
    const { classes: K, mask, reverse } = discrete;
    const levels = yield* process.survival(ends.s === "data" ? [ends.t] : [ends.s, ends.t]);
    const a_t = levels[levels.length - 1] ?? Number.NaN;
    const a_s = ends.s === "data" ? 1 : (levels[0] ?? Number.NaN);
    if (a_t === 1) return [unmet("nothing is masked yet")];
    const others = drawnStates(stream + 1, 2, K).map((x) => (x === mask ? (x + 1) % K : x));
    const xt = a_t === 0 ? Float64Array.of(mask, mask) : Float64Array.of(mask, ...others, mask);
    const clean = drawnLaws(stream, xt.length, K, mask);
    // Given a token that is not masked, the posterior is certain of it; a law that has not seen it is not.
    xt.forEach((x, i) => {
      if (x === mask || reverse === "plug-in") return;
      clean.fill(0, i * K, (i + 1) * K);
      clean[i * K + x] = 1;
    });
    const laws = yield* lawOfStep(process, xt, clean, ends);
    if (laws === null) return [unmet(noStepToData)];
    const part = (values: Float64Array, of: (x: number) => boolean): Float64Array =>
      values.filter((_, k) => of(xt[Math.floor(k / K)] ?? 0));
    const axes = (count: number): Axes => [
      ["token", count],
      ["state", K],
    ];
    const [p, r] = [part(laws, (x) => x === mask), part(clean, (x) => x === mask)];
    const masked = p.map((_, k) => (k % K === mask ? 1 : 0));
    // The chance to stay masked may be what the others leave of 1.
    const via = masked.map((m) => (1 - a_t) * m);
    const found: Evidence[] = [
      balance("at the mask", atMask, { p, r, a_s, a_t, masked }, { answer: "p", roundings: 12, via, axes: axes(p.length / K) }),
    ];
    if (a_t === 0) return found;
    const kept = laws.filter((_, k) => k % K === xt[Math.floor(k / K)] && k % K !== mask);
    const moved = laws.map((value, k) => (xt[Math.floor(k / K)] === mask || k % K === xt[Math.floor(k / K)] ? 0 : value));
    found.push(balance("stays", stays, { p: kept }, { answer: "p", roundings: 8, axes: [["token", kept.length]] }));
    found.push(equality("moves", moved, Float64Array.of(0), { axes: axes(xt.length) }));
    return found;
  },
  // Two differences of survivals, a product and a quotient, or a sum of these that is taken from 1.
  tolerance: String.raw`|(1-a_t)\hat p - (a_s-a_t)r - (1-a_s)\delta| \le \gamma_{12}\left((1-a_t)(\hat p + \delta) + (a_s-a_t)r + (1-a_s)\delta\right)`,
};
