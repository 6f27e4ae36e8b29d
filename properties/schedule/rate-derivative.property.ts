import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, levelsAt, straight, veSde, vpSde } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { linearChain, logSnr, logSnrFrom, table } from "#properties/textbook/tables";
import { data } from "#properties/textbook/values";
import { elementwise } from "#properties/textbook/wrong";
import { inverseInverts, rateDerivative } from "#spec/schedule/rate-derivative";
import { tensor, vector } from "#spec/tensor";

type Rates = NonNullable<Chain["rates"]>;

/** The VP SDE with rates of its own; ∫β and the amplitude are handed along. */
function rated(rates: (t: number, alpha: number, sigma: number) => ReturnType<Rates>): RawMethods {
  const right = vpSde();
  return book({
    chain: {
      ...right,
      rates: (t) => {
        const { alpha, sigma } = right.levels(t);
        return rates(t, alpha, sigma);
      },
    },
  });
}

const beta = (t: number): number => 0.1 + 19.9 * t;

/** Rates of α = e^{−B/2} and σ = √(1 − e^{−B}) from B′. */
const fromBeta = (b: number, alpha: number, sigma: number): ReturnType<Rates> => ({
  alphaRate: (-b / 2) * alpha,
  sigmaRate: (b * alpha ** 2) / (2 * sigma),
});

/** Difference quotients of the levels at two offsets from a time. */
function quotient(chain: Chain, t: number, before: number, after: number): ReturnType<Rates> {
  const [a, b] = [chain.levels(t - before), chain.levels(t + after)];
  return { alphaRate: (b.alpha - a.alpha) / (before + after), sigmaRate: (b.sigma - a.sigma) / (before + after) };
}

/** Data at the end of time, as flow matching counts. */
function backwards(): Chain {
  return {
    ...straight(),
    time: { kind: "interval", first: 0, last: 1, clean: "last" },
    levels: (t) => ({ alpha: t, sigma: 1 - t }),
    rates: () => ({ alphaRate: 1, sigmaRate: -1 }),
  };
}

export const rateDerivativeProperty: Property = property(rateDerivative, {
  accepts: [
    { name: "VP SDE", methods: () => book({ chain: vpSde() }) },
    { name: "through log amplitude", methods: () => rated((t, alpha, sigma) => fromBeta(-2 * (-0.05 - 9.95 * t), alpha, sigma)) },
    { name: "central differences", methods: () => rated((t) => quotient(vpSde(), t, 1e-5, 1e-5)) },
    { name: "exploding variance", methods: () => book({ chain: veSde() }) },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    { name: "data at the end of time", methods: () => book({ chain: backwards() }) },
  ],
  rejects: [
    {
      name: "slope of β",
      because: "β_min + β_max·t where the slope is β_max − β_min",
      plausible: true,
      methods: () => rated((t, alpha, sigma) => fromBeta(0.1 + 20 * t, alpha, sigma)),
    },
    {
      name: "forward difference",
      because: "the difference to the next of a thousand steps, which is the rate half a step later",
      plausible: true,
      methods: () => rated((t) => quotient(vpSde(), t, 0, 1e-3)),
    },
    {
      name: "β_min forgotten",
      because: "the constant part of β is left out of its rate",
      plausible: true,
      methods: () => rated((t, alpha, sigma) => fromBeta(19.9 * t, alpha, sigma)),
    },
    {
      name: "no half",
      because: "β where β/2 is the rate of log α",
      plausible: false,
      methods: () => rated((t, alpha, sigma) => ({ ...fromBeta(beta(t), alpha, sigma), alphaRate: -beta(t) * alpha })),
    },
    {
      name: "rate of the variance",
      because: "dσ²/dt where dσ/dt belongs",
      plausible: false,
      methods: () => rated((t, alpha, sigma) => ({ ...fromBeta(beta(t), alpha, sigma), sigmaRate: beta(t) * alpha ** 2 })),
    },
    {
      name: "rate of the logarithm",
      because: "d log α/dt where dα/dt belongs",
      plausible: false,
      methods: () => rated((t, alpha, sigma) => ({ ...fromBeta(beta(t), alpha, sigma), alphaRate: -beta(t) / 2 })),
    },
  ],
});

/** k-diffusion's view of a chain: times are real numbers, log σ is interpolated between training indices. */
function interpolated(): Chain {
  const discrete = linearChain();
  return {
    ...discrete,
    time: { kind: "interval", first: 0, last: 999, clean: "first" },
    levels: (t) => {
      const low = Math.min(Math.floor(t), 998);
      const w = t - low;
      const log = ((1 - w) * logSnr(discrete.levels(low)) + w * logSnr(discrete.levels(low + 1))) / -2;
      return { alpha: 1 / Math.sqrt(1 + Math.exp(2 * log)), sigma: 1 / Math.sqrt(1 + Math.exp(-2 * log)) };
    },
  };
}

