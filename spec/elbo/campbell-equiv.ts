/**
 * # The objective of reverse rates
 *
 * A model of reverse rates is trained on what leaves a state in reverse and on the logarithms of the ways back into it. Written with
 * ratios, that is score entropy.
 *
 * Convention: R is read by rows; the first argument of a reverse rate R̂(x, y) is the state it leaves.
 */
import { chainAt, constantOf, type DrawnChain, drawnChains, intoState, refusal, scoreEntropy, scoreEntropySize } from "#spec/elbo/jump";
import { declaresStates, heldToSum, type TermRow, termOfRows } from "#spec/elbo/rows";
import { unmet } from "#spec/evidence";
import { states } from "#spec/generator/space";
import type { Law } from "#spec/law";
import { campbell2022, lou2024 } from "#spec/sources";

export const campbellEquivalent: Law<"Loss", DrawnChain> = {
  id: "elbo.campbell-equiv",
  title: "The objective of reverse rates is score entropy up to a number that no model changes.",
  statement: [
    String.raw`\mathbb E_q\Bigl[\sum_{y\ne x}\hat R(x,y) - \sum_{y\ne x}R(x,y)\log\hat R(y,x)\Bigr] = \mathbb E_q\sum_{y\ne x}R(y,x)\left[s(x)_y - \tfrac{q(y)}{q(x)}\log s(x)_y\right] - C`,
    String.raw`\hat R(x,y) = R(y,x)\,s(x)_y,\qquad C = \mathbb E_q\sum_{y\ne x}R(x,y)\log R(x,y)`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [lou2024("verified", "remark after Theorem 3.6"), campbell2022("second-hand", "§3.2")],
  restsOn: [],
  given: declaresStates,
  cases: drawnChains,
  *claim(chain, loss) {
    const K = (yield* loss.facts()).discrete?.classes ?? Number.NaN;
    const refused = refusal(K, chain.at);
    if (refused !== null) return [unmet(refused)];
    const { rate, q, scoresAt } = chainAt(chain, K);
    const reverse = new Float64Array(K * K);
    for (let x = 0; x < K; x++)
      for (let y = 0; y < K; y++) if (y !== x) reverse[x * K + y] = (rate[y * K + x] ?? 0) * Math.exp(scoresAt(x)[y] ?? 0);
    const rows = Array.from(states(K), (xt): TermRow => ({ xt }));
    const value = yield* termOfRows(loss, "reverse-rate-objective", rows, { rate, reverse });
    const mean = (f: (x: number) => number): number => states(K).reduce((sum, x) => sum + (q[x] ?? 0) * f(x), 0);
    const ratio = (x: number) => (y: number) => (q[y] ?? 0) / (q[x] ?? 0);
    const entropy = mean((x) => intoState(rate, K, x, scoresAt(x), ratio(x), (l, r) => scoreEntropy(l, r) - constantOf(l, r)));
    const logs = (f: (rate: number) => number): number =>
      mean((x) => states(K).reduce((sum, y) => sum + (y === x || rate[x * K + y] === 0 ? 0 : f(rate[x * K + y] ?? 0)), 0));
    const size = mean((x) => intoState(rate, K, x, scoresAt(x), ratio(x), scoreEntropySize));
    return [
      heldToSum("objective", Float64Array.of(mean((x) => value[x] ?? 0)), Float64Array.of(entropy - logs((r) => r * Math.log(r))), {
        via: size + logs((r) => Math.abs(r * Math.log(r))),
      }),
    ];
  },
  tolerance: String.raw`|\hat D - D| \le \gamma_{16}\left(\hat D + D + \mathbb E\textstyle\sum_{y\ne x} R(y,x)\left(s + r|\log s| + r\right) + R|\log R|\right)`,
};
