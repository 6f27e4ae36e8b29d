import { type Property, property, type RawMethods } from "#properties/engine/property";
import { straight, vpSde } from "#properties/textbook/chain";
import { endingOnMean } from "#properties/textbook/mean-end";
import { type Book, book } from "#properties/textbook/methods";
import { ancestral, ddim, runWith, type Step, type Stepper, spaced } from "#properties/textbook/sampler";
import { linearChain } from "#properties/textbook/tables";
import { type Level, posteriorOf } from "#properties/textbook/values";
import { logVarianceModes, posteriorConsistency, posteriorMoments } from "#spec/gaussian/posterior";

const claims = { posterior: true, noise: "marginal" } as const;

/** Mean and variance of a step; no noise is drawn where the variance is 0. */
type Moments = (step: Step) => { readonly c0: number; readonly ct: number; readonly variance: number };

const stepping =
  (moments: Moments): Stepper =>
  (step) => {
    const { c0, ct, variance } = moments(step);
    const mean = step.x0.map((value, j) => c0 * value + ct * (step.x[j] ?? 0));
    if (!(variance > 0)) return mean;
    const z = step.noise();
    return mean.map((value, j) => value + Math.sqrt(variance) * (z[j] ?? 0));
  };

const sampling = (stepper: Stepper, more: Book = {}): RawMethods => gridOnce(book({ chain: linearChain(), stepper, claims, ...more }));

/** The grid is asked at every step and never changes here: made when first asked. */
function gridOnce(methods: RawMethods): RawMethods {
  const answer = methods["grid"]?.({}, {}) ?? {};
  return { ...methods, grid: () => answer };
}

/** An ancestral sampler that ends on a mean, and says so. */
const onMean = (stepper: Stepper, more = {}): RawMethods => endingOnMean(stepper, { ...claims, endsOnMean: true, ...more }, linearChain());

/** The posterior's mean without its noise. */
const quietly = stepping(({ from, to }) => ({ ...posteriorOf(to, from), variance: 0 }));

/** The posterior by adding precisions, without subtracting anything. */
const byPrecision = stepping(({ from, to }) => {
  if (to.sigma === 0) return { c0: to.alpha, ct: 0, variance: 0 };
  const { step } = posteriorOf(to, from);
  const ratio = from.alpha / to.alpha;
  const variance = 1 / (1 / to.sigma ** 2 + ratio ** 2 / step);
  return { c0: (variance * to.alpha) / to.sigma ** 2, ct: (variance * ratio) / step, variance };
});

/** Ho et al.'s tables: √ᾱₛ β/(1 − ᾱₜ), √α (1 − ᾱₛ)/(1 − ᾱₜ) and β̃, with α and β of the step. */
const byBeta: Moments = ({ from, to }) => {
  const [abar, before] = [from.alpha ** 2, to.alpha ** 2];
  const alpha = abar / before;
  return {
    c0: (to.alpha * (1 - alpha)) / (1 - abar),
    ct: (Math.sqrt(alpha) * (1 - before)) / (1 - abar),
    variance: ((1 - alpha) * (1 - before)) / (1 - abar),
  };
};

/** The training index of step k on a grid of n, and the level there. */
const indexOf = (k: number, n: number): number => spaced(linearChain(), n)[k] ?? Number.NaN;
const levelOf = (index: number): Level => (index < 0 ? { alpha: 1, sigma: 0 } : linearChain().levels(index));

/** Moments of the step from t to t − 1, whatever the grid. */
const neighbour: Moments = ({ from, k, total }) => posteriorOf(levelOf(indexOf(k, total) - 1), from);

/** Moments of the step to one index short of the next point. */
const oneShort: Moments = ({ from, k, total }) => posteriorOf(levelOf(k + 1 < total ? indexOf(k + 1, total) + 1 : -1), from);

/** β of the step where its β̃ belongs; the last step stays without noise. */
const largeVariance: Moments = ({ from, to }) => {
  const moments = posteriorOf(to, from);
  return { ...moments, variance: to.sigma === 0 ? 0 : moments.step };
};

