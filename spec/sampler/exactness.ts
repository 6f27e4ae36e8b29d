/**
 * # Exactness on polynomials
 *
 * A solver that interpolates the predictions by a polynomial of degree k in its own variable is exact when they are one. One step on
 * a made-up model shows every coefficient, where an order test can be fooled by errors that telescope.
 *
 * Convention: predictions are polynomials of log SNR. The exact step is xₛ = (σₛ/σₜ)xₜ + σₛ∫e^ℓ x̂₀ dℓ with ℓ = log(α/σ), and
 * xₛ = (αₛ/αₜ)xₜ − αₛ∫e^{−ℓ} ε̂ dℓ for noise; the integrals of eˡ times a polynomial are elementary.
 */
import fc from "fast-check";
import { noise } from "#spec/domain";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { levelAt, samplerOf, scaleOfStep } from "#spec/sampler/step";
import { derived } from "#spec/sources";

const exact = equation("xs == truth");

export const polynomialExactness: Law<"ReverseStep", { readonly c: number; readonly xt: Float64Array }> = {
  id: "sampler.exactness.polynomial",
  title: "A solver is exact on predictions that are polynomials of log SNR of the degree it claims.",
  statement: [
    String.raw`\hat x_0 = \sum_{j\le k} c_j\ell^j \;\Rightarrow\; x_s = \frac{\sigma_s}{\sigma_t}x_t + \sigma_s\int_{\ell_t}^{\ell_s} e^{\ell}\hat x_0\,d\ell`,
  ],
  roles: ["ReverseStep"],
  kind: "theorem",
  source: [derived("variation of constants on the probability-flow ODE")],
  restsOn: ["sampler.first-order.equivalence"],
  given: {
    "exactness in log SNR is claimed": (_, facts) => facts.sampler?.exactOn?.variable === "log-snr" && !facts.sampler.inverse,
    "predictions are not clipped": (_, facts) => facts.clip === null,
    "the output has a documented meaning": (_, facts) => facts.output !== null,
  },
  cases: { c: fc.constantFrom(1, -0.5, 0.25), xt: noise() },
  *claim({ c, xt }, sampler) {
    const facts = yield* sampler.facts();
    const { exactOn, order, stages } = samplerOf(facts);
    const grid = yield* sampler.grid();
    const degree = exactOn?.degree ?? 0;
    const prediction = exactOn?.prediction ?? "x0";
    // Log SNR is 2ℓ: coefficients of ℓ are halved powers of two, so that both are exact numbers.
    const coefficients = Float64Array.from({ length: degree + 1 }, (_, j) => c / 4 ** j);
    const inEll = coefficients.map((value, j) => value * 2 ** j);
    const run = yield* sampler.run({
      oracle: { name: "polynomial", prediction, variable: "log-snr", coefficients },
      start: xt,
      draws: "none",
    });
    // Steps of full order only: after the warm-up, before the last two and where both levels are inside (0, 1).
    const warm = degree;
    const remembered = Math.max(degree, stages > 1 ? 0 : (order ?? 1) - 1);
    const calls = grid.times.length;
    const found = { xs: [] as number[], truth: [] as number[], via: [] as number[] };
    for (let i = warm; i < calls - 2; i++) {
      const [t, s] = [levelAt(grid, i), levelAt(grid, i + 1)];
      if (!(t.alpha > 0 && s.sigma > 0)) continue;
      for (let j = 0; j < run.d; j++) {
        const x = run.states[i * run.d + j] ?? Number.NaN;
        const step = prediction === "x0" ? dataStep(x, t, s, inEll) : noiseStep(x, t, s, inEll);
        found.xs.push(run.states[(i + 1) * run.d + j] ?? Number.NaN);
        found.truth.push(step.value);
        // Predictions are read from outputs, at this level and at those that the solver remembers.
        const read = Array.from({ length: Math.min(i, remembered) + 1 }, (_, m) => {
          const at = levelAt(grid, i - m);
          return scaleOfStep(facts, at, s)(partsAt(run.states[(i - m) * run.d + j] ?? Number.NaN, at, prediction, inEll));
        });
        found.via.push(read.reduce((sum, size) => sum + size, step.scale));
      }
    }
    if (found.xs.length === 0) return [unmet("too few steps for one of full order")];
    const [xs, truth, via] = [found.xs, found.truth, found.via].map((values) => Float64Array.from(values));
    return [
      balance(
        "state",
        exact,
        { xs: xs ?? 0, truth: truth ?? 0 },
        {
          answer: "xs",
          roundings: 24,
          via: via ?? 0,
          axes: [
            ["step", found.xs.length / run.d],
            ["coordinate", run.d],
          ],
        },
      ),
    ];
  },
  // φ-functions of the step cancel: terms of size |c|(1 + |ℓ|)^k are summed to one smaller by h^k.
  tolerance: String.raw`|\hat x_s - x_s| \le \gamma_{24}\left(|x_s| + \sigma_s/\sigma_t|x_t| + \alpha_s\sum_j|c_j||\ell|^j\right)`,
};

