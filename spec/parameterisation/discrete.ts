/**
 * # Predictions about tokens
 *
 * A law of the clean token says how much likelier every other noisy state is than the present one, and at a mask that is the law
 * itself but for a factor of time.
 *
 * Convention: ratios are s(x, y) = qₜ(y)/qₜ(x), of one token with a known law of data; the law of the clean token is that given x.
 */
import fc from "fast-check";
import { type Between, between, hot, mostStates, rare, someStates, tooMany } from "#spec/categorical/between";
import { unfloored } from "#spec/categorical/posterior";
import { cleanFor, lawOfStep, noStepToData, predictionOf } from "#spec/categorical/step";
import { drawnLaws, drawnStates } from "#spec/categorical/table";
import { unitTime } from "#spec/domain";
import { type Axes, balance, type Evidence, equality, greaterThan, unmet } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { campbell2022, code, derived, lou2024, sahoo2024 } from "#spec/sources";

const marginals = equation("q_x * r == q_y");
const cocycle = equation("r_xy * r_yz == r_xz");
const scaled = equation("(1 - a) * r == a * p");
const same = equation("r == p");

interface Predicted {
  readonly u: number;
  readonly stream: number;
}

const cases = { u: unitTime(), stream: fc.integer({ min: 0, max: 999 }) };

const absorbing = (_: unknown, { discrete }: Facts): boolean => discrete?.family === "absorbing";

/** States that every token of the data law can have led to. */
function open(toNow: Between, prior: Float64Array, states: Float64Array): Float64Array {
  const K = prior.length;
  const columns = toNow.columns(states);
  return states.filter((_, i) => prior.every((p, k) => p === 0 || (columns[i * K + k] ?? 0) > rare));
}

