/**
 * # Predictions
 *
 * On the Gaussian path xₜ = αx₀ + σε a network may predict the data, the noise, the score, or v. Together with the state each
 * determines the others, and the equations that say so are linear.
 *
 * Convention: α and σ multiply data and noise. A prediction is p·x₀ + q·ε; kinds and coefficients are in `convention.ts`.
 *
 * Source: Kingma et al. (2021) in notes that give equation tags; v from the code of diffusers.
 */

import { attempted } from "#spec/ask";
import { type OutputKind, outputCoefficients } from "#spec/convention";
import { data, noise, unitTime } from "#spec/domain";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { code, efron2011, kingma2021, salimans2022 } from "#spec/sources";
import { weighted } from "#spec/tensor";

const solvedData = equation("q * xt == (alpha * q - sigma * p) * x0 + sigma * value");
const solvedNoise = equation("alpha * value == p * xt + (alpha * q - sigma * p) * eps");
const rotation = equation("v == alpha * eps - sigma * x0");
const norm = equation("xt^2 + v^2 == x0^2 + eps^2");

interface Prediction {
  readonly u: number;
  readonly x0: Float64Array;
  readonly eps: Float64Array;
}

const cases = { u: unitTime(), x0: data(), eps: noise() };

export const predictionRoundtrip: Law<"Schedule" | "Parameterisation", Prediction> = {
  id: "parameterisation.gaussian.roundtrip",
  title: "Data and noise read from a prediction reproduce the state and the prediction.",
  statement: [solvedData, solvedNoise],
  roles: ["Parameterisation", "Schedule"],
  kind: "theorem",
  source: [kingma2021("second-hand", "Eq. 10, 28–30"), efron2011("unverified")],
  restsOn: ["gaussian.forward.marginal"],
  given: {
    "the output has a documented meaning": (_, facts) => facts.output !== null,
    "data pass clipping": (c, facts) => facts.clip === null || c.x0.every((x) => Math.abs(x) <= (facts.clip ?? 0)),
  },
  cases,
  *claim({ u, x0, eps }, subject) {
    const { output, sigmaData } = yield* subject.facts();
    const levels = yield* subject.coeffs(u);
    const [alpha = 0, sigma = 0] = [levels.alpha[0], levels.sigma[0]];
    if (output === null) return [unmet("the output has no documented meaning")];
    const [p = 0, q = 0] = coefficients(output, levels, sigmaData);
    const determinant = alpha * q - sigma * p;
    if (determinant === 0) return [unmet("at this level the output does not determine data and noise")];
    const value = weighted(p, x0, q, eps);
    const xt = weighted(alpha, x0, sigma, eps);
    const axes = [["coordinate", x0.length]] as const;
    const toData = yield* attempted(subject.convert(output, "x0", value, xt, u));
    const toNoise = yield* attempted(subject.convert(output, "eps", value, xt, u));
    if (toData === null && toNoise === null) return [unmet("converts to neither data nor noise at this time")];
    return [
      ...(toData === null
        ? []
        : [balance("data", solvedData, { alpha, sigma, p, q, value, xt, x0: toData }, { answer: "x0", roundings: 6, axes })]),
      ...(toNoise === null
        ? []
        : [balance("noise", solvedNoise, { alpha, sigma, p, q, value, xt, eps: toNoise }, { answer: "eps", roundings: 6, axes })]),
    ];
  },
  // Two products, a difference and a quotient; written without the quotient, the law keeps a finite tolerance as α → 0.
  tolerance: String.raw`q\,x_t(1+\theta_2) = (\alpha q-\sigma p)\,\hat x_0(1+\theta_4) + \sigma v(1+\theta_3)`,
};

function coefficients(
  kind: OutputKind,
  levels: Parameters<typeof outputCoefficients>[1],
  sigmaData: number | null,
): readonly (number | undefined)[] {
  const { p, q } = outputCoefficients(kind, levels, sigmaData ?? undefined);
  return [p[0], q[0]];
}

export const velocityRotation: Law<"Schedule" | "Parameterisation", Prediction> = {
  id: "parameterisation.gaussian.v",
  title: "The v-target is the rotation of data and noise by the angle of the noise level.",
  statement: [rotation, norm],
  roles: ["Parameterisation", "Schedule"],
  kind: "definition",
  source: [salimans2022("unverified"), code("diffusers")("verified", "get_velocity")],
  restsOn: [],
  given: {},
  cases,
  *claim({ u, x0, eps }, subject) {
    const { scale } = yield* subject.facts();
    const levels = yield* subject.coeffs(u);
    // On a variance-exploding grid the v of the scaled input is meant: amplitudes are divided by √(α² + σ²).
    const size = Math.hypot(levels.alpha[0] ?? 0, levels.sigma[0] ?? 0);
    const [alpha, sigma] = [(levels.alpha[0] ?? 0) / size, (levels.sigma[0] ?? 0) / size];
    const v = yield* subject.target("v", x0, u, eps);
    const axes = [["coordinate", v.length]] as const;
    const target = balance("target", rotation, { v, alpha, eps, sigma, x0 }, { answer: "v", roundings: 4, axes });
    if (scale !== "vp") return [target];
    const xt = weighted(alpha, x0, sigma, eps);
    return [target, balance("norm", norm, { xt, v, x0, eps }, { answer: "v", roundings: 12, via: norms(x0, eps), axes })];
  },
  // Two products and a difference of amplitudes that are each one root; squares for the norm.
  tolerance: String.raw`\hat v = \alpha\varepsilon(1+\theta_4) - \sigma x_0(1+\theta_4)`,
};

/** 2αε·σx₀ appears in x² and in v² with opposite signs: its roundings are forgiven as well. */
const norms = (x0: Float64Array, eps: Float64Array): Float64Array => x0.map((x, k) => 2 * Math.abs(x * (eps[k] ?? 0)));
