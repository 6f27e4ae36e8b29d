/**
 * # Signal-to-noise ratio
 *
 * A schedule is told by any one of ᾱ, α and σ, β, SNR or log SNR. What one object reports of them must agree, and the ratio must
 * fall as noise grows.
 *
 * Convention: SNR = α²/σ² (flow_matching calls α/σ the SNR; its adapter says so); `half_log_snr` is log(α/σ).
 */
import fc from "fast-check";
import { atLeast, balance, type Evidence, enclosure, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation, expression } from "#spec/number/expression";
import { derived, kingma2021 } from "#spec/sources";
import { mapped } from "#spec/tensor";

const product = equation("abar == abar_s * (1 - beta)");
const complement = equation("alpha + beta == 1");
const amplitude = equation("a^2 == abar");
const noiseAmplitude = equation("b^2 + abar == 1");
const halfLog = expression("log(abar / (1 - abar)) / 2");
const ratio = expression("alpha^2 / sigma^2");

interface Comb {
  readonly shift: number;
}

const comb = { shift: fc.integer({ min: 0, max: 7 }).map((k) => k / 8) };

/** Times from 0 to 1, moved a little from case to case; the ends are always those of the schedule. */
const times = (shift: number): Float64Array => Float64Array.from({ length: 33 }, (_, k) => (k === 0 ? 0 : k === 32 ? 1 : (k + shift) / 33));

export const snrDecreases: Law<"Schedule", Comb> = {
  id: "schedule.snr",
  title: "The signal-to-noise ratio falls with noising time.",
  statement: [String.raw`s < t \;\Rightarrow\; |\alpha_s\,\sigma_t| \ge |\alpha_t\,\sigma_s|`],
  roles: ["Schedule"],
  kind: "requirement",
  source: [kingma2021("second-hand", "Eq. 2, 4, 5")],
  restsOn: [],
  given: {},
  cases: comb,
  *claim({ shift }, schedule) {
    const { time } = yield* schedule.facts();
    const u = times(shift);
    const { alpha, sigma } = yield* schedule.coeffs(u);
    // The last two training times as well: that is where a patched schedule turns back.
    const tail =
      time.kind === "index" && time.last - time.first >= 2 ? yield* schedule.coeffs([1 - 1 / (time.last - time.first), 1]) : undefined;
    return [falling("decreasing", alpha, sigma), ...(tail === undefined ? [] : [falling("last", tail.alpha, tail.sigma)])];
  },
  // α, σ: one root each; the products of the cross-multiplied ratio: one rounding each.
  tolerance: String.raw`|\alpha_s\sigma_t|(1+\theta_2) \ge |\alpha_t\sigma_s|(1+\theta_2)`,
};

/** Neighbouring ratios compared crosswise, without dividing by a σ that may be 0. The ratio is one of squares: signs do not count. */
function falling(name: string, alpha: Float64Array, sigma: Float64Array): Evidence {
  const n = alpha.length - 1;
  const at = (values: Float64Array, k: number): number => values[k] ?? Number.NaN;
  const left = Float64Array.from({ length: n }, (_, k) => Math.abs(at(alpha, k) * at(sigma, k + 1)));
  const right = Float64Array.from({ length: n }, (_, k) => Math.abs(at(alpha, k + 1) * at(sigma, k)));
  return atLeast(name, left, right, { roundings: 4, axes: [["interval", n]] });
}

export const tablesAgree: Law<"Schedule", Comb> = {
  id: "schedule.snr.tables",
  title: "The tables of one schedule, β, α, ᾱ, amplitudes and log SNR, tell the same story.",
  statement: [product, complement, String.raw`0 \le \beta_t \le 1,\quad \lambda_t = \tfrac12\log\frac{\bar\alpha_t}{1-\bar\alpha_t}`],
  roles: ["Schedule"],
  kind: "definition",
  source: [derived("definitions of ᾱ, β and λ")],
  restsOn: [],
  given: {},
  cases: comb,
  *claim(_, schedule) {
    const { abar, beta, alpha, alpha_amplitude, sigma_amplitude, half_log_snr } = yield* schedule.tables();
    if (abar === undefined) return [unmet("publishes no ᾱ")];
    const axes = [["index", abar.length]] as const;
    const before = Float64Array.of(1, ...abar.slice(0, -1));
    const found: Evidence[] = [atLeast("ᾱ ≤ 1", 1, abar, { roundings: 1, axes }), atLeast("ᾱ ≥ 0", abar, 0, { axes })];
    if (beta !== undefined)
      found.push(
        balance("ᾱ from β", product, { abar, abar_s: before, beta }, { answer: "abar", roundings: 3, axes }),
        atLeast("β ≥ 0", beta, 0, { axes }),
        atLeast("β ≤ 1", 1, beta, { roundings: 1, axes }),
      );
    if (alpha !== undefined && beta !== undefined)
      found.push(balance("α = 1 − β", complement, { alpha, beta }, { answer: "alpha", roundings: 1, axes }));
    if (alpha_amplitude !== undefined)
      found.push(balance("√ᾱ", amplitude, { a: alpha_amplitude, abar }, { answer: "a", roundings: 4, axes }));
    if (sigma_amplitude !== undefined)
      found.push(balance("√(1 − ᾱ)", noiseAmplitude, { b: sigma_amplitude, abar }, { answer: "b", roundings: 4, axes }));
    if (half_log_snr !== undefined && abar.every((a) => a > 0 && a < 1)) {
      // log α − log σ is computed from two roots: each logarithm brings its argument's relative error in full. A table of ᾱ that is
      // stored once has lost u·ᾱ, which moves λ by a further u/(2(1 − ᾱ)): an eighth of four roundings.
      const via = mapped((x, a) => Math.abs(x) + 1 + 1 / (8 * (1 - a)), half_log_snr, abar);
      found.push(enclosure("λ", halfLog, { abar }, half_log_snr, { roundings: 4, axes, via }));
    }
    return found;
  },
  // ᾱₜ = ᾱₜ₋₁αₜ: α and the product rounded once each; one more for storage.
  tolerance: String.raw`\hat{\bar\alpha}_t = \hat{\bar\alpha}_{t-1}(1-\hat\beta_t)(1+\theta_3),\quad |\hat\lambda_t-\lambda_t| \le u\left(E_\lambda + 4(2|\lambda_t|+1) + \tfrac{1}{2(1-\bar\alpha_t)}\right)`,
};

export const snrReported: Law<"Schedule", { readonly u: number }> = {
  id: "schedule.snr.reported",
  title: "A reported signal-to-noise ratio is α²/σ².",
  statement: [String.raw`\mathrm{SNR}_t = \frac{\alpha_t^2}{\sigma_t^2}`],
  roles: ["Schedule"],
  kind: "definition",
  source: [kingma2021("second-hand", "Eq. 2")],
  restsOn: [],
  given: {},
  cases: { u: fc.integer({ min: 1, max: 63 }).map((k) => k / 64) },
  *claim({ u }, schedule) {
    const { alpha, sigma } = yield* schedule.coeffs(u);
    const snr = yield* schedule.snr(u);
    if (sigma[0] === 0) return [unmet("σ = 0: the ratio is infinite")];
    return [enclosure("SNR", ratio, { alpha, sigma }, snr, { roundings: 6 })];
  },
  tolerance: String.raw`\text{two roots, two squares and a quotient: } \mathrm{SNR}(1+\theta_6)`,
};
