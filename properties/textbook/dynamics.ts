/**
 * The textbook's continuous dynamics: drift and score, a corrector, likelihoods along the flow, preconditioning and loss weights;
 * and the chains that only these need.
 */

import { AbsentHere } from "#properties/engine/controls";
import type { RawMethods } from "#properties/engine/property";
import type { Chain } from "#properties/textbook/chain";
import { data, type Level, oracleFrom } from "#properties/textbook/values";
import type { OutputKind } from "#spec/convention";
import { type Oracle, predict } from "#spec/oracle";
import { type Fields, number, tensor, vector } from "#spec/tensor";

/** σ_data of the textbook's preconditioning and consistency functions; a book that uses them declares it. */
export const sigmaData = 0.5;

/** dx = f·x dt + g dw of a chain: f = α̇/α and g² = 2σ(σ̇ − fσ). */
export interface Sde {
  readonly f: number;
  readonly g2: number;
}

export function sdeOf(chain: Chain, t: number): Sde {
  const { rates } = chain;
  if (rates === undefined) throw new AbsentHere("a chain by index has no rates");
  const [{ alpha, sigma }, { alphaRate, sigmaRate }] = [chain.levels(t), rates(t)];
  const f = alphaRate / alpha;
  return { f, g2: 2 * sigma * (sigmaRate - f * sigma) };
}

/** The method `sde` from its two coefficients. */
export const sdeAs = (of: (t: number) => Sde): RawMethods => ({
  sde: ({ t }) => {
    const made = [...data(t)].map(of);
    return { drift: tensor(Float64Array.from(made, ({ f }) => f)), diffusion2: tensor(Float64Array.from(made, ({ g2 }) => g2)) };
  },
});

/** The method `levels` from a path of amplitudes. */
export const walked = (levels: (t: number) => Level): RawMethods => ({
  levels: ({ t }) => {
    const made = [...data(t)].map(levels);
    return { alpha: tensor(Float64Array.from(made, ({ alpha }) => alpha)), sigma: tensor(Float64Array.from(made, ({ sigma }) => sigma)) };
  },
});

export type Model = Exclude<Oracle, { name: "outputs" | "affine" }>;

function modelFrom(args: Fields): Model {
  const oracle = oracleFrom(args["oracle"]);
  if (oracle.name === "outputs" || oracle.name === "affine") throw new AbsentHere("no exact model");
  return oracle;
}

/** ∇log pₜ from the denoiser: (αx̂₀ − x)/σ². */
export function scoreOf(model: Model, x: number, { alpha, sigma }: Level, j: number): number {
  return (alpha * predict(model, x, alpha, sigma, j).x0 - x) / sigma ** 2;
}

/** Mean and variance of Gaussian data. */
export function momentsOf(model: Model): { readonly mean: number; readonly variance: number } {
  if (model.name !== "gaussian") throw new AbsentHere("the formula is for Gaussian data");
  return { mean: model.mean[0] ?? Number.NaN, variance: model.variance[0] ?? Number.NaN };
}

/** The denoised value of one coordinate. */
export type Guess = (model: Model, x: number, level: Level, j: number) => number;

/** The method `denoise` from its formula at one coordinate. */
export const denoising = (chain: Chain, guess: Guess): RawMethods => ({
  denoise: (args) => {
    const [model, [time = 0]] = [modelFrom(args), vector(args, "t")];
    return { value: tensor(vector(args, "x").map((x, j) => guess(model, x, chain.levels(time), j))) };
  },
});

/** What a drift is made of at one coordinate. */
export interface Point {
  readonly model: Model;
  readonly x: number;
  readonly j: number;
  readonly t: number;
  readonly level: Level;
  readonly lambda: number;
}

/** The method `drift` from its two formulas. */
export function drifting(
  chain: Chain,
  drift: (point: Point, sde: Sde) => number,
  diffusion2: (lambda: number, sde: Sde) => number = (lambda, { g2 }) => lambda ** 2 * g2,
): RawMethods {
  return {
    drift: (args) => {
      const [model, x, t, lambda] = [modelFrom(args), vector(args, "x"), number(args, "t"), number(args, "lambda")];
      const [sde, level] = [sdeOf(chain, t), chain.levels(t)];
      return {
        drift: tensor(x.map((value, j) => drift({ model, x: value, j, t, level, lambda }, sde))),
        diffusion2: diffusion2(lambda, sde),
      };
    },
  };
}

