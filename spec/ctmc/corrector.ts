/**
 * # Correctors
 *
 * Running forward and back at once leaves the marginal alone: R + R̂ is reversible with respect to qₜ.
 *
 * Convention: rows; both rates per unit of the subject's own time.
 */
import fc from "fast-check";
import { drawnData, exactReverse, marginalAt, reached } from "#spec/ctmc/marginal";
import { statesOf } from "#spec/ctmc/time";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { campbell2022, code } from "#spec/sources";

const detailed = equation("q_x * (r + r_1) == q_y * (a + b)");
const stationary = equation("f == q * z");

export const correctorIsStationary: Law<"RateGenerator", { readonly u: number; readonly stream: number }> = {
  id: "ctmc.corrector.stationary",
  title: "Forward and reverse rates together leave the marginal unchanged.",
  statement: [String.raw`q_t(R_t + \hat R_t) = 0`, String.raw`q_t(x)\,(R_t+\hat R_t)(x,y) = q_t(y)\,(R_t+\hat R_t)(y,x)`],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [campbell2022("second-hand"), code("flow_matching")("verified", "corrector, docstring")],
  restsOn: ["ctmc.rate.row-sum-zero", "ctmc.reverse.rate"],
  given: { "at most 32 states": (_, { discrete }) => (discrete?.classes ?? 0) <= 32 },
  cases: { u: fc.integer({ min: 1, max: 64 }).map((k) => k / 64), stream: fc.integer({ min: 0, max: 2 ** 20 }) },
  *claim({ u, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const data = drawnData(discrete, stream);
    const marginal = yield* marginalAt(chain, data, K, u);
    const { law } = marginal;
    const all = statesOf(discrete);
    if (reached(marginal, all).length < K) return [unmet("not every state is reached")];
    const rates = yield* chain.rate(u);
    const reverse = yield* exactReverse(chain, marginal, data, all, u);
    const sum = rates.map((r, k) => r + (reverse[k] ?? 0));
    const pairs = Array.from({ length: K * K }, (_, k) => [Math.floor(k / K), k % K] as const).filter(([x, y]) => x < y);
    const pick = (f: (x: number, y: number) => number): Float64Array => Float64Array.from(pairs, ([x, y]) => f(x, y));
    return [
      balance(
        "detailed balance",
        detailed,
        {
          q_x: pick((x) => law[x] ?? 0),
          q_y: pick((_, y) => law[y] ?? 0),
          r: pick((x, y) => rates[x * K + y] ?? 0),
          r_1: pick((x, y) => reverse[x * K + y] ?? 0),
          a: pick((x, y) => rates[y * K + x] ?? 0),
          b: pick((x, y) => reverse[y * K + x] ?? 0),
        },
        { answer: "r_1", roundings: 16 },
      ),
      balance(
        "stationary",
        stationary,
        {
          q: law,
          z: law.map((_, y) => -(sum[y * K + y] ?? 0)),
          f: law.map((_, y) => law.reduce((flow, q, x) => flow + (x === y ? 0 : q * (sum[x * K + y] ?? 0)), 0)),
        },
        { answer: "z", roundings: K + 16, axes: [["state", K]] },
      ),
    ];
  },
  tolerance: String.raw`|\textstyle\sum_x q_x\hat C(x,y)| \le \gamma_{K+16}\sum_x q_x|\hat C(x,y)|`,
};
