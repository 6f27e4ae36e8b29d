import { rounded, withEntries, withKernel } from "#properties/ctmc/versions";
import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import {
  cycleProcess,
  driftingProcess,
  ehrenfestProcess,
  logLinearClock,
  pureDeathProcess,
  twoStateProcess,
} from "#properties/textbook/families";
import {
  absorbingProcess,
  interpolated,
  linearClock,
  type Process,
  pointLaw,
  randomProcess,
  uniformLaw,
  uniformProcess,
} from "#properties/textbook/process";
import { absorbingExponential, birthDeathExponential, stochasticSemigroup, twoStateExponential, uniformExponential } from "#spec/ctmc/expm";
import { particles, twoState } from "#spec/ctmc/families";

const { total } = linearClock();
const clock = (s: number | null, t: number): number => total(t) - total(s ?? 0);

/** Kernels that the clock's time between s and t gives. */
const fromClock = (process: Process, kernel: (time: number) => Float64Array): RawMethods =>
  withKernel(process, () => (s, t) => kernel(clock(s, t)));

/** The right kernels over 0.99 of the time. */
const slower = (process: Process): RawMethods =>
  withKernel(process, (kernel) => (s, t) => kernel(s === null ? null : s + (t - s) / 100, t));

const turned = (process: Process): RawMethods => discreteBook({ process, orientation: "column", declares: { orientation: "row" } });

export const stochasticSemigroupProperty: Property = property(stochasticSemigroup, {
  accepts: [
    { name: "asymmetric", methods: () => discreteBook({ process: randomProcess() }) },
    { name: "rates that do not commute", methods: () => discreteBook({ process: driftingProcess() }) },
    { name: "not diagonalisable", methods: () => discreteBook({ process: pureDeathProcess() }) },
    { name: "absorbing, columns", methods: () => discreteBook({ process: absorbingProcess(), orientation: "column" }) },
    { name: "kept on a line", methods: () => discreteBook({ process: absorbingProcess(5, 2, logLinearClock) }) },
    { name: "forty states", methods: () => discreteBook({ process: uniformProcess(40) }) },
    { name: "kernels in binary32", methods: () => rounded(randomProcess()) },
  ],
  rejects: [
    {
      name: "second order",
      because: "I + τR + τ²R²/2 stands for the exponential: it does not compose, and long steps go below zero",
      plausible: true,
      methods: () => fromClock(randomProcess(), (time) => taylor(randomProcess(), time)),
    },
    {
      name: "clock that stops early",
      because: "the kernel takes 0.99 of the time that the rates are integrated over",
      plausible: true,
      methods: () => slower(randomProcess()),
    },
    {
      name: "eigenvectors transposed",
      because: "VΛVᵀ in place of VΛV⁻¹ moves a thousandth along a row of an asymmetric matrix",
      plausible: true,
      methods: () => withEntries(randomProcess(), (p, x, y) => (x === 0 && y === 1 ? p + 1e-3 : x === 0 && y === 2 ? p - 1e-3 : p)),
    },
    {
      name: "negative by rounding",
      because: "a far entry of an eigendecomposition in low precision comes out below zero",
      plausible: false,
      methods: () => withEntries(randomProcess(), (p, x, y) => (x === 0 && y === 3 ? -1.2e-6 : x === 0 && y === 0 ? p + 1.2e-6 : p)),
    },
    { name: "rows read as columns", because: "the matrix is transposed", plausible: false, methods: () => turned(randomProcess()) },
  ],
});

/** I + τR + τ²R²/2 with the process's R. */
function taylor(process: Process, time: number): Float64Array {
  const K = process.classes;
  const R = (process.rate?.(0) ?? new Float64Array()).map((r) => (r * time) / linearClock().rate(0));
  return R.map((r, k) => {
    let square = 0;
    for (let z = 0; z < K; z++) square += (R[Math.floor(k / K) * K + z] ?? 0) * (R[z * K + (k % K)] ?? 0);
    return (k % (K + 1) === 0 ? 1 : 0) + r + square / 2;
  });
}

const many = 30;

