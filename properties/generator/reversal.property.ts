import { type Property, property } from "#properties/engine/property";
import { bothKinds } from "#properties/generator/duality.property";
import { wrongTilts } from "#properties/generator/tilted";
import { reversed } from "#properties/textbook/discrete";
import { chained, line, rowOf } from "#properties/textbook/generator";
import { doob } from "#spec/generator/doob";
import { elboIntegrand } from "#spec/generator/elbo-integrand";
import { superposition } from "#spec/generator/superposition";
import { timeReversal } from "#spec/generator/time-reversal";

export const timeReversalProperty: Property = property(timeReversal, {
  accepts: bothKinds,
  rejects: [
    {
      name: "wrong sign of time",
      because: "the drift keeps its sign: b + g²∇log p",
      plausible: false,
      methods: () => line({ formulas: { reversed: ({ d1, d2 }, score, { b, g2 }) => (b + g2 * score) * d1 + 0.5 * g2 * d2 } }),
    },
    {
      name: "half the score",
      because: "the drift of the probability flow with the noise of the SDE",
      plausible: false,
      methods: () => line({ formulas: { reversed: ({ d1, d2 }, score, { b, g2 }) => (0.5 * g2 * score - b) * d1 + 0.5 * g2 * d2 } }),
    },
    {
      name: "score of a wider law",
      because: "the score is taken at a variance one per cent too large",
      plausible: true,
      methods: () => line({ formulas: { reversed: ({ d1, d2 }, score, { b, g2 }) => ((g2 * score) / 1.01 - b) * d1 + 0.5 * g2 * d2 } }),
    },
    {
      name: "rates reused",
      because: "R(x, y)p(y)/p(x): rates towards noise in the reverse",
      plausible: false,
      methods: () => chained({ formulas: { reversed: (R, K, x, ratio) => rowOf(K, x, (y) => (R[x * K + y] ?? 0) * (ratio[y] ?? 0)) } }),
      beside: "chain",
    },
    {
      name: "ratio upside down",
      because: "p(x)/p(y) where p(y)/p(x) belongs",
      plausible: false,
      methods: () =>
        chained({
          formulas: {
            reversed: (R, K, x, ratio) =>
              reversed(
                R,
                K,
                x,
                ratio.map((r) => 1 / r),
              ),
          },
        }),
      beside: "chain",
    },
    {
      name: "floored ratios",
      because: "a floor of a thousandth is added to each ratio",
      plausible: true,
      methods: () =>
        chained({
          formulas: {
            reversed: (R, K, x, ratio) =>
              reversed(
                R,
                K,
                x,
                ratio.map((r) => r + 1e-3),
              ),
          },
        }),
      beside: "chain",
    },
  ],
});

export const doobProperty: Property = property(doob, {
  accepts: bothKinds,
  rejects: [
    {
      name: "g for g²",
      because: "the classifier's gradient is weighted by the diffusion coefficient, not its square",
      plausible: false,
      methods: () => line({ formulas: { tilted: ({ d1, d2 }, h, { b, g2 }) => (b + (Math.sqrt(g2) * h.d1) / h.f) * d1 + 0.5 * g2 * d2 } }),
    },
    {
      name: "guidance weight 1.01",
      because: "the gradient of log h counts one per cent more",
      plausible: true,
      methods: () => line({ formulas: { tilted: ({ d1, d2 }, h, { b, g2 }) => (b + (1.01 * g2 * h.d1) / h.f) * d1 + 0.5 * g2 * d2 } }),
    },
    {
      name: "gradient of h",
      because: "∇h where ∇log h belongs",
      plausible: false,
      methods: () => line({ formulas: { tilted: ({ d1, d2 }, h, { b, g2 }) => (b + g2 * h.d1) * d1 + 0.5 * g2 * d2 } }),
    },
    ...wrongTilts,
  ],
});

