import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook, streamOf } from "#properties/textbook/discrete";
import { logLinearClock } from "#properties/textbook/families";
import { absorbingProcess, linearClock, type Process, type ReadableClock } from "#properties/textbook/process";
import { hittingTimes } from "#spec/ctmc/masked";
import { uniforms } from "#spec/stream";
import { type Fields, number, tensor } from "#spec/tensor";

/** Where 1 − a of a clock is `gone`. */
const timeOf = (clock: ReadableClock, gone: number): number => Math.min(Math.max(clock.when(-Math.log1p(-gone)), 0), 1);

interface Hitting {
  readonly clock?: ReadableClock;
  readonly process?: (clock: ReadableClock) => Process;
  /** 1 − a of the next time from that of the last, a number in (0, 1) and how many are masked. */
  readonly next?: (gone: number, u: number, masked: number) => number;
  readonly inverse?: (clock: ReadableClock, gone: number) => number;
  /** How many are counted as masked after k have appeared. */
  readonly left?: (masked: number, k: number) => number;
  readonly offers?: readonly ("hittingtime" | "hittings")[];
}

const root = (gone: number, u: number, masked: number): number => gone * u ** (1 / masked);

/** Times stated and drawn by one rule. */
function hitting({
  clock = linearClock(),
  process = (own) => absorbingProcess(5, 2, own),
  next = root,
  inverse = timeOf,
  left = (masked, k) => masked - k,
  offers = ["hittingtime", "hittings"],
}: Hitting = {}): RawMethods {
  const goneAt = (t: number): number => -Math.expm1(-clock.total(t));
  const own: RawMethods = {
    hittingtime: (args: Fields) => ({ time: inverse(clock, next(goneAt(number(args, "t")), number(args, "p"), number(args, "masked"))) }),
    hittings: (args: Fields) => {
      const [masked, count] = [number(args, "masked"), number(args, "count")];
      const draws = uniforms(streamOf(args), 0, count * masked);
      const start = goneAt(number(args, "t"));
      const times = new Float64Array(draws.length);
      for (let [i, gone] = [0, start]; i < draws.length; i++) {
        const k = i % masked;
        gone = next(k === 0 ? start : gone, draws[i] ?? Number.NaN, left(masked, k));
        times[i] = inverse(clock, gone);
      }
      return { times: tensor(times) };
    },
  };
  const some = Object.fromEntries(offers.map((name) => [name, own[name] ?? (() => ({}))])) as RawMethods;
  return discreteBook({ process: process(clock) }, () => some);
}

/** All times at once: the order statistics of independent ones. */
const sorted = (): RawMethods => {
  const clock = linearClock();
  return discreteBook({ process: absorbingProcess() }, () => ({
    hittings: (args: Fields) => {
      const [masked, count, t] = [number(args, "masked"), number(args, "count"), number(args, "t")];
      const times = uniforms(streamOf(args), 0, count * masked).map((u) => timeOf(clock, -u * Math.expm1(-clock.total(t))));
      for (let i = 0; i < count; i++)
        times
          .subarray(i * masked, (i + 1) * masked)
          .sort()
          .reverse();
      return { times: tensor(times) };
    },
  }));
};

export const hittingTimesProperty: Property = property(hittingTimes, {
  accepts: [
    { name: "by the root of a uniform", methods: () => hitting() },
    { name: "drawn alone", methods: () => hitting({ offers: ["hittings"] }) },
    { name: "stated alone", methods: () => hitting({ offers: ["hittingtime"] }) },
    { name: "one time per token, sorted", methods: sorted },
    { name: "a falls on a line", methods: () => hitting({ clock: logLinearClock, process: (own) => absorbingProcess(4, 3, own) }) },
    { name: "root by logarithms", methods: () => hitting({ next: (gone, u, masked) => gone * Math.exp(Math.log(u) / masked) }) },
  ],
  rejects: [
    {
      name: "order statistics from the wrong end",
      because: "the time of the last token to appear stands for that of the next",
      plausible: false,
      methods: () => hitting({ next: (gone, u, masked) => gone * (1 - (1 - u) ** (1 / masked)) }),
    },
    {
      name: "count that does not fall",
      because: "every time is drawn as if all tokens were still masked",
      plausible: false,
      methods: () => hitting({ offers: ["hittings"], left: (masked) => masked }),
      beside: "drawn alone",
    },
    {
      name: "root of the time",
      because: "t·U^{1/n} is right where a falls on a line, and is used for another clock",
      plausible: false,
      methods: () =>
        hitting({
          inverse: (_, gone) => gone,
          next: (gone, u, masked) => timeOf(linearClock(), gone) * u ** (1 / masked),
          offers: ["hittingtime"],
        }),
      beside: "stated alone",
    },
    {
      name: "times on a grid",
      because: "times are rounded to the nearest thousandth, where a network was trained",
      plausible: true,
      methods: () => hitting({ inverse: (clock, gone) => Math.round(timeOf(clock, gone) * 1000) / 1000 }),
    },
    {
      name: "clock that ends elsewhere",
      because: "times are read off a clock whose last rate is 1 % larger",
      plausible: true,
      methods: () => hitting({ inverse: (_, gone) => timeOf(linearClock(0.5, 4.04), gone) }),
    },
    {
      name: "one mask more",
      because: "the tokens already there are counted among the masked: the root is that of one more",
      plausible: false,
      methods: () => hitting({ left: (masked, k) => masked - k + 1, offers: ["hittings"] }),
      beside: "drawn alone",
    },
    {
      name: "six masks in a hundred more",
      because: "padding is counted among the masked: too little for ranks of one look, and seen by bets on the share that stays",
      plausible: false,
      methods: () => hitting({ offers: ["hittings"], next: (gone, u, masked) => root(gone, u, 1.06 * masked) }),
      beside: "drawn alone",
    },
    {
      name: "uniforms kept from zero",
      because: "a floor of 5 % under the uniform numbers, in place of one of 10⁻⁷",
      plausible: false,
      methods: () => hitting({ offers: ["hittings"], next: (gone, u, masked) => root(gone, Math.max(u, 0.05), masked) }),
      beside: "drawn alone",
    },
  ],
});
