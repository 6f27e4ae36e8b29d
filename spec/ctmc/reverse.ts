/**
 * # Reverse rates
 *
 * Time runs back by R̂ₜ(x, y) = Rₜ(y, x)·qₜ(y)/qₜ(x): as much flows from x to y in reverse as flowed from y to x. The ratio follows
 * from a model of clean tokens, and reverse rates make the kernel that Bayes gives.
 *
 * Convention: rows; reverse rates at the state that is left; the data law is drawn, marginals are of the subject's own kernels.
 */
import fc from "fast-check";
import { attempted } from "#spec/ask";
import { type Span, spans, unresolved } from "#spec/ctmc/kolmogorov";
import { drawnData, exactReverse, type Marginal, marginalAt, posteriorsOf, ratiosOf, reached } from "#spec/ctmc/marginal";
import { integrated, statesOf, timeFlows } from "#spec/ctmc/time";
import { type Axes, balance, type Evidence, unmet } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { campbell2022, derived, lou2024 } from "#spec/sources";

const flux = equation("q_x * r == q_y * r_1");
const exits = equation("q_x * z == f");
const marginals = equation("q_x * r == q_y");
const growth = equation("p == q + f");

interface At {
  readonly u: number;
  readonly stream: number;
}

const cases = { u: fc.integer({ min: 1, max: 64 }).map((k) => k / 64), stream: fc.integer({ min: 0, max: 2 ** 20 }) };
const none = "no state that was asked for is reached";

/** Ordered pairs of different states, and the entries of rows that belong to them. */
function pairsOf(
  states: Float64Array,
  K: number,
): {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly at: (rows: Float64Array) => Float64Array;
  readonly back: (rows: Float64Array) => Float64Array;
  readonly axes: Axes;
} {
  const all = Array.from(states, (_, i) => Array.from(states, (_, j) => [i, j] as const))
    .flat()
    .filter(([i, j]) => i !== j);
  const pick = (f: (i: number, j: number) => number): Float64Array => Float64Array.from(all, ([i, j]) => f(i, j));
  const to = (j: number): number => states[j] ?? 0;
  return {
    x: pick((i) => to(i)),
    y: pick((_, j) => to(j)),
    at: (rows) => pick((i, j) => rows[i * K + to(j)] ?? 0),
    back: (rows) => pick((i, j) => rows[j * K + to(i)] ?? 0),
    axes: [
      ["from", states.length],
      ["to another", states.length - 1],
    ],
  };
}

/** q(x)R̂(x, y) = q(y)R(y, x) for all pairs of reached states. */
function fluxes(name: string, { law }: Marginal, states: Float64Array, reverse: Float64Array, rates: Float64Array): Evidence {
  const { x, y, at, back, axes } = pairsOf(states, law.length);
  const q = (z: number): number => law[z] ?? 0;
  return balance(name, flux, { q_x: x.map(q), q_y: y.map(q), r: at(reverse), r_1: back(rates) }, { answer: "r", roundings: 16, axes });
}

