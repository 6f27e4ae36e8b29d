/**
 * # The bound of a latent model
 *
 * Three terms that are each added once: what decoding costs, what the encoder's density says, what the latent model's density says. A scale
 * factor on the latents moves both densities alike, and so leaves the bound where it was.
 *
 * Convention: nats; the encoder's density is that of the unscaled latent z, the model's that of c·z, of d dimensions.
 */
import fc from "fast-check";
import { positive, signed } from "#spec/domain";
import { balance, enclosure } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation, expression } from "#spec/number/expression";
import { standard } from "#spec/sources";

const total = expression("r + q - d * log(c) - p");
const same = equation("l_1 == l_2");

interface Terms {
  readonly r: number;
  readonly q: number;
  readonly p: number;
  readonly c: number;
  readonly d: number;
}

export const latentBound: Law<"Loss", Terms> = {
  id: "latent.elbo.bookkeeping",
  title: "The latent bound is reconstruction plus the encoder's log density minus the model's, whatever the latents are scaled by.",
  statement: [
    String.raw`-\log p(w) \le \mathbb E_q[-\log p(w|z_0)] + \mathbb E_q[\log q(z_0|w)] - \mathbb E_q[\log p_\theta(z_0)]`,
    String.raw`\log q_c(cz) = \log q(z) - d\log c`,
  ],
  roles: ["Loss"],
  kind: "bound",
  source: [standard("evidence bound of latent variable models; change of variables")],
  restsOn: [],
  given: {},
  cases: {
    r: positive(-4, 10),
    q: signed(-4, 8),
    p: signed(-4, 8),
    c: fc.constantFrom(0.18215, 1, 2, 0.5),
    d: fc.constantFrom(1, 4, 16384),
  },
  *claim({ r, q, p, c, d }, loss) {
    const [bound = Number.NaN] = yield* loss.term("latent-bound", { reconstruction: r, encoder: q, model: p, scale: c, dims: d });
    // The model's density in unscaled latents: the same bound.
    const [plain = Number.NaN] = yield* loss.term("latent-bound", {
      reconstruction: r,
      encoder: q,
      model: p + d * Math.log(c),
      scale: 1,
      dims: d,
    });
    const via = r + Math.abs(q) + Math.abs(p) + 2 * d * Math.abs(Math.log(c));
    return [
      enclosure("total", total, { r, q, d, c, p }, Float64Array.of(bound), { roundings: 4, via }),
      balance("scale", same, { l_1: bound, l_2: plain }, { answer: "l_1", roundings: 8, via }),
    ];
  },
  tolerance: String.raw`|\hat L - L| \le \gamma_4\,(r + |q| + |p| + d|\log c|)`,
};
