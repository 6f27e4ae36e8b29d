/**
 * # Posteriors of tokens
 *
 * q(xₛ | xₜ, x₀) is Bayes' rule on two kernels: P_{0,s}(x₀, k)·P_{s,t}(k, xₜ), divided by its sum over k.
 *
 * Convention: kernels are read by rows; pairs (x₀, xₜ) that noise cannot bring about have no posterior and are not asked for.
 */
import fc from "fast-check";
import { type Ask, attempted } from "#spec/ask";
import { type Between, between, type Ends, endsOf, mostStates, rare, type Stretch, stretches, tooMany } from "#spec/categorical/between";
import type { DiscreteFacts } from "#spec/categorical/facts";
import { drawnStates, rowSums } from "#spec/categorical/table";
import { type Axes, atLeast, balance, equality, unmet } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { DiscreteKernel } from "#spec/roles-discrete";
import { austin2021, code, derived } from "#spec/sources";

const bayesRule = equation("q_t * p == q_s * b");
const averaged = equation("p == q");

interface Pairs extends Stretch {
  readonly stream: number;
}

const cases = { ...stretches, stream: fc.integer({ min: 0, max: 999 }) };

export const floored = (_: unknown, { discrete }: Facts): boolean => (discrete?.floor ?? 0) > 0;
export const unfloored = (_: unknown, { discrete }: Facts): boolean => discrete?.floor === 0;

/** Both kernels of a posterior at some pairs that noise brings about. */
interface Joint {
  readonly discrete: DiscreteFacts;
  readonly ends: Ends;
  readonly early: Between;
  readonly x0: Float64Array;
  readonly xt: Float64Array;
  /** P_{0,s}(x₀, k). Shape `n*K`. */
  readonly q_s: Float64Array;
  /** P_{s,t}(k, xₜ). Shape `n*K`. */
  readonly b: Float64Array;
  /** Their products summed over k, repeated for every k. Shape `n*K`. */
  readonly q_t: Float64Array;
  /** What may have cancelled in forming each product. Shape `n*K`. */
  readonly forming: Float64Array;
  readonly axes: Axes;
}

/** All pairs of few states; of many some, a third of which have stayed and a third of which are masked. */
function pairsOf({ classes: K, mask }: DiscreteFacts, stream: number): readonly (readonly [x0: number, xt: number])[] {
  const n = K > mostStates ? 4 : K > 6 ? 12 : K * K;
  const [from, to] = [drawnStates(stream, n, K), drawnStates(stream + 1, n, K)];
  const drawn = (i: number): readonly [number, number] => {
    const x0 = from[i] ?? 0;
    return [x0, i % 3 === 0 ? x0 : i % 3 === 1 && mask !== null ? mask : (to[i] ?? 0)];
  };
  const pairs = Array.from({ length: n }, (_, i) => (K <= 6 ? ([Math.floor(i / K), i % K] as const) : drawn(i)));
  return pairs.filter(([x0]) => x0 !== mask);
}

/** The joint, or the reason why there is none. */
function* jointOf(process: DiscreteKernel, { stream, ...span }: Pairs): Ask<Joint | string> {
  const facts = yield* process.facts();
  const { discrete } = facts;
  const ends = endsOf(span, facts);
  if (discrete === null || ends === null) return "the two times are one";
  const [early, step] = [yield* between(process, "data", ends.s), yield* between(process, ends.s, ends.t)];
  if (early === null || step === null) return tooMany;
  const K = discrete.classes;
  const pairs = pairsOf(discrete, stream);
  const wholes = evaluated(early, step, pairs, K);
  const possible = pairs.filter((_, i) => (wholes.q_t[i * K] ?? 0) > rare);
  if (possible.length === 0) return "noise brings about none of the pairs";
  const axes: Axes = [
    ["token", possible.length],
    ["state", K],
  ];
  return { discrete, ends, early, ...evaluated(early, step, possible, K), axes };
}

type Evaluated = Pick<Joint, "x0" | "xt" | "q_s" | "b" | "q_t" | "forming">;

