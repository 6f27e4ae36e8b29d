/**
 * Samplers of several stages, of memory, with noise, and towards noise, as the textbook has them; and runs over any sequence of
 * levels.
 */

import type { RawMethods } from "#properties/engine/property";
import { type Chain, levelsAt } from "#properties/textbook/chain";
import { runWith, type Step, type Stepper, spaced } from "#properties/textbook/sampler";
import { type Level, oracleFrom, posteriorOf } from "#properties/textbook/values";
import { type OutputKind, outputCoefficients } from "#spec/convention";
import { type Fields, number, tensor } from "#spec/tensor";

/**
 * A run's arguments as the subject reads them. Where the law hands out the outputs themselves it says nothing of their meaning: the
 * sampler reads them as the kind it declares.
 */
export function asRead(chain: Chain, output: OutputKind, times: Float64Array, args: Fields): Fields {
  const { name } = oracleFrom(args["oracle"]);
  if (name !== "outputs" && name !== "affine") return args;
  const first = number(args, "first");
  const { p, q } = outputCoefficients(output, levelsAt(chain, times.slice(first, first + number(args, "count"))));
  return { ...args, p: tensor(p), q: tensor(q) };
}

/** The levels of all states of a run, the first included, and the time of each model call. */
export interface Route {
  readonly times: Float64Array;
  readonly levels: readonly Level[];
}

export interface Trip {
  /** Where n steps go. */
  readonly route: (steps: number) => Route;
  readonly stepper: Stepper;
  readonly output?: OutputKind;
  readonly steps?: number;
  /** What the grid says of the way, where it is not what the run does. */
  readonly published?: (steps: number) => Route;
}

/** The methods `grid` and `run` of a sampler on a route. */
export function trip({ route, stepper, output = "eps", steps = 10, published = route }: Trip): RawMethods {
  const asked = (config: Fields): number => (typeof config["steps"] === "number" ? config["steps"] : steps);
  return {
    grid: (_, config) => {
      const { times, levels } = published(asked(config));
      const [alpha, sigma] = [levels.map((level) => level.alpha), levels.map((level) => level.sigma)];
      return {
        times: tensor(times),
        alpha: tensor(Float64Array.from(alpha)),
        sigma: tensor(Float64Array.from(sigma)),
        asked: asked(config),
        clock: "none",
      };
    },
    run: (args, config) => {
      const { levels } = route(asked(config));
      // Time is the place on the route: a chain whose level at k is that of state k.
      const time = { kind: "index", first: 0, last: levels.length - 1, clean: "last" } as const;
      const chain: Chain = { time, levels: (k) => levels[k] ?? nowhere, form: null };
      const places = Float64Array.from(levels, (_, k) => k);
      return runWith(chain, places, stepper, asRead(chain, output, places, args));
    },
  };
}

const nowhere: Level = { alpha: Number.NaN, sigma: Number.NaN };
export const clean: Level = { alpha: 1, sigma: 0 };

/** One model call a step. */
export const direct =
  (chain: Chain) =>
  (steps: number): Route => {
    const times = spaced(chain, steps);
    return { times, levels: [...Array.from(times, chain.levels), clean] };
  };

/** Two model calls a step, both of which leave the state at the next level; one for the last, which ends clean. */
export const paired =
  (chain: Chain) =>
  (steps: number): Route => {
    const times = [...spaced(chain, steps)].flatMap((t, k) => (k === 0 ? [t] : [t, t]));
    return { times: Float64Array.from(times), levels: [...times.map(chain.levels), clean] };
  };

/** Two model calls a step, the first of which leaves the state halfway in time. */
export const halved =
  (chain: Chain) =>
  (steps: number): Route => {
    const whole = [...spaced(chain, steps)];
    const times = whole.flatMap((t, k) => (k + 1 < whole.length ? [t, (t + (whole[k + 1] ?? t)) / 2] : [t]));
    return { times: Float64Array.from(times), levels: [...times.map(chain.levels), clean] };
  };

/** From clean data up: each model call is made below the time that the state is brought to. */
export const upwards =
  (chain: Chain, start: Level = clean) =>
  (steps: number): Route => {
    const times = spaced(chain, steps).reverse();
    return { times, levels: [start, ...Array.from(times, chain.levels)] };
  };

/** λ = log(α/σ), half the log SNR. */
export const half = ({ alpha, sigma }: Level): number => Math.log(alpha / sigma);

/** x/α moves along ε̂ as σ/α grows: Euler's step of Karras et al. and of DDIM. */
export const eulerSigma: Stepper = ({ x, eps, from, to }) =>
  x.map((value, j) => to.alpha * (value / from.alpha + (to.sigma / to.alpha - from.sigma / from.alpha) * (eps[j] ?? 0)));

