/**
 * # The bound of Gaussian diffusion
 *
 * Errors of a denoiser, added up over the noise levels at the right weight, bound −log p of the data. In continuous time the weight is
 * half the slope of SNR, so that only the levels at the two ends matter.
 *
 * Convention: γ = −log SNR grows with noise; α² = 1/(1 + e^γ) and α² + σ² = 1; nats per coordinate. Squared errors are quadratic in data and
 * noise, so that their means are sums over two draws.
 */
import fc from "fast-check";
import { type Ask, attempted } from "#spec/ask";
import { positive } from "#spec/domain";
import { type TermRow, termOfRows } from "#spec/elbo/rows";
import { maskedPopulation } from "#spec/elbo/vdm-masked";
import { atLeast, type Evidence, enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { binary32, unitRoundoff } from "#spec/number/format";
import { gaussLegendre } from "#spec/number/quadrature";
import type { Loss } from "#spec/roles";
import { derived, kingma2021 } from "#spec/sources";

const ends = "(log1p(v * exp(-g_0)) - log1p(v * exp(-g_1)))";
const closed = expression(`((1 - (1 - c)^2) * ${ends} + (1 - c)^2 * v * (exp(-g_0) - exp(-g_1))) / 2`);
const likelihood = expression("log(2 * pi) / 2 + x^2 / 2");

type Clock = "line" | "square" | "smooth" | "cosine";

/** Ways from 0 to 1, and their slopes. */
const clocks: Readonly<Record<Clock, readonly [way: (t: number) => number, slope: (t: number) => number]>> = {
  line: [(t: number) => t, () => 1],
  square: [(t: number) => t * t, (t: number) => 2 * t],
  smooth: [(t: number) => t * t * (3 - 2 * t), (t: number) => 6 * t * (1 - t)],
  cosine: [(t: number) => (1 - Math.cos(Math.PI * t)) / 2, (t: number) => (Math.PI / 2) * Math.sin(Math.PI * t)],
};

const clockNames: readonly Clock[] = ["line", "square", "smooth", "cosine"];

const amplitudes = (g: number): { readonly alpha: number; readonly sigma: number } => ({
  alpha: Math.sqrt(1 / (1 + Math.exp(g))),
  sigma: Math.sqrt(1 / (1 + Math.exp(-g))),
});

/** ε̂ of c times the exact denoiser of N(0, v) data. */
function noiseOf(g: number, x: number, eps: number, v: number, c: number): number {
  const { alpha, sigma } = amplitudes(g);
  const z = alpha * x + sigma * eps;
  return (z - (alpha * c * alpha * v * z) / (alpha * alpha * v + sigma * sigma)) / sigma;
}

interface Ends {
  readonly clock: Clock;
  readonly first: number;
  readonly last: number;
}

const drawnEnds: { readonly [K in keyof Ends]: fc.Arbitrary<Ends[K]> } = {
  clock: fc.constantFrom(...clockNames),
  first: fc.constantFrom(-4, -2, -6),
  last: fc.constantFrom(3, 1, 5),
};

/** ½∫γ′·E(ε − ε̂)², the mean over pairs (x, ε) with the given weights. Shape `pairs`. */
function* overTime(
  loss: Loss,
  { clock, first, last }: Ends,
  pairs: readonly (readonly [x: number, eps: number])[],
  v: number,
  c: number,
): Ask<Float64Array> {
  const { nodes, weights } = gaussLegendre(48);
  const [way, slope] = clocks[clock];
  const rows: TermRow[] = [];
  for (const [x, eps] of pairs)
    for (const t of nodes) {
      const g = first + (last - first) * way(t);
      rows.push({ slope: (last - first) * slope(t), eps, epshat: noiseOf(g, x, eps, v, c) });
    }
  const value = yield* termOfRows(loss, "vdm-rate", rows);
  return Float64Array.from(pairs, (_, k) => weights.reduce((sum, w, i) => sum + w * (value[k * nodes.length + i] ?? Number.NaN), 0));
}

export const snrForm: Law<"Loss", Ends & { readonly v: number; readonly c: number }> = {
  id: "elbo.vdm.snr-form",
  title: "In continuous time the bound depends on the schedule through the SNR of its two ends alone.",
  statement: [
    String.raw`\mathcal L_\infty = -\tfrac12\int_0^1\mathrm{SNR}'(t)\,\mathbb E\|x-\hat x\|^2dt = \tfrac12\int_0^1\gamma'(t)\,\mathbb E\|\varepsilon-\hat\varepsilon\|^2dt`,
    String.raw`x\sim\mathcal N(0,v),\ \hat x = c\,\mathbb E[x\mid z]:\quad \mathcal L_\infty = \tfrac12(1-(1-c)^2)\log\frac{1+v\,\mathrm{SNR}_0}{1+v\,\mathrm{SNR}_1} + \tfrac12(1-c)^2v(\mathrm{SNR}_0-\mathrm{SNR}_1)`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [kingma2021("second-hand", "Eq. 15–18")],
  restsOn: [],
  given: {},
  cases: { ...drawnEnds, v: positive(-2, 2), c: fc.constantFrom(1, 1 / 2, 0) },
  *claim({ v, c, ...schedule }, loss) {
    const pairs = [
      [Math.sqrt(v), 0],
      [0, 1],
    ] as const;
    const [ofData = Number.NaN, ofNoise = Number.NaN] = yield* overTime(loss, schedule, pairs, v, c);
    const values = { v, c, g_0: schedule.first, g_1: schedule.last };
    return [enclosure("bound", closed, values, Float64Array.of(ofData + ofNoise), { roundings: 16 })];
  },
  // 48 nodes integrate to ten digits an integrand whose nearest pole is π away from a range of at most 11 in γ; all terms are positive.
  tolerance: String.raw`|\hat{\mathcal L} - \mathcal L| \le u(E_{\mathcal L} + 16\mathcal L)`,
};

export const gaussianTight: Law<"Loss", Ends & { readonly x: number }> = {
  id: "elbo.vdm.tight",
  title: "With an exact denoiser, prior and decoder the Gaussian bound is −log p of every point.",
  statement: [
    String.raw`D_{\mathrm{KL}}\bigl(q(z_1\mid x)\|p(z_1)\bigr) + \tfrac12\int_0^1\gamma'\,\mathbb E(\varepsilon-\hat\varepsilon)^2dt - \mathbb E\log p(x\mid z_0) = -\log p(x)\quad\text{for every } x`,
    String.raw`x\sim\mathcal N(0,1):\quad \hat\varepsilon = \sigma z,\quad -\mathbb E\log p(x\mid z_0) = \tfrac12\log(2\pi\sigma_0^2) + \tfrac12(\sigma_0^2x^2+\alpha_0^2)`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [
    derived("the gap is the divergence of the two path laws, which is 0; confirmed numerically"),
    kingma2021("second-hand", "Eq. 11"),
  ],
  restsOn: ["elbo.vdm.snr-form", "gaussian.prior.kl"],
  given: {},
  cases: { ...drawnEnds, x: fc.constantFrom(0, 1, -1 / 2, 2, -3, 5) },
  *claim({ x, ...schedule }, loss) {
    const pairs = [
      [x, 1],
      [x, -1],
    ] as const;
    const [up = Number.NaN, down = Number.NaN] = yield* overTime(loss, schedule, pairs, 1, 1);
    const [start, end] = [amplitudes(schedule.first), amplitudes(schedule.last)];
    const prior = yield* loss.term("prior-kl", { abar: end.alpha ** 2, x0: Float64Array.of(x) });
    const decoder = (Math.log(2 * Math.PI * start.sigma ** 2) + (start.sigma * x) ** 2 + start.alpha ** 2) / 2;
    const bound = prior.map((p) => p + (up + down) / 2 + decoder);
    return [enclosure("bound", likelihood, { x }, bound, { roundings: 16, via: 8 + x * x })];
  },
  // The decoder's ½log(2πσ₀²) is −3 at most in size and the integral as large: both cancel in the sum.
  tolerance: String.raw`|\hat B + \log p| \le u\left(E + 16|\log p| + 16(8 + x^2)\right)`,
};

export const monotoneSteps: Law<"Loss", Ends & { readonly stream: number }> = {
  id: "elbo.vdm.t-monotone",
  title: "On average over the data more steps never raise the bound, and what they leave to the limit is of order 1/T.",
  statement: [
    String.raw`\mathcal L_T = \tfrac12\sum_{i=1}^T\bigl(e^{\gamma_i-\gamma_{i-1}}-1\bigr)\mathbb E(\varepsilon-\hat\varepsilon_i)^2,\qquad \mathcal L_{2T} \le \mathcal L_T,\qquad \mathcal L_T - \mathcal L_\infty = O(1/T)`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [kingma2021("second-hand", "§4.1"), derived("the SNR form of each step; confirmed numerically")],
  restsOn: [],
  given: {},
  cases: { ...drawnEnds, stream: fc.integer({ min: 0, max: 0xffff }) },
  *claim({ stream, ...schedule }, loss) {
    const mask = (yield* loss.facts()).discrete?.mask ?? null;
    const gaussian = yield* attempted(gaussianSteps(loss, schedule));
    // A subject has Gaussian steps, or steps of masked tokens, or both; it is held to what it has.
    if (mask === null) return gaussian ?? (yield* gaussianSteps(loss, schedule));
    const masked = gaussian === null ? yield* maskedPopulation(loss, stream) : yield* attempted(maskedPopulation(loss, stream));
    return [...(gaussian ?? []), ...(masked ?? [])];
  },
  tolerance: String.raw`\hat{\mathcal L}_T(1+\theta_{16}) \ge \hat{\mathcal L}_{2T}(1+\theta_{16})`,
};

/** Steps of N(0, 1) data with the exact denoiser. */
function* gaussianSteps(loss: Loss, { clock, first, last }: Ends): Ask<readonly Evidence[]> {
  const counts = [1, 2, 4, 8, 16, 32, 64, 128, 256];
  const [way] = clocks[clock];
  const rows: TermRow[] = [];
  const part: number[] = [];
  counts.forEach((T, k) => {
    for (let i = 1; i <= T; i++) {
      const [gamma_s, gamma] = [first + (last - first) * way((i - 1) / T), first + (last - first) * way(i / T)];
      for (const [x, eps] of [
        [1, 0],
        [0, 1],
      ] as const) {
        rows.push({ gamma_s, gamma, eps, epshat: noiseOf(gamma, x, eps, 1, 1) });
        part.push(k);
      }
    }
  });
  const value = yield* termOfRows(loss, "vdm-step", rows);
  const totals = new Float64Array(counts.length);
  value.forEach((v, i) => {
    const k = part[i] ?? 0;
    totals[k] = (totals[k] ?? 0) + v;
  });
  const limit = (Math.log1p(Math.exp(-first)) - Math.log1p(Math.exp(-last))) / 2;
  const steps = counts.slice(4);
  const errors = Array.from(totals.slice(4), (total) => total - limit);
  return [
    atLeast("falling", totals.slice(0, -1), totals.slice(1), { roundings: 16 }),
    atLeast("limit", totals, limit, { roundings: 16 }),
    { kind: "order", name: "convergence", claimed: 1, steps, errors: errors.map(Math.abs), floor: 64 * limit * unitRoundoff(binary32) },
  ];
}
