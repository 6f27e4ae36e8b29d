/**
 * # Divergences of whole paths
 *
 * Two diffusions with one diffusion coefficient, or two jump processes, differ along their paths at a rate that only the present state
 * decides. Seen at the ends of N steps alone, the paths differ by less, and by all of it as N grows.
 *
 * Convention: the mean is over the paths of P; b are drifts, R jump rates by rows.
 */
import fc from "fast-check";
import { positive } from "#spec/domain";
import { drawnRates, refusal } from "#spec/elbo/jump";
import { declaresStates, heldToSum, type TermRow, temperedLaw, termOfRows } from "#spec/elbo/rows";
import { atLeast, type Evidence, enclosure, unmet } from "#spec/evidence";
import { states } from "#spec/generator/space";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { binary32, unitRoundoff } from "#spec/number/format";
import { gaussLegendre } from "#spec/number/quadrature";
import { uniformized } from "#spec/number/uniformization";
import { standard } from "#spec/sources";

const rateOfDrifts = expression("(a - b)^2 / (2 * g)");
const counts = [4, 8, 16, 32, 64, 128];

/** Skeletons never exceed the whole, grow with the number of steps, and tend to it at order 1. */
function skeletonEvidence(whole: number, skeletons: readonly number[]): readonly Evidence[] {
  const found = Float64Array.from(skeletons);
  const errors = skeletons.map((part) => Math.abs(whole - part));
  return [
    atLeast("skeletons", whole, found, { roundings: 32 }),
    { kind: "order", name: "refinement", claimed: 1, steps: counts, errors, floor: 64 * whole * unitRoundoff(binary32) },
  ];
}

interface Pair {
  readonly pull: number;
  readonly other: number;
  readonly g2: number;
  readonly v0: number;
}

