import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, discrete, linearBetas, veSde, vpSde } from "#properties/textbook/chain";
import { endingOnMean } from "#properties/textbook/mean-end";
import { book } from "#properties/textbook/methods";
import { ancestral, ddim, type Stepper, spaced, ddimEta as stepWith } from "#properties/textbook/sampler";
import { dpm1, dpm2m, eulerSigma, half, splitting, upDown } from "#properties/textbook/steppers";
import { data, type Level, posteriorOf } from "#properties/textbook/values";
import { answered, asked, borrowed, both, type Change } from "#properties/textbook/wrong";
import { ddimComposition, ddimContraction, ddimEta, ddimFamily } from "#spec/sampler/ddim";
import { type Fields, tensor } from "#spec/tensor";

/** The levels of one index later, up to the last. */
export const late = (chain: Chain = discrete()): Chain => ({ ...chain, levels: (t) => chain.levels(Math.min(t + 1, 999)) });

/** DDIM that lands on the level of one index later, and reads its states as they should be. */
export function landingLate(): Stepper {
  const chain = discrete();
  return (step) => {
    const next = spaced(chain, step.total)[step.k + 1];
    return next === undefined ? ddim(step) : ddim({ ...step, to: chain.levels(Math.min(next + 1, 999)) });
  };
}

const otherEnd = (): Chain => discrete(linearBetas(1000, 1e-4, 0.021));

const std = (s: Level, t: Level): number => Math.sqrt(posteriorOf(s, t).variance);

/** A stochastic sampler that claims to keep the marginal. */
const noisy = (stepper: Stepper, eta: number | null = 1, chain?: Chain): RawMethods =>
  book({ stepper, claims: { noise: "marginal", eta }, ...(chain === undefined ? {} : { chain }) });

const tenth = 0.1;

/** A tenth of the posterior's noise, drawn by `change` of its standard deviation. */
const drawing = (change: (s: Level, t: Level) => number, direction?: (to: Level) => number): RawMethods =>
  noisy(
    splitting((s, t) => (s.sigma === 0 ? 0 : tenth * change(s, t)), direction ?? ((to) => to.sigma)),
    tenth,
  );

/** What is left of σₛ beside the right amount of fresh noise. */
const shortened = (s: Level, t: Level): number => Math.sqrt(s.sigma ** 2 - (tenth * std(s, t)) ** 2);

/** The right direction whatever is drawn. */
const beside = (change: (s: Level, t: Level) => number): RawMethods =>
  noisy(
    (step) =>
      splitting(
        (s, t) => (s.sigma === 0 ? 0 : tenth * change(s, t)),
        (to) => shortened(to, step.from),
      )(step),
    tenth,
  );

/** The last step to clean data draws as well: its share of the noise it comes from. */
const noisyEnd: Stepper = (step) => {
  const { x0, to, from, noise } = step;
  if (to.sigma > 0) return stepWith(tenth)(step);
  const z = noise();
  return x0.map((value, j) => value + tenth * from.sigma * (z[j] ?? 0));
};

export const ddimFamilyProperty: Property = property(ddimFamily, {
  accepts: [
    { name: "a tenth of the noise", methods: () => noisy(stepWith(tenth), tenth) },
    { name: "deterministic", methods: () => book() },
    { name: "ancestral", methods: () => noisy(ancestral) },
    { name: "k-diffusion's form on exploding levels", methods: () => noisy(upDown(), 1, veSde()) },
    { name: "last noise left out, as is said", methods: () => endingOnMean(ancestral, { noise: "marginal", eta: 1, endsOnMean: true }) },
  ],
  rejects: [
    {
      name: "last noise left out, unsaid",
      because: "the last state has the old noise alone",
      plausible: true,
      methods: () => endingOnMean(ancestral, { noise: "marginal", eta: 1 }),
    },
    {
      name: "direction not shortened",
      because: "the old noise keeps σₛ although fresh noise is added: 1 − ᾱₛ for 1 − ᾱₛ − ς²",
      plausible: true,
      methods: () => drawing(std),
    },
    {
      name: "inflated noise",
      because: "the fresh noise is multiplied by EDM's S_noise = 1.003",
      plausible: true,
      methods: () => beside((s, t) => 1.003 * std(s, t)),
    },
    {
      name: "variance of the step",
      because: "η√β is drawn where the direction leaves room for η√β̃",
      plausible: true,
      methods: () => beside((s, t) => Math.sqrt(posteriorOf(s, t).step)),
    },
    {
      name: "variance for standard deviation",
      because: "ηβ̃ multiplies the noise",
      precedent: "LR-14",
      plausible: true,
      methods: () => beside((s, t) => std(s, t) ** 2),
    },
    {
      name: "noise at the end",
      because: "the last step to clean data still draws",
      precedent: "DF-28",
      plausible: false,
      methods: () => noisy(noisyEnd, tenth),
    },
    {
      name: "draws for none",
      because: "a sampler that claims no noise draws, and adds what the posterior would",
      plausible: false,
      methods: () => book({ stepper: ancestral }),
    },
  ],
});

/** DDIM that draws noise and leaves it. */
const idleDraw: Stepper = (step) => {
  step.noise();
  return ddim(step);
};

/** DDIM with the claim of an η. */
const eta = (value: number, stepper: Stepper): RawMethods => noisy(stepper, value);