/** fx − ½(1 + λ²)g²·score. */
export const reverseDrift = ({ model, x, j, level, lambda }: Point, { f, g2 }: Sde): number =>
  f * x - 0.5 * (1 + lambda ** 2) * g2 * scoreOf(model, x, level, j);

/** The method `correct`: αx̂₀ + keep·(x − αx̂₀) + add·σz. */
export function correcting(chain: Chain, keep: number, add: (sigma: number) => number): RawMethods {
  return {
    correct: (args) => {
      const [model, x, level] = [modelFrom(args), vector(args, "x"), chain.levels(number(args, "t"))];
      const basis = (args["draws"] as Fields)["mode"] === "basis";
      const moved = x.map((value, j) => {
        const centre = level.alpha * predict(model, value, level.alpha, level.sigma, j).x0;
        return centre + keep * (value - centre);
      });
      // One draw: the first unit vector.
      if (basis) moved[0] = (moved[0] ?? 0) + add(level.sigma);
      return { x: tensor(moved) };
    },
  };
}

/** A step of the corrector keeps the share 1 − δ of the variance and renews the rest. */
const renewed = 0.25;

/** Velocity of the probability flow and its divergence in one coordinate. */
interface Flow {
  readonly v: number;
  readonly divergence: number;
}

export type FlowOf = (model: Model, x: number, t: number, j: number) => Flow;

/** α̇x̂₀ + σ̇ε̂; on Gaussian data it is affine in x, and one unit of x shows the slope. */
export function flowOf(chain: Chain): FlowOf {
  const { rates } = chain;
  if (rates === undefined) throw new AbsentHere("a chain by index has no rates");
  return (model, x, t, j) => {
    const [{ alpha, sigma }, { alphaRate, sigmaRate }] = [chain.levels(t), rates(t)];
    const velocity = (y: number): number => {
      const { x0, eps } = predict(model, y, alpha, sigma, j);
      return alphaRate * x0 + sigmaRate * eps;
    };
    return { v: velocity(x), divergence: velocity(x + 1) - velocity(x) };
  };
}

/** One step of a method for x and log p along the flow. */
export type Advance = (flow: (x: number, t: number) => Flow, x: number, t: number, h: number) => Flow;

/** The trapezoid with an Euler predictor: order 2. */
export const heun: Advance = (flow, x, t, h) => {
  const here = flow(x, t);
  const there = flow(x + h * here.v, t + h);
  return { v: (here.v + there.v) / 2, divergence: (here.divergence + there.divergence) / 2 };
};

export interface Likelihood {
  readonly flow?: FlowOf;
  readonly advance?: Advance;
  /** log-density of the law at the noisy end, at x_T. */
  readonly prior?: (x: number, end: Level) => number;
  /** What the divergence along the way counts. */
  readonly sign?: number;
}

export const logNormal = (x: number, variance: number): number => -0.5 * Math.log(2 * Math.PI * variance) - x ** 2 / (2 * variance);

/** The method `loglik`: log p_T(x_T) + ∫ divergence. The prior is centred at 0 with the variance of the noise. */
export function likelihood(
  chain: Chain,
  { flow = flowOf(chain), advance = heun, prior = (x, { sigma }) => logNormal(x, sigma ** 2), sign = 1 }: Likelihood = {},
): RawMethods {
  const { time } = chain;
  return {
    loglik: (args) => {
      if (time.kind !== "interval") throw new AbsentHere("likelihoods need continuous time");
      const [model, steps] = [modelFrom(args), number(args, "steps")];
      const h = (time.last - time.first) / steps;
      const value = vector(args, "x").map((start, j) => {
        let [x, sum] = [start, 0];
        for (let k = 0; k < steps; k++) {
          const { v, divergence } = advance((y, t) => flow(model, y, t, j), x, time.first + k * h, h);
          x += h * v;
          sum += h * divergence;
        }
        return prior(x, chain.levels(time.last)) + sign * sum;
      });
      return { value: tensor(value) };
    },
  };
}

/** c_skip, c_out, c_in and λ of Karras et al. */
export function preconditioned(sigma: number, d: number = sigmaData): Readonly<Record<"cskip" | "cout" | "cin" | "weight", number>> {
  const total = sigma ** 2 + d ** 2;
  return { cskip: d ** 2 / total, cout: (sigma * d) / Math.sqrt(total), cin: 1 / Math.sqrt(total), weight: total / (sigma * d) ** 2 };
}

/** The least noise level of the textbook's consistency function. */
export const leastLevel = 0.002;

