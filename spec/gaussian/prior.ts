/**
 * # The prior term
 *
 * What the noisiest state still tells of the data: the divergence of q(x_T | x₀) from a standard normal. It is zero only if no
 * signal is left.
 *
 * Convention: nats, per coordinate; the state has mean √ᾱ x₀ and variance 1 − ᾱ.
 */

import fc from "fast-check";
import { data } from "#spec/domain";
import { atLeast, enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { code } from "#spec/sources";

const divergence = expression("(abar * x0^2 - abar - log1p(-abar)) / 2");

export const priorKl: Law<"Loss", { readonly abar: number; readonly x0: Float64Array }> = {
  id: "gaussian.prior.kl",
  title: "The prior term is the divergence of the noisiest state from a standard normal.",
  statement: [String.raw`D_{\mathrm{KL}} = \tfrac12\left(\bar\alpha_T x_0^2 + (1-\bar\alpha_T) - 1 - \log(1-\bar\alpha_T)\right) \ge 0`],
  roles: ["Loss"],
  kind: "theorem",
  source: [code("vdm")("verified", "loss_klz")],
  restsOn: [],
  given: {},
  cases: { abar: fc.constantFrom(0, 2 ** -24, 2 ** -15, 2 ** -10, 1 / 64, 1 / 8, 0.5, 0.75), x0: data() },
  *claim({ abar, x0 }, loss) {
    const value = yield* loss.term("prior-kl", { abar, x0 });
    const axes = [["coordinate", x0.length]] as const;
    // −ᾱ and −log(1 − ᾱ) cancel to ᾱ²/2: the running error of the formula, of size ᾱu, is what a direct evaluation may lose.
    return [
      enclosure("divergence", divergence, { abar, x0 }, value, { roundings: 4, via: abar, axes }),
      atLeast(
        "sign",
        value.map((v) => v + abar),
        abar,
        { roundings: 4, axes },
      ),
    ];
  },
  tolerance: String.raw`|\hat D - D| \le u\,(E_D + 4D + 4\bar\alpha)`,
};