export const superpositionProperty: Property = property(superposition, {
  accepts: bothKinds,
  rejects: [
    {
      name: "Langevin with half its noise",
      because: "g²·score against ½g² of noise: the corrector's stationary law has half the variance",
      plausible: false,
      methods: () => line({ formulas: { corrector: ({ d1, d2 }, score, { g2 }) => g2 * (score * d1 + 0.5 * d2) } }),
    },
    {
      name: "corrector's noise slightly off",
      because: "the noise of the corrector is one per cent too large for its drift",
      plausible: true,
      methods: () => line({ formulas: { corrector: ({ d1, d2 }, score, { g2 }) => g2 * (score * d1 + 1.01 * d2) } }),
    },
    {
      name: "reverse rates alone",
      because: "R̂ is added where R + R̂ belongs: the clock runs at another speed and the marginals move",
      plausible: false,
      methods: () => chained({ formulas: { corrector: (_, back) => back } }),
      beside: "chain",
    },
    {
      name: "weights that sum to 1.01",
      because: "one per cent more of the reverse rates than of the forward ones",
      plausible: true,
      methods: () => chained({ formulas: { corrector: (row, back) => row.map((r, y) => r + 1.01 * (back[y] ?? 0)) } }),
      beside: "chain",
    },
    {
      name: "minus the corrector",
      because: "the corrector's noise is taken away: no generator is left where it is strong",
      plausible: false,
      methods: () => line({ formulas: { corrector: ({ d1, d2 }, score, { g2 }) => -g2 * (score * d1 + d2) } }),
    },
  ],
});

export const elboIntegrandProperty: Property = property(elboIntegrand, {
  accepts: [
    ...bothKinds,
    {
      name: "jump form",
      methods: () =>
        chained({
          formulas: {
            // r − 1 − log r with r = φ(y)/φ(x), weighted by the rates out of x.
            integrand: (R, K, x, truth, model) =>
              truth.reduce((sum, p, y) => {
                const r = p / (model[y] ?? 0);
                return y === x ? sum : sum + (R[x * K + y] ?? 0) * (Math.expm1(Math.log(r)) - Math.log(r));
              }, 0),
          },
        }),
    },
  ],
  rejects: [
    {
      name: "half missing",
      because: "g² where ½g² belongs",
      plausible: false,
      methods: () => line({ formulas: { integrand: (truth, model, { g2 }) => g2 * (truth - model) ** 2 } }),
    },
    {
      name: "weight of another time",
      because: "½g² of a schedule that ends at 20.1",
      plausible: true,
      methods: () => line({ formulas: { integrand: (truth, model, { g2 }) => 0.5025 * g2 * (truth - model) ** 2 } }),
    },
    {
      name: "λ = σ²",
      because: "the weight of denoising score matching without the likelihood's g²",
      plausible: false,
      methods: () => line({ formulas: { integrand: (truth, model) => 0.5 * (truth - model) ** 2 } }),
    },
    {
      name: "rates out of x",
      because: "the score entropy is weighted by R(x, y) where the rate into x belongs",
      plausible: false,
      methods: () =>
        chained({
          formulas: {
            integrand: (R, K, x, truth, model) =>
              truth.reduce((sum, r, y) => {
                const s = model[y] ?? 0;
                return y === x ? sum : sum + (R[x * K + y] ?? 0) * (s - r * Math.log(s) + r * (Math.log(r) - 1));
              }, 0),
          },
        }),
      beside: "chain",
    },
    {
      name: "truth and model exchanged",
      because: "score entropy is not symmetric: the logarithm is taken of the true ratio",
      plausible: false,
      methods: () =>
        chained({
          formulas: {
            integrand: (R, K, x, truth, model) =>
              truth.reduce((sum, s, y) => {
                const r = model[y] ?? 0;
                return y === x ? sum : sum + (R[y * K + x] ?? 0) * (s - r * Math.log(s) + r * (Math.log(r) - 1));
              }, 0),
          },
        }),
      beside: "chain",
    },
    {
      name: "log of a floored ratio",
      because: "the model's ratio is floored by 10⁻⁴ inside the logarithm",
      plausible: true,
      methods: () =>
        chained({
          formulas: {
            integrand: (R, K, x, truth, model) =>
              truth.reduce((sum, r, y) => {
                const s = model[y] ?? 0;
                return y === x ? sum : sum + (R[y * K + x] ?? 0) * (s - r * Math.log(s + 1e-4) + r * (Math.log(r) - 1));
              }, 0),
          },
        }),
      beside: "chain",
    },
  ],
});
