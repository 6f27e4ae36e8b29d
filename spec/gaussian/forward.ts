/**
 * # Noising
 *
 * The forward process of a Gaussian diffusion at one time: a sample is a linear mix of data and standard normal noise.
 *
 * Convention: α and σ are amplitudes, so Ho et al.'s √ᾱ is `alpha`; on a variance-preserving process α² + σ² = 1.
 *
 * Source: the formula was read in the code of improved-diffusion and diffusers; the equation's number in the paper was not.
 */
import fc from "fast-check";
import { data, noise, unitTime } from "#spec/domain";
import { balance } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { code, ho2020 } from "#spec/sources";

const marginal = equation("alpha * x0 + sigma * eps == xt");
const variancePreserving = equation("alpha^2 + sigma^2 == 1");
const straightPath = equation("alpha + sigma == 1");

interface Noising {
  readonly u: number;
  readonly x0: Float64Array;
  readonly eps: Float64Array;
  /** What happened to the object before: `set-up`, set up `again`, or told where to `begin`. */
  readonly state: string;
}

export const forwardMarginal: Law<"Schedule" | "GaussianForward", Noising> = {
  id: "gaussian.forward.marginal",
  title: "A noised sample is the data times α plus the noise times σ.",
  statement: [marginal, variancePreserving],
  roles: ["GaussianForward", "Schedule"],
  kind: "definition",
  source: [ho2020("unverified"), code("improved-diffusion")("verified", "q_sample"), code("diffusers")("verified", "add_noise")],
  restsOn: [],
  given: {},
  cases: { u: unitTime(), x0: data(), eps: noise(), state: fc.constantFrom("set-up", "again", "begun") },
  *claim({ u, x0, eps, state }, subject) {
    const { scale } = yield* subject.facts();
    const { alpha, sigma } = yield* subject.coeffs(u);
    const xt = yield* subject.sample(x0, u, eps, { state });
    const sample = balance(
      "sample",
      marginal,
      { alpha, x0, sigma, eps, xt },
      { answer: "xt", roundings: 3, axes: [["coordinate", xt.length]] },
    );
    if (scale === "vp") return [sample, balance("unit variance", variancePreserving, { alpha, sigma }, { answer: "sigma", roundings: 4 })];
    if (scale === "flow") return [sample, balance("straight path", straightPath, { alpha, sigma }, { answer: "sigma", roundings: 2 })];
    return [sample];
  },
  // Two products and a sum, each rounded once; two roots, two squares and a sum for the amplitudes.
  tolerance: String.raw`\hat x_t = (\alpha x_0(1+\theta_2) + \sigma\varepsilon(1+\theta_2))(1+\theta_1),\quad \hat\alpha^2 = \alpha^2(1+\theta_3)`,
};
