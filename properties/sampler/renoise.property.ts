import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, discrete, straight } from "#properties/textbook/chain";
import { consistent, leastLevel, sigmaData } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import type { Step, Stepper } from "#properties/textbook/sampler";
import { direct, renewing, trip } from "#properties/textbook/steppers";
import type { Level } from "#properties/textbook/values";
import { renoise } from "#spec/sampler/renoise";
import { type Fields, number, tensor, vector } from "#spec/tensor";

const claims = { noise: "marginal", renoises: true };

/** Boundary coefficients c_skip and c_out at a level. */
type Boundary = (level: Level) => Readonly<Record<"cskip" | "cout", number>>;

/** A consistency function: part of the state, part of the prediction. */
const through =
  (boundary: Boundary) =>
  ({ x, x0, from }: Step): Float64Array => {
    const { cskip, cout } = boundary(from);
    return x0.map((value, j) => cskip * (x[j] ?? 0) + cout * value);
  };

/** A consistency sampler that reports the data prediction it uses. */
function reporting(boundary: Boundary, level?: (to: Level, from: Level) => number): RawMethods {
  const guess = through(boundary);
  return book({ claims: { ...claims, exactOnConstants: false } }, () => {
    const seen: Float64Array[] = [];
    const stepper: Stepper = renewing(level, (step) => {
      const guessed = guess(step);
      seen.push(guessed);
      return guessed;
    });
    const { grid, run } = trip({ route: direct(discrete()), stepper });
    const told = (args: Fields, config: Fields): Fields => {
      seen.length = 0;
      const answer = run?.(args, config) ?? {};
      const d = vector(args, "start").length;
      const data = new Float64Array(number(args, "count") * d);
      for (const [k, part] of seen.entries()) data.set(part, k * d);
      return { ...answer, data: tensor(data) };
    };
    return { ...(grid === undefined ? {} : { grid }), run: told };
  });
}

/** Song et al.'s, in the level σ/α. */
const song: Boundary = ({ alpha, sigma }) => consistent(sigma / alpha, leastLevel);

/** Latent consistency models': the timestep ten times over, without σ_data where it multiplies the prediction. */
const latent: Boundary = ({ alpha, sigma }) => {
  const t = (10 * sigma) / alpha;
  return { cskip: sigmaData ** 2 / (t ** 2 + sigmaData ** 2), cout: t / Math.hypot(t, sigmaData) };
};

/** A sampler that puts noise on the prediction as it is. */
const renewed = (level?: (to: Level, from: Level) => number, chain: Chain = discrete()): RawMethods =>
  book({ chain, stepper: renewing(level), claims, output: chain.form?.["family"] === "straight" ? "noise-minus-data" : "eps" });

/** What a wrong step looks like when it keeps part of the old noise. */
const mixed =
  (kept: number): Stepper =>
  (step) => {
    const { eps, to } = step;
    const level = Math.sqrt(1 - kept ** 2) * to.sigma;
    return renewing(() => level)(step).map((value, j) => value + kept * to.sigma * (eps[j] ?? 0));
  };

export const renoiseProperty: Property = property(renoise, {
  accepts: [
    { name: "prediction as it is", methods: () => renewed() },
    { name: "straight path", methods: () => renewed(undefined, straight()) },
    { name: "consistency function", methods: () => reporting(song) },
    // Without σ_data the function still meets its boundary condition: N9 is no bug.
    { name: "consistency function of latent models", methods: () => reporting(latent) },
  ],
  rejects: [
    {
      name: "noise at the end",
      because: "the last step puts noise of its own level on the clean prediction",
      precedent: "DF-28",
      plausible: false,
      methods: () => renewed((to, from) => (to.sigma === 0 ? from.sigma : to.sigma)),
    },
    {
      name: "noise of the level before",
      because: "noise of σₜ where σₛ is reached",
      plausible: true,
      methods: () => renewed((to, from) => (to.sigma === 0 ? 0 : from.sigma)),
    },
    {
      name: "variance for standard deviation",
      because: "1 − ᾱₛ multiplies the noise, not its root",
      precedent: "LR-14",
      plausible: true,
      methods: () => renewed((to) => to.sigma ** 2),
    },
    {
      name: "part of the old noise kept",
      because: "a tenth of the noise is carried along, as in DDIM",
      plausible: false,
      methods: () => book({ stepper: mixed(0.1), claims }),
    },
    {
      name: "σ of the exploding grid",
      because: "σ/α multiplies the noise of a state that is scaled by α",
      precedent: "DF-11",
      plausible: false,
      methods: () => renewed((to) => to.sigma / to.alpha),
    },
    {
      name: "prediction of another boundary",
      because: "the data prediction is reported after the boundary coefficients, and used before them",
      plausible: false,
      methods: () => book({ stepper: renewing(undefined, through(latent)), claims: { ...claims, exactOnConstants: false } }),
    },
  ],
});
