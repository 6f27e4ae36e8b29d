/**
 * # Steps by ratios
 *
 * Noise undone on the ratios and done again on the token: for one token the exact reverse kernel, whatever the step.
 *
 * Convention: rows; r is the row of ratios qₜ(·)/qₜ(x); kernels are the subject's own.
 */
import fc from "fast-check";
import { multiplied } from "#spec/categorical/table";
import { type Span, spans } from "#spec/ctmc/kolmogorov";
import { drawnData, marginalAt, modelOf, reached } from "#spec/ctmc/marginal";
import { fewStates, statesOf } from "#spec/ctmc/time";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { inverted } from "#spec/number/elimination";
import { equation } from "#spec/number/expression";
import { code, lou2024 } from "#spec/sources";

const bayes = equation("q_x * p == q_y * r");

export const tweedieStep: Law<"DiscreteStep" | "RateGenerator", Span & { readonly stream: number }> = {
  id: "ctmc.tweedie",
  title: "A step by staggered ratios is the exact reverse kernel of one token.",
  statement: [
    String.raw`p(y\mid x) = (r\,P_{s,t}^{-1})(y)\,P_{s,t}(y,x),\qquad r(y) = \frac{q_t(y)}{q_t(x)}`,
    String.raw`q_t(x)\,p(y\mid x) = q_s(y)\,P_{s,t}(y,x)`,
    String.raw`\text{uniform: } (rP^{-1})(y) = e^{\Delta}r(y) - \frac{e^{\Delta}-1}K\sum_z r(z)`,
  ],
  roles: ["DiscreteStep", "RateGenerator"],
  kind: "theorem",
  source: [lou2024("verified", "Thm 4.1, Eq. 18–20"), code("SEDD")("verified", "staggered_score")],
  restsOn: [],
  given: { "the step is by ratios": (_, { discrete }) => discrete?.reverse === "tweedie", "at most 256 states": fewStates },
  cases: { ...spans, stream: fc.integer({ min: 0, max: 2 ** 20 }) },
  *claim({ s, h, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const data = drawnData(discrete, stream);
    const late = yield* marginalAt(chain, data, K, s + h);
    const early = yield* marginalAt(chain, data, K, s);
    const states = reached(late, statesOf(discrete));
    const kernel = yield* chain.transition(s, s + h);
    const undone = inverted(kernel, K);
    if (undone === null) return [unmet("the kernel keeps no digit of what was there")];
    const p = yield* chain.stepLaw(states, modelOf(discrete, late, data, states), s, s + h);
    const size = multiplied(late.law, undone.inverse.map(Math.abs), K);
    const [q_x, q_y, r] = [new Float64Array(p.length), new Float64Array(p.length), new Float64Array(p.length)];
    const via = p.map((_, k) => {
      const [x, y] = [states[Math.floor(k / K)] ?? 0, k % K];
      q_x[k] = late.law[x] ?? 0;
      q_y[k] = early.law[y] ?? 0;
      r[k] = kernel[y * K + x] ?? 0;
      return (size[y] ?? 0) * (r[k] ?? 0);
    });
    const axes = [
      ["from", states.length],
      ["to", K],
    ] as const;
    return [balance("step", bayes, { q_x, q_y, p, r }, { answer: "p", roundings: K + 32, via, axes })];
  },
  // Undoing the noise on ratios cancels: terms of size q|P⁻¹| are summed, which for uniform noise are e^Δ as large.
  tolerance: String.raw`|q_x\hat p - q_yP(y,x)| \le \gamma_{K+32}\bigl(q_x\hat p + q_yP(y,x) + (q_t|P^{-1}|)(y)\,P(y,x)\bigr)`,
};
