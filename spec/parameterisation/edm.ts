/**
 * # EDM preconditioning
 *
 * Karras et al. wrap the network so that its input and its target have unit variance whatever the noise level, and choose the skip
 * so that as little as possible is left to predict.
 *
 * Convention: states are x₀ + σε with Var x₀ = σ_data²; the denoiser is c_skip·x + c_out·F(c_in·x). Signs of v-prediction are the
 * adapter's to declare.
 */

import fc from "fast-check";
import { positive } from "#spec/domain";
import { balance, enclosure, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation, expression } from "#spec/number/expression";
import { code, karras2022 } from "#spec/sources";

const skip = expression("d^2 / (sigma^2 + d^2)");
const out = expression("sigma * d / sqrt(sigma^2 + d^2)");
const into = expression("1 / sqrt(sigma^2 + d^2)");
const unitInput = equation("cin^2 * d^2 + cin^2 * sigma^2 == 1");
const unitWeight = equation("weight * cout^2 == 1");

export const preconditioning: Law<"Parameterisation", { readonly sigma: number; readonly more: number }> = {
  id: "parameterisation.edm.precond",
  title: "EDM's coefficients give the network input and target of unit variance, and weight its loss to 1.",
  statement: [
    String.raw`c_{\mathrm{skip}} = \frac{\sigma_d^2}{\sigma^2+\sigma_d^2},\quad c_{\mathrm{out}} = \frac{\sigma\sigma_d}{\sqrt{\sigma^2+\sigma_d^2}},\quad c_{\mathrm{in}} = \frac1{\sqrt{\sigma^2+\sigma_d^2}}`,
    String.raw`c_{\mathrm{in}}^2(\sigma_d^2+\sigma^2) = 1,\quad \lambda\,c_{\mathrm{out}}^2 = 1`,
  ],
  roles: ["Parameterisation"],
  kind: "theorem",
  source: [karras2022("verified", "section 5, appendix B.6"), code("edm")("verified", "networks.EDMPrecond")],
  restsOn: [],
  given: { "σ_data is declared": (_, facts) => facts.sigmaData !== null },
  cases: { sigma: positive(-9, 6), more: fc.constant(0) },
  *claim({ sigma: drawn }, subject) {
    const { sigmaData } = yield* subject.facts();
    if (sigmaData === null) return [unmet("σ_data is not declared")];
    const sigma = Float64Array.of(drawn, sigmaData, 80);
    const { cskip, cout, cin, weight } = yield* subject.precondition(sigma);
    const known = { sigma, d: sigmaData };
    const axes = [["level", sigma.length]] as const;
    return [
      ...(cskip === undefined ? [] : [enclosure("skip", skip, known, cskip, { roundings: 3, axes })]),
      ...(cout === undefined ? [] : [enclosure("out", out, known, cout, { roundings: 3, axes })]),
      ...(cin === undefined
        ? []
        : [
            enclosure("in", into, known, cin, { roundings: 3, axes }),
            balance("unit input", unitInput, { cin, ...known }, { answer: "cin", roundings: 12, axes }),
          ]),
      ...(weight === undefined || cout === undefined
        ? []
        : [balance("unit weight", unitWeight, { weight, cout }, { answer: "weight", roundings: 16, axes })]),
    ];
  },
  tolerance: String.raw`\text{the running errors of the three formulas; products of them add up}`,
};
