import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, cumulative, discrete, linearBetas, straight, veSde, vpSde } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import {
  cosineChain,
  linearChain,
  logSnr,
  published,
  scaledLinearBetas,
  squaredCosine,
  table,
  tablesOf,
} from "#properties/textbook/tables";
import { data, type Level } from "#properties/textbook/values";
import { answered } from "#properties/textbook/wrong";
import { snrDecreases, snrReported, tablesAgree } from "#spec/schedule/snr";
import { tensor } from "#spec/tensor";

const fromAbar = (abar: number): Level => ({ alpha: Math.sqrt(abar), sigma: Math.sqrt(1 - abar) });

const fromAmplitude = (alpha: number): Level => ({ alpha, sigma: Math.sqrt(1 - alpha ** 2) });

/** A chain whose levels are changed where they are asked. */
const levelled = (chain: Chain, level: (t: number, right: Level) => Level): RawMethods =>
  book({ chain: { ...chain, levels: (t) => level(t, chain.levels(t)) } });

export const snrDecreasesProperty: Property = property(snrDecreases, {
  accepts: [
    { name: "cosine", methods: () => book({ chain: cosineChain() }) },
    { name: "linear", methods: () => book({ chain: linearChain() }) },
    {
      name: "amplitudes in binary32",
      methods: () => levelled(cosineChain(), (_, { alpha, sigma }) => ({ alpha: Math.fround(alpha), sigma: Math.fround(sigma) })),
    },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    { name: "exploding variance", methods: () => book({ chain: veSde() }) },
    { name: "constant stretch", methods: () => levelled(cosineChain(), (t, right) => (t < 500 ? right : cosineChainAt(500))) },
  ],
  rejects: [
    {
      name: "offset not divided out",
      because: "cos((t + s)·π/2) passes its zero before the last index and rises again",
      plausible: true,
      methods: () => levelled(cosineChain(), (t) => fromAbar(Math.cos((((t + 1) / 1000 + 0.008) * Math.PI) / 2) ** 2)),
    },
    {
      name: "floor at the last index",
      because: "only the last ᾱ is kept from falling below 10⁻⁴",
      plausible: true,
      methods: () => levelled(cosineChain(), (t, right) => (t === 999 ? fromAbar(1e-4) : right)),
    },
    {
      name: "last level of another chain",
      because: "the last ᾱ is that of the scaled-linear chain from 8.5e-4 to 0.012, which ends less noisy",
      plausible: true,
      methods: () => endingLike(discrete(scaledLinearBetas(1000, 8.5e-4, 0.012))),
    },
    {
      name: "logarithm of σ",
      because: "the table of an exploding chain holds log σ, whose size falls before it rises",
      precedent: "JX-01",
      plausible: false,
      methods: () => levelled(veSde(), (_, { sigma }) => ({ alpha: 1, sigma: Math.log(sigma) })),
    },
    {
      name: "end value subtracted twice",
      because: "√ᾱ is moved by twice its last value: the signal comes back with the other sign",
      plausible: false,
      methods: () => levelled(linearChain(), (_, { alpha }) => fromAmplitude(alpha - 2 * linearChain().levels(999).alpha)),
    },
    {
      name: "first index wraps around",
      because: "the table is read at t − 1, and index −1 is the noisiest entry",
      plausible: false,
      methods: () => levelled(cosineChain(), (t, right) => (t === 0 ? fromAbar(0) : right)),
    },
    {
      name: "levels of the reversed table",
      because: "the table runs from noise to data although index 0 is declared clean",
      plausible: false,
      methods: () => levelled(cosineChain(), (_, { alpha, sigma }) => ({ alpha: sigma, sigma: alpha })),
    },
  ],
});

/** The cosine's level at an index, without its β. */
const cosineChainAt = (t: number): Level => fromAbar(squaredCosine((t + 1) / 1000) / squaredCosine(0));

function endingLike(other: Chain): RawMethods {
  return levelled(cosineChain(), (t, right) => (t === 999 ? other.levels(t) : right));
}

const shortBetas = (): Float64Array => linearBetas(100);

/** A schedule that publishes tables: those of a chain, some of them changed. */
const telling =
  (
    change: (right: Record<string, Float64Array>) => Record<string, Float64Array>,
    betas: () => Float64Array = shortBetas,
  ): (() => RawMethods) =>
  () => {
    const right = tablesOf(betas());
    const answer = published({ ...right, ...change(right) });
    return book({}, () => ({ tables: () => answer }));
  };

/** One index behind, with `first` before it. */
const behind = (values: Float64Array, first: number): Float64Array => Float64Array.of(first, ...values.slice(0, -1));
const at = (values: Float64Array | undefined, k: number): number => values?.[k] ?? Number.NaN;