export const ddimEtaProperty: Property = property(ddimEta, {
  accepts: [
    { name: "half", methods: () => eta(0.5, stepWith(0.5)) },
    { name: "noise drawn and multiplied by η = 0", methods: () => eta(0, idleDraw) },
    { name: "all: the posterior", methods: () => eta(1, ancestral) },
    { name: "none", methods: () => eta(0, ddim) },
    {
      name: "by the ratio of noise levels",
      methods: () =>
        eta(
          0.5,
          splitting((s, t) => 0.5 * s.sigma * Math.sqrt(1 - ((t.alpha * s.sigma) / (s.alpha * t.sigma)) ** 2)),
        ),
    },
  ],
  rejects: [
    {
      name: "share of the variance",
      because: "η scales the variance, not the standard deviation",
      plausible: false,
      methods: () =>
        eta(
          0.5,
          splitting((s, t) => Math.sqrt(0.5) * std(s, t)),
        ),
    },
    {
      name: "variance of the step",
      because: "η√β for η√β̃",
      plausible: true,
      methods: () =>
        eta(
          0.5,
          splitting((s, t) => (s.sigma === 0 ? 0 : 0.5 * Math.sqrt(posteriorOf(s, t).step))),
        ),
    },
    {
      name: "levels of the next index",
      because: "β̃ is looked up one index late",
      plausible: true,
      methods: () =>
        book({ stepper: stepWith(0.5), claims: { noise: "marginal", eta: 0.5 } }, borrowed(noisy(stepWith(0.5), 0.5, late()), "run")),
    },
    { name: "η forgotten", because: "the whole posterior variance whatever η says", plausible: false, methods: () => eta(0.5, ancestral) },
  ],
});

/** Euler's step in the chain's own time, in which x moves along α̇x̂₀ + σ̇ε̂. */
export const eulerInTime =
  (chain: Chain): Stepper =>
  ({ x, x0, eps, k, total }) => {
    const times = spaced(chain, total);
    const [from = 0, to = 0] = [times[k], times[k + 1]];
    const { alphaRate, sigmaRate } = chain.rates?.(from) ?? { alphaRate: Number.NaN, sigmaRate: Number.NaN };
    return x.map((value, j) => value + (to - from) * (alphaRate * (x0[j] ?? 0) + sigmaRate * (eps[j] ?? 0)));
  };

/** A two-step solver that takes what it does not remember for 0. */
const fromZero: Stepper = (step) => {
  const { from, to, memory, x0 } = step;
  if (memory.size === 0) memory.set("x0", new Float64Array(x0.length)).set("lambda", 2 * half(from) - half(to));
  return dpm2m()(step);
};

/** A state that is taken to be noise of its level alone: its first variance is made 1 + σ². */
export const asPureNoise = ({ start, alpha, sigma }: Fields): Fields => {
  const level = (data(sigma)[0] ?? 0) / (data(alpha)[0] ?? 1);
  return { start: tensor(data(start).map((x) => (x * Math.hypot(1, level)) / level)) };
};

export const ddimCompositionProperty: Property = property(ddimComposition, {
  accepts: [
    { name: "textbook", methods: () => book() },
    { name: "Euler on x/α", methods: () => book({ stepper: eulerSigma }) },
    { name: "two-step solver", methods: () => book({ stepper: dpm2m() }) },
    { name: "clean data predicted", methods: () => book({ output: "x0", stepper: dpm1("x0") }) },
  ],
  rejects: [
    {
      name: "one index late",
      because: "states are read and written with the levels of t + 1",
      plausible: true,
      methods: () => book({}, borrowed(book({ chain: late() }), "run")),
    },
    {
      name: "Euler in time",
      because: "a curved path is followed along its tangent in t; only in σ/α is that exact",
      plausible: false,
      methods: () => book({ chain: vpSde(), stepper: eulerInTime(vpSde()) }),
    },
    {
      name: "history of zeros",
      because: "without a last prediction the difference quotient is formed with 0",
      plausible: false,
      methods: () => book({ stepper: fromZero }),
    },
    {
      name: "start taken for noise",
      because: "the first call multiplies the state by √(1 + σ²)/σ, wherever the run starts",
      plausible: true,
      methods: () => book({}, asked("run", asPureNoise)),
    },
  ],
});

/** First-order sampling of a process that preserves variance. */
const preserving = (stepper: Stepper, change: Change = () => ({})): RawMethods =>
  book(
    { stepper },
    both(
      answered("facts", () => ({ scale: "vp" })),
      change,
    ),
  );

export const ddimContractionProperty: Property = property(ddimContraction, {
  accepts: [
    { name: "textbook", methods: () => preserving(ddim) },
    { name: "Euler on x/α", methods: () => preserving(eulerSigma) },
    { name: "by exponentials of log SNR", methods: () => preserving(dpm1("eps")) },
    {
      name: "by angles",
      methods: () =>
        preserving(({ x, eps, from, to }) =>
          x.map((value, j) => {
            const [a, b] = [Math.atan2(from.sigma, from.alpha), Math.atan2(to.sigma, to.alpha)];
            return (Math.cos(b) * (value - Math.sin(a) * (eps[j] ?? 0))) / Math.cos(a) + Math.sin(b) * (eps[j] ?? 0);
          }),
        ),
    },
  ],
  rejects: [
    {
      name: "one index late",
      because: "lands on the level of t + 1",
      plausible: true,
      methods: () => preserving(ddim, borrowed(book({ chain: late() }), "run")),
    },
    {
      name: "another last β",
      because: "steps by the levels of a chain that ends at β = 0.021",
      plausible: true,
      methods: () => preserving(ddim, borrowed(book({ chain: otherEnd() }), "run")),
    },
    {
      name: "noise at the end",
      because: "the last level is that of index 0, although the grid ends clean",
      plausible: false,
      methods: () => preserving((step) => ddim({ ...step, to: step.to.sigma === 0 ? discrete().levels(0) : step.to })),
    },
    {
      name: "mean of the posterior",
      because: "the mean of an ancestral step, with its noise switched off",
      plausible: false,
      methods: () => preserving((step) => ancestral({ ...step, noise: () => new Float64Array(step.x.length) })),
    },
  ],
});