/** c_skip and c_out of a consistency function that starts at `least`, after Song et al.: EDM's with the level counted from there. */
export function consistent(sigma: number, least: number, d: number = sigmaData): Readonly<Record<"cskip" | "cout", number>> {
  return { cskip: d ** 2 / ((sigma - least) ** 2 + d ** 2), cout: ((sigma - least) * d) / Math.sqrt(sigma ** 2 + d ** 2) };
}

/** Min-SNR's weight on the squared error of a prediction. */
export function minSnr(kind: OutputKind, snr: number, gamma: number): number {
  const capped = Math.min(snr, gamma);
  if (kind === "x0") return capped;
  if (kind === "eps") return capped / snr;
  if (kind === "v") return capped / (snr + 1);
  throw new AbsentHere(`no min-SNR weight for ${kind}`);
}

export const snrAt = (chain: Chain, t: number): number => (chain.levels(t).alpha / chain.levels(t).sigma) ** 2;

/** The raw methods of this file, for a chain. */
export function dynamics(chain: Chain): RawMethods {
  return {
    ...drifting(chain, reverseDrift),
    ...correcting(chain, Math.sqrt(1 - renewed), (sigma) => Math.sqrt(renewed) * sigma),
    loglik: (args, config) => likelihood(chain)["loglik"]?.(args, config) ?? {},
    precondition: ({ sigma }) => {
      const made = [...data(sigma)].map((level) => preconditioned(level));
      const column = (name: "cskip" | "cout" | "cin" | "weight"): Fields[string] => tensor(Float64Array.from(made, (one) => one[name]));
      return { cskip: column("cskip"), cout: column("cout"), cin: column("cin"), weight: column("weight") };
    },
    boundary: () => consistent(leastLevel, leastLevel),
    weight: (args) => {
      const [times, kind, gamma] = [data(args["t"]), String(args["kind"]) as OutputKind, number(args, "gamma")];
      if (args["name"] === "sd3-sigma-sqrt") return { value: tensor(times.map((level) => level ** -2)) };
      if (args["name"] !== "min-snr") throw new AbsentHere(`no weight ${String(args["name"])}`);
      return { value: tensor(times.map((t) => minSnr(kind, snrAt(chain, t), gamma))) };
    },
  };
}

/** The same path read at a neighbouring time: one index late of a thousand is 0.001. */
export function shifted(chain: Chain, by: number): Chain {
  const { levels, rates } = chain;
  return { ...chain, levels: (t) => levels(t + by), ...(rates === undefined ? {} : { rates: (t: number) => rates(t + by) }) };
}

/** β and its integral B of the linear VP SDE. */
export function linearRate(low = 0.1, high = 20): { readonly beta: (t: number) => number; readonly total: (t: number) => number } {
  return { beta: (t) => low + (high - low) * t, total: (t) => low * t + 0.5 * (high - low) * t * t };
}

const unitInterval = { kind: "interval", first: 0, last: 1, clean: "first" } as const;

/** The drift of VP with standard deviation 1 − e^{−B}. */
export function subvpSde(low = 0.1, high = 20): Chain {
  const { beta, total } = linearRate(low, high);
  return {
    time: unitInterval,
    levels: (t) => ({ alpha: Math.exp(-total(t) / 2), sigma: -Math.expm1(-total(t)) }),
    rates: (t) => ({ alphaRate: (-beta(t) / 2) * Math.exp(-total(t) / 2), sigmaRate: beta(t) * Math.exp(-total(t)) }),
    form: { family: "subvp-sde", low, high },
  };
}

/** The exact kernel of the geometric VE SDE: variance σ²(t) − σ²(0). */
export function veExact(low = 0.01, high = 50): Chain {
  const ratio = Math.log(high / low);
  const sigma = (t: number): number => low * Math.sqrt(Math.expm1(2 * ratio * t));
  return {
    time: unitInterval,
    levels: (t) => ({ alpha: 1, sigma: sigma(t) }),
    rates: (t) => ({ alphaRate: 0, sigmaRate: (ratio * (low * Math.exp(ratio * t)) ** 2) / sigma(t) }),
    form: { family: "ve-sde-exact", low, high },
  };
}

/** The method `levels` as ᾱ; `facts` must declare it. */
export const levelsAsAbar = (chain: Chain): RawMethods => ({
  levels: ({ t }) => ({ level: tensor(data(t).map((time) => chain.levels(time).alpha ** 2)) }),
});