function evaluated(early: Between, step: Between, pairs: readonly (readonly [number, number])[], K: number): Evaluated {
  const [x0, xt] = [Float64Array.from(pairs, ([x]) => x), Float64Array.from(pairs, ([, y]) => y)];
  const [q_s, b] = [early.rows(x0), step.columns(xt)];
  const sums = rowSums(
    q_s.map((q, k) => q * (b[k] ?? 0)),
    K,
  );
  const q_t = q_s.map((_, k) => sums[Math.floor(k / K)] ?? 0);
  const forming = q_s.map((q, k) => {
    const [f, g] = [early.forming[k % K] ?? 0, step.forming[xt[Math.floor(k / K)] ?? 0] ?? 0];
    return f * ((b[k] ?? 0) + g) + q * g;
  });
  return { x0, xt, q_s, b, q_t, forming };
}

/** What may cancel in the product and, by its share of it, in the sum that it is divided by. */
function viaOf({ forming }: Joint, p: Float64Array, K: number): Float64Array {
  const sums = rowSums(forming, K);
  return forming.map((f, k) => f + Math.abs(p[k] ?? 0) * (sums[Math.floor(k / K)] ?? 0));
}

export const posteriorBayes: Law<"DiscreteKernel", Pairs> = {
  id: "categorical.posterior.bayes",
  title: "The posterior of a token is Bayes' rule on the kernels, and nothing where either kernel is zero.",
  statement: [bayesRule, String.raw`q(x_s\mid x_t,x_0) = \frac{P_{s,t}(x_s,x_t)\,P_{0,s}(x_0,x_s)}{\sum_k P_{s,t}(k,x_t)\,P_{0,s}(x_0,k)}`],
  roles: ["DiscreteKernel"],
  kind: "theorem",
  source: [austin2021("verified", "Eq. 3")],
  restsOn: ["kernel.row-stochastic"],
  given: { "no floor is added": unfloored },
  cases,
  *claim(c, process) {
    const joint = yield* jointOf(process, c);
    if (typeof joint === "string") return [unmet(joint)];
    const { x0, xt, q_s, b, q_t, axes, ends, discrete } = joint;
    const asked = process.bayes(x0, xt, ends.s, ends.t);
    const p = ends.s === "data" ? yield* attempted(asked) : yield* asked;
    if (p === null) return [unmet("no posterior of data is offered")];
    const outside = p.map((value, k) => (q_s[k] === 0 || b[k] === 0 ? value : 0));
    return [
      balance("law", bayesRule, { p, q_s, b, q_t }, { answer: "p", roundings: 16, via: viaOf(joint, p, discrete.classes), axes }),
      equality("support", outside, Float64Array.of(0), { axes }),
    ];
  },
  // Two entries of at most four roundings each, their product, a sum of such products and a quotient.
  tolerance: String.raw`|q_t\hat p(k) - q_s(k)b(k)| \le \gamma_{16}\left(q_t\hat p(k) + q_s(k)b(k) + v_k\right),\quad v_k \text{ from } 1-a`,
};

