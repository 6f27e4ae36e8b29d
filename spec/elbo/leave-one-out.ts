/**
 * # Two denoisers and two rules
 *
 * The bound of a chain is least at the denoiser that its rule of stepping back belongs to: Bayes' rule with a law in place of the token
 * at the law that has not seen the token, the mean of posteriors at the posterior. What the other denoiser costs is the divergence of
 * the true reverse step from the step that is made of it.
 *
 * Lemma. Let r be the mean of laws q_x under weights w_x. For every p, Σ w_x D(q_x‖p) = Σ w_x D(q_x‖r) + D(r‖p). Here the q_x are the
 * posteriors of one noisy sequence, weighed by p(x₀ | xₜ), r is the true reverse step of a token, and p the model's.
 *
 * Convention: sequences of two tokens from a law that binds them. Given the other token, noisy, a token has the law p(x₀ⁱ | xₜ^{≠i}):
 * all that its own chain sees of the sequence.
 */
import fc from "fast-check";
import { type Ask, eitherOf } from "#spec/ask";
import type { CleanPrediction, ReverseRule } from "#spec/categorical/facts";
import { normalise } from "#spec/categorical/table";
import { enumerable, tooManyStates } from "#spec/elbo/jump";
import { declaresStates, type TermRow, temperedLaw, termOfRows } from "#spec/elbo/rows";
import { chanceOf, divergenceOf, drawnChain, type StepBack, stepKernel } from "#spec/elbo/step-back";
import { atLeast, balance, type Evidence, unmet } from "#spec/evidence";
import { states } from "#spec/generator/space";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { Loss } from "#spec/roles";
import { austin2021, derived } from "#spec/sources";

const costs = equation("b == a + d");

/** The denoiser that each rule is exact for. */
const own: Readonly<Record<Rule, CleanPrediction>> = {
  "plug-in": "leave-one-out",
  mixture: "posterior",
};

type Rule = Extract<ReverseRule, "plug-in" | "mixture">;

interface Chain {
  readonly steps: number;
  readonly rising: boolean;
  readonly stream: number;
}