const coefficients =
  (change: (from: Level, to: Level, right: ReturnType<typeof posteriorOf>) => Partial<ReturnType<Moments>>): Moments =>
  ({ from, to }) => {
    const right = posteriorOf(to, from);
    return { ...right, ...change(from, to, right) };
  };

export const posteriorMomentsProperty: Property = property(posteriorMoments, {
  accepts: [
    { name: "textbook", methods: () => sampling(ancestral) },
    { name: "sum of precisions", methods: () => sampling(byPrecision) },
    { name: "tables of β and ᾱ", methods: () => sampling(stepping(byBeta)) },
    {
      name: "coefficients in binary32",
      methods: () =>
        sampling(
          stepping(
            coefficients((_f, _t, { c0, ct, variance }) => ({ c0: Math.fround(c0), ct: Math.fround(ct), variance: Math.fround(variance) })),
          ),
        ),
    },
    { name: "straight path", methods: () => sampling(ancestral, { chain: straight(), output: "noise-minus-data" }) },
    { name: "VP SDE", methods: () => sampling(ancestral, { chain: vpSde(), output: "v" }) },
    { name: "last noise left out, as is said", methods: () => onMean(ancestral) },
  ],
  rejects: [
    {
      name: "last noise left out, unsaid",
      because: "the last step has the posterior's mean and none of its variance",
      plausible: true,
      methods: () => onMean(ancestral, { endsOnMean: false }),
    },
    {
      name: "no noise, where the last is said to be left out",
      because: "every step leaves its noise out",
      plausible: false,
      methods: () => onMean(quietly),
    },
    {
      name: "posterior of one training step",
      because: "mean and variance of the step from t to t − 1 where the sampler jumps further",
      precedent: "DF-01",
      plausible: false,
      methods: () => sampling(stepping(neighbour)),
    },
    {
      name: "one index short",
      because: "the posterior of the step to one index above the next point",
      plausible: true,
      methods: () => sampling(stepping(oneShort)),
    },
    {
      name: "β for β̃",
      because: "the variance of the forward step where the posterior's belongs",
      plausible: true,
      methods: () => sampling(stepping(largeVariance)),
    },
    {
      name: "weights of data and state exchanged",
      because: "the coefficient of x₀ multiplies xₜ and the other way round",
      plausible: false,
      methods: () => sampling(stepping(coefficients((_f, _t, { c0, ct }) => ({ c0: ct, ct: c0 })))),
    },
    {
      name: "ratio of ᾱ without its root",
      because: "the state is weighted with ᾱₜ/ᾱₛ where √(ᾱₜ/ᾱₛ) belongs",
      plausible: false,
      methods: () => sampling(stepping(coefficients((from, to, { ct }) => ({ ct: (ct * from.alpha) / to.alpha })))),
    },
    {
      name: "β̃ as a standard deviation",
      because: "noise is scaled by β̃ where its root belongs",
      plausible: true,
      methods: () => sampling(stepping(coefficients((_f, _t, { variance }) => ({ variance: variance ** 2 })))),
    },
  ],
});

export const posteriorConsistencyProperty: Property = property(posteriorConsistency, {
  accepts: [
    { name: "textbook", methods: () => sampling(ancestral) },
    { name: "sum of precisions", methods: () => sampling(byPrecision) },
    {
      name: "variance in binary32",
      methods: () => sampling(stepping(coefficients((_f, _t, { variance }) => ({ variance: Math.fround(variance) })))),
    },
    { name: "straight path", methods: () => sampling(ancestral, { chain: straight(), output: "noise-minus-data" }) },
    { name: "last noise left out, as is said", methods: () => onMean(ancestral) },
  ],
  rejects: [
    {
      name: "posterior of one training step",
      because: "pushes the state to t − 1 and calls it the next point of the grid",
      precedent: "DF-01",
      plausible: false,
      methods: () => sampling(stepping(neighbour)),
    },
    {
      name: "one index short",
      because: "returns the marginal of one index above the next point",
      plausible: true,
      methods: () => sampling(stepping(oneShort)),
    },
    {
      name: "noise twice over",
      because: "β̃ is added to a deterministic step that already has all noise of the next level",
      plausible: false,
      methods: () => sampling((step) => withNoise(step, ddim(step), posteriorOf(step.to, step.from).variance)),
    },
    {
      name: "β for β̃",
      because: "the variance of the forward step widens the marginal",
      plausible: true,
      methods: () => sampling(stepping(largeVariance)),
    },
    {
      name: "no noise at all",
      because: "the posterior mean alone: the marginal shrinks",
      plausible: false,
      methods: () => sampling(stepping(coefficients(() => ({ variance: 0 })))),
    },
  ],
});