/** DPM-Solver-1 in either prediction. */
export const dpm1 =
  (prediction: "x0" | "eps", log: (level: Level) => number = half): Stepper =>
  ({ x, x0, eps, from, to }) => {
    if (to.sigma === 0) return x0.map((value) => to.alpha * value);
    const h = log(to) - log(from);
    if (prediction === "eps") return x.map((value, j) => (to.alpha / from.alpha) * value - to.sigma * Math.expm1(h) * (eps[j] ?? 0));
    return x.map((value, j) => (to.sigma / from.sigma) * value - to.alpha * Math.expm1(-h) * (x0[j] ?? 0));
  };

/** What a multistep solver makes of the difference quotient of its last two predictions. */
export interface Correction {
  /** The weight of the difference quotient, for a step h. */
  readonly weight?: (h: number) => number;
  /** The last step as a multiple of this one. */
  readonly ratio?: (last: number, h: number) => number;
}

/** ∫ of the linear part of x̂₀, exactly: 1 + (e^{−h} − 1)/h. */
export const taylor = (h: number): number => 1 + Math.expm1(-h) / h;
/** The same to second order only: half of what the constant part gets. */
export const midpoint = (h: number): number => -Math.expm1(-h) / 2;

/** DPM-Solver++ 2M: first order where it remembers nothing, and on the last step to clean data. */
export const dpm2m =
  ({ weight = taylor, ratio = (last, h) => last / h }: Correction = {}): Stepper =>
  (step) => {
    const { x0, from, to, memory } = step;
    const [before, at] = [memory.get("x0"), memory.get("lambda")];
    memory.set("x0", x0).set("lambda", half(from));
    const plain = dpm1("x0")(step);
    if (!(before instanceof Float64Array) || typeof at !== "number" || to.sigma === 0) return plain;
    const h = half(to) - half(from);
    const factor = (to.alpha * weight(h)) / ratio(half(from) - at, h);
    return plain.map((value, j) => value + factor * ((x0[j] ?? 0) - (before[j] ?? 0)));
  };

/** DPM-Solver 2M in noise predictions. */
export const dpm2mNoise =
  (weight: (h: number) => number = (h) => Math.expm1(h) / h - 1): Stepper =>
  (step) => {
    const { eps, from, to, memory } = step;
    const [before, at] = [memory.get("eps"), memory.get("lambda")];
    memory.set("eps", eps).set("lambda", half(from));
    const plain = dpm1("eps")(step);
    if (!(before instanceof Float64Array) || typeof at !== "number" || to.sigma === 0) return plain;
    const h = half(to) - half(from);
    const factor = (to.sigma * weight(h) * h) / (half(from) - at);
    return plain.map((value, j) => value - factor * ((eps[j] ?? 0) - (before[j] ?? 0)));
  };

/** DPM-Solver++ 3M: a parabola through the last three predictions; `curvature` is the weight of its leading coefficient. */
export const dpm3m =
  (curvature: (h: number) => number = (h) => 1 - 2 / h - (2 * Math.expm1(-h)) / h ** 2): Stepper =>
  (step) => {
    const { x0, from, to, memory } = step;
    const [m1, m2, l1, l2] = [memory.get("m1"), memory.get("m2"), memory.get("l1"), memory.get("l2")];
    memory.set("m1", x0).set("l1", half(from));
    if (m1 instanceof Float64Array && typeof l1 === "number") memory.set("m2", m1).set("l2", l1);
    const plain = dpm1("x0")(step);
    if (!(m1 instanceof Float64Array && m2 instanceof Float64Array && typeof l1 === "number" && typeof l2 === "number") || to.sigma === 0)
      return plain;
    const h = half(to) - half(from);
    const [r0, r1] = [(half(from) - l1) / h, (l1 - l2) / h];
    return plain.map((value, j) => {
      const [near, far] = [((x0[j] ?? 0) - (m1[j] ?? 0)) / r0, ((m1[j] ?? 0) - (m2[j] ?? 0)) / r1];
      const bend = (near - far) / (r0 + r1);
      return value + to.alpha * taylor(h) * (near + r0 * bend) + to.alpha * curvature(h) * bend;
    });
  };

/** What the first call of a two-stage step leaves for the second. */
interface Begun {
  readonly x: Float64Array;
  readonly d: Float64Array;
  readonly level: Level;
}

