/**
 * Textbook families of chains in continuous time, and one whose rates at different times do not commute.
 */
import { linearClock, type Process, pointLaw, type ReadableClock, rateProcess, rates, type TokenClock } from "#properties/textbook/process";
import { uniforms } from "#spec/stream";

interface Named {
  readonly family: string;
  readonly parameters?: Process["parameters"];
  readonly clock?: TokenClock;
  readonly stationary?: Float64Array;
}

const named = (matrix: Float64Array, classes: number, { parameters = {}, ...rest }: Named): Process => ({
  ...rateProcess(matrix, classes, rest),
  parameters,
});

export const twoStateProcess = (a = 1.5, b = 0.5, clock: TokenClock = linearClock()): Process =>
  named(
    rates(2, (x) => (x === 0 ? a : b)),
    2,
    { family: "two-state", parameters: { a, b }, clock, stationary: Float64Array.of(b / (a + b), a / (a + b)) },
  );

export const cycleProcess = (classes = 6, r = 0.75, clock: TokenClock = linearClock()): Process =>
  named(
    rates(classes, (x, y) => ((x - y + classes) % classes === 1 ? r : 0) + ((y - x + classes) % classes === 1 ? r : 0)),
    classes,
    { family: "cycle", parameters: { r }, clock },
  );

/** States 0 … N. */
export const ehrenfestProcess = (N = 6, a = 0.4, b = 0.6, clock: TokenClock = linearClock()): Process =>
  named(
    rates(N + 1, (x, y) => (y === x + 1 ? (N - x) * a : y === x - 1 ? x * b : 0)),
    N + 1,
    { family: "ehrenfest", parameters: { N, a, b }, clock },
  );

export const pureDeathProcess = (classes = 7, clock: TokenClock = linearClock()): Process =>
  named(
    rates(classes, (x, y) => (y === x - 1 ? x : 0)),
    classes,
    { family: "pure-death", clock, stationary: pointLaw(classes, 0) },
  );

/** One up at a constant rate, one down in proportion to the state. */
export const birthDeathProcess = (classes = 6, up = 0.8, down = 0.3, clock: TokenClock = linearClock()): Process =>
  named(
    rates(classes, (x, y) => (y === x + 1 ? up : y === x - 1 ? down * x : 0)),
    classes,
    { family: "birth-death", clock },
  );

/** A clock with −log a(t) = −log(1 − 0.999t): what is kept falls on a line, and rates grow without bound beyond the end. */
export const logLinearClock: ReadableClock = {
  rate: (t) => 0.999 / (1 - 0.999 * t),
  total: (t) => -Math.log1p(-0.999 * t),
  when: (total) => -Math.expm1(-total) / 0.999,
};

/** Rates A + tB with A and B that do not commute; kernels by Runge–Kutta's fourth order over steps of 1/512. */
export function driftingProcess(classes = 4): Process {
  const raw = uniforms(79, 0, 2 * classes * classes);
  const [A, B] = [0, classes * classes].map((from) => rates(classes, (x, y) => 0.6 * (raw[from + x * classes + y] ?? 0) + 2 ** -5));
  const rate = (t: number): Float64Array => Float64Array.from(A ?? [], (r, k) => r + t * (B?.[k] ?? 0));
  const known = new Map<string, Float64Array>();
  return {
    ...rateProcess(A ?? new Float64Array(0), classes),
    rate,
    transition: (s, t) => {
      const key = `${s ?? 0} ${t}`;
      const made = known.get(key) ?? flowed(rate, classes, s ?? 0, t);
      known.set(key, made);
      return made;
    },
  };
}

/** P_{s,t} of any rates, by Runge–Kutta on ∂ₜP = PR. */
export function flowed(rate: (t: number) => Float64Array, classes: number, s: number, t: number): Float64Array {
  const count = Math.max(8, Math.ceil((t - s) * 512));
  const h = (t - s) / count;
  let P = rates(classes, () => 0).map((_, k) => (k % (classes + 1) === 0 ? 1 : 0));
  for (let k = 0; k < count; k++) {
    const at = s + k * h;
    const slope = (from: Float64Array, r: number): Float64Array => times(from, rate(r), classes);
    const k1 = slope(P, at);
    const k2 = slope(ahead(P, k1, h / 2), at + h / 2);
    const k3 = slope(ahead(P, k2, h / 2), at + h / 2);
    const k4 = slope(ahead(P, k3, h), at + h);
    P = P.map((p, i) => p + (h / 6) * ((k1[i] ?? 0) + 2 * (k2[i] ?? 0) + 2 * (k3[i] ?? 0) + (k4[i] ?? 0)));
  }
  return P;
}

const ahead = (from: Float64Array, slope: Float64Array, h: number): Float64Array => from.map((p, k) => p + h * (slope[k] ?? 0));

function times(a: Float64Array, b: Float64Array, K: number): Float64Array {
  return a.map((_, k) => {
    let sum = 0;
    for (let z = 0; z < K; z++) sum += (a[Math.floor(k / K) * K + z] ?? 0) * (b[z * K + (k % K)] ?? 0);
    return sum;
  });
}