function withNoise({ noise }: Step, mean: Float64Array, variance: number): Float64Array {
  if (!(variance > 0)) return mean;
  const z = noise();
  return mean.map((value, j) => value + Math.sqrt(variance) * (z[j] ?? 0));
}

/** An ancestral sampler whose variance depends on β of the step, β̃ and what the model predicts. */
function choosing(
  noise: string,
  variance: (large: number, small: number, predicted: number, step: Step) => number,
  steps = 10,
): RawMethods {
  const times = spaced(linearChain(), steps);
  const methods = book({ chain: linearChain(), steps, claims: { posterior: true, noise } }, () => ({
    run: (args) => {
      const predicted = typeof args["variance"] === "number" ? args["variance"] : Number.NaN;
      const stepper = stepping((step) => {
        const { c0, ct, step: large, variance: small } = posteriorOf(step.to, step.from);
        return { c0, ct, variance: step.to.sigma === 0 ? 0 : variance(large, small, predicted, step) };
      });
      return runWith(linearChain(), times, stepper, args);
    },
  }));
  return gridOnce(methods);
}

const share = (o: number): number => (o + 1) / 2;
const between = (large: number, small: number, w: number): number => Math.exp(w * Math.log(large) + (1 - w) * Math.log(small));

/** β of the single training step at the time of a step. */
const trained = ({ k, total }: Step): number => linearChain().betas?.[indexOf(k, total)] ?? Number.NaN;

export const logVarianceModesProperty: Property = property(logVarianceModes, {
  accepts: [
    { name: "learned range", methods: () => choosing("log-range", (large, small, o) => between(large, small, share(o))) },
    {
      name: "learned range by powers",
      methods: () => choosing("log-range", (large, small, o) => large ** share(o) * small ** (1 - share(o))),
    },
    { name: "small", methods: () => choosing("marginal", (_, small) => small) },
    { name: "small by its logarithm", methods: () => choosing("marginal", (_, small) => Math.exp(0.5 * Math.log(small)) ** 2) },
    { name: "large in binary32", methods: () => choosing("large", (large) => Math.fround(large)) },
    { name: "learned variance", methods: () => choosing("learned", (_l, _s, o) => o) },
  ],
  rejects: [
    {
      name: "variances interpolated",
      because: "w β + (1 − w) β̃ where their logarithms are interpolated",
      precedent: "DF-02",
      plausible: true,
      methods: () => choosing("log-range", (large, small, o) => share(o) * large + (1 - share(o)) * small),
    },
    {
      name: "output as share",
      because: "o ∈ [−1, 1] is taken for the share w",
      plausible: true,
      methods: () => choosing("log-range", (large, small, o) => between(large, small, o)),
    },
    {
      name: "ends exchanged",
      because: "the share weights log β̃ where it weights log β",
      plausible: true,
      methods: () => choosing("log-range", (large, small, o) => between(small, large, share(o))),
    },
    {
      name: "β of a training step",
      because: "interpolates towards βₜ of the training chain although the step is longer",
      precedent: "DF-01",
      plausible: false,
      methods: () => choosing("log-range", (_, small, o, step) => between(trained(step), small, share(o))),
    },
    {
      name: "logarithm not halved",
      because: "exp(log ς²) where exp(½ log ς²) is the standard deviation",
      plausible: true,
      methods: () => choosing("log-range", (large, small, o) => between(large, small, share(o)) ** 2),
    },
    {
      name: "small under the name of large",
      because: "β̃ where the option promises β",
      plausible: false,
      methods: () => choosing("large", (_, small) => small),
    },
    {
      name: "learned variance as its logarithm",
      because: "the predicted variance is exponentiated as if it were a logarithm",
      plausible: false,
      methods: () => choosing("learned", (_l, _s, o) => Math.exp(o)),
    },
  ],
});
