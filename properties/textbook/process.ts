/**
 * The textbook of processes on finitely many states: kernels and rates by their definitions, in double, by rows.
 */
import { multiplied, normalise } from "#spec/categorical/table";
import type { TimeDomain } from "#spec/convention";
import { uniformized } from "#spec/number/uniformization";
import { uniforms } from "#spec/stream";

export interface Process {
  readonly classes: number;
  readonly mask: number | null;
  readonly time: TimeDomain;
  readonly family: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** a(t) of kernels that interpolate: stay, or forget. */
  readonly survival: ((t: number) => number) | null;
  /** P_{s,t} with s null for data. Shape `K*K`. */
  readonly transition: (s: number | null, t: number) => Float64Array;
  /** R_t against the process's own time. Shape `K*K`. */
  readonly rate: ((t: number) => Float64Array) | null;
  readonly stationary: Float64Array;
}

const square = (classes: number, entry: (x: number, y: number) => number): Float64Array =>
  tabulated(classes * classes, (k) => entry(Math.floor(k / classes), k % classes));

function tabulated(length: number, entry: (k: number) => number): Float64Array {
  const out = new Float64Array(length);
  for (let k = 0; k < length; k++) out[k] = entry(k);
  return out;
}

/** a·I + (1 − a)·1πᵀ. */
export function interpolated(a: number, stationary: Float64Array): Float64Array {
  return square(stationary.length, (x, y) => (x === y ? a : 0) + (1 - a) * (stationary[y] ?? 0));
}

export const uniformLaw = (classes: number): Float64Array => new Float64Array(classes).fill(1 / classes);

export function pointLaw(classes: number, at: number): Float64Array {
  const out = new Float64Array(classes);
  out[at] = 1;
  return out;
}

/** β of a short chain over tokens, on a line. */
export function linearTokenBetas(count = 20, first = 0.02, last = 0.3): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => first + ((last - first) * k) / (count - 1));
}

function survivalOf(betas: Float64Array): (t: number) => number {
  let product = 1;
  const products = betas.map((beta) => {
    product *= 1 - beta;
    return product;
  });
  return (t) => products[t] ?? Number.NaN;
}

interface Interpolating {
  readonly betas?: Float64Array;
  readonly family?: string;
  readonly mask?: number | null;
}

/** A chain 0 … T − 1, index 0 already noisy, that keeps a token or draws it anew from a law. */
function interpolatingChain(
  stationary: Float64Array,
  { betas = linearTokenBetas(), family = "uniform", mask = null }: Interpolating = {},
): Process {
  const survival = survivalOf(betas);
  return {
    classes: stationary.length,
    mask,
    time: { kind: "index", first: 0, last: betas.length - 1, clean: "first" },
    family,
    parameters: {},
    survival,
    transition: (s, t) => interpolated(survival(t) / (s === null ? 1 : survival(s)), stationary),
    rate: null,
    stationary,
  };
}

export const uniformChain = (classes = 5, betas: Float64Array = linearTokenBetas()): Process =>
  interpolatingChain(uniformLaw(classes), { betas });

/** The mask is neither first nor last, so that an index off by one shows. */
export const absorbingChain = (classes = 5, mask = 2, betas: Float64Array = linearTokenBetas()): Process =>
  interpolatingChain(pointLaw(classes, mask), { betas, family: "absorbing", mask });

/** The kernels last asked for: whoever looks at one token after the other wants the same few for each. */
function remembered(transition: Process["transition"]): Process["transition"] {
  const known = new Map<string, Float64Array>();
  return (s, t) => {
    const key = `${s}|${t}`;
    const found = known.get(key);
    if (found !== undefined) return found.slice();
    if (known.size >= 16) known.clear();
    const fresh = transition(s, t);
    known.set(key, fresh);
    return fresh.slice();
  };
}

/** A chain from its one-step matrices. */
export function matrixChain(
  steps: readonly Float64Array[],
  classes: number,
  family: string,
  parameters: Process["parameters"] = {},
): Process {
  return {
    classes,
    mask: null,
    time: { kind: "index", first: 0, last: steps.length - 1, clean: "first" },
    family,
    parameters,
    survival: null,
    transition: remembered((s, t) => {
      let product = interpolated(1, uniformLaw(classes));
      for (let k = s === null ? 0 : s + 1; k <= t; k++) product = multiplied(product, steps[k] ?? product, classes);
      return product;
    }),
    rate: null,
    stationary: uniformLaw(classes),
  };
}

