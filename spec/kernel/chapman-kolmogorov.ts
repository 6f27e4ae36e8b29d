/**
 * # Chapman–Kolmogorov
 *
 * Going from s to t and on to u is going from s to u.
 *
 * Convention: the Gaussian kernel from s to t is N(α_{t|s}xₛ, σ²_{t|s}); times grow with noise.
 */
import fc from "fast-check";
import { balance } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { kingma2021 } from "#spec/sources";

const scales = equation("scale_us == scale_ut * scale_ts");
const variances = equation("variance_us == scale_ut^2 * variance_ts + variance_ut");
const levels = equation("alpha == scale * alpha_s");
const noise = equation("sigma^2 == scale^2 * sigma_s^2 + variance");

interface Triple {
  readonly s: number;
  readonly h: number;
  readonly k: number;
}

const sixtyFourths = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max }).map((n) => n / 64);

export const chapmanKolmogorov: Law<"GaussianForward", Triple> = {
  id: "kernel.chapman-kolmogorov",
  title: "Two noising steps in a row are one step over both.",
  statement: [
    String.raw`\alpha_{u|s} = \alpha_{u|t}\,\alpha_{t|s},\qquad \sigma^2_{u|s} = \alpha_{u|t}^2\,\sigma^2_{t|s} + \sigma^2_{u|t}`,
    String.raw`\alpha_t = \alpha_{t|s}\,\alpha_s,\qquad \sigma_t^2 = \alpha_{t|s}^2\,\sigma_s^2 + \sigma^2_{t|s}`,
  ],
  roles: ["GaussianForward"],
  kind: "theorem",
  source: [kingma2021("second-hand", "Eq. 20–22")],
  restsOn: [],
  given: {},
  cases: { s: sixtyFourths(1, 20), h: sixtyFourths(1, 20), k: sixtyFourths(1, 20) },
  *claim({ s, h, k }, forward) {
    const [t, u] = [s + h, s + h + k];
    const ts = yield* forward.kernel(s, t);
    const ut = yield* forward.kernel(t, u);
    const us = yield* forward.kernel(s, u);
    const { alpha, sigma } = yield* forward.coeffs([s, t]);
    const at = (values: Float64Array, index: number): number => values[index] ?? Number.NaN;
    const via = 2 * at(sigma, 1) ** 2;
    return [
      balance("scales", scales, { scale_us: us.scale, scale_ut: ut.scale, scale_ts: ts.scale }, { answer: "scale_us", roundings: 8 }),
      balance(
        "variances",
        variances,
        { variance_us: us.variance, scale_ut: ut.scale, variance_ts: ts.variance, variance_ut: ut.variance },
        { answer: "variance_us", roundings: 12, via },
      ),
      balance("data", levels, { alpha: at(alpha, 1), scale: ts.scale, alpha_s: at(alpha, 0) }, { answer: "scale", roundings: 4 }),
      balance(
        "noise",
        noise,
        { sigma: at(sigma, 1), scale: ts.scale, sigma_s: at(sigma, 0), variance: ts.variance },
        { answer: "variance", roundings: 8, via },
      ),
    ];
  },
  // Scales are quotients of two roots; variances are formed from squares of size σ², whose roundings stay when they cancel.
  tolerance: String.raw`\hat\sigma^2_{t|s} = \sigma_t^2(1+\theta_4) - \alpha_{t|s}^2\sigma_s^2(1+\theta_6)`,
};
