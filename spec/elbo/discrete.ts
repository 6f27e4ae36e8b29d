/**
 * # The bound of a discrete chain
 *
 * A chain of T steps bounds −log p of the data by three kinds of terms: what its last state tells of the data, a divergence per step
 * back, and the cross-entropy of the data at the first step. With the true reverse kernels the bound is an equality.
 *
 * Convention: kernels by rows. A model states a law of clean tokens for each state; its reverse step is Bayes' rule with that law in
 * place of the token (plug-in), or the mean of posteriors under it (mixture). The true reverse step is plug-in of the data law, for a
 * single token, and the mixture of p(x₀ | xₜ). At the step from the data itself the divergence is −log p(x₀ | x₁).
 */
import fc from "fast-check";
import { type Ask, eitherOf } from "#spec/ask";
import type { ReverseRule } from "#spec/categorical/facts";
import { normalise } from "#spec/categorical/table";
import { enumerable, tooManyStates } from "#spec/elbo/jump";
import { declaresStates, heldToSum, type TermRow, temperedLaw, termOfRows } from "#spec/elbo/rows";
import { chanceOf, divergenceOf, drawnChain, type StepBack, stepKernel } from "#spec/elbo/step-back";
import { atLeast, type Evidence, unmet } from "#spec/evidence";
import { states } from "#spec/generator/space";
import type { Law } from "#spec/law";
import type { Loss } from "#spec/roles";
import { austin2021, derived } from "#spec/sources";
import { uniforms } from "#spec/stream";

/** The law of clean tokens at each state: the data law as it is, or given the state, or any law of the tokens that can lead there. */
function cleanTable(rule: ReverseRule | "any", { late }: StepBack, data: Float64Array, stream: number): Float64Array {
  const K = data.length;
  const raw = uniforms(stream, 9, K * K);
  const out = new Float64Array(K * K);
  for (let xt = 0; xt < K; xt++) {
    const row = out.subarray(xt * K, (xt + 1) * K);
    for (let x0 = 0; x0 < K; x0++) {
      const likelihood = late[x0 * K + xt] ?? 0;
      const free = likelihood === 0 ? 0 : 1 / 8 + (raw[xt * K + x0] ?? 0);
      row[x0] = rule === "any" ? free : (data[x0] ?? 0) * (rule === "mixture" ? likelihood : 1);
    }
    normalise(row);
  }
  return out;
}

interface Chain {
  readonly steps: number;
  readonly rising: boolean;
  readonly stream: number;
}

export const discreteTight: Law<"Loss", Chain> = {
  id: "elbo.discrete.tight",
  title: "A chain's prior, step and reconstruction terms add up to a bound on −log p, and to −log p at the true reverse kernels.",
  statement: [
    String.raw`L_T + \sum_{t\ge2}L_{t-1} + L_0 \ge -\log p_\theta(x_0),\qquad L_T = D_{\mathrm{KL}}\bigl(q(x_T\mid x_0)\|p(x_T)\bigr)`,
    String.raw`L_{t-1} = \mathbb E_{x_t}D_{\mathrm{KL}}\bigl(q(x_{t-1}\mid x_t,x_0)\|p_\theta(x_{t-1}\mid x_t)\bigr),\qquad L_0 = \mathbb E_{x_1}\left[-\log p_\theta(x_0\mid x_1)\right]`,
    String.raw`p_\theta(x_{t-1}\mid x_t) = q(x_{t-1}\mid x_t) \;\Rightarrow\; \text{equality for every } x_0`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [austin2021("verified", "Eq. 1"), derived("equality at the true reverse kernels; confirmed numerically")],
  restsOn: [],
  given: declaresStates,
  cases: { steps: fc.integer({ min: 1, max: 3 }), rising: fc.boolean(), stream: fc.integer({ min: 0, max: 0xffff }) },
  *claim({ steps, rising, stream }, loss) {
    const K = (yield* loss.facts()).discrete?.classes ?? Number.NaN;
    if (!enumerable(K)) return [unmet(tooManyStates)];
    const chain = drawnChain(stream, K, steps, rising);
    const data = temperedLaw(stream, K);
    const of = (rule: ReverseRule): Ask<readonly Evidence[]> => chainEvidence(loss, chain, data, rule, stream);
    // A subject has one rule, or both; it is held to what it has.
    const [mixture, plugIn] = yield* eitherOf(of("mixture"), of("plug-in"));
    return [...(mixture ?? []), ...(plugIn ?? [])];
  },
  tolerance: String.raw`|\hat B(x_0) + \log p(x_0)| \le \gamma_{16}\left(\hat B + |\log p| + \textstyle\sum_t\mathbb E\sum_x q|\log q| + q|\log p_\theta|\right)`,
};

function* chainEvidence(
  loss: Loss,
  chain: readonly StepBack[],
  data: Float64Array,
  rule: ReverseRule,
  stream: number,
): Ask<readonly Evidence[]> {
  const K = data.length;
  const term = rule === "mixture" ? "step-kl-mixture" : "step-kl-plugin";
  const last = (chain.at(-1)?.late ?? new Float64Array(0)) as Float64Array;
  const marginal = states(K).map((y) => data.reduce((sum, p, x0) => sum + p * (last[x0 * K + y] ?? 0), 0));
  const found: Evidence[] = [];
  for (const model of [rule, "any"] as const) {
    const prior = Array.from(data, (_, x0): TermRow => ({ p: last.slice(x0 * K, (x0 + 1) * K), q: marginal }));
    // A copy: answers are shared with whoever asks the same.
    const bound = (yield* termOfRows(loss, "categorical-kl", prior, { classes: K })).slice();
    const size = states(K).fill(2);
    // The model's law of the first state, pushed back step by step.
    let law = marginal;
    for (let t = chain.length - 1; t >= 0; t--) {
      const back = chain[t];
      if (back === undefined) continue;
      const clean = cleanTable(model, back, data, stream + t);
      const reverse = stepKernel(rule, back, clean, K);
      const pairs = [...states(K * K)].map((k) => [Math.floor(k / K), k % K] as const).filter(([x0, xt]) => chanceOf(back, x0, xt) > 0);
      const rows = pairs.map(([x0, xt]): TermRow => ({ x0, xt }));
      const value = yield* termOfRows(loss, term, rows, { early: back.early, step: back.step, clean });
      const [direct, sizes] = [1, -1].map((sign) =>
        Float64Array.from(pairs, ([x0, xt]) => divergenceOf(back, reverse, x0, xt, sign as 1 | -1)),
      );
      if (model === "any") found.push(heldToSum(`${rule}: step`, value, direct ?? value, { via: sizes ?? 0 }));
      pairs.forEach(([x0, xt], k) => {
        const chance = chanceOf(back, x0, xt);
        bound[x0] = (bound[x0] ?? 0) + chance * (value[k] ?? 0);
        size[x0] = (size[x0] ?? 0) + chance * (sizes?.[k] ?? 0);
      });
      law = states(K).map((x) => law.reduce((sum, p, xt) => sum + p * (reverse[xt * K + x] ?? 0), 0));
    }
    const truth = (model === "any" ? law : data).map((p) => -Math.log(p));
    if (model !== "any") found.push(heldToSum(`${rule}: true reverse`, bound, truth, { via: size }));
    else found.push(atLeast(`${rule}: bound`, bound, truth, { roundings: 64, axes: [["token", K]] }));
  }
  return found;
}
