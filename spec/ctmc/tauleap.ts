/**
 * # Steps of the reverse rates
 *
 * I + τR̂ is a law while no state leaves faster than once per step, and a run of such steps errs in proportion to τ. Laws are pushed
 * through the step exactly, so no draw blurs the error. Steps by Bayes or by staggered ratios have none for one token.
 *
 * Convention: a run goes from u = 3/4 to u = 1/8 in equal steps, one token, with the exact model of a drawn data law.
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import { rowSums } from "#spec/categorical/table";
import { type Data, drawnData, exactReverse, type Marginal, marginalAt, modelOf, reached } from "#spec/ctmc/marginal";
import { statesOf, timeFlows } from "#spec/ctmc/time";
import { atLeast, balance, type Evidence, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { binary32, unitRoundoff } from "#spec/number/format";
import type { Port } from "#spec/roles";
import { derived, lou2024 } from "#spec/sources";

type Chain = Port<"DiscreteStep" | "RateGenerator">;

const total = equation("p == 1");
const numbers = [8, 16, 32, 64] as const;
const [begin, end] = [3 / 4, 1 / 8];

export const tauLeapOrder: Law<"DiscreteStep" | "RateGenerator", { readonly stream: number }> = {
  id: "ctmc.tauleap.order",
  title: "Steps of the reverse rates are laws while τ is small, and their error falls as fast as τ.",
  statement: [
    String.raw`I + \tau\hat R_t \ge 0 \iff \tau\max_x\hat Z_t(x) \le 1`,
    String.raw`\Bigl\|q_s - q_t\prod(I+\tau\hat R)\Bigr\|_{\mathrm{TV}} = O(\tau)`,
  ],
  roles: ["DiscreteStep", "RateGenerator"],
  kind: "limit",
  source: [lou2024("verified", "Eq. 17, Thm 4.2"), derived("Taylor's theorem for orders")],
  restsOn: ["ctmc.reverse.rate"],
  given: {
    "time is continuous": timeFlows,
    "at most 32 states": (_, { discrete }) => (discrete?.classes ?? 0) <= 32,
    "the step converges": (_, { discrete }) => discrete?.reverse !== null && discrete?.reverse !== "plug-in",
  },
  cases: { stream: fc.integer({ min: 0, max: 2 ** 20 }) },
  share: 4,
  *claim({ stream }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const data = drawnData(discrete, stream);
    const states = statesOf(discrete);
    const target = yield* marginalAt(chain, data, K, end);
    const start = yield* marginalAt(chain, data, K, begin);
    if (reached(start, states).length === 0) return [unmet("no state is reached")];
    const errors: number[] = [];
    for (const count of numbers) {
      let law = start.law;
      for (let k = count; k > 0; k--) {
        const [s, t] = [end + ((begin - end) * (k - 1)) / count, end + ((begin - end) * k) / count];
        law = pushed(law, yield* stepped(chain, data, K, s, t), K);
      }
      errors.push(law.reduce((sum, p, x) => sum + Math.abs(p - (target.law[x] ?? 0)), 0) / 2);
    }
    const [steps] = numbers;
    const floor = 64 * (K + 16) * unitRoundoff(binary32);
    return [
      ...(yield* valid(chain, data, start, K, (begin - end) / steps)),
      { kind: "order", name: "total variation", claimed: 1, steps: numbers, errors, floor },
    ];
  },
  // Each of 64 steps rounds K products and sums.
  tolerance: String.raw`\log_2(e_n/e_{2n}) \ge \tfrac12 \text{ unless } e \le 64(K+16)u`,
};

interface Step {
  readonly states: Float64Array;
  readonly rows: Float64Array;
}

/** The step's law from every reached state. */
function* stepped(chain: Chain, data: Data, K: number, s: number, t: number): Ask<Step> {
  const { discrete } = yield* chain.facts();
  const marginal = yield* marginalAt(chain, data, K, t);
  const states = reached(marginal, statesOf(discrete));
  return { states, rows: yield* chain.stepLaw(states, modelOf(discrete, marginal, data, states), s, t) };
}

function pushed(law: Float64Array, { states, rows }: Step, K: number): Float64Array {
  const out = new Float64Array(K);
  rows.forEach((p, k) => {
    out[k % K] = (out[k % K] ?? 0) + (law[states[Math.floor(k / K)] ?? 0] ?? 0) * p;
  });
  return out;
}

/** Rows of the first step, from states that are not left faster than once per step. */
function* valid(chain: Chain, data: Data, start: Marginal, K: number, tau: number): Ask<readonly Evidence[]> {
  const [from = 0, to = 0] = yield* chain.times([begin - tau, begin]);
  const { states, rows } = yield* stepped(chain, data, K, begin - tau, begin);
  const reverse = yield* exactReverse(chain, start, data, states, begin);
  const slow = (i: number): boolean => -(reverse[i * K + (states[i] ?? 0)] ?? 0) * Math.abs(to - from) <= 1;
  const kept = rows.filter((_, k) => slow(Math.floor(k / K)));
  if (kept.length === 0) return [];
  const n = kept.length / K;
  return [
    atLeast("probabilities", kept, 0, {
      axes: [
        ["state", n],
        ["to", K],
      ],
    }),
    balance("rows", total, { p: rowSums(kept, K) }, { answer: "p", roundings: K + 16, axes: [["state", n]] }),
  ];
}