/** Calls in pairs: `second` is told what the first one saw. `d` is the prediction kept of the first. */
const inPairs =
  (first: Stepper, kept: (step: Step) => Float64Array, second: (step: Step, begun: Begun) => Float64Array): Stepper =>
  (step) => {
    const { x, from, memory } = step;
    const [start, d, alpha, sigma] = ["x", "d", "alpha", "sigma"].map((name) => memory.get(name));
    if (start instanceof Float64Array && d instanceof Float64Array && typeof alpha === "number" && typeof sigma === "number") {
      memory.clear();
      return second(step, { x: start, d, level: { alpha, sigma } });
    }
    memory.set("x", x).set("d", kept(step)).set("alpha", from.alpha).set("sigma", from.sigma);
    return first(step);
  };

/** Heun's method on x/α against σ/α; `slope` is what the second call takes for the noise at its state. */
export const heun = (slope: (step: Step, begun: Begun) => Float64Array = ({ eps }) => eps): Stepper =>
  inPairs(
    eulerSigma,
    ({ eps }) => eps,
    (step, begun) => {
      const { to } = step;
      const { x, d, level } = begun;
      const stride = to.sigma / to.alpha - level.sigma / level.alpha;
      const there = slope(step, begun);
      return x.map((value, j) => to.alpha * (value / level.alpha + (stride * ((d[j] ?? 0) + (there[j] ?? 0))) / 2));
    },
  );

/** The midpoint rule on x/α against σ/α: the second call's slope alone, weighted for where it was taken. */
export const dpm2s = (share: (way: number) => number = (way) => 1 / (2 * way)): Stepper =>
  inPairs(
    dpm1("x0"),
    ({ x0 }) => x0,
    (step, { x, d, level }) => {
      const way = (half(step.from) - half(level)) / (half(step.to) - half(level));
      const mixed = step.x0.map((value, j) => (1 - share(way)) * (d[j] ?? 0) + share(way) * value);
      return dpm1("x0")({ ...step, x, x0: mixed, from: level });
    },
  );

/** Old noise and new of an ancestral step, as k-diffusion forms them on x/α. */
export const upDown =
  (
    up: (from: number, to: number) => number = (s, t) => Math.sqrt((t ** 2 * (s ** 2 - t ** 2)) / s ** 2),
    down = (to: number, fresh: number): number => Math.sqrt(Math.max(to ** 2 - fresh ** 2, 0)),
  ): Stepper =>
  ({ x, eps, from, to, noise }) => {
    const [s, t] = [from.sigma / from.alpha, to.sigma / to.alpha];
    const fresh = Math.min(up(s, t), t);
    const kept = down(t, fresh);
    const mean = x.map((value, j) => value / from.alpha + (kept - s) * (eps[j] ?? 0));
    const z = fresh > 0 ? noise() : mean;
    return mean.map((value, j) => to.alpha * (fresh > 0 ? value + fresh * (z[j] ?? 0) : value));
  };

/** DDIM with separate formulas for what is drawn and for what is left of the old noise. */
export const splitting =
  (
    std: (s: Level, t: Level) => number,
    direction: (to: Level, std: number) => number = (to, drawn) => Math.sqrt(Math.max(to.sigma ** 2 - drawn ** 2, 0)),
  ): Stepper =>
  ({ x0, eps, from, to, noise }) => {
    const drawn = std(to, from);
    const kept = direction(to, drawn);
    const mean = x0.map((value, j) => to.alpha * value + kept * (eps[j] ?? 0));
    if (drawn === 0) return mean;
    const z = noise();
    return mean.map((value, j) => value + drawn * (z[j] ?? 0));
  };

/** The posterior's mean with a variance of another kind. */
export const posteriorWith =
  (std: (s: Level, t: Level) => number): Stepper =>
  ({ x, x0, from, to, noise }) => {
    const { c0, ct } = posteriorOf(to, from);
    const drawn = std(to, from);
    const mean = x0.map((value, j) => c0 * value + ct * (x[j] ?? 0));
    if (drawn === 0) return mean;
    const z = noise();
    return mean.map((value, j) => value + drawn * (z[j] ?? 0));
  };

/** The data prediction at the next level with fresh noise of that level; none at the end. */
export const renewing =
  (noisy: (to: Level, from: Level) => number = (to) => to.sigma, guess: (step: Step) => Float64Array = ({ x0 }) => x0): Stepper =>
  (step) => {
    const { to, from, noise } = step;
    const level = noisy(to, from);
    const mean = guess(step).map((value) => to.alpha * value);
    if (level === 0) return mean;
    const z = noise();
    return mean.map((value, j) => value + level * (z[j] ?? 0));
  };
