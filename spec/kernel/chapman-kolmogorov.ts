/**
 * # Chapman–Kolmogorov
 *
 * Going from s to t and on to u is going from s to u.
 *
 * Convention: the Gaussian kernel from s to t is N(α_{t|s}xₛ, σ²_{t|s}); times grow with noise.
 */
import fc from "fast-check";
import { attempted } from "#spec/ask";
import { between, mostStates, someStates, tooMany } from "#spec/categorical/between";
import { drawnStates } from "#spec/categorical/table";
import { timesAt } from "#spec/convention";
import { type Axes, balance, type Evidence, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { From } from "#spec/roles-discrete";
import { austin2021, kingma2021 } from "#spec/sources";

const scales = equation("scale_us == scale_ut * scale_ts");
const variances = equation("variance_us == scale_ut^2 * variance_ts + variance_ut");
const levels = equation("alpha == scale * alpha_s");
const noise = equation("sigma^2 == scale^2 * sigma_s^2 + variance");

interface Triple {
  readonly s: number;
  readonly h: number;
  readonly k: number;
}

const sixtyFourths = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max }).map((n) => n / 64);

export const chapmanKolmogorov: Law<"GaussianForward", Triple> = {
  id: "kernel.chapman-kolmogorov",
  title: "Two noising steps in a row are one step over both.",
  statement: [
    String.raw`\alpha_{u|s} = \alpha_{u|t}\,\alpha_{t|s},\qquad \sigma^2_{u|s} = \alpha_{u|t}^2\,\sigma^2_{t|s} + \sigma^2_{u|t}`,
    String.raw`\alpha_t = \alpha_{t|s}\,\alpha_s,\qquad \sigma_t^2 = \alpha_{t|s}^2\,\sigma_s^2 + \sigma^2_{t|s}`,
  ],
  roles: ["GaussianForward"],
  kind: "theorem",
  source: [kingma2021("second-hand", "Eq. 20–22")],
  restsOn: [],
  given: {},
  cases: { s: sixtyFourths(1, 20), h: sixtyFourths(1, 20), k: sixtyFourths(1, 20) },
  *claim({ s, h, k }, forward) {
    const [t, u] = [s + h, s + h + k];
    const ts = yield* forward.kernel(s, t);
    const ut = yield* forward.kernel(t, u);
    const us = yield* forward.kernel(s, u);
    const { alpha, sigma } = yield* forward.coeffs([s, t]);
    const at = (values: Float64Array, index: number): number => values[index] ?? Number.NaN;
    const via = 2 * at(sigma, 1) ** 2;
    return [
      balance("scales", scales, { scale_us: us.scale, scale_ut: ut.scale, scale_ts: ts.scale }, { answer: "scale_us", roundings: 8 }),
      balance(
        "variances",
        variances,
        { variance_us: us.variance, scale_ut: ut.scale, variance_ts: ts.variance, variance_ut: ut.variance },
        { answer: "variance_us", roundings: 12, via },
      ),
      balance("data", levels, { alpha: at(alpha, 1), scale: ts.scale, alpha_s: at(alpha, 0) }, { answer: "scale", roundings: 4 }),
      balance(
        "noise",
        noise,
        { sigma: at(sigma, 1), scale: ts.scale, sigma_s: at(sigma, 0), variance: ts.variance },
        { answer: "variance", roundings: 8, via },
      ),
    ];
  },
  // Scales are quotients of two roots; variances are formed from squares of size σ², whose roundings stay when they cancel.
  tolerance: String.raw`\hat\sigma^2_{t|s} = \sigma_t^2(1+\theta_4) - \alpha_{t|s}^2\sigma_s^2(1+\theta_6)`,
};

const composed = equation("p == q");

interface States extends Triple {
  readonly fromData: boolean;
  readonly stream: number;
}

export const chapmanKolmogorovFinite: Law<"DiscreteKernel", States> = {
  id: "kernel.chapman-kolmogorov.finite",
  title: "Two noising steps of a token in a row are one step over both, and no step is none.",
  statement: [String.raw`P_{s,u} = P_{s,t}P_{t,u},\qquad P_{t,t} = I`],
  roles: ["DiscreteKernel"],
  kind: "theorem",
  source: [austin2021("verified", "Eq. 3")],
  restsOn: ["kernel.row-stochastic"],
  given: {},
  cases: { ...chapmanKolmogorov.cases, fromData: fc.boolean(), stream: fc.integer({ min: 0, max: 999 }) },
  *claim({ s, h, k, fromData, stream }, process) {
    const { discrete, time } = yield* process.facts();
    if (discrete === null) return [unmet(tooMany)];
    const K = discrete.classes;
    const [t, u] = [s + h, s + h + k];
    const own = new Set(timesAt(time, [s, t, u]));
    if (own.size < 3) return [unmet("the three times are not three of the subject's")];
    const from: From = fromData ? "data" : s;
    const second = yield* between(process, t, u);
    if (second === null) return [unmet(tooMany)];
    const states = someStates(discrete, drawnStates(stream, K > mostStates ? 4 : 12, K));
    const first = yield* process.transition(from, t, states);
    const p = yield* process.transition(from, u, states);
    const q = new Float64Array(p.length);
    for (let i = 0; i < p.length; i += K) q.set(second.push(first.subarray(i, i + K)), i);
    const axes: Axes = [
      ["from", states.length],
      ["to", K],
    ];
    // 1 − a may have cancelled in each of the three kernels.
    const via = p.map((_, index) => 3 * (second.forming[index % K] ?? 0));
    const found: Evidence[] = [balance("composition", composed, { p, q }, { answer: "p", roundings: 24, via, axes })];
    const still = yield* attempted(process.transition(t, t, states));
    if (still === null) return found;
    const hot = still.map((_, index) => (index % K === states[Math.floor(index / K)] ? 1 : 0));
    return [...found, balance("no step", composed, { p: still, q: hot }, { answer: "p", roundings: 8, axes })];
  },
  // Sums of products of entries that are not negative; where entries are formed as 1 − a, their roundings are of the size of 1.
  tolerance: String.raw`|\hat P_{s,u} - \hat P_{s,t}\hat P_{t,u}| \le \gamma_{24}\left(\hat P_{s,u} + \hat P_{s,t}\hat P_{t,u} + 6\pi\right)`,
};
