/**
 * # Exponentials of rates
 *
 * What every kernel of a chain in continuous time has in common with e^{tR}, and closed forms for the families whose exponential is
 * known. The clock ∫β is always that of the subject's own rates, so no normalisation of R is preferred: a kernel must belong to the
 * rates that are answered beside it.
 *
 * Convention: rows; s < t; families as in `families.ts`.
 */
import { multiplied, rowSums } from "#spec/categorical/table";
import { isFamily, particles, twoState } from "#spec/ctmc/families";
import { oneHot, type Span, spans, unresolved } from "#spec/ctmc/kolmogorov";
import { clockOf, fewStates, statesOf, timeFlows } from "#spec/ctmc/time";
import { type Axes, atLeast, balance, type Evidence, enclosure, equality, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { inverted } from "#spec/number/elimination";
import { equation, expression } from "#spec/number/expression";
import { campbell2022, derived, lou2024, standard } from "#spec/sources";

const same = equation("p == q");
const total = equation("p == 1");
const alike = equation("r == r_1");
const twoRates = equation("b * r == a * r_1");

const fromTo = (from: number, to: number): Axes => [
  ["from", from],
  ["to", to],
];

/** A kernel is right to a few roundings of 1, from which a correct implementation may form its entries. */
const held = (name: string, p: Float64Array, q: Float64Array, K: number, roundings = 16): Evidence =>
  balance(name, same, { p, q }, { answer: "p", roundings, via: 1, axes: fromTo(p.length / K, K) });

export const stochasticSemigroup: Law<"RateGenerator", Span & { readonly w: number }> = {
  id: "ctmc.expm.stochastic-semigroup",
  title: "Kernels over time are stochastic, begin at the identity, compose, and shrink volume by the trace of the rates.",
  statement: [
    String.raw`P_{s,s} = I,\quad P_{s,t}\mathbf 1 = \mathbf 1,\quad P_{s,t} \ge 0,\quad P_{s,t} = P_{s,r}P_{r,t}`,
    String.raw`\det P_{s,t} = \exp\int_s^t \operatorname{tr} R_v\,\mathrm dv`,
  ],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [standard("Markov semigroups; Jacobi's formula for the determinant")],
  restsOn: ["ctmc.rate.row-sum-zero"],
  given: { "time is continuous": timeFlows, "at most 256 states": fewStates },
  cases: { ...spans, w: spans.s },
  *claim({ s, h, w }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const states = statesOf(discrete);
    const middle = s + w * h;
    const whole = yield* chain.transition(s, s + h, states);
    const first = yield* chain.transition(s, middle, states);
    const second = yield* chain.transition(middle, s + h);
    const evidence: Evidence[] = [
      atLeast("entries", whole, 0, { axes: fromTo(states.length, K) }),
      balance("rows", total, { p: rowSums(whole, K) }, { answer: "p", roundings: K + 4, axes: [["from", states.length]] }),
      held("no time", yield* chain.transition(s, s, states), oneHot(states, K), K, 4),
      held("composition", whole, multiplied(first, second, K), K),
    ];
    if (K > 16) return evidence;
    const found = inverted(whole, K);
    const trace = yield* clockOf(chain, s, s + h, (rates) => rates.reduce((sum, r, k) => sum + (k % (K + 1) === 0 ? r : 0), 0));
    if (found === null || trace === null) return evidence;
    // A change of an entry moves the determinant by its cofactor, det·(P⁻¹)ᵀ; entries are right to a few roundings of 1.
    const cofactors = found.inverse.reduce((sum, p) => sum + Math.abs(p * found.determinant), 0);
    const q = Math.exp(trace);
    const p = found.determinant;
    evidence.push(balance("determinant", same, { p, q }, { answer: "p", roundings: 16, via: cofactors - trace * q }));
    return evidence;
  },
  tolerance: String.raw`|\det\hat P - e^{\int\mathrm{tr}R}| \le \gamma_{16}\Bigl(\sum_{xy}|\mathrm{cof}_{xy}| + 2e^{\int\mathrm{tr}R}\bigl(1+|\textstyle\int\mathrm{tr}R|\bigr)\Bigr)`,
};

const stay = expression("exp(-t) - expm1(-t) / K");
const move = expression("-expm1(-t) / K");
const kept = expression("exp(-t)");
const lost = expression("-expm1(-t)");
const inexact = { roundings: 16, via: 1 };

export const uniformExponential: Law<"RateGenerator", Span> = {
  id: "ctmc.expm.uniform",
  title: "Uniform rates leave a token alone for an exponential time, and then draw any state.",
  statement: [
    String.raw`R = \tfrac1K\mathbf 1\mathbf 1^\top - I \;\Rightarrow\; e^{\tau R} = e^{-\tau}I + \frac{1-e^{-\tau}}K\mathbf 1\mathbf 1^\top`,
    String.raw`R = \mathbf 1\mathbf 1^\top - KI \;\Rightarrow\; e^{-K\tau}\text{ in place of } e^{-\tau}`,
  ],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [lou2024("verified", "Eq. 15, not normalised"), campbell2022("second-hand")],
  restsOn: ["ctmc.rate.row-sum-zero"],
  given: { "time is continuous": timeFlows, "noise is uniform": isFamily("uniform") },
  cases: spans,
  *claim({ s, h }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const states = statesOf(discrete);
    const n = states.length;
    const jumps = (_: number, k: number): boolean => states[Math.floor(k / K)] !== k % K;
    const stays = (_: number, k: number): boolean => states[Math.floor(k / K)] === k % K;
    // K times the rate of a single jump: the sum of a row and its diagonal, if it could jump to itself.
    const t = yield* clockOf(chain, s, s + h, (row) => (-(row[0] ?? 0) * K) / (K - 1), Float64Array.of(0));
    if (t === null) return [unmet(unresolved)];
    const r = (yield* chain.rate(s, states)).filter(jumps);
    const p = yield* chain.transition(s, s + h, states);
    return [
      balance("rates", alike, { r, r_1: r[0] ?? 0 }, { answer: "r", roundings: 4, axes: fromTo(n, K - 1) }),
      enclosure("stay", stay, { t, K }, p.filter(stays), { ...inexact, axes: [["state", n]] }),
      enclosure("move", move, { t, K }, p.filter(jumps), { ...inexact, axes: fromTo(n, K - 1) }),
    ];
  },
  tolerance: String.raw`|\hat P(x,y) - P(x,y)| \le \gamma_{16}(1 + P(x,y))`,
};

export const absorbingExponential: Law<"RateGenerator", Span> = {
  id: "ctmc.expm.absorbing",
  title: "Absorbing rates leave a token alone for an exponential time and then mask it for good.",
  statement: [String.raw`R = \mathbf 1 e_m^\top - I \;\Rightarrow\; e^{\tau R} = e^{-\tau}I + (1-e^{-\tau})\,\mathbf 1 e_m^\top`],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [lou2024("verified", "Eq. 16, by columns")],
  restsOn: ["ctmc.rate.row-sum-zero", "ctmc.rate.offdiag-nonneg"],
  given: {
    "time is continuous": timeFlows,
    "noise is absorbing": isFamily("absorbing"),
    "there is a mask": (_, { discrete }) => discrete?.mask !== null,
  },
  cases: spans,
  *claim({ s, h }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const mask = discrete?.mask ?? Number.NaN;
    const states = statesOf(discrete);
    const n = states.length;
    const row = (k: number): number => states[Math.floor(k / K)] ?? Number.NaN;
    const clean = states.filter((x) => x !== mask);
    const t = yield* clockOf(chain, s, s + h, (rates) => rates[mask] ?? Number.NaN, clean.subarray(0, 1));
    if (t === null) return [unmet(unresolved)];
    const r = (yield* chain.rate(s, states)).filter((_, k) => row(k) !== mask && k % K === mask);
    const p = yield* chain.transition(s, s + h, states);
    const possible = p.map((q, k) => (k % K === mask || (row(k) !== mask && k % K === row(k)) ? q : 0));
    const chosen = (which: (x: number, y: number) => boolean): Float64Array => p.filter((_, k) => row(k) !== mask && which(row(k), k % K));
    return [
      balance("rates", alike, { r, r_1: r[0] ?? 0 }, { answer: "r", roundings: 4, axes: [["from", clean.length]] }),
      enclosure(
        "kept",
        kept,
        { t },
        chosen((x, y) => x === y),
        { ...inexact, axes: [["state", clean.length]] },
      ),
      enclosure(
        "masked",
        lost,
        { t },
        chosen((_, y) => y === mask),
        { ...inexact, axes: [["state", clean.length]] },
      ),
      equality("what cannot happen", p, possible, { axes: fromTo(n, K) }),
    ];
  },
  // Zeros have no roundings.
  tolerance: String.raw`|\hat P(x,y) - P(x,y)| \le \gamma_{16}(1 + P(x,y))`,
};

export const twoStateExponential: Law<"RateGenerator", Span> = {
  id: "ctmc.expm.two-state",
  title: "Two states, and rings of states, have kernels in closed form.",
  statement: [
    String.raw`P_t = \frac1{a+b}\begin{pmatrix}b+ae^{-(a+b)t} & a-ae^{-(a+b)t}\\ b-be^{-(a+b)t} & a+be^{-(a+b)t}\end{pmatrix}`,
    String.raw`P_t(x,x+d) = \frac1K\sum_k e^{2rt(\cos(2\pi k/K)-1)}\cos(2\pi kd/K)`,
  ],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [derived("eigenvectors of a 2×2 matrix, and of a circulant one")],
  restsOn: ["ctmc.rate.row-sum-zero", "ctmc.rate.offdiag-nonneg"],
  given: {
    "time is continuous": timeFlows,
    "two states or a ring": isFamily("two-state", "cycle"),
    "a + b > 0": (_, { discrete }) => discrete?.family === "cycle" || parameter(discrete, "a") + parameter(discrete, "b") > 0,
  },
  cases: spans,
  *claim({ s, h }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const p = yield* chain.transition(s, s + h);
    const rates = yield* chain.rate(s);
    if (discrete?.family === "cycle") {
      const r = rates.filter((_, k) => (k % K) - Math.floor(k / K) === 1);
      const t = yield* clockOf(chain, s, s + h, (own) => own[1] ?? 0);
      if (t === null) return [unmet(unresolved)];
      const q = p.map((_, k) => ring(K, t, (k % K) - Math.floor(k / K)));
      return [balance("rates", alike, { r, r_1: rates[K] ?? 0 }, { answer: "r", roundings: 4 }), held("kernel", p, q, K)];
    }
    const [a, b] = [parameter(discrete, "a"), parameter(discrete, "b")];
    const t = yield* clockOf(chain, s, s + h, (own) => ((own[1] ?? 0) + (own[2] ?? 0)) / (a + b));
    if (t === null) return [unmet(unresolved)];
    const { p00, p01, p10, p11 } = twoState(a, b, t);
    const q = Float64Array.of(p00, p01, p10, p11);
    return [
      balance("rates", twoRates, { r: rates[1] ?? 0, r_1: rates[2] ?? 0, a, b }, { answer: "r", roundings: 8 }),
      held("kernel", p, q, K),
      equality(
        "zeros",
        p,
        p.map((x, k) => (q[k] === 0 ? 0 : x)),
        { axes: fromTo(K, K) },
      ),
    ];
  },
  // The Fourier sum has K terms of at most 1/K.
  tolerance: String.raw`|\hat P(x,y) - P(x,y)| \le \gamma_{16}(1 + \hat P(x,y) + P(x,y))`,
};

const parameter = (discrete: { readonly parameters: Readonly<Record<string, number>> } | null, name: string): number =>
  discrete?.parameters[name] ?? Number.NaN;

/** Kernel of a ring after a clock time t, d places further. */
function ring(K: number, t: number, d: number): number {
  let sum = 0;
  for (let k = 0; k < K; k++) sum += Math.exp(-4 * t * Math.sin((Math.PI * k) / K) ** 2) * Math.cos((2 * Math.PI * k * d) / K);
  return Math.max(sum / K, 0);
}

export const birthDeathExponential: Law<"RateGenerator", Span> = {
  id: "ctmc.expm.birth-death",
  title: "Counts of independent particles are sums of binomials, and pure death thins.",
  statement: [
    String.raw`P_t(n,\cdot) = \mathrm{Bin}(n,p_{11}) * \mathrm{Bin}(N-n,p_{01})`,
    String.raw`P_t(n,k) = \binom nk e^{-kt}(1-e^{-t})^{n-k}\quad\text{for pure death}`,
  ],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [derived("particles that do not see each other are two-state chains"), standard("Ehrenfest's urns; blackout diffusion")],
  restsOn: ["ctmc.rate.row-sum-zero", "ctmc.rate.offdiag-nonneg"],
  given: { "time is continuous": timeFlows, "particles are counted": isFamily("ehrenfest", "pure-death"), "at most 256 states": fewStates },
  cases: spans,
  *claim({ s, h }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const [N, death] = [K - 1, discrete?.family === "pure-death"];
    const [a, b] = death ? [0, 1] : [parameter(discrete, "a"), parameter(discrete, "b")];
    const states = statesOf(discrete);
    const clockAt = Float64Array.of(0, N);
    const t = yield* clockOf(chain, s, s + h, (ends) => ((ends[1] ?? 0) + (ends[K + N - 1] ?? 0)) / (N * (a + b)), clockAt);
    if (t === null) return [unmet(unresolved)];
    const one = twoState(a, b, t);
    const p = yield* chain.transition(s, s + h, states);
    const q = Float64Array.from(Array.from(states, (n) => Array.from(particles(n, N, one))).flat());
    return [
      held("kernel", p, q, K, N + 16),
      equality(
        "zeros",
        p,
        p.map((x, k) => (q[k] === 0 ? 0 : x)),
        { axes: fromTo(states.length, K) },
      ),
    ];
  },
  // Each entry sums products of N probabilities.
  tolerance: String.raw`|\hat P(n,k) - P(n,k)| \le \gamma_{N+16}(1 + \hat P(n,k) + P(n,k))`,
};
