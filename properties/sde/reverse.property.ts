import { type Property, property, type RawMethods } from "#properties/engine/property";
import { straight, veSde, vpSde } from "#properties/textbook/chain";
import { correcting, drifting, reverseDrift, scoreOf, sdeOf, shifted, subvpSde } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { asked, borrowed } from "#properties/textbook/wrong";
import { predict } from "#spec/oracle";
import { correctorStationary, reverseFamily } from "#spec/sde/reverse";
import { tensor } from "#spec/tensor";

const chain = vpSde();

export const reverseFamilyProperty: Property = property(reverseFamily, {
  accepts: [
    { name: "textbook", methods: () => book({ chain }) },
    {
      name: "ODE and Langevin part",
      methods: () =>
        book({ chain }, () =>
          drifting(chain, ({ model, x, j, t, level, lambda }, { g2 }) => {
            const { x0, eps } = predict(model, x, level.alpha, level.sigma, j);
            const { alphaRate, sigmaRate } = chain.rates?.(t) ?? { alphaRate: Number.NaN, sigmaRate: Number.NaN };
            return alphaRate * x0 + sigmaRate * eps + ((lambda ** 2 * g2) / (2 * level.sigma)) * eps;
          }),
        ),
    },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    { name: "exploding SDE, whose drift is the score's alone", methods: () => book({ chain: veSde() }) },
    { name: "sub-VP SDE", methods: () => book({ chain: subvpSde() }) },
  ],
  rejects: [
    {
      name: "one index late",
      because: "drift and diffusion of the next of a thousand times",
      plausible: true,
      methods: () => book({ chain }, borrowed(book({ chain: shifted(chain, 1e-3) }), "drift")),
    },
    {
      name: "another β_max",
      because: "drift and diffusion of a schedule that ends at 20.1",
      plausible: true,
      methods: () =>
        book({ chain }, () =>
          drifting(
            chain,
            (point) => reverseDrift(point, sdeOf(vpSde(0.1, 20.1), point.t)),
            (lambda, { g2 }) => lambda ** 2 * g2,
          ),
        ),
    },
    {
      name: "variance passed as a standard deviation",
      because: "the noise of a step has standard deviation λ²g²",
      precedent: "LR-14",
      plausible: false,
      methods: () => book({ chain }, () => drifting(chain, reverseDrift, (lambda, { g2 }) => (lambda ** 2 * g2) ** 2)),
    },
    {
      name: "λ for λ²",
      because: "the Langevin part grows with λ, not with its square",
      plausible: false,
      methods: () =>
        book({ chain }, () =>
          drifting(chain, ({ model, x, j, level, lambda }, { f, g2 }) => f * x - 0.5 * (1 + lambda) * g2 * scoreOf(model, x, level, j)),
        ),
    },
    {
      name: "whole score for every λ",
      because: "the drift of the reverse SDE without its share",
      plausible: false,
      methods: () =>
        book(
          { chain },
          asked("drift", () => ({ lambda: 1 })),
        ),
    },
    {
      name: "score added",
      because: "the sign of the score is lost",
      plausible: false,
      methods: () =>
        book({ chain }, () =>
          drifting(
            chain,
            ({ model, x, j, level, lambda }, { f, g2 }) => f * x + 0.5 * (1 + lambda ** 2) * g2 * scoreOf(model, x, level, j),
          ),
        ),
    },
  ],
});

const exact = (keep: number, add: (sigma: number) => number): RawMethods =>
  book({ chain, claims: { exactCorrector: true } }, () => correcting(chain, keep, add));

/** The share of the variance that a step renews. */
const delta = 0.05;

export const correctorStationaryProperty: Property = property(correctorStationary, {
  accepts: [
    { name: "textbook", methods: () => exact(Math.sqrt(1 - delta), (sigma) => Math.sqrt(delta) * sigma) },
    { name: "Ornstein–Uhlenbeck over time h", methods: () => exact(Math.exp(-0.3), (sigma) => Math.sqrt(-Math.expm1(-0.6)) * sigma) },
    { name: "rotation by an angle", methods: () => exact(Math.cos(1), (sigma) => Math.sin(1) * sigma) },
    { name: "fresh noise", methods: () => exact(0, (sigma) => sigma) },
  ],
  rejects: [
    {
      name: "Langevin step",
      because: "keeps 1 − δ and adds √(2δ): the variance grows to (1 − δ)² + 2δ",
      precedent: "AZ-03",
      plausible: true,
      methods: () => exact(1 - delta, (sigma) => Math.sqrt(2 * delta) * sigma),
    },
    {
      name: "Euler–Maruyama step",
      because: "keeps 1 − δ/2 for √(1 − δ): the variance grows to 1 + δ²/4",
      plausible: true,
      methods: () => exact(1 - delta / 2, (sigma) => Math.sqrt(delta) * sigma),
    },
    {
      name: "noise of another share",
      because: "keeps √(1 − δ) and adds the noise of a step of 1.1δ",
      plausible: true,
      methods: () => exact(Math.sqrt(1 - delta), (sigma) => Math.sqrt(1.1 * delta) * sigma),
    },
    {
      name: "variance passed as a standard deviation",
      because: "the noise has standard deviation δσ²",
      precedent: "LR-14",
      plausible: false,
      methods: () => exact(Math.sqrt(1 - delta), (sigma) => delta * sigma ** 2),
    },
    {
      name: "noise of unit size",
      because: "σ is forgotten before the noise",
      plausible: true,
      methods: () => exact(Math.sqrt(1 - delta), () => Math.sqrt(delta)),
    },
    {
      name: "shrunk about zero",
      because: "the whole state is multiplied by √(1 − δ), not its distance from αx̂₀",
      plausible: true,
      methods: () =>
        book({ chain, claims: { exactCorrector: true } }, () => ({
          correct: (args, config) => {
            const kept = correcting(chain, Math.sqrt(1 - delta), (sigma) => Math.sqrt(delta) * sigma);
            return kept["correct"]?.({ ...args, oracle: { name: "point", point: tensor(Float64Array.of(0)) } }, config) ?? {};
          },
        })),
    },
  ],
});
