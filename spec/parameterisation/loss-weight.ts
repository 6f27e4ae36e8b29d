/**
 * # Loss weights
 *
 * One and the same squared error of the data is written as an error of the noise or of v by the factor the parameterisation brings.
 * Weights that are meant to be one loss must differ by exactly these factors.
 *
 * Convention: SNR = α²/σ²; γ is the cap of min-SNR; weights multiply the squared error of a prediction of their kind.
 *
 * Source: the algebra, and the training scripts of diffusers as they stand after five corrections.
 */
import fc from "fast-check";
import type { OutputKind } from "#spec/convention";
import { positive } from "#spec/domain";
import { enclosure, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { type Expression, expression } from "#spec/number/expression";
import { code, hang2023 } from "#spec/sources";

const snr = "(alpha^2 / sigma^2)";
const minSnr: Readonly<Record<string, Expression>> = {
  x0: expression(`min(${snr}, g)`),
  eps: expression(`min(${snr}, g) / ${snr}`),
  v: expression(`min(${snr}, g) / (${snr} + 1)`),
};
const inverseSquare = expression("1 / sigma^2");

export const lossWeight: Law<"Loss" | "Schedule", { readonly at: number; readonly kind: OutputKind; readonly gamma: number }> = {
  id: "parameterisation.loss-weight",
  title: "Min-SNR is one loss: its weights on data, noise and v differ by the factors of the parameterisation.",
  statement: [
    String.raw`\|x_0-\hat x_0\|^2 = \mathrm{SNR}^{-1}\|\varepsilon-\hat\varepsilon\|^2 = (\mathrm{SNR}+1)^{-1}\|v-\hat v\|^2`,
    String.raw`w_{x_0} = \min(\mathrm{SNR},\gamma),\quad w_\varepsilon = \frac{\min(\mathrm{SNR},\gamma)}{\mathrm{SNR}},\quad w_v = \frac{\min(\mathrm{SNR},\gamma)}{\mathrm{SNR}+1}`,
  ],
  roles: ["Loss", "Schedule"],
  kind: "theorem",
  source: [hang2023("verified", "sections 3.4 and 4.2, as implemented in the diffusers training scripts")],
  restsOn: ["schedule.snr.reported"],
  given: {},
  cases: {
    at: fc.integer({ min: 1, max: 63 }).map((k) => k / 64),
    kind: fc.constantFrom<OutputKind>("x0", "eps", "v"),
    gamma: fc.constantFrom(5, 1, 20),
  },
  *claim({ at, kind, gamma }, subject) {
    const { scale } = yield* subject.facts();
    const { alpha, sigma } = yield* subject.coeffs(at);
    if (kind === "v" && scale !== "vp") return [unmet("v is defined on variance-preserving paths")];
    const weight = yield* subject.weight("min-snr", kind, at, gamma);
    const formula = minSnr[kind];
    return formula === undefined ? [] : [enclosure("weight", formula, { alpha, sigma, g: gamma }, weight, { roundings: 8 })];
  },
  tolerance: String.raw`\text{the running error of the formula, and two amplitudes read from } \bar\alpha`,
};

export const sd3Weight: Law<"Loss", { readonly level: number }> = {
  id: "parameterisation.loss-weight.sigma-sqrt",
  title: "The σ-sqrt weight of a straight path is one over the squared noise level.",
  statement: [String.raw`w(\sigma) = \sigma^{-2}`],
  roles: ["Loss"],
  kind: "definition",
  source: [code("diffusers")("verified", "compute_loss_weighting_for_sd3")],
  restsOn: [],
  given: {},
  cases: { level: positive(-6, -1) },
  *claim({ level }, loss) {
    // The level itself is handed over: the weight is a function of σ alone.
    const weight = yield* loss.weightAt("sd3-sigma-sqrt", Float64Array.of(level));
    return [enclosure("weight", inverseSquare, { sigma: level }, weight, { roundings: 4 })];
  },
  tolerance: String.raw`\hat w = \sigma^{-2}(1+\theta_4)`,
};
