/**
 * # Guidance
 *
 * A classifier's gradient is added to a prediction. That is linear, and each parameterisation is shifted by its own factor.
 *
 * Laws of tokens are guided by their powers: pᵤ(pc/pᵤ)ʷ, divided by its sum. Who knows p(y | xₛ) for every state needs no guess: Bayes'
 * rule makes the step's law the one that y leaves.
 *
 * Convention: gradients are of log p(y | xₜ); w = 0 is unconditional, w = 1 conditional.
 */
import fc from "fast-check";
import { type Ask, eitherOf } from "#spec/ask";
import { mostStates } from "#spec/categorical/between";
import type { DiscreteFacts } from "#spec/categorical/facts";
import { drawnLaws, rowSums, statesAt } from "#spec/categorical/table";
import { noise } from "#spec/domain";
import { type Evidence, enclosure, equality, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { type Expression, expression } from "#spec/number/expression";
import type { DiscreteStep } from "#spec/roles-discrete";
import { code, derived, song2021sde, standard } from "#spec/sources";
import { uniforms } from "#spec/stream";

type Shifted = "score" | "eps" | "x0" | "mean";

const shifts: Readonly<Record<Shifted, Expression>> = {
  score: expression("value + gradient"),
  eps: expression("value - sigma * gradient"),
  x0: expression("value + sigma^2 / alpha * gradient"),
  mean: expression("value + (sigma^2 - (alpha / alpha_s)^2 * sigma_s^2) / (alpha / alpha_s) * gradient"),
};

export const classifierGuidance: Law<
  "Guidance" | "Schedule",
  { readonly at: number; readonly kind: Shifted; readonly value: Float64Array; readonly gradient: Float64Array }
> = {
  id: "sampler.guidance.classifier",
  title: "A classifier's gradient shifts score, noise, data and posterior mean by matching amounts.",
  statement: [
    String.raw`s + \nabla,\qquad \hat\varepsilon - \sigma_t\nabla,\qquad \hat x_0 + \tfrac{\sigma_t^2}{\alpha_t}\nabla,\qquad \mu + \tfrac{\sigma^2_{t|s}}{\alpha_{t|s}}\nabla`,
  ],
  roles: ["Guidance", "Schedule"],
  kind: "theorem",
  source: [code("guided-diffusion")("verified", "condition_score, condition_mean"), song2021sde("verified", "Eq. 14")],
  restsOn: ["parameterisation.gaussian.roundtrip"],
  given: {},
  cases: {
    at: fc.integer({ min: 8, max: 60 }).map((k) => k / 64),
    kind: fc.constantFrom<Shifted>("eps", "score", "x0", "mean"),
    value: noise(),
    gradient: noise(),
  },
  *claim({ at, kind, value, gradient }, subject) {
    const before = at - 1 / 16;
    const levels = yield* subject.coeffs([before, at]);
    const d = Math.max(value.length, gradient.length);
    const wide = (x: Float64Array): Float64Array => (x.length === d ? x : new Float64Array(d).fill(x[0] ?? 0));
    const shifted = yield* subject.classified(kind, wide(value), wide(gradient), before, at);
    const [alpha_s = 0, alpha = 0] = levels.alpha;
    const [sigma_s = 0, sigma = 0] = levels.sigma;
    const via = wide(gradient).map((g) => (sigma ** 2 / Math.max(alpha, 2 ** -20)) * Math.abs(g));
    return [
      enclosure("shift", shifts[kind], { value: wide(value), gradient: wide(gradient), alpha, sigma, alpha_s, sigma_s }, shifted, {
        roundings: 8,
        via,
        axes: [["coordinate", d]],
      }),
    ];
  },
  tolerance: String.raw`\text{the running error of each formula, and eight roundings of its factor}`,
};

const powers = expression("exp(w * log(c) + (1 - w) * log(r)) / N");
const given = expression("exp(log(p) + log(l)) / N");

interface Weighing {
  readonly w: number;
  readonly stream: number;
}

type Axes = readonly (readonly [name: string, length: number])[];

export const discreteGuidance: Law<"DiscreteStep", Weighing> = {
  id: "sampler.guidance.discrete",
  title:
    "Guided laws of tokens are powers of two laws, or Bayes' rule with a classifier, normalised per token; what is impossible stays so.",
  statement: [
    String.raw`p \propto p_c^{\,w}\,p_u^{\,1-w},\qquad \sum_k p(k) = 1`,
    String.raw`w = 0 \Rightarrow p = p_u,\qquad w = 1 \Rightarrow p = p_c`,
    String.raw`p(x_s\mid x_t,y) = \frac{p(y\mid x_s)\,p(x_s\mid x_t)}{\sum_x p(y\mid x)\,p(x\mid x_t)}`,
  ],
  roles: ["DiscreteStep"],
  kind: "definition",
  source: [
    standard("Schiff et al.: guidance for discrete diffusion"),
    derived("the normalised geometric mean has its ends at the two laws"),
  ],
  restsOn: [],
  given: {},
  cases: { w: fc.constantFrom(0, 1, 0.5, 1.5, 2, 3), stream: fc.integer({ min: 0, max: 999 }) },
  *claim({ w, stream }, step) {
    const { discrete } = yield* step.facts();
    if (discrete === null) return [unmet("there are no states")];
    const [mixed, bayes] = yield* eitherOf(guided(step, discrete, { w, stream }), conditioned(step, discrete, stream));
    return [...(mixed ?? []), ...(bayes ?? [])];
  },
  // Logarithms round by their own size before their difference is taken; a sum of positive terms normalises.
  tolerance: String.raw`|\hat p - p| \le \gamma_{24}\,p\left(1 + |w\log p_c| + |(1-w)\log p_u|\right)`,
};

const tokensOf = (K: number): number => (K > mostStates ? 2 : 4);

function* guided(step: DiscreteStep, { classes: K, mask }: DiscreteFacts, { w, stream }: Weighing): Ask<readonly Evidence[]> {
  const n = tokensOf(K);
  const [conditional, unconditional] = [drawnLaws(stream, n, K, mask), drawnLaws(stream + 1, n, K, mask)];
  const law = yield* step.guidedLaw(conditional, unconditional, w);
  const weighed = conditional.map((c, k) => (c === 0 ? 0 : c ** w * (unconditional[k] ?? 0) ** (1 - w)));
  const sums = rowSums(weighed, K);
  const places = Float64Array.from(law.keys()).filter((k) => k % K !== mask);
  const at = (values: Float64Array): Float64Array => places.map((k) => values[k] ?? Number.NaN);
  const [c, r, N] = [at(conditional), at(unconditional), places.map((k) => sums[Math.floor(k / K)] ?? Number.NaN)];
  const name = w === 0 ? "unconditional" : w === 1 ? "conditional" : "powers";
  const axes: Axes = [
    ["token", n],
    ["possible state", places.length / n],
  ];
  const mixed = enclosure(name, powers, { c, r, w, N }, at(law), { roundings: 24, axes });
  if (mask === null) return [mixed];
  const impossible = law.filter((_, k) => k % K === mask);
  return [mixed, equality("impossible", impossible, Float64Array.of(0), { axes: [["token", n]] })];
}

/** The first token is certain of a state, as one that is unmasked is; of the others, y forbids one state each. */
function* conditioned(step: DiscreteStep, { classes: K, mask }: DiscreteFacts, stream: number): Ask<readonly Evidence[]> {
  const n = tokensOf(K);
  const possible = Float64Array.from({ length: K }, (_, x) => x).filter((x) => x !== mask);
  const [sure = 0, ...forbidden] = statesAt(uniforms(stream, 3, n), possible.length).map((k) => possible[k] ?? 0);
  const prior = drawnLaws(stream, n, K, mask);
  prior.fill(0, 0, K)[sure] = 1;
  const likelihood = uniforms(stream, 4, n * K).map((v) => (1 + Math.floor(63 * v)) / 64);
  if (possible.length > 1)
    forbidden.forEach((x, i) => {
      likelihood[(i + 1) * K + x] = 0;
    });
  const law = yield* step.conditionedLaw(prior, likelihood);
  const sums = rowSums(
    prior.map((p, k) => p * (likelihood[k] ?? 0)),
    K,
  );
  const none = (k: number): boolean => prior[k] === 0 || likelihood[k] === 0;
  const places = Float64Array.from(law.keys()).filter((k) => !none(k));
  const at = (values: Float64Array): Float64Array => places.map((k) => values[k] ?? Number.NaN);
  const values = { p: at(prior), l: at(likelihood), N: places.map((k) => sums[Math.floor(k / K)] ?? Number.NaN) };
  return [
    enclosure("given y", given, values, at(law), { roundings: 24 }),
    equality(
      "impossible given y",
      law.filter((_, k) => none(k)),
      Float64Array.of(0),
    ),
  ];
}
