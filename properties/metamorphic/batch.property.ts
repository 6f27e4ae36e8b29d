import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, discrete, straight, vpSde } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { data, type Level, perSample } from "#properties/textbook/values";
import type { Arithmetic } from "#spec/ask";
import { batchIsStack } from "#spec/metamorphic/batch";
import { dtypeBound } from "#spec/metamorphic/dtype";
import { argumentsUnchanged } from "#spec/metamorphic/purity";
import { bfloat16, binary16, binary32, binary64, type Format } from "#spec/number/format";
import { uniforms } from "#spec/stream";
import { type Dtype, type Fields, tensor } from "#spec/tensor";

/** What one call of a forward process is given: samples one after the other, and their times. */
interface Batch {
  readonly x: Float64Array;
  readonly e: Float64Array;
  readonly times: Float64Array;
}

type Levels = (time: number) => Level;
type Noising = (batch: Batch) => Float64Array;

/** A forward process as a function of the whole batch. */
function noising(make: (levels: Levels) => Noising, chain: Chain = discrete(), unchanged = true): RawMethods {
  const noised = make(chain.levels);
  return book({ chain }, () => ({
    sample: ({ x0, noise, t }) => ({ xt: tensor(noised({ x: data(x0), e: data(noise), times: data(t) })), unchanged }),
  }));
}

const plainly =
  (levels: Levels): Noising =>
  ({ x, e, times }) =>
    perSample(x, times, (value, k, time) => levels(time).alpha * value + levels(time).sigma * (e[k] ?? 0));

/** The levels as a table in another format has them. */
const stored =
  (levels: Levels, { round }: Format): Levels =>
  (time) => ({ alpha: round(levels(time).alpha), sigma: round(levels(time).sigma) });

export const batchIsStackProperty: Property = property(batchIsStack, {
  accepts: [
    { name: "textbook", methods: () => book() },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    {
      name: "products contracted lane by lane",
      methods: () =>
        noising(
          (levels) =>
            ({ x, e, times }) =>
              perSample(x, times, (value, k, time) => {
                const [a, s] = [levels(time).alpha * value, levels(time).sigma * (e[k] ?? 0)];
                // Every other lane of a batch rounds the other product first.
                return times.length > 1 && k % 2 === 1 ? Math.fround(a + Math.fround(s)) : Math.fround(Math.fround(a) + s);
              }),
        ),
    },
  ],
  rejects: [
    {
      name: "one time for all",
      because: "the whole batch is noised to the level of its first sample",
      precedent: "DF-14",
      plausible: false,
      methods: () => noising((levels) => (batch) => plainly(levels)({ ...batch, times: batch.times.slice(0, 1) })),
    },
    {
      name: "noise of the first sample",
      because: "one draw of noise is broadcast over the batch",
      plausible: false,
      methods: () =>
        noising(
          (levels) => (batch) =>
            plainly(levels)({ ...batch, e: batch.x.map((_, k) => batch.e[k % (batch.x.length / batch.times.length)] ?? 0) }),
        ),
    },
    {
      name: "times in the data's precision",
      because: "the times of a batch are stored with the data, in bfloat16, and come back as neighbouring indices",
      plausible: true,
      methods: () =>
        noising(
          (levels) => (batch) =>
            plainly(levels)(
              batch.times.length === 1 ? batch : { ...batch, times: batch.times.map((t) => Math.min(bfloat16.round(t), 999)) },
            ),
        ),
    },
    {
      name: "half a table",
      because: "levels of a batch are gathered from a table in binary16, those of one sample are computed",
      plausible: true,
      methods: () => noising((levels) => (batch) => plainly(batch.times.length === 1 ? levels : stored(levels, binary16))(batch)),
    },
    {
      name: "standardised noise",
      because: "the noise is divided by its root mean square over all that is noised together",
      plausible: false,
      methods: () => noising((levels) => (batch) => plainly(levels)({ ...batch, e: standardised(batch.e) })),
    },
  ],
});

function standardised(e: Float64Array): Float64Array {
  const size = Math.hypot(...e) / Math.sqrt(e.length);
  return size === 0 ? e : e.map((value) => value / size);
}

const formats: Readonly<Partial<Record<Dtype, Format>>> = { f16: binary16, bf16: bfloat16, f32: binary32, f64: binary64 };
const dtypes: readonly Dtype[] = ["f16", "bf16", "f32", "f64"];

/** One coordinate in a format. */
type Lane = (x: number, e: number, level: Level, format: Format) => number;

/** Every operation rounded to the format. */
const rounded: Lane = (x, e, { alpha, sigma }, { round }) => round(round(round(alpha) * x) + round(round(sigma) * e));

interface Typed {
  readonly lane?: Lane;
  /** The element type of the answer. */
  readonly answered?: (asked: Dtype) => Dtype;
  readonly chain?: Chain;
}