export const leaveOneOutLeast: Law<"Loss", Chain> = {
  id: "elbo.leave-one-out",
  title: "A chain's bound is least at the denoiser that its rule belongs to; the other one costs what it bends the reverse step.",
  statement: [
    String.raw`\text{plug-in:}\quad L_{t-1}\bigl[p(x_0^i\mid x_t)\bigr] - L_{t-1}\bigl[p(x_0^i\mid x_t^{\ne i})\bigr] = \mathbb E_{x_t} D_{\mathrm{KL}}\bigl(q(x_{t-1}^i\mid x_t)\,\|\,p_\theta(x_{t-1}^i\mid x_t)\bigr) \ge 0`,
    String.raw`\text{mixture:}\quad L_{t-1}\bigl[p(x_0^i\mid x_t^{\ne i})\bigr] - L_{t-1}\bigl[p(x_0^i\mid x_t)\bigr] = \mathbb E_{x_t} D_{\mathrm{KL}}\bigl(q(x_{t-1}^i\mid x_t)\,\|\,p_\theta(x_{t-1}^i\mid x_t)\bigr) \ge 0`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [austin2021("verified", "Eq. 4, 5"), derived("the mean of divergences is least at the mean of the laws; confirmed numerically")],
  restsOn: ["elbo.discrete.tight"],
  given: declaresStates,
  cases: { steps: fc.integer({ min: 1, max: 3 }), rising: fc.boolean(), stream: fc.integer({ min: 0, max: 0xffff }) },
  *claim({ steps, rising, stream }, loss) {
    const K = (yield* loss.facts()).discrete?.classes ?? Number.NaN;
    if (!enumerable(K)) return [unmet(tooManyStates)];
    const back = drawnChain(stream, K, steps, rising).at(-1);
    if (back === undefined) return [unmet("a chain without steps")];
    const table = temperedLaw(stream, K * K);
    const of = (rule: Rule): Ask<readonly Evidence[]> => leastAt(loss, rule, back, table, K);
    // A subject has one rule, or both; it is held to what it has.
    const [mixture, plugIn] = yield* eitherOf(of("mixture"), of("plug-in"));
    return [...(mixture ?? []), ...(plugIn ?? [])];
  },
  tolerance: String.raw`|\hat L' - \hat L - D| \le \gamma_{16}\left(\hat L' + \hat L + D + \textstyle\mathbb E\sum_x q(2 + |\log q|) + q|\log p_\theta|\right)`,
};

function* leastAt(loss: Loss, rule: Rule, back: StepBack, table: Float64Array, K: number): Ask<readonly Evidence[]> {
  let [a, b, d, size] = [0, 0, 0, 0];
  for (const { chance, law } of givenTheOther(back, table, K)) {
    const joint = law.map((p) => chance * p);
    const pairs = [...states(K * K)].map((k) => [Math.floor(k / K), k % K] as const).filter(([x0, xt]) => chanceOf(back, x0, xt) > 0);
    const rows = pairs.map(([x0, xt]): TermRow => ({ x0, xt }));
    const weights = pairs.map(([x0, xt]) => (joint[x0] ?? 0) * chanceOf(back, x0, xt));
    const [right, other] = [denoiser(own[rule], back, law), denoiser(own[rule] === "posterior" ? "leave-one-out" : "posterior", back, law)];
    const [exact, bent] = [stepKernel(rule, back, right, K), stepKernel(rule, back, other, K)];
    const term = rule === "mixture" ? "step-kl-mixture" : "step-kl-plugin";
    const kernels = { early: back.early, step: back.step };
    const least = yield* termOfRows(loss, term, rows, { ...kernels, clean: right });
    const more = yield* termOfRows(loss, term, rows, { ...kernels, clean: other });
    pairs.forEach(([x0, xt], i) => {
      const weight = weights[i] ?? 0;
      a += weight * (least[i] ?? Number.NaN);
      b += weight * (more[i] ?? Number.NaN);
      size += weight * (divergenceOf(back, exact, x0, xt, -1) + divergenceOf(back, bent, x0, xt, -1));
    });
    for (const xt of states(K)) {
      const seen = joint.reduce((sum, p, x0) => sum + p * chanceOf(back, x0, xt), 0);
      for (const x of states(K)) {
        const [q, p] = [exact[xt * K + x] ?? 0, bent[xt * K + x] ?? 0];
        if (q > 0) d += seen * q * Math.log(q / p);
      }
    }
  }
  return [
    balance(`${rule}: cost`, costs, { a, b, d }, { answer: "b", roundings: 16, via: size }),
    atLeast(`${rule}: least`, b + size, a + size, { roundings: 16 }),
  ];
}

/** What the other token, once noised, tells of a token: how likely it is there, and the law it leaves. */
function givenTheOther(back: StepBack, table: Float64Array, K: number): readonly { readonly chance: number; readonly law: Float64Array }[] {
  return Array.from(states(K), (noisy) => {
    const law = states(K).map((x0) =>
      states(K).reduce((sum, other) => sum + (table[x0 * K + other] ?? 0) * chanceOf(back, other, noisy), 0),
    );
    const chance = law.reduce((sum, p) => sum + p, 0);
    return { chance, law: normalise(law) };
  }).filter(({ chance }) => chance > 0);
}

/** The table of a denoiser: the law of the tokens that can lead to a noisy state, as it is or given that state. Shape `K*K`. */
function denoiser(kind: CleanPrediction, back: StepBack, law: Float64Array): Float64Array {
  const K = law.length;
  const out = new Float64Array(K * K);
  for (let xt = 0; xt < K; xt++) {
    out.set(
      law.map((p, x0) => {
        const likelihood = chanceOf(back, x0, xt);
        return kind === "posterior" ? p * likelihood : likelihood > 0 ? p : 0;
      }),
      xt * K,
    );
    normalise(out.subarray(xt * K, (xt + 1) * K));
  }
  return out;
}