export const uniformExponentialProperty: Property = property(uniformExponential, {
  accepts: [
    { name: "textbook", methods: () => discreteBook({ process: uniformProcess(many) }) },
    { name: "two states", methods: () => discreteBook({ process: uniformProcess(2) }) },
    { name: "kept on a line, columns", methods: () => discreteBook({ process: uniformProcess(5, logLinearClock), orientation: "column" }) },
    {
      name: "not normalised",
      methods: () => discreteBook({ process: uniformProcess(4, { rate: (t) => 4 * linearClock().rate(t), total: (t) => 4 * total(t) }) }),
    },
    {
      name: "kernels in binary32",
      methods: () => fromClock(uniformProcess(5), (time) => interpolated(Math.fround(Math.exp(-time)), uniformLaw(5)).map(Math.fround)),
    },
  ],
  rejects: [
    {
      name: "the other normalisation",
      because: "e^{−Kτ}, which belongs to 𝟏𝟏ᵀ − K, beside rates of 1/K",
      plausible: false,
      methods: () => fromClock(uniformProcess(many), (time) => interpolated(Math.exp(-many * time), uniformLaw(many))),
    },
    {
      name: "another token",
      because: "a token that moves never comes back to where it was: K − 1 others share 1 − e^{−τ}",
      plausible: true,
      methods: () =>
        fromClock(uniformProcess(many), (time) => interpolated(1 - (-Math.expm1(-time) * many) / (many - 1), uniformLaw(many))),
    },
    {
      name: "mask counted as a token",
      because: "(1 − e^{−τ})/(K + 1) where 1/K belongs",
      precedent: "DD-08",
      plausible: true,
      methods: () => fromClock(uniformProcess(many), (time) => interpolated(Math.exp(-time), new Float64Array(many).fill(1 / (many + 1)))),
    },
    {
      name: "clock of one end",
      because: "β at s times the step where the integral belongs",
      plausible: false,
      methods: () =>
        withKernel(
          uniformProcess(many),
          () => (s, t) => interpolated(Math.exp(-linearClock().rate(s ?? 0) * (t - (s ?? 0))), uniformLaw(many)),
        ),
    },
  ],
});

const toMask =
  (mask: number) =>
  (time: number): Float64Array =>
    interpolated(Math.exp(-time), pointLaw(5, mask));

export const absorbingExponentialProperty: Property = property(absorbingExponential, {
  accepts: [
    { name: "textbook", methods: () => discreteBook({ process: absorbingProcess() }) },
    { name: "mask first", methods: () => discreteBook({ process: absorbingProcess(4, 0) }) },
    {
      name: "mask last, columns, kept on a line",
      methods: () => discreteBook({ process: absorbingProcess(4, 3, logLinearClock), orientation: "column" }),
    },
    { name: "many states", methods: () => discreteBook({ process: absorbingProcess(60, 59) }) },
    { name: "kernels in binary32", methods: () => rounded(absorbingProcess()) },
  ],
  rejects: [
    {
      name: "masks drawn again",
      because: "a masked token comes back as another with a probability of 10⁻⁶",
      plausible: true,
      methods: () => withEntries(absorbingProcess(), (p, x, y) => (x === 2 ? (y === 2 ? 1 - 4e-6 : 1e-6) : p)),
    },
    {
      name: "clock that stops early",
      because: "the kernel takes 0.99 of the time",
      plausible: true,
      methods: () => slower(absorbingProcess()),
    },
    {
      name: "first order",
      because: "1 − τ where e^{−τ} belongs",
      plausible: false,
      methods: () => fromClock(absorbingProcess(), (time) => interpolated(1 - time, pointLaw(5, 2))),
    },
    {
      name: "odds exchanged",
      because: "a token stays with the probability that it should be masked with",
      precedent: "DD-15",
      plausible: false,
      methods: () => fromClock(absorbingProcess(), (time) => interpolated(-Math.expm1(-time), pointLaw(5, 2))),
    },
    {
      name: "mask off by one",
      because: "the state after the mask absorbs",
      plausible: false,
      methods: () => fromClock(absorbingProcess(), toMask(3)),
    },
    {
      name: "rows and columns mixed",
      because: "the column form is used as rows",
      plausible: false,
      methods: () => turned(absorbingProcess()),
    },
  ],
});

const fourTimes = (process: Process, p: (time: number) => readonly number[]): RawMethods =>
  fromClock(process, (time) => Float64Array.from(p(time)));

