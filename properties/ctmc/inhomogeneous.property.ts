import { rounded, withEntries, withKernel } from "#properties/ctmc/versions";
import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { driftingProcess, ehrenfestProcess, flowed, logLinearClock, pureDeathProcess } from "#properties/textbook/families";
import { absorbingProcess, linearClock, type Process, randomProcess, rateProcess, uniformProcess } from "#properties/textbook/process";
import { inhomogeneous } from "#spec/ctmc/inhomogeneous";
import { uniformizationTail } from "#spec/ctmc/uniformization";
import { truncated, uniformized } from "#spec/number/uniformization";

const all = (K: number): Float64Array => Float64Array.from({ length: K }, (_, x) => x);

/** exp of the rates that `mean` makes of those between s and t, over t − s. */
const exponential = (process: Process, mean: (rate: (t: number) => Float64Array, s: number, t: number) => Float64Array): RawMethods =>
  withKernel(process, () => (s, t) => {
    const rate = process.rate ?? (() => new Float64Array());
    return uniformized(mean(rate, s ?? 0, t), process.classes, t - (s ?? 0), all(process.classes)).rows;
  });

const middle = (rate: (t: number) => Float64Array, s: number, t: number): Float64Array => rate((s + t) / 2);

/** Noise that grows with the square of time. */
const bent = { rate: (t: number) => 0.5 + 6 * t * t, total: (t: number) => 0.5 * t + 2 * t ** 3 };
const bentProcess = (): Process =>
  rateProcess(
    ehrenfestProcess()
      .rate?.(0)
      .map((r) => r / linearClock().rate(0)) ?? new Float64Array(),
    7,
    { clock: bent },
  );

export const inhomogeneousProperty: Property = property(inhomogeneous, {
  accepts: [
    { name: "rates that do not commute", methods: () => discreteBook({ process: driftingProcess() }) },
    { name: "a clock that bends", methods: () => discreteBook({ process: bentProcess() }) },
    { name: "kept on a line", methods: () => discreteBook({ process: absorbingProcess(5, 2, logLinearClock) }) },
    { name: "many states", methods: () => discreteBook({ process: uniformProcess(40) }) },
    { name: "stiff", methods: () => discreteBook({ process: pureDeathProcess(7, linearClock(20, 200)) }) },
    { name: "kernels in binary32", methods: () => rounded(driftingProcess()) },
  ],
  rejects: [
    {
      name: "exponential of the integral",
      because: "the mean rate, exponentiated, where factors do not commute",
      plausible: true,
      methods: () => exponential(driftingProcess(), middle),
    },
    {
      name: "a state's own clock",
      because: "the noise of one state is faster by a hundredth, and the kernel keeps one scalar clock",
      plausible: true,
      methods: () => {
        const process = driftingProcess();
        const { classes: K, rate } = process;
        const faster = (t: number): Float64Array => rate?.(t).map((r, k) => (k < K ? 1.01 * r : r)) ?? new Float64Array();
        return discreteBook({ process: { ...process, rate: faster } });
      },
    },
    {
      name: "factors in the wrong order",
      because: "the latest factor stands first",
      plausible: true,
      methods: () => {
        const process = driftingProcess();
        const { classes: K, rate } = process;
        return withKernel(process, () => (s, t) => flowed((r) => rate?.((s ?? 0) + t - r) ?? new Float64Array(), K, s ?? 0, t));
      },
    },
    {
      name: "β in the middle",
      because: "the midpoint's β for a clock that bends",
      plausible: false,
      methods: () => exponential(bentProcess(), middle),
    },
    {
      name: "β at the end",
      because: "β(t)(t − s) where the integral belongs",
      plausible: false,
      methods: () => exponential(driftingProcess(), (rate, _, t) => rate(t)),
    },
  ],
});

const series = (last: number, normal: boolean, share = 1): RawMethods => {
  const process = pureDeathProcess();
  const { classes: K } = process;
  const { total } = linearClock();
  const matrix = process.rate?.(0).map((r) => r / linearClock().rate(0)) ?? new Float64Array();
  return withKernel(process, () => (s, t) => {
    const { rows, missing } = truncated(matrix, K, (total(t) - total(s ?? 0)) * share, all(K), last, K - 1);
    return normal ? rows.map((p) => p / (1 - missing)) : rows;
  });
};

export const uniformizationTailProperty: Property = property(uniformizationTail, {
  accepts: [
    { name: "pure death", methods: () => discreteBook({ process: pureDeathProcess() }) },
    { name: "asymmetric, columns", methods: () => discreteBook({ process: randomProcess(), orientation: "column" }) },
    { name: "stiff", methods: () => discreteBook({ process: pureDeathProcess(7, linearClock(20, 200)) }) },
    { name: "many states", methods: () => discreteBook({ process: uniformProcess(60) }) },
    { name: "kernels in binary32", methods: () => rounded(pureDeathProcess()) },
  ],
  rejects: [
    {
      name: "cut after ten jumps",
      because: "the series ends after ten terms, and the rest is lost",
      plausible: true,
      methods: () => series(10, false),
    },
    {
      name: "cut and normalised",
      because: "the series ends after six terms, and the row is divided by its sum: far states get too little",
      plausible: true,
      methods: () => series(6, true),
    },
    {
      name: "below zero",
      because: "I + τR + τ²R²/2, whose diagonal lies below the series",
      plausible: false,
      methods: () => exponentialSecond(),
    },
    {
      name: "clock that stops early",
      because: "0.99 of the time of the rates: fewer jumps than there are",
      plausible: true,
      methods: () => series(60, true, 0.99),
    },
    {
      name: "rare states dropped",
      because: "probabilities below 10⁻³ are set to zero and given to the diagonal",
      plausible: true,
      methods: () => withEntries(pureDeathProcess(), (p, x, y) => (x === y ? p : p < 1e-3 ? 0 : p)),
    },
  ],
});

/** I + τR + τ²R²/2 for pure death. */
function exponentialSecond(): RawMethods {
  const process = pureDeathProcess();
  const { total } = linearClock();
  return withKernel(process, () => (s, t) => {
    const time = total(t) - total(s ?? 0);
    return Float64Array.from({ length: 49 }, (_, k) => {
      const [x, y] = [Math.floor(k / 7), k % 7];
      if (x === y) return 1 - time * x + (time * x) ** 2 / 2;
      if (y === x - 1) return time * x - (time ** 2 * x * (2 * x - 1)) / 2;
      return y === x - 2 ? (time ** 2 * x * (x - 1)) / 2 : 0;
    });
  });
}