export const tablesAgreeProperty: Property = property(tablesAgree, {
  accepts: [
    { name: "textbook", methods: telling(() => ({})) },
    { name: "sums of logarithms", methods: telling(() => ({ abar: runningSum(shortBetas().map((b) => Math.log1p(-b))).map(Math.exp) })) },
    {
      name: "tables in binary32",
      methods: telling((right) => Object.fromEntries(Object.entries(right).map(([name, values]) => [name, values.map(Math.fround)]))),
    },
    { name: "no more than ᾱ and β", methods: () => book() },
    {
      name: "scaled linear",
      methods: telling(
        () => ({}),
        () => scaledLinearBetas(100),
      ),
    },
  ],
  rejects: [
    {
      name: "ᾱ one index behind",
      because: "index t holds ᾱ of t − 1, as posterior tables do",
      plausible: true,
      methods: telling(({ abar = shortBetas() }) => ({ abar: behind(abar, 1) })),
    },
    {
      name: "α with its root",
      because: "√(1 − β) where the table of α holds 1 − β",
      plausible: true,
      methods: telling(({ alpha = shortBetas() }) => ({ alpha: alpha.map(Math.sqrt) })),
    },
    {
      name: "last ᾱ patched",
      because: "the last ᾱ is set to 2⁻²⁴ and its β is not",
      plausible: true,
      methods: telling(({ abar = shortBetas() }) => ({ abar: abar.map((a, k) => (k === 99 ? 2 ** -24 : a)) })),
    },
    {
      name: "σ of β",
      because: "√β, the noise of one step, where √(1 − ᾱ) belongs",
      plausible: false,
      methods: telling(({ beta = shortBetas() }) => ({ sigma_amplitude: beta.map(Math.sqrt) })),
    },
    {
      name: "log SNR for its half",
      because: "log(α²/σ²) under the name of log(α/σ)",
      plausible: false,
      methods: telling(({ half_log_snr = shortBetas() }) => ({ half_log_snr: half_log_snr.map((x) => 2 * x) })),
    },
    {
      name: "product of β",
      because: "the running product of β where that of 1 − β belongs",
      plausible: false,
      methods: telling(({ beta = shortBetas() }) => ({ abar: cumulative(beta.map((b) => 1 - b)) })),
    },
  ],
});

function runningSum(values: Float64Array): Float64Array {
  let sum = 0;
  return values.map((x) => {
    sum += x;
    return sum;
  });
}

/** A schedule that reports a ratio of its own making. */
const reporting =
  (chain: () => Chain, snr: (t: number, level: Level) => number): (() => RawMethods) =>
  () => {
    const right = chain();
    return book({ chain: right }, () => ({ snr: ({ t }) => ({ value: tensor(data(t).map((time) => snr(time, right.levels(time)))) }) }));
  };

export const snrReportedProperty: Property = property(snrReported, {
  accepts: [
    { name: "textbook", methods: () => book({ chain: linearChain() }) },
    { name: "exponential of log SNR", methods: reporting(linearChain, (_, level) => Math.exp(logSnr(level))) },
    { name: "ᾱ over its complement", methods: reporting(linearChain, (_, { alpha }) => 1 / (1 / alpha ** 2 - 1)) },
    {
      name: "ratio in binary32",
      methods: reporting(linearChain, (_, { alpha, sigma }) => Math.fround(Math.fround(alpha ** 2) / Math.fround(sigma ** 2))),
    },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    { name: "VP SDE", methods: () => book({ chain: vpSde() }) },
  ],
  rejects: [
    {
      name: "one index late",
      because: "the ratio of t + 1",
      plausible: true,
      methods: reporting(linearChain, (t) => Math.exp(logSnr(linearChain().levels(t + 1)))),
    },
    {
      name: "exponential of the sum of β",
      because: "ᾱ = exp(−Σβ) where the chain multiplies 1 − β",
      plausible: true,
      methods: () => {
        const total = runningSum(linearBetas());
        return reporting(linearChain, (t) => 1 / Math.expm1(at(total, t)))();
      },
    },
    {
      name: "T intervals",
      because: "the ratio of a chain whose ramp of β stops one step short of its end",
      plausible: true,
      methods: () => reporting(linearChain, (t) => Math.exp(logSnr(shortChain().levels(t))))(),
    },
    {
      name: "amplitude ratio",
      because: "α/σ where its square belongs",
      plausible: false,
      methods: reporting(linearChain, (_, { alpha, sigma }) => alpha / sigma),
    },
    {
      name: "signal alone",
      because: "ᾱ, not divided by 1 − ᾱ",
      plausible: false,
      methods: reporting(linearChain, (_, { alpha }) => alpha ** 2),
    },
    {
      name: "logarithm of σ",
      because: "the levels of an exploding chain hold log σ, the ratio holds σ",
      precedent: "JX-01",
      plausible: false,
      methods: () => {
        const right = veSde();
        return book(
          { chain: right },
          answered("levels", (_, args) => ({ sigma: tensor(data(args["t"]).map((t) => Math.log(right.levels(t).sigma))) })),
        );
      },
    },
  ],
});

let short: Chain | undefined;

/** The linear chain with β from a ramp divided by T. */
function shortChain(): Chain {
  short ??= discrete(table(1000, (k) => 1e-4 + (0.0199 * k) / 1000));
  return short;
}