export const twoStateExponentialProperty: Property = property(twoStateExponential, {
  accepts: [
    { name: "nearly alike", methods: () => discreteBook({ process: twoStateProcess(1.1, 0.9) }) },
    { name: "textbook", methods: () => discreteBook({ process: twoStateProcess() }) },
    { name: "no way back, columns", methods: () => discreteBook({ process: twoStateProcess(1, 0), orientation: "column" }) },
    { name: "ring of six", methods: () => discreteBook({ process: cycleProcess() }) },
    { name: "ring of three", methods: () => discreteBook({ process: cycleProcess(3, 0.2, logLinearClock) }) },
    { name: "kernels in binary32", methods: () => rounded(twoStateProcess()) },
  ],
  rejects: [
    {
      name: "transposed",
      because: "a and b change places in the kernel alone",
      plausible: false,
      methods: () => turned(twoStateProcess()),
    },
    {
      name: "mean rate",
      because: "e^{−√(ab)·2t} where e^{−(a+b)t} belongs: right for equal rates",
      plausible: true,
      methods: () =>
        fourTimes(twoStateProcess(1.1, 0.9), (time) => {
          const e = Math.exp(-2 * Math.sqrt(0.99) * time);
          return [(0.9 + 1.1 * e) / 2, (1.1 - 1.1 * e) / 2, (0.9 - 0.9 * e) / 2, (1.1 + 0.9 * e) / 2];
        }),
    },
    {
      name: "clock that stops early",
      because: "the kernel takes 0.99 of the time",
      plausible: true,
      methods: () => slower(twoStateProcess(1.1, 0.9)),
    },
    {
      name: "line for a ring",
      because: "the ends of the ring are not joined: what would leave is added to the diagonal",
      plausible: false,
      methods: () => withEntries(cycleProcess(), (p, x, y) => (Math.abs(x - y) === 5 ? 0 : x === y && x % 5 === 0 ? p + 0.05 : p)),
    },
    {
      name: "first order",
      because: "at and 1 − at, bt and 1 − bt",
      plausible: false,
      methods: () => fourTimes(twoStateProcess(), (time) => [1 - 1.5 * time, 1.5 * time, 0.5 * time, 1 - 0.5 * time]),
    },
  ],
});

/** Counts of particles with other one-particle kernels. */
const counted = (process: Process, N: number, one: (time: number) => ReturnType<typeof twoState>): RawMethods =>
  fromClock(process, (time) => Float64Array.from(Array.from({ length: N + 1 }, (_, n) => Array.from(particles(n, N, one(time)))).flat()));

export const birthDeathExponentialProperty: Property = property(birthDeathExponential, {
  accepts: [
    { name: "Ehrenfest", methods: () => discreteBook({ process: ehrenfestProcess() }) },
    { name: "pure death", methods: () => discreteBook({ process: pureDeathProcess() }) },
    { name: "pure death, columns", methods: () => discreteBook({ process: pureDeathProcess(5, logLinearClock), orientation: "column" }) },
    { name: "forty particles", methods: () => discreteBook({ process: ehrenfestProcess(40, 1, 0.25) }) },
    { name: "kernels in binary32", methods: () => rounded(ehrenfestProcess()) },
  ],
  rejects: [
    {
      name: "Gaussian for binomial",
      because: "mass is taken from the ends and put beside the mean, as a limit theorem would have it",
      plausible: true,
      methods: () => withEntries(ehrenfestProcess(), (p, x, y) => (y === 0 ? 0.99 * p : y === 1 ? p + 0.01 * (p > 0 && x < 7 ? p : 0) : p)),
    },
    {
      name: "clock that stops early",
      because: "the kernel takes 0.99 of the time",
      plausible: true,
      methods: () => slower(ehrenfestProcess()),
    },
    {
      name: "return forgotten",
      because: "e^{−bt} for a particle to stay, as if it could not come back",
      plausible: false,
      methods: () =>
        counted(ehrenfestProcess(), 6, (time) => {
          const right = twoState(0.4, 0.6, time);
          return { ...right, p11: Math.exp(-0.6 * time), p10: -Math.expm1(-0.6 * time) };
        }),
    },
    { name: "up for down", because: "the matrix is transposed", plausible: false, methods: () => turned(pureDeathProcess()) },
    {
      name: "births by rounding",
      because: "the far side of the kernel of pure death is 10⁻⁷ where it must be zero",
      plausible: false,
      methods: () => withEntries(pureDeathProcess(), (p, x, y) => (y > x ? 1e-7 : p)),
    },
  ],
});