export const posteriorOrientation: Law<"DiscreteKernel", Pairs> = {
  id: "categorical.posterior.orientation",
  title: "Where noise tells rows from columns, posteriors average to the law one came from.",
  statement: [String.raw`\sum_{y} P_{0,t}(x_0,y)\,q(x_s\mid x_t=y,x_0) = P_{0,s}(x_0,x_s), \qquad P_{s,t}\ne P_{s,t}^\top`],
  roles: ["DiscreteKernel"],
  kind: "theorem",
  source: [derived("total probability; a kernel that is symmetric hides a posterior that reads it along the wrong axis")],
  restsOn: ["kernel.row-stochastic", "kernel.chapman-kolmogorov.finite"],
  given: { "no floor is added": unfloored },
  cases,
  *claim({ stream, ...span }, process) {
    const facts = yield* process.facts();
    const { discrete } = facts;
    const ends = endsOf(span, facts);
    if (discrete === null || ends === null || ends.s === "data") return [unmet("the two times are one, or one is that of data")];
    const { classes: K, mask } = discrete;
    if (K > mostStates) return [unmet(tooMany)];
    const step = yield* process.transition(ends.s, ends.t);
    if (step.every((p, k) => p === step[(k % K) * K + Math.floor(k / K)])) return [unmet("a symmetric kernel hides its orientation")];
    const [drawn = 0] = drawnStates(stream, 1, K);
    const from = drawn === mask ? (drawn + 1) % K : drawn;
    const x0 = Float64Array.of(from);
    const [early, late] = [yield* between(process, "data", ends.s), yield* between(process, "data", ends.t)];
    if (early === null || late === null) return [unmet(tooMany)];
    const weights = late.rows(x0);
    const reached = Float64Array.from(weights.keys()).filter((y) => (weights[y] ?? 0) > rare);
    const x0s = reached.map(() => from);
    const laws = yield* process.bayes(x0s, reached, ends.s, ends.t);
    const p = new Float64Array(K);
    laws.forEach((value, k) => {
      p[k % K] = (p[k % K] ?? 0) + value * (weights[reached[Math.floor(k / K)] ?? 0] ?? 0);
    });
    const q = early.rows(x0);
    // A column's forming reaches every state through the posteriors that it weighs.
    const slack = late.forming.reduce((sum, f) => sum + f, 0);
    const via = q.map((value, k) => value * slack + (early.forming[k] ?? 0) + slack * (p[k] ?? 0));
    return [balance("average", averaged, { p, q }, { answer: "p", roundings: 24, via, axes: [["state", K]] })];
  },
  // Posteriors of sixteen roundings, averaged by entries of four: all terms are positive.
  tolerance: String.raw`\Bigl|\sum_y P_{0,t}(x_0,y)\hat p_y(k) - P_{0,s}(x_0,k)\Bigr| \le \gamma_{24}\left(\hat p(k) + P_{0,s}(x_0,k) + v_k\right)`,
};

export const posteriorFloor: Law<"DiscreteKernel", Pairs> = {
  id: "categorical.posterior.eps-floor",
  title: "A declared floor under probabilities costs a posterior no more than that floor explains.",
  statement: [
    String.raw`\frac{q_s b}{\sum_k (q_s + f_s)(b + f)} \le p \le \frac{(q_s+f_s)(b+f)}{\sum_k q_s b},\qquad f = 2\varepsilon,\; f_s(k) = \varepsilon\Bigl(1+\sum_x P_{0,s}(x,k)\Bigr)`,
    String.raw`\text{under the one-hot of } x_0 \text{ alone:}\quad p(x_0) = \frac{1+\varepsilon}{1+K\varepsilon}`,
  ],
  roles: ["DiscreteKernel"],
  kind: "bound",
  source: [code("d3pm")("verified"), derived("a floor under one-hots reaches column sums of kernels, one under kernels each entry")],
  restsOn: ["kernel.row-stochastic"],
  given: { "a floor is added": floored },
  cases,
  *claim(c, process) {
    const joint = yield* jointOf(process, c);
    if (typeof joint === "string") return [unmet(joint)];
    const { x0, xt, q_s, b, q_t, axes, ends, discrete, early } = joint;
    const { classes: K, floor } = discrete;
    const asked = process.bayes(x0, xt, ends.s, ends.t);
    const p = ends.s === "data" ? yield* attempted(asked) : yield* asked;
    if (p === null) return [unmet("no posterior of data is offered")];
    const column = early.push(new Float64Array(K).fill(1));
    const raised = q_s.map((q, k) => (q + floor * (1 + Math.abs(column[k % K] ?? 0))) * ((b[k] ?? 0) + 2 * floor));
    const sums = rowSums(raised, K);
    const most = p.map((value, k) => value * (q_t[k] ?? 0));
    const least = p.map((value, k) => value * (sums[Math.floor(k / K)] ?? 0));
    const exact = q_s.map((q, k) => q * (b[k] ?? 0));
    return [atLeast("no more", raised, most, { roundings: 16, axes }), atLeast("no less", least, exact, { roundings: 16, axes })];
  },
  // The roundings of the posterior itself; the floor is no rounding and is bounded by its own size.
  tolerance: String.raw`q_t\hat p \le (1+\gamma_{16})(q_s+f_s)(b+f)`,
};