/** An inverse of its own making, from σ/α. */
function inverting(chain: Chain, time: (ratio: number) => number): RawMethods {
  return book({ chain }, () => ({
    inverse: (args) => ({ t: tensor(vector(args, "values").map((value) => time(Math.exp(-logSnrFrom(String(args["kind"]), value) / 2)))) }),
  }));
}

/** Training levels σ/α, made when first needed. */
function ladder(): Float64Array {
  const { alpha, sigma } = levelsAt(
    linearChain(),
    table(1000, (k) => k),
  );
  return sigma.map((s, k) => s / (alpha[k] ?? 1));
}

/** Indices on either side of a level. */
function bracket(levels: Float64Array, ratio: number): readonly [number, number] {
  const above = levels.findIndex((level) => level >= ratio);
  const high = above < 1 ? (above < 0 ? levels.length - 1 : 1) : above;
  return [high - 1, high];
}

/** The two nearest levels, wherever they lie. */
function nearest(levels: Float64Array, ratio: number): readonly [number, number] {
  const [low, high] = bracket(levels, ratio);
  const distance = (k: number): number => Math.abs((levels[k] ?? Number.POSITIVE_INFINITY) - ratio);
  const [first = 0, second = 0] = [low - 1, low, high, high + 1].sort((a, b) => distance(a) - distance(b));
  return first < second ? [first, second] : [second, first];
}

/** Between two indices on a line in f(σ/α), never beyond them. */
function onLine(levels: Float64Array, [low, high]: readonly [number, number], ratio: number, f: (x: number) => number): number {
  const [a, b] = [f(levels[low] ?? Number.NaN), f(levels[high] ?? Number.NaN)];
  return low + Math.min(Math.max((f(ratio) - a) / (b - a), 0), 1) * (high - low);
}

const searching = (time: (levels: Float64Array, ratio: number) => number): RawMethods => {
  const levels = ladder();
  return inverting(interpolated(), (ratio) => time(levels, ratio));
};

/** DPM-Solver's closed form for the VP SDE: the root of B(t) = log(1 + σ²/α²), without cancellation. */
const vpTime = (ratio: number): number => {
  const total = Math.log1p(ratio ** 2);
  return (2 * total) / (0.1 + Math.sqrt(0.01 + 2 * 19.9 * total));
};

export const inverseInvertsProperty: Property = property(inverseInverts, {
  accepts: [
    { name: "halving on the interpolated chain", methods: () => book({ chain: interpolated() }) },
    { name: "bracket in log σ", methods: () => searching((levels, ratio) => onLine(levels, bracket(levels, ratio), ratio, Math.log)) },
    { name: "training indices", methods: () => book({ chain: linearChain() }) },
    { name: "closed form of the VP SDE", methods: () => inverting(vpSde(), vpTime) },
    { name: "closed form of the straight path", methods: () => inverting(straight(), (ratio) => ratio / (1 + ratio)) },
    { name: "data at the end of time", methods: () => book({ chain: backwards() }) },
  ],
  rejects: [
    {
      name: "two nearest levels",
      because: "a line in σ between the two nearest levels, which need not lie on either side",
      precedent: "KD-01",
      plausible: true,
      methods: () => searching((levels, ratio) => onLine(levels, nearest(levels, ratio), ratio, (x) => x)),
    },
    {
      name: "line in σ",
      because: "interpolates σ where its logarithm is interpolated on the way there",
      plausible: true,
      methods: () => searching((levels, ratio) => onLine(levels, bracket(levels, ratio), ratio, (x) => x)),
    },
    {
      name: "nearest index",
      because: "the time is rounded to a training index",
      plausible: true,
      methods: () => searching((levels, ratio) => Math.round(onLine(levels, bracket(levels, ratio), ratio, Math.log))),
    },
    {
      name: "one index late",
      because: "counts training times from 1",
      plausible: true,
      methods: () =>
        book(
          { chain: interpolated() },
          elementwise("inverse", "t", (t) => t + 1),
        ),
    },
    {
      name: "half log SNR",
      because: "log(α²/σ²) is taken for log(α/σ)",
      plausible: false,
      methods: () => book({ chain: interpolated() }, halved),
    },
    {
      name: "amplitude for ratio",
      because: "the level σ/α is looked up as if it were the amplitude σ",
      plausible: false,
      methods: () => searching((levels, ratio) => onLine(levels, bracket(levels, asAmplitude(ratio)), asAmplitude(ratio), Math.log)),
    },
  ],
});

/** σ/α of the level whose σ is the given number, as far as there is one. */
const asAmplitude = (sigma: number): number => Math.tan(Math.asin(Math.min(sigma, 0.9999)));

/** Reads values as half log SNR. */
function halved(right: RawMethods): RawMethods {
  const { inverse } = right;
  if (inverse === undefined) return {};
  return {
    inverse: (args, config) =>
      inverse(
        { ...args, values: tensor(data(args["values"]).map((value) => (args["kind"] === "sigma" ? Math.sqrt(value) : 2 * value))) },
        config,
      ),
  };
}
