/**
 * # The score-entropy bound
 *
 * Score entropies against the ratios given the data, each at the rate into the present state, add up over time to a bound on −log p of
 * the data; at the true ratios the bound is an equality for every token.
 *
 * Convention: rates by rows times the speed β of the clock, R_t = βR; time runs from data at 0 to T.
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import { drawnRates, intoState, refusal, scoreEntropySize } from "#spec/elbo/jump";
import { declaresStates, gradedLegendre, groupSums, heldToSum, type TermRow, temperedLaw, termOfRows } from "#spec/elbo/rows";
import { atLeast, unmet } from "#spec/evidence";
import { states } from "#spec/generator/space";
import type { Law } from "#spec/law";
import { uniformized } from "#spec/number/uniformization";
import type { Loss } from "#spec/roles";
import { lou2024 } from "#spec/sources";
import { uniforms } from "#spec/stream";

interface Chain {
  readonly rate: Float64Array;
  readonly data: Float64Array;
  readonly until: number;
  readonly speed: number;
}

export const scoreEntropyTight: Law<
  "Loss",
  { readonly absorbing: boolean; readonly until: number; readonly speed: number; readonly stream: number }
> = {
  id: "elbo.dwdse.tight",
  title: "Score entropy at the rates into the present state bounds −log p, and is −log p of every token at the true ratios.",
  statement: [
    String.raw`-\log p_0^\theta(x_0) \le \int_0^T \mathbb E_{x_t\mid x_0}\sum_{y\ne x_t}R_t(y,x_t)\left[s_y - r_y\log s_y + r_y(\log r_y-1)\right]dt + D_{\mathrm{KL}}\bigl(p_{T\mid 0}\,\|\,p_T^\theta\bigr)`,
    String.raw`r_y = \frac{p_{t\mid0}(y\mid x_0)}{p_{t\mid0}(x_t\mid x_0)},\qquad s_y = \frac{p_t(y)}{p_t(x_t)} \;\Rightarrow\; \text{equality for every } x_0`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [lou2024("verified", "Theorem 3.6, Eq. 9, 10")],
  restsOn: [],
  given: declaresStates,
  cases: {
    absorbing: fc.boolean(),
    until: fc.constantFrom(1, 1 / 4),
    speed: fc.constantFrom(1, 1 / 4, 3),
    stream: fc.integer({ min: 0, max: 0xffff }),
  },
  share: 8,
  *claim({ absorbing, until, speed, stream }, loss) {
    const K = (yield* loss.facts()).discrete?.classes ?? Number.NaN;
    const refused = refusal(K, speed * until);
    if (refused !== null) return [unmet(refused)];
    const chain = { rate: drawnRates(stream, K, absorbing), data: temperedLaw(stream, K), until, speed };
    const still = new Float64Array(K);
    const exact = yield* boundsOf(loss, chain, () => still);
    const entropies = chain.data.map((p) => -Math.log(p));
    const tilt = uniforms(stream, 5, K * K).map((w) => w - 0.5);
    const tilted = yield* boundsOf(loss, chain, (x) => tilt.slice(x * K, (x + 1) * K));
    const mean = (values: Float64Array): number => values.reduce((sum, v, x) => sum + v * (chain.data[x] ?? 0), 0);
    return [
      heldToSum("true ratios", exact.bounds, entropies, { via: exact.size }),
      atLeast("other ratios", Float64Array.of(mean(tilted.bounds)), mean(entropies), { roundings: 16 }),
    ];
  },
  // 24 nodes in w, t = Tw⁵, integrate the logarithm at t = 0 to ten digits; transitions are sums of positive terms.
  tolerance: String.raw`|\hat B(x_0) + \log p(x_0)| \le \gamma_{16}\left(\hat B + |\log p| + \int_0^T\mathbb E\textstyle\sum R_t(y,x_t)\left(s + r|\log s| + r|\log r| + r\right)dt\right)`,
};

/** Bounds of all tokens where the model's log-scores are the true ones and a tilt, and the same integrals of magnitudes. */
function* boundsOf(
  loss: Loss,
  { rate, data, until, speed }: Chain,
  tilt: (x: number) => Float64Array,
): Ask<{ readonly bounds: Float64Array; readonly size: Float64Array }> {
  const K = data.length;
  const { nodes, weights } = gradedLegendre(24, 5);
  const rows: TermRow[] = [];
  const [shares, group, sizes]: [number[], number[], number[]] = [[], [], []];
  const lawsAt = (t: number): { readonly given: Float64Array; readonly q: Float64Array } => {
    const given = uniformized(rate, K, speed * t, states(K)).rows;
    return { given, q: states(K).map((y) => data.reduce((sum, p, x0) => sum + p * (given[x0 * K + y] ?? 0), 0)) };
  };
  for (const [node, w] of nodes.entries()) {
    const { given, q } = lawsAt(until * w);
    for (let x0 = 0; x0 < K; x0++)
      for (let x = 0; x < K; x++) {
        const chance = given[x0 * K + x] ?? 0;
        if (chance === 0) continue;
        const ratio = states(K).map((y) => (given[x0 * K + y] ?? 0) / chance);
        const logscore = tilt(x).map((d, y) => d + Math.log((q[y] ?? 0) / (q[x] ?? 0)));
        rows.push({ xt: x, speed, logscore, ratio });
        shares.push((weights[node] ?? 0) * until * chance);
        group.push(x0);
        sizes.push(speed * intoState(rate, K, x, logscore, (y) => ratio[y] ?? 0, scoreEntropySize));
      }
  }
  const value = yield* termOfRows(loss, "weighted-score-entropy", rows, { rate });
  const { given, q } = lawsAt(until);
  const prior = states(K).map((x0) =>
    q.reduce((sum, p, y) => {
      const mass = given[x0 * K + y] ?? 0;
      return sum + (mass === 0 ? 0 : mass * Math.log(mass / p));
    }, 0),
  );
  return {
    bounds: groupSums(value, shares, group, K).map((v, x0) => v + (prior[x0] ?? 0)),
    size: groupSums(Float64Array.from(sizes), shares, group, K).map((v) => v + 1),
  };
}