interface Value {
  readonly value: number;
  readonly scale: number;
}

type Level = ReturnType<typeof levelAt>;

const half = ({ alpha, sigma }: Level): number => Math.log(alpha / sigma);

/** Data and noise that a state shows where one of them is the polynomial. */
function partsAt(x: number, level: Level, prediction: "x0" | "eps", c: Float64Array): { readonly x0: number; readonly eps: number } {
  const { alpha, sigma } = level;
  const known = c.reduceRight((sum, a) => sum * half(level) + a, 0);
  return prediction === "x0" ? { x0: known, eps: (x - alpha * known) / sigma } : { x0: (x - sigma * known) / alpha, eps: known };
}

function dataStep(x: number, t: Level, s: Level, c: Float64Array): Value {
  const [from, to] = [half(t), half(s)];
  const upper = integral(c, to, 1);
  const lower = integral(c, from, 1);
  // σₛ e^{ℓₛ} = αₛ and σₛ e^{ℓₜ} = αₜσₛ/σₜ.
  const value = (s.sigma / t.sigma) * x + s.alpha * upper.value - ((t.alpha * s.sigma) / t.sigma) * lower.value;
  return {
    value,
    scale:
      (s.sigma / t.sigma) * Math.abs(x) +
      conditioning(to - from, c.length) * (s.alpha * upper.scale + ((t.alpha * s.sigma) / t.sigma) * lower.scale),
  };
}

function noiseStep(x: number, t: Level, s: Level, c: Float64Array): Value {
  const [from, to] = [half(t), half(s)];
  const upper = integral(c, to, -1);
  const lower = integral(c, from, -1);
  // αₛ e^{−ℓₛ} = σₛ.
  const value = (s.alpha / t.alpha) * x - (s.sigma * upper.value - ((s.alpha * t.sigma) / t.alpha) * lower.value);
  return {
    value,
    scale:
      (s.alpha / t.alpha) * Math.abs(x) +
      conditioning(to - from, c.length) * (s.sigma * upper.scale + ((s.alpha * t.sigma) / t.alpha) * lower.scale),
  };
}

/** What a φ-function of degree k−1 loses by cancellation on a step of length h. */
const conditioning = (h: number, terms: number): number => Math.max(1, Math.abs(h) ** (1 - terms));

/** The polynomial P with (e^{sℓ}P)′ = e^{sℓ}Σcⱼℓʲ, at ℓ: P = s·Σ(−s)ᵏ dᵏ/dℓᵏ of it. */
function integral(c: Float64Array, ell: number, sign: 1 | -1): Value {
  let value = 0;
  let scale = 0;
  let derivative = Array.from(c);
  for (let factor: number = sign; derivative.length > 0; factor *= -sign) {
    value += factor * derivative.reduceRight((sum, a) => sum * ell + a, 0);
    scale += derivative.reduceRight((sum, a) => sum * Math.abs(ell) + Math.abs(a), 0);
    derivative = derivative.slice(1).map((a, j) => a * (j + 1));
  }
  return { value, scale };
}
