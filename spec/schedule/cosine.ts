/**
 * # Cosine schedules
 *
 * Nichol and Dhariwal's schedule makes ᾱ a squared cosine, capped so that no β exceeds 0.999.
 *
 * Convention: β_i = min(1 − f((i+1)/T)/f(i/T), 0.999) with f(t) = cos²((t + s)/(1 + s) · π/2) and s = 0.008, i = 0 … T−1. The ratio
 * needs no normalisation by f(0).
 *
 * Not to be confused with the discrete (D3PM) cosine, whose survival probability is the un-squared cosine: at T/2 this gives 0.494,
 * that 0.703.
 */
import fc from "fast-check";
import { enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { code, nichol2021 } from "#spec/sources";

const angle = (t: string): string => `cos((${t} + s) / (1 + s) * pi / 2)`;
const beta = expression(`min(1 - (${angle("(k + 1) / T")} / ${angle("k / T")})^2, cap)`);
const abar = expression(`min(max((${angle("t")} / ${angle("0 * t")})^2, floor), 1 - floor)`);

export const cosine: Law<"Schedule", { readonly u: number }> = {
  id: "schedule.cosine",
  title: "The cosine schedule's ᾱ is the squared cosine of Nichol and Dhariwal, β capped at 0.999.",
  statement: [
    String.raw`\bar\alpha_t = \frac{f(t)}{f(0)},\quad f(t)=\cos^2\left(\frac{t/T+s}{1+s}\cdot\frac\pi2\right),\quad \beta_t = \min\left(1-\frac{\bar\alpha_t}{\bar\alpha_{t-1}},\ 0.999\right)`,
  ],
  roles: ["Schedule"],
  kind: "definition",
  source: [nichol2021("unverified"), code("improved-diffusion")("verified", "get_named_beta_schedule")],
  restsOn: [],
  given: { "the schedule is a cosine": (_, facts) => facts.form?.family === "beta-cosine" || facts.form?.family === "abar-cosine-clamped" },
  cases: { u: fc.integer({ min: 0, max: 64 }).map((k) => k / 64) },
  *claim({ u }, schedule) {
    const { form } = yield* schedule.facts();
    if (form?.family === "beta-cosine") {
      const { beta: betas } = yield* schedule.tables();
      if (betas === undefined) return [];
      const T = form.parameters["T"] ?? betas.length;
      const k = Float64Array.from({ length: T }, (_, index) => index);
      return [enclosure("β", beta, { k, T, s: 0.008, cap: 0.999 }, betas, { roundings: 3, axes: [["index", T]] })];
    }
    const { alpha } = yield* schedule.coeffs(u);
    const { s = 0.008, power = 1 } = form?.parameters ?? {};
    const t = power > 1 ? 1 - (1 - u) ** power : u ** power;
    // Clamped to [10⁻⁴, 1 − 10⁻⁴] by the class that uses it; √ᾱ is squared again here.
    return [
      enclosure(
        "ᾱ",
        abar,
        { t, s, floor: 0.0001 },
        alpha.map((a) => a * a),
        { roundings: 6 },
      ),
    ];
  },
  // The running error of the formula: near t = 1 the cosine is small and its argument's error counts in full.
  tolerance: String.raw`|\hat\beta_t-\beta_t| \le u\,(E_\beta + 3\beta_t)`,
};