/** D3PM's discretised Gaussian on ordinal states. */
export function gaussianStep(classes: number, beta: number): Float64Array {
  const weight = (n: number): number => Math.exp((-4 * n * n) / ((classes - 1) ** 2 * beta));
  let total = 0;
  for (let n = -(classes - 1); n < classes; n++) total += weight(n);
  const out = square(classes, (x, y) => (x === y ? 0 : weight(x - y) / total));
  for (let x = 0; x < classes; x++) {
    let sum = 0;
    for (let y = 0; y < classes; y++) sum += out[x * classes + y] ?? 0;
    out[x * classes + x] = 1 - sum;
  }
  return out;
}

export function gaussianChain(classes = 6, betas: Float64Array = linearTokenBetas()): Process {
  return matrixChain(
    Array.from(betas, (beta) => gaussianStep(classes, beta)),
    classes,
    "discretized-gaussian",
  );
}

/** An asymmetric chain without zeros: the one that tells rows from columns. */
export function randomChain(classes = 4, count = 12): Process {
  const steps = Array.from({ length: count }, (_, k) => {
    const raw = uniforms(77, k, classes * classes);
    const out = square(classes, (x, y) => (raw[x * classes + y] ?? 0) ** 2 + 2 ** -10 + (x === y ? 2 : 0));
    for (let x = 0; x < classes; x++) normalise(out.subarray(x * classes, (x + 1) * classes));
    return out;
  });
  return matrixChain(steps, classes, "general");
}

/** Rates off the diagonal, with the diagonal that makes rows sum to 0. */
export function rates(classes: number, off: (x: number, y: number) => number): Float64Array {
  const out = square(classes, (x, y) => (x === y ? 0 : off(x, y)));
  for (let x = 0; x < classes; x++) {
    let sum = 0;
    for (let y = 0; y < classes; y++) sum += out[x * classes + y] ?? 0;
    out[x * classes + x] = -sum;
  }
  return out;
}

const interval = { kind: "interval", first: 0, last: 1, clean: "first" } as const;

/** The noise of a chain in continuous time: β(t) and its integral from 0. */
export interface TokenClock {
  readonly rate: (t: number) => number;
  readonly total: (t: number) => number;
}

/** A clock that is read backwards as well: when its integral is so much. */
export interface ReadableClock extends TokenClock {
  readonly when: (total: number) => number;
}

/** β(t) = low + (high − low)·t. */
export const linearClock = (low = 0.5, high = 4): ReadableClock => ({
  rate: (t) => low + (high - low) * t,
  total: (t) => low * t + ((high - low) * t * t) / 2,
  when: (total) => (2 * total) / (low + Math.sqrt(low * low + 2 * (high - low) * total)),
});

interface Rated {
  readonly clock?: TokenClock;
  readonly family?: string;
  readonly mask?: number | null;
  readonly stationary?: Float64Array;
}

/** β(t)·R on the unit interval. */
export function rateProcess(
  matrix: Float64Array,
  classes: number,
  { clock = linearClock(), family = "general", mask = null, stationary = uniformLaw(classes) }: Rated = {},
): Process {
  const all = Float64Array.from({ length: classes }, (_, x) => x);
  return {
    classes,
    mask,
    time: interval,
    family,
    parameters: {},
    survival: family === "uniform" || family === "absorbing" ? (t) => Math.exp(-clock.total(t)) : null,
    transition: remembered((s, t) => uniformized(matrix, classes, clock.total(t) - (s === null ? 0 : clock.total(s)), all).rows),
    rate: (t) => matrix.map((r) => r * clock.rate(t)),
    stationary,
  };
}

export const uniformProcess = (classes = 5, clock: TokenClock = linearClock()): Process =>
  rateProcess(
    rates(classes, () => 1 / classes),
    classes,
    { clock, family: "uniform" },
  );

export const absorbingProcess = (classes = 5, mask = 2, clock: TokenClock = linearClock()): Process =>
  rateProcess(
    rates(classes, (x, y) => (x !== mask && y === mask ? 1 : 0)),
    classes,
    { clock, family: "absorbing", mask, stationary: pointLaw(classes, mask) },
  );

/** Asymmetric rates between all states. */
export function randomProcess(classes = 4, clock: TokenClock = linearClock()): Process {
  const raw = uniforms(78, 0, classes * classes);
  return rateProcess(
    rates(classes, (x, y) => (raw[x * classes + y] ?? 0) * 0.6 + 2 ** -6),
    classes,
    { clock },
  );
}