export const reverseRate: Law<"RateGenerator", At> = {
  id: "ctmc.reverse.rate",
  title: "As much flows back along every jump as flowed forward.",
  statement: [
    String.raw`q_t(x)\hat R_t(x,y) = q_t(y)R_t(y,x),\quad y\ne x`,
    String.raw`\hat Z_t(x) = Z_t(x) + \partial_t\log q_t(x) = \sum_{y\ne x} q_t(y)R_t(y,x)/q_t(x)`,
  ],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [lou2024("verified", "Eq. 3"), campbell2022("second-hand", "Prop. 1"), derived("exit rates: row sums of the above")],
  restsOn: ["ctmc.rate.row-sum-zero"],
  given: {},
  cases,
  *claim({ u, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const marginal = yield* marginalAt(chain, drawnData(discrete, stream), K, u);
    const states = reached(marginal, statesOf(discrete));
    if (states.length < 2) return [unmet(none)];
    const reverse = yield* chain.reverseRate("ratio", states, ratiosOf(marginal, states), u);
    const rates = yield* chain.rate(u, states);
    const evidence = [fluxes("flux", marginal, states, reverse, rates)];
    if (states.length < K) return evidence;
    const { law } = marginal;
    const f = law.map((_, x) => law.reduce((sum, q, y) => sum + (y === x ? 0 : q * (rates[y * K + x] ?? 0)), 0));
    const z = law.map((_, x) => -(reverse[x * K + x] ?? 0));
    evidence.push(balance("exits", exits, { q_x: law, z, f }, { answer: "z", roundings: K + 16, axes: [["state", K]] }));
    return evidence;
  },
  // A rate, a ratio, and their product; a ratio may come from a difference of logarithms.
  tolerance: String.raw`|q_x\hat r - q_yr| \le \gamma_{16}(q_x\hat r + q_yr)`,
};

const noFloor = (_: unknown, { discrete }: Facts): boolean => discrete?.floor === 0;

export const reverseFromClean: Law<"RateGenerator", At> = {
  id: "ctmc.reverse.x0-form",
  title: "The law of clean tokens gives the ratio of marginals.",
  statement: [String.raw`\sum_{x_0}\frac{q_{t|0}(y\mid x_0)}{q_{t|0}(x\mid x_0)}\,q_{0|t}(x_0\mid x) = \frac{q_t(y)}{q_t(x)}`],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [campbell2022("second-hand", "Prop. 1")],
  restsOn: [],
  given: { "no floor is added": noFloor },
  cases,
  *claim({ u, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const data = drawnData(discrete, stream);
    const marginal = yield* marginalAt(chain, data, K, u);
    const { law, rows } = marginal;
    const states = reached(marginal, statesOf(discrete));
    if (states.length < 2) return [unmet(none)];
    const clean = posteriorsOf(marginal, data, states);
    const evidence: Evidence[] = [];
    const reverse = yield* attempted(chain.reverseRate("clean", states, clean, u));
    if (reverse !== null) evidence.push(fluxes("reverse rate", marginal, states, reverse, yield* chain.rate(u, states)));
    const ratio = yield* reverse === null ? chain.ratio(states, clean, u) : attempted(chain.ratio(states, clean, u));
    if (ratio === null) return evidence;
    const { x, y, at, axes } = pairsOf(states, K);
    // Where data lead to y and not to x, x says nothing of y.
    const spoken = x.map((from, k) =>
      Number(data.states.every((_, j) => (rows[j * K + from] ?? 0) > 0 || (rows[j * K + (y[k] ?? 0)] ?? 0) === 0)),
    );
    const q = (values: Float64Array): Float64Array => values.map((z, k) => (spoken[k] === 1 ? (law[z] ?? 0) : 0));
    evidence.push(balance("ratio", marginals, { q_x: q(x), q_y: q(y), r: at(ratio) }, { answer: "r", roundings: K + 16, axes }));
    return evidence;
  },
  // A sum of at most K quotients, none of them negative.
  tolerance: String.raw`|q_x\hat r - q_y| \le \gamma_{K+16}(q_x\hat r + q_y)`,
};

export const reverseKernel: Law<"RateGenerator", Span & { readonly stream: number }> = {
  id: "ctmc.reverse.kernel-bayes",
  title: "Reverse rates make the kernel that Bayes gives.",
  statement: [
    String.raw`\hat P_{t\to s}(x,y) = \frac{q_s(y)P_{s,t}(y,x)}{q_t(x)}`,
    String.raw`\hat P_{t\to s} = I + \int_s^t \hat P_{t\to r}\hat R_r\,\mathrm dr`,
  ],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [derived("the forward equation of the reversed chain")],
  restsOn: ["ctmc.rate.row-sum-zero"],
  given: { "time is continuous": timeFlows, "at most 32 states": (_, { discrete }) => (discrete?.classes ?? 0) <= 32 },
  cases: { ...spans, stream: cases.stream },
  *claim({ s, h, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const data = drawnData(discrete, stream);
    const all = statesOf(discrete);
    const flow = yield* integrated(chain, s, s + h, function* (r) {
      const marginal = yield* marginalAt(chain, data, K, r);
      const states = reached(marginal, all);
      const onward = yield* chain.transition(r, s + h);
      const reverse = yield* exactReverse(chain, marginal, data, states, r);
      const [value, size] = [new Float64Array(K * K), new Float64Array(K * K)];
      // Entry (x, y) of q_t(x)·P̂_{t→r}R̂_r: the mass at z at time r that is at x at time t, times the rate from z to y.
      states.forEach((z, i) => {
        for (let k = 0; k < K * K; k++) {
          const term = (marginal.law[z] ?? 0) * (onward[z * K + Math.floor(k / K)] ?? 0) * (reverse[i * K + (k % K)] ?? 0);
          value[k] = (value[k] ?? 0) + term;
          size[k] = (size[k] ?? 0) + Math.abs(term);
        }
      });
      return { value, size };
    });
    if (flow === null) return [unmet(unresolved)];
    const early = yield* marginalAt(chain, data, K, s);
    const late = yield* marginalAt(chain, data, K, s + h);
    const kernel = yield* chain.transition(s, s + h);
    const p = flow.value.map((_, k) => (early.law[k % K] ?? 0) * (kernel[(k % K) * K + Math.floor(k / K)] ?? 0));
    const q = flow.value.map((_, k) => (k % (K + 1) === 0 ? (late.law[k % K] ?? 0) : 0));
    return [
      balance(
        "kernel",
        growth,
        { p, q, f: flow.value },
        {
          answer: "p",
          roundings: 32,
          via: flow.size.map((x) => x + 1),
          axes: [
            ["from", K],
            ["to", K],
          ],
        },
      ),
    ];
  },
  // Marginals, kernels and rates each right to a few roundings, of 1 or of themselves.
  tolerance: String.raw`|q_t(\hat P - I - \textstyle\int\hat P\hat R)| \le \gamma_{32}\bigl(1 + q_s P_{s,t} + q_t + \int q_t\hat P|\hat R|\bigr)`,
};
