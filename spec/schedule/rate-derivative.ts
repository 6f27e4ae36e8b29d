/**
 * # Rates and inverses
 *
 * A schedule that reports a rate of change reports the derivative of what it reports; one that inverts its levels inverts them.
 *
 * Convention: rates are against the subject's own time, turned so that noise grows. The derivative of a black box is asked in
 * integrated form: Gauss–Legendre quadrature with eight nodes on a short interval away from the ends, where its own error is far
 * below binary32.
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import { timesAt } from "#spec/convention";
import { balance, type Evidence, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { Schedule } from "#spec/roles";
import { code } from "#spec/sources";

/** Nodes and weights on [0, 1]. */
const nodes = [
  0.019855071751231884, 0.10166676129318664, 0.2372337950418355, 0.4082826787521751, 0.5917173212478249, 0.7627662049581645,
  0.8983332387068134, 0.9801449282487682,
];
const weights = [
  0.05061426814518813, 0.11119051722668724, 0.15685332293894363, 0.181341891689181, 0.181341891689181, 0.15685332293894363,
  0.11119051722668724, 0.05061426814518813,
];

const terms = weights.map((_, k) => `h * w${k} * r${k}`).join(" + ");
const integrated = equation(`b - a == ${terms}`);
const inverted = equation("t == s");

export const rateDerivative: Law<"Schedule", { readonly start: number }> = {
  id: "schedule.rate-derivative",
  title: "A reported rate is the derivative of the reported level.",
  statement: [
    String.raw`\alpha_{t+h} - \alpha_t = \int_t^{t+h}\dot\alpha\,d\tau,\qquad \sigma_{t+h} - \sigma_t = \int_t^{t+h}\dot\sigma\,d\tau`,
  ],
  roles: ["Schedule"],
  kind: "theorem",
  source: [code("flow_matching")("verified", "path.scheduler"), code("SEDD")("verified", "noise_lib")],
  restsOn: [],
  given: { "time is continuous": (_, facts) => facts.time.kind === "interval" },
  cases: { start: fc.integer({ min: 4, max: 56 }).map((k) => k / 64) },
  *claim({ start }, schedule) {
    const { time } = yield* schedule.facts();
    const width = 1 / 32;
    const u = Float64Array.of(start, ...nodes.map((x) => start + width * x), start + width);
    const { alpha, sigma } = yield* schedule.coeffs(u);
    const { alphaRate, sigmaRate } = yield* schedule.rates(u);
    const t = timesAt(time, u);
    const h = Math.abs((t[t.length - 1] ?? 0) - (t[0] ?? 0));
    return [along("α", alpha, alphaRate, h), along("σ", sigma, sigmaRate, h)];
  },
  // Levels and rates are rounded a few times each; their difference and the eight products are judged term by term.
  tolerance: String.raw`\left|\alpha_{t+h}-\alpha_t-h\sum_k w_k\dot\alpha_k\right| \le \gamma_{12}\left(|\alpha_{t+h}|+|\alpha_t|+h\sum_k w_k|\dot\alpha_k|\right)`,
};

function along(name: string, level: Float64Array, rate: Float64Array, h: number): Evidence {
  const values: Record<string, number> = { a: level[0] ?? Number.NaN, b: level[level.length - 1] ?? Number.NaN, h };
  weights.forEach((w, k) => {
    values[`w${k}`] = w;
    values[`r${k}`] = rate[k + 1] ?? Number.NaN;
  });
  return balance(name, integrated, values, { answer: "b", roundings: 12 });
}

/** Times inside, and a few close to either end, where neighbouring levels of a chain lie furthest apart. */
const away: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 4, max: 60 }).map((k) => k / 64) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 12 }).map((k) => k / 1024) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }).map((k) => 1 - k / 1024) },
);

export const inverseInverts: Law<"Schedule", { readonly at: number; readonly kind: "log-snr" | "sigma" }> = {
  id: "schedule.rate-derivative.inverse",
  title: "The time of a noise level has that noise level.",
  statement: [String.raw`t\left(\lambda(t)\right) = t`],
  roles: ["Schedule"],
  kind: "definition",
  source: [code("dpm-solver")("verified", "inverse_lambda"), code("flow_matching")("verified", "snr_inverse")],
  restsOn: [],
  given: {},
  cases: { at: away, kind: fc.constantFrom("log-snr", "sigma") },
  *claim({ at, kind }, schedule) {
    const { time } = yield* schedule.facts();
    const t = timesAt(time, at);
    const { alpha, sigma } = yield* schedule.levelsAt(t);
    const value = levelOf(kind, alpha[0], sigma[0]);
    if (!Number.isFinite(value)) return [unmet("the level is infinite: no time can be told from it")];
    const found = yield* schedule.inverse(kind, Float64Array.of(value));
    const slope = yield* steepness(schedule, at, kind);
    const far = time.kind === "list" ? 1 : Math.max(Math.abs(time.first), Math.abs(time.last));
    return [balance("time", inverted, { t: found, s: t }, { answer: "t", roundings: 16, via: slope * Math.abs(value) + far })];
  },
  // An error of the level's rounding moves the time by 1/|λ′|: the conditioning of the inverse. A time counted from the other end is
  // rounded at the size of that end.
  tolerance: String.raw`|\hat t - t| \le \gamma_{16}\left(2|t| + |\lambda|\,/\,|\lambda'(t)| + \max(|t_0|, |t_T|)\right)`,
};

const levelOf = (kind: "log-snr" | "sigma", alpha = Number.NaN, sigma = Number.NaN): number =>
  kind === "sigma" ? sigma / alpha : 2 * Math.log(alpha / sigma);

/** |dt/dλ| from levels close by: a factor of the tolerance, so its own error does not matter. Levels that are infinite are passed over. */
function* steepness(schedule: Schedule, at: number, kind: "log-snr" | "sigma"): Ask<number> {
  const { time } = yield* schedule.facts();
  const count = time.kind === "list" ? time.times.length - 1 : time.kind === "index" ? time.last - time.first : Number.POSITIVE_INFINITY;
  // Indices on either side; on a continuous axis a part of the way to the nearer end.
  const reach = Number.isFinite(count) ? 1 / Math.max(count, 1) : Math.min(1 / 64, at / 2, (1 - at) / 2);
  const around = Float64Array.of(Math.max(at - reach, 0), at, Math.min(at + reach, 1));
  const t = timesAt(time, around);
  const { alpha, sigma } = yield* schedule.coeffs(around);
  const between = (j: number, k: number): number => {
    const rise = Math.abs(levelOf(kind, alpha[k], sigma[k]) - levelOf(kind, alpha[j], sigma[j]));
    return rise > 0 && rise < Number.POSITIVE_INFINITY ? Math.abs((t[k] ?? 0) - (t[j] ?? 0)) / rise : 0;
  };
  return Math.max(between(0, 1), between(1, 2));
}
