import { rounded, withKernel } from "#properties/ctmc/versions";
import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { driftingProcess, flowed, logLinearClock } from "#properties/textbook/families";
import { absorbingProcess, linearClock, type Process, randomProcess, rateProcess, uniformProcess } from "#properties/textbook/process";
import { backwardEquation, forwardEquation } from "#spec/ctmc/kolmogorov";
import { uniformized } from "#spec/number/uniformization";

const all = (classes: number): Float64Array => Float64Array.from({ length: classes }, (_, x) => x);

/** Kernels of the clock's time changed, rates left alone. */
const clockChanged = (time: (s: number, t: number) => number, process: Process = randomProcess()): RawMethods => {
  const { classes: K, rate } = process;
  const matrix = (rate?.(0) ?? new Float64Array()).map((r) => r / linearClock().rate(0));
  return discreteBook({ process: { ...process, transition: (s, t) => uniformized(matrix, K, time(s ?? 0, t), all(K)).rows } });
};

const { total, rate: speed } = linearClock();

const turnedOver: Process = (() => {
  const process = randomProcess();
  const { classes: K } = process;
  return {
    ...process,
    rate: (t) => (process.rate?.(t) ?? new Float64Array()).map((_, k, rates) => rates[(k % K) * K + Math.floor(k / K)] ?? 0),
  };
})();

const accepts = [
  { name: "asymmetric", methods: () => discreteBook({ process: randomProcess() }) },
  { name: "rates that do not commute", methods: () => discreteBook({ process: driftingProcess() }) },
  { name: "kept on a line", methods: () => discreteBook({ process: absorbingProcess(5, 2, logLinearClock) }) },
  { name: "uniform, columns", methods: () => discreteBook({ process: uniformProcess(), orientation: "column" }) },
  {
    name: "kernels in binary32",
    methods: () => rounded(randomProcess()),
  },
  {
    name: "stiff",
    methods: () =>
      discreteBook({ process: rateProcess(randomProcess().rate?.(0) ?? new Float64Array(), 4, { clock: linearClock(50, 400) }) }),
  },
] as const;

export const forwardEquationProperty: Property = property(forwardEquation, {
  accepts,
  rejects: [
    {
      name: "rates turned over",
      because: "rates are printed by columns, kernels by rows",
      plausible: false,
      methods: () => discreteBook({ process: turnedOver }),
    },
    {
      name: "rate at the end",
      because: "β(t)(t − s) stands for the integral of β",
      plausible: false,
      methods: () => clockChanged((s, t) => speed(t) * (t - s)),
    },
    {
      name: "clock that stops early",
      because: "the time is scaled by 1 − 10⁻³ to stay away from the end, in the kernel alone",
      plausible: true,
      methods: () => clockChanged((s, t) => total(0.999 * t) - total(0.999 * s)),
    },
    {
      name: "trapezoid on a curved clock",
      because: "the mean of β at both ends where β bends: the quadratic term is lost",
      plausible: true,
      methods: () => clockChanged((s, t) => total(t) - total(s) + 0.01 * (t - s) ** 3),
    },
    {
      name: "first order",
      because: "I + R∫β where the exponential belongs",
      plausible: true,
      methods: () => {
        const process = randomProcess();
        const matrix = (process.rate?.(0) ?? new Float64Array()).map((r) => r / speed(0));
        return discreteBook({
          process: {
            ...process,
            transition: (s, t) => {
              const time = total(t) - total(s ?? 0);
              return matrix.map((r, k) => (k % 5 === 0 ? 1 : 0) + time * r);
            },
          },
        });
      },
    },
  ],
});

export const backwardEquationProperty: Property = property(backwardEquation, {
  accepts: [{ name: "textbook", methods: () => discreteBook({ process: driftingProcess() }) }, ...accepts],
  rejects: [
    {
      name: "factors in the wrong order",
      because: "the product over time is formed from the late end, so that PR holds where RP should",
      plausible: true,
      methods: () => {
        const process = driftingProcess();
        const { classes: K, rate } = process;
        // The rates of s + t − r at r are those between s and t in the other order.
        const backwards = (s: number, t: number): Float64Array => flowed((r) => rate?.(s + t - r) ?? new Float64Array(), K, s, t);
        return discreteBook({ process: { ...process, transition: (s, t) => backwards(s ?? 0, t) } });
      },
    },
    {
      name: "rates turned over",
      because: "rates are printed by columns, kernels by rows",
      plausible: false,
      methods: () => discreteBook({ process: turnedOver }),
    },
    {
      name: "clock that stops early",
      because: "the time is scaled by 1 − 10⁻³ to stay away from the end, in the kernel alone",
      plausible: true,
      methods: () => withKernel(driftingProcess(), (kernel) => (s, t) => kernel(s === null ? null : 0.999 * s, 0.999 * t)),
    },
    {
      name: "rows renormalised after a floor",
      because: "10⁻⁴ is added to every probability before the row is divided by its sum",
      plausible: true,
      methods: () => withKernel(driftingProcess(), (kernel) => (s, t) => kernel(s, t).map((p) => (p + 1e-4) / (1 + 4e-4))),
    },
  ],
});