export const ratioOfMarginals: Law<"RateGenerator" | "DiscreteKernel", Predicted> = {
  id: "parameterisation.discrete.ratio",
  title: "The law of the clean token gives the ratios of the noisy states, and these multiply along paths.",
  statement: [
    String.raw`s(x,y) = \sum_{x_0} p(x_0\mid x)\,\frac{P_{0,t}(x_0,y)}{P_{0,t}(x_0,x)} = \frac{q_t(y)}{q_t(x)} \ge 0`,
    String.raw`s(x,x) = 1,\qquad s(x,y)\,s(y,z) = s(x,z)`,
  ],
  roles: ["RateGenerator", "DiscreteKernel"],
  kind: "theorem",
  source: [lou2024("verified", "Eq. 12"), campbell2022("second-hand", "Prop. 1"), derived("quotients of one law form a cocycle")],
  restsOn: ["kernel.row-stochastic"],
  given: { "no floor is added": unfloored },
  cases,
  *claim({ u, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const toNow = yield* between(chain, "data", u);
    if (discrete === null || toNow === null) return [unmet(tooMany)];
    const { classes: K, mask } = discrete;
    const prior = drawnLaws(stream, 1, K, mask);
    const xt = open(toNow, prior, someStates(discrete, drawnStates(stream + 1, K > mostStates ? 4 : 8, K)));
    if (xt.length === 0) return [unmet("every state has tokens that cannot have led to it")];
    const r = yield* chain.ratio(xt, cleanFor("posterior", prior, xt, toNow), u);
    const law = toNow.push(prior);
    const here = (k: number): number => xt[Math.floor(k / K)] ?? 0;
    const q_x = r.map((_, k) => law[here(k)] ?? Number.NaN);
    const q_y = r.map((_, k) => law[k % K] ?? Number.NaN);
    // Each likelihood that is divided by was formed as 1 − a, and so was each that is multiplied by.
    const columns = toNow.columns(xt);
    const loose = Array.from(xt, (x, i) =>
      prior.reduce((most, p, k) => (p === 0 ? most : Math.max(most, (toNow.forming[x] ?? 0) / (columns[i * K + k] ?? 1))), 0),
    );
    const via = r.map(
      (value, k) => (1 + Math.abs(value)) * ((toNow.forming[k % K] ?? 0) + (q_x[k] ?? 0) * (loose[Math.floor(k / K)] ?? 0)),
    );
    const axes: Axes = [
      ["token", xt.length],
      ["state", K],
    ];
    const found: Evidence[] = [balance("marginals", marginals, { q_x, r, q_y }, { answer: "r", roundings: 32, via, axes })];
    const positive = r.filter((_, k) => (law[k % K] ?? 0) > rare);
    found.push(greaterThan("positive", positive, 0));
    const [first, second] = [r.subarray(0, K), r.subarray(K, 2 * K)];
    if (xt.length < 2) return found;
    const r_xy = first[xt[1] ?? 0] ?? Number.NaN;
    const [slack = 0, other = 0] = loose;
    const path = first.map((value) => (1 + Math.abs(value)) * (slack + other) * (1 + r_xy));
    return [
      ...found,
      balance("paths", cocycle, { r_xy, r_yz: second, r_xz: first }, { answer: "r_xz", roundings: 64, via: path, axes: [["state", K]] }),
    ];
  },
  // A sum of products and quotients that are not negative, by a law that was normalised.
  tolerance: String.raw`|q_x\hat r - q_y| \le \gamma_{32}\left(q_x\hat r + q_y + v_y\right),\quad v_y \text{ from } 1-a`,
};

export const maskedRatio: Law<"RateGenerator" | "DiscreteKernel", Predicted> = {
  id: "parameterisation.discrete.mask",
  title: "At a mask the ratios are the law of the clean token, times one number that alone depends on time.",
  statement: [String.raw`s(m,y) = \frac{a}{1-a}\,p(x_0=y\mid x_t),\quad y\ne m`],
  roles: ["RateGenerator", "DiscreteKernel"],
  kind: "theorem",
  source: [code("RADD")("verified"), derived("the ratio of surviving unmasked and being masked")],
  restsOn: ["categorical.q.absorbing"],
  given: { "noise is absorbing": absorbing, "no floor is added": unfloored },
  cases,
  *claim({ u, stream }, chain) {
    const { discrete } = yield* chain.facts();
    if (discrete === null || discrete.mask === null) return [unmet("there is no mask")];
    const { classes: K, mask } = discrete;
    const [a = Number.NaN] = yield* chain.survival([u]);
    if (a === 1) return [unmet("nothing is masked yet")];
    const clean = drawnLaws(stream, 2, K, mask);
    const ratios = yield* chain.ratio(Float64Array.of(mask, mask), clean, u);
    const [r, p] = [ratios.filter((_, k) => k % K !== mask), clean.filter((_, k) => k % K !== mask)];
    const axes: Axes = [
      ["token", 2],
      ["unmasked state", K - 1],
    ];
    return [balance("ratio", scaled, { r, a, p }, { answer: "r", roundings: 16, axes })];
  },
  // One quotient of a and 1 − a, and a sum over a law that was normalised.
  tolerance: String.raw`|(1-a)\hat r - a p| \le \gamma_{16}\left((1+a)\hat r + a p\right)`,
};

export const maskedPrediction: Law<"DiscreteStep" | "DiscreteKernel", Predicted> = {
  id: "parameterisation.discrete.mask.copies",
  title: "The last step never answers a mask, draws what was masked from the prediction, and copies the rest.",
  statement: [String.raw`p(x_0=m\mid x_t) = 0,\qquad x_t\ne m \;\Rightarrow\; x_0 = x_t`],
  roles: ["DiscreteStep", "DiscreteKernel"],
  kind: "theorem",
  source: [sahoo2024("verified", "§3.2.3")],
  restsOn: ["categorical.reverse.absorbing-coincide"],
  given: {
    "noise is absorbing": absorbing,
    "no floor is added": unfloored,
    // A step of rates that leads to data has rates beyond all bounds, and leaves by the law of the prediction only where it is cut off so.
    "steps are not Euler's": (_, { discrete }) => discrete?.reverse !== "euler",
  },
  cases,
  *claim({ u, stream }, process) {
    const { discrete } = yield* process.facts();
    if (discrete === null || discrete.mask === null) return [unmet("there is no mask")];
    const { classes: K, mask } = discrete;
    const [a = Number.NaN] = yield* process.survival([u]);
    if (a === 0 || a === 1) return [unmet("all tokens are masked, or none is")];
    const [drawn = 0] = drawnStates(stream + 1, 1, K);
    const token = drawn === mask ? (drawn + 1) % K : drawn;
    const xt = Float64Array.of(mask, token, mask);
    const clean = drawnLaws(stream, 3, K, mask);
    // Given the token itself, its posterior is certain; what has not seen it is not.
    if (predictionOf(discrete) === "posterior") clean.set(hot(K, token), K);
    const law = yield* lawOfStep(process, xt, clean, { s: "data", t: u });
    if (law === null) return [unmet(noStepToData)];
    const axes: Axes = [
      ["token", 3],
      ["state", K],
    ];
    const expected = clean.map((p, k) => (Math.floor(k / K) !== 1 ? p : k % K === token ? 1 : 0));
    // What must be nothing is held to that by the first alone.
    const nothing = expected.map((p) => (p === 0 ? 1 : 0));
    return [
      equality(
        "never",
        law.map((p, k) => p * (nothing[k] ?? 0)),
        Float64Array.of(0),
        { axes },
      ),
      balance("prediction", same, { r: law, p: expected }, { answer: "r", roundings: 12, via: nothing, axes }),
    ];
  },
  // A prediction, normalised once more; what is nothing stays nothing.
  tolerance: String.raw`p = 0 \Rightarrow \hat p = 0,\qquad |\hat p - p| \le \gamma_{12}\left(\hat p + p\right)`,
};