export const girsanovDiffusion: Law<"Loss", Pair> = {
  id: "elbo.girsanov.sde",
  title: "Two diffusions with one g differ at the rate of half the squared difference of their drifts over g².",
  statement: [
    String.raw`D_{\mathrm{KL}}(\mathbb P\|\mathbb Q) = D_{\mathrm{KL}}(p_0\|q_0) + \tfrac12\int\mathbb E_{\mathbb P}\left\|g^{-1}(b^P-b^Q)\right\|^2dt`,
    String.raw`\sum_{k<N}\mathbb E_{\mathbb P}D_{\mathrm{KL}}\bigl(P_{t_k,t_{k+1}}\|Q_{t_k,t_{k+1}}\bigr) \uparrow \tfrac12\int\mathbb E_{\mathbb P}\left\|g^{-1}(b^P-b^Q)\right\|^2dt`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [standard("Girsanov's theorem; confirmed on Ornstein–Uhlenbeck processes")],
  restsOn: [],
  given: {},
  cases: {
    pull: fc.constantFrom(1, 1 / 2, 3),
    other: fc.constantFrom(2, 1 / 4, 1),
    g2: positive(-3, 3),
    v0: fc.constantFrom(1, 0, 1 / 4, 4),
  },
  *claim({ pull, other, g2, v0 }, loss) {
    // dX = −pull·X dt + g dW under P; X is normal, its mean square known, and the rate quadratic in it.
    const square = (t: number): number => v0 * Math.exp(-2 * pull * t) + (g2 * -Math.expm1(-2 * pull * t)) / (2 * pull);
    const { nodes, weights } = gaussLegendre(24);
    const rows = Array.from(nodes, (t): TermRow => {
      const x = Math.sqrt(square(t));
      return { drift_p: -pull * x, drift_q: -other * x, diffusion2: g2 };
    });
    const value = yield* termOfRows(loss, "path-kl-rate", rows);
    const drifts = (name: string): Float64Array => Float64Array.from(rows, (row) => row[name] as number);
    const found = [
      enclosure("rate", rateOfDrifts, { a: drifts("drift_p"), b: drifts("drift_q"), g: g2 }, value, {
        roundings: 8,
        axes: [["time", value.length]],
      }),
    ];
    if (pull === other) return found;
    const spread = (rate: number, h: number): number => (g2 * -Math.expm1(-2 * rate * h)) / (2 * rate);
    const skeletons = counts.map((N) => {
      const h = 1 / N;
      const [vp, vq] = [spread(pull, h), spread(other, h)];
      const apart = (Math.exp(-pull * h) - Math.exp(-other * h)) ** 2;
      let sum = 0;
      for (let k = 0; k < N; k++) sum += (Math.log(vq / vp) + vp / vq - 1 + (apart * square(k * h)) / vq) / 2;
      return sum;
    });
    const whole = value.reduce((sum, v, k) => sum + v * (weights[k] ?? Number.NaN), 0);
    return [...found, ...skeletonEvidence(whole, skeletons)];
  },
  tolerance: String.raw`|\hat r - r| \le u(E_r + 8r)`,
};

export const girsanovJumps: Law<"Loss", { readonly absorbing: boolean; readonly stream: number }> = {
  id: "elbo.girsanov.ctmc",
  title: "Two jump processes differ at the rate of the divergence of their jump rates, exits included.",
  statement: [
    String.raw`D_{\mathrm{KL}}(\mathbb P\|\mathbb Q) = D_{\mathrm{KL}}(p_0\|q_0) + \int\mathbb E_{\mathbb P}\sum_{y\ne x}\left[R\log\tfrac{R}{\tilde R} - R + \tilde R\right](x,y)\,dt`,
    String.raw`\sum_{k<N}\mathbb E_{\mathbb P}D_{\mathrm{KL}}\bigl(P_{t_k,t_{k+1}}\|Q_{t_k,t_{k+1}}\bigr) \uparrow \int\mathbb E_{\mathbb P}\sum_{y\ne x}\left[\cdots\right]dt`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [standard("Girsanov's theorem of jump processes; confirmed numerically")],
  restsOn: [],
  given: declaresStates,
  cases: { absorbing: fc.boolean(), stream: fc.integer({ min: 0, max: 0xffff }) },
  share: 8,
  *claim({ absorbing, stream }, loss) {
    const K = (yield* loss.facts()).discrete?.classes ?? Number.NaN;
    // Errors of composed steps add up.
    const refused = refusal(K, 1, 4 * (counts.at(-1) ?? 0));
    if (refused !== null) return [unmet(refused)];
    // Where P may not jump and Q may, Q's rate is what is charged.
    const [p, q] = [drawnRates(stream, K, absorbing), drawnRates(stream + 1, K)];
    const rows = Array.from(states(K), (xt): TermRow => ({ xt, p: rowOf(p, K, xt), q: rowOf(q, K, xt) }));
    const value = yield* termOfRows(loss, "jump-path-kl", rows);
    const summed = (f: (p: number, q: number) => number): Float64Array =>
      states(K).map((x) => {
        let sum = 0;
        for (let y = 0; y < K; y++) if (y !== x) sum += f(p[x * K + y] ?? 0, q[x * K + y] ?? 0);
        return sum;
      });
    const direct = summed((a, b) => (a === 0 ? 0 : a * Math.log(a / b)) - a + b);
    const size = summed((a, b) => (a === 0 ? 0 : a * Math.abs(Math.log(a / b))) + a + b);
    const data = temperedLaw(stream, K);
    const lawAt = (t: number): Float64Array => pushedBy(data, uniformized(p, K, t, states(K)).rows);
    const { nodes, weights } = gaussLegendre(16);
    const mean = (law: Float64Array): number => law.reduce((sum, mass, x) => sum + mass * (value[x] ?? Number.NaN), 0);
    const whole = nodes.reduce((sum, t, k) => sum + (weights[k] ?? 0) * mean(lawAt(t)), 0);
    const skeletons = counts.map((N) => {
      const [ofP, ofQ] = [p, q].map((rate) => uniformized(rate, K, 1 / N, states(K)).rows);
      let [sum, law] = [0, data];
      for (let k = 0; k < N; k++) {
        for (let x = 0; x < K; x++) sum += (law[x] ?? 0) * divergence(rowOf(ofP, K, x), rowOf(ofQ, K, x));
        law = pushedBy(law, ofP ?? law);
      }
      return sum;
    });
    return [heldToSum("rate", value, direct, { via: size }), ...skeletonEvidence(whole, skeletons)];
  },
  tolerance: String.raw`|\hat r - r| \le \gamma_{16}\left(\hat r + r + \textstyle\sum_{y\ne x} R|\log R/\tilde R| + R + \tilde R\right)`,
};

const rowOf = (matrix: Float64Array | undefined, K: number, x: number): Float64Array =>
  (matrix ?? new Float64Array(K * K)).slice(x * K, (x + 1) * K);

const pushedBy = (law: Float64Array, kernel: Float64Array): Float64Array =>
  law.map((_, y) => law.reduce((sum, mass, x) => sum + mass * (kernel[x * law.length + y] ?? 0), 0));

const divergence = (p: Float64Array, q: Float64Array): number =>
  p.reduce((sum, mass, k) => sum + (mass === 0 ? 0 : mass * Math.log(mass / (q[k] ?? 0))), 0);