/** A forward process that computes in the format it is asked in. */
function typed({ lane = rounded, answered = (asked) => asked, chain = discrete() }: Typed = {}): RawMethods {
  const sample = ({ x0, noise, t }: Fields, _: Fields, arithmetic: Arithmetic = "f64"): Fields => {
    const e = data(noise);
    const asked = dtypes.find((dtype) => dtype === arithmetic) ?? "f64";
    const format = formats[asked] ?? binary64;
    const xt = perSample(data(x0), data(t), (x, k, time) => lane(x, e[k] ?? 0, chain.levels(time), format));
    return { xt: tensor(xt, [xt.length], answered(asked)), unchanged: true };
  };
  return book({ chain }, () => ({ sample }));
}

export const dtypeBoundProperty: Property = property(dtypeBound, {
  accepts: [
    { name: "every operation rounded", methods: () => typed() },
    {
      name: "computed in double, rounded at the end",
      methods: () => typed({ lane: (x, e, { alpha, sigma }, { round }) => round(alpha * x + sigma * e) }),
    },
    {
      name: "one product not rounded",
      methods: () => typed({ lane: (x, e, { alpha, sigma }, { round }) => round(round(alpha) * x + round(round(sigma) * e)) }),
    },
    { name: "continuous time", methods: () => typed({ chain: vpSde() }) },
  ],
  rejects: [
    {
      name: "guarded in half precision",
      because: "σ is kept above 1/64 for samples in half precision, against underflow",
      plausible: true,
      methods: () =>
        typed({
          lane: (x, e, level, format) =>
            rounded(x, e, format.precision < 24 ? { ...level, sigma: Math.max(level.sigma, 1 / 64) } : level, format),
        }),
    },
    {
      name: "levels by a product in the samples' precision",
      because: "ᾱ is multiplied up from β in the element type, a rounding for each of a thousand steps",
      plausible: false,
      methods: () =>
        typed({
          lane: (x, e, { alpha }, format) => {
            const [steps, factor] = [1000, format.round(alpha ** (2 / 1000))];
            let abar = 1;
            for (let k = 0; k < steps; k++) abar = format.round(abar * factor);
            return rounded(x, e, { alpha: Math.sqrt(abar), sigma: Math.sqrt(Math.max(1 - abar, 0)) }, format);
          },
        }),
    },
    {
      name: "1 − ᾱ after rounding",
      because: "ᾱ is cast to the samples' element type before 1 − ᾱ is formed, which cancels near clean data",
      plausible: true,
      methods: () =>
        typed({
          lane: (x, e, { alpha }, format) => {
            const abar = format.round(alpha ** 2);
            return rounded(x, e, { alpha: Math.sqrt(abar), sigma: Math.sqrt(format.round(1 - abar)) }, format);
          },
        }),
    },
    {
      name: "binary32 whatever is given",
      because: "half-precision samples come back in binary32",
      plausible: true,
      methods: () => typed({ lane: (x, e, level) => rounded(x, e, level, binary32), answered: () => "f32" }),
    },
  ],
});

/** A call counter: what an object that is not a function of its arguments remembers. */
const counting = (made: (call: number, levels: Levels) => Noising): RawMethods => {
  let call = 0;
  return noising((levels) => (batch) => made(call++, levels)(batch));
};

/** Writes its answer over the data it was given. */
function inPlace(): RawMethods {
  const now = new WeakMap<Float64Array, Float64Array>();
  return noising(
    (levels) => (batch) => {
      const made = plainly(levels)({ ...batch, x: now.get(batch.x) ?? batch.x });
      now.set(batch.x, made);
      return made;
    },
    discrete(),
    false,
  );
}

export const argumentsUnchangedProperty: Property = property(argumentsUnchanged, {
  accepts: [
    { name: "textbook", methods: () => book() },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    { name: "amplitudes in binary32", methods: () => noising((levels) => plainly(stored(levels, binary32))) },
  ],
  rejects: [
    { name: "in place", because: "x₀ is scaled and added to where it stands", plausible: false, methods: inPlace },
    {
      name: "argument as buffer",
      because: "the noise argument holds its product with σ afterwards; the answer is right",
      plausible: false,
      methods: () => noising(plainly, discrete(), false),
    },
    {
      name: "dither of a global generator",
      because: "noise of one grey level of 256 is added from a generator that nobody passed in",
      plausible: true,
      methods: () =>
        counting(
          (call, levels) => (batch) =>
            plainly(levels)({ ...batch, x: batch.x.map((x, k) => x + ((uniforms(7, call, k + 1)[k] ?? 0) - 0.5) / 128) }),
        ),
    },
    {
      name: "half-precision cache",
      because: "levels are kept in binary16 once they were computed, and the next call reads those",
      plausible: true,
      methods: () => counting((call, levels) => plainly(call % 2 === 0 ? levels : stored(levels, binary16))),
    },
    {
      name: "times used up",
      because: "each call moves the place in the table on by one",
      plausible: true,
      methods: () => counting((call, levels) => plainly((time) => levels(Math.max(time - (call % 2), 0)))),
    },
  ],
});
