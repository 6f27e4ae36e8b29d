import { type Property, property, type RawMethods } from "#properties/engine/property";
import { book } from "#properties/textbook/methods";
import { timeShift } from "#spec/schedule/time-shift";
import { number, tensor, vector } from "#spec/tensor";

/** A shift of its own making, level by level. */
const shifting =
  (f: (s: number, x: number) => number): (() => RawMethods) =>
  () =>
    book({}, () => ({
      shift: (args) => {
        const s = number(args, "strength");
        return { value: tensor(vector(args, "values").map((x) => f(s, x))) };
      },
    }));

const right = (s: number, x: number): number => (s * x) / (1 + (s - 1) * x);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export const timeShiftProperty: Property = property(timeShift, {
  accepts: [
    { name: "textbook", methods: () => book() },
    { name: "with 1/x", methods: shifting((s, x) => s / (s + (1 / x - 1))) },
    { name: "logit plus log s", methods: shifting((s, x) => (x === 1 ? 1 : sigmoid(Math.log(x) - Math.log1p(-x) + Math.log(s)))) },
    {
      name: "levels in binary32",
      methods: shifting((s, x) => Math.fround(Math.fround(s * x) / Math.fround(1 + Math.fround((s - 1) * x)))),
    },
  ],
  rejects: [
    {
      name: "times rounded to a thousandth",
      because: "levels become whole training times on the way",
      plausible: true,
      methods: shifting((s, x) => Math.round(1000 * right(s, x)) / 1000),
    },
    {
      name: "levels of training indices",
      because: "1 + 999x thousandths where x thousandths of a thousand are meant: the clean end lies at 1/1000",
      plausible: true,
      methods: shifting((s, x) => right(s, (1 + 999 * x) / 1000)),
    },
    {
      name: "stretched to a terminal level",
      because: "the shifted levels are stretched so that the cleanest lies at 0.02",
      plausible: true,
      methods: shifting((s, x) => 1 - 0.98 * (1 - right(s, x))),
    },
    {
      name: "no shift",
      because: "the strength is ignored: the shift goes to the other of two models",
      precedent: "MX-01",
      plausible: false,
      methods: shifting((_, x) => x),
    },
    { name: "towards data", because: "1/s in place of s", plausible: false, methods: shifting((s, x) => right(1 / s, x)) },
    {
      name: "strength as logarithm",
      because: "s is read as μ = log s, as the exponential form wants it",
      plausible: false,
      methods: shifting((s, x) => right(Math.exp(s), x)),
    },
    {
      name: "s for s − 1",
      because: "sx/(1 + sx): the noisiest level is no longer kept",
      plausible: false,
      methods: shifting((s, x) => (s * x) / (1 + s * x)),
    },
  ],
});
