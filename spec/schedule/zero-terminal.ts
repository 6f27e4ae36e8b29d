/**
 * # Zero terminal SNR
 *
 * Lin et al. move and stretch √ᾱ so that the last training time holds no signal, keeping the first value.
 *
 * Convention: index 0 is the cleanest training time.
 */
import fc from "fast-check";
import { balance, equality, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { code, lin2024 } from "#spec/sources";

const affine = equation("(a_0 - a_T) * b == a_0 * (a - a_T)");

export const zeroTerminal: Law<"Schedule", { readonly pass: number }> = {
  id: "schedule.zero-terminal",
  title: "Rescaling to zero terminal SNR is affine in √ᾱ, keeps the first value and ends in exactly no signal.",
  statement: [
    String.raw`\sqrt{\bar\alpha_t}' = \sqrt{\bar\alpha_0}\,\frac{\sqrt{\bar\alpha_t}-\sqrt{\bar\alpha_T}}{\sqrt{\bar\alpha_0}-\sqrt{\bar\alpha_T}},\qquad \bar\alpha_T' = 0`,
  ],
  roles: ["Schedule"],
  kind: "definition",
  source: [
    lin2024("verified", "Algorithm 1, via diffusers rescale_zero_terminal_snr"),
    code("diffusers")("verified", "rescale_zero_terminal_snr"),
  ],
  restsOn: [],
  given: {},
  cases: { pass: fc.constant(0) },
  *claim(_, schedule) {
    const { abar, unrescaled } = yield* schedule.tables();
    if (abar === undefined || unrescaled === undefined) return [unmet("the schedule is not rescaled")];
    const last = abar.length - 1;
    const [a, b] = [unrescaled.map(Math.sqrt), abar.map(Math.sqrt)];
    const [a_0 = 0, a_T = 0] = [a[0], a[last]];
    if (a_0 === a_T) return [unmet("a constant schedule cannot be stretched")];
    // The last value is x − x, exact in any arithmetic.
    return [
      balance("affine", affine, { a_0, a_T, a, b }, { answer: "b", roundings: 8 + 2 * abar.length, axes: [["index", abar.length]] }),
      equality("no signal at T", abar.slice(last), Float64Array.of(0)),
    ];
  },
  // Through β and back the product of T factors is formed again: two roundings a factor.
  tolerance: String.raw`\hat b_t = b_t(1+\theta_{2T+8})`,
};
