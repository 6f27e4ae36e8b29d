/**
 * # From the chain to the SDE
 *
 * A DDPM chain with β_i = β(i/N)/N tends to the variance-preserving SDE, with an error that falls like 1/N.
 *
 * Convention: index i of the chain stands for time (i + 1)/N; β(t) = b + (c − b)t runs from b = 0.1 to c = 20.
 *
 * Lemma. Let step k use β(sₖ)/N with sₖ in [k/N, (k + 1)/N], and let t be one index off at most. Then ᾱ = e^{−B(t) + δ} with
 * |δ| ≤ (t(c − b) + tβ(t)²/(2(1 − c/N)) + β(t))/N.
 *
 * Proof. Each of at most tN cells moves the sum (1/N)Σβ(sₖ) from its integral by at most (c − b)/N²; −log(1 − y) − y lies between 0 and
 * y²/(2(1 − y)), here with y ≤ β(t)/N; one index more or less is one term, at most β(t)/N. ∎
 */
import fc from "fast-check";
import { timesAt } from "#spec/convention";
import { atLeast } from "#spec/evidence";
import type { Law } from "#spec/law";
import { binary32, unitRoundoff } from "#spec/number/format";
import { derived, song2021sde } from "#spec/sources";

const [low, high] = [0.1, 20];
const lengths = [125, 250, 500, 1000, 2000, 4000];
const u = unitRoundoff(binary32);

export const ddpmToVp: Law<"Schedule", { readonly pass: number }> = {
  id: "sde.limit.ddpm-to-vp",
  title: "The chain with β(i/N)/N converges to the VP SDE at order 1.",
  statement: [
    String.raw`\prod_{i\le tN}\left(1-\tfrac1N\beta(\tfrac iN)\right) = e^{-B(t)+\delta}`,
    String.raw`|\delta| \le \tfrac1N\left(t(c-b) + \frac{t\,\beta(t)^2}{2(1-c/N)} + \beta(t)\right)`,
  ],
  roles: ["Schedule"],
  kind: "limit",
  source: [song2021sde("verified", "Eq. 10 to 11"), derived("the bound, in the header")],
  restsOn: ["schedule.beta"],
  given: {
    "the chain's length and ends can be chosen, and it is linear": (_, facts) =>
      facts.refine !== null && facts.form?.family === "beta-linear",
  },
  cases: { pass: fc.constant(0) },
  share: 1,
  *claim(_, schedule) {
    const { refine } = yield* schedule.facts();
    if (refine === null) return [];
    const errors: number[] = [];
    const [bounds, offs]: [number[], number[]] = [[], []];
    for (const N of lengths) {
      const manner = { override: { [refine.T]: N, [refine.first]: low / N, [refine.last]: high / N } };
      const { time } = yield* schedule.facts(manner);
      const { alpha } = yield* schedule.coeffs(seventeen, manner);
      const t = timesAt(time, seventeen).map((index) => (index + 1) / N);
      const off = alpha.map((a, k) => Math.abs(a * a - Math.exp(-total(t[k] ?? 0))));
      errors.push(Math.max(...off));
      offs.push(...off);
      bounds.push(...t.map((time) => Math.exp(-total(time)) * Math.expm1(exponent(time, N))));
    }
    return [
      { kind: "order", name: "convergence", claimed: 1, steps: lengths, errors, floor: 2 * 4000 * u },
      atLeast("bound", Float64Array.from(bounds), Float64Array.from(offs), {
        axes: [
          ["length", lengths.length],
          ["time", seventeen.length],
        ],
      }),
    ];
  },
  // A product of N factors 1 − β rounds 2N times: δ is widened by 2Nu.
  tolerance: String.raw`|\delta| \text{ widened by } 2Nu;\quad \text{the last local slope reaches } 1-\tfrac12`,
};

const seventeen = Float64Array.from({ length: 17 }, (_, k) => k / 16);

/** The lemma's bound of |δ|, and the roundings. */
const exponent = (t: number, N: number): number => {
  const rate = low + (high - low) * t;
  return (t * (high - low) + (t * rate ** 2) / (2 * (1 - high / N)) + rate) / N + 2 * N * u;
};

const total = (t: number): number => low * t + ((high - low) * t * t) / 2;
