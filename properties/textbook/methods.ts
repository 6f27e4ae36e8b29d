/**
 * Raw methods of a subject, answered from a chain by the textbook's formulas. A control replaces one of them.
 */

import { AbsentHere } from "#properties/engine/controls";
import type { RawMethods } from "#properties/engine/property";
import { type Chain, cumulative, discrete, levelsAt } from "#properties/textbook/chain";
import { dynamics } from "#properties/textbook/dynamics";
import { guidance } from "#properties/textbook/guidance";
import { ddim, runWith, type Stepper, spaced } from "#properties/textbook/sampler";
import { asRead } from "#properties/textbook/steppers";
import { tableMethods } from "#properties/textbook/tables";
import { data, type Level, oracleFrom, perSample, posteriorOf } from "#properties/textbook/values";
import { type OutputKind, outputCoefficients } from "#spec/convention";
import { predict } from "#spec/oracle";
import { type Fields, number, tensor, type Value, vector } from "#spec/tensor";

export type Method = RawMethods[string];

export interface Book {
  readonly chain?: Chain;
  readonly output?: OutputKind;
  /** How a step goes, and what the sampler claims of itself. */
  readonly stepper?: Stepper;
  readonly claims?: Readonly<Record<string, Value>>;
  readonly steps?: number;
}

/** Answers of the textbook. `replace` puts other methods in; they may call the right ones, which they are handed. */
export function book(
  { chain = discrete(), output = "eps", stepper = ddim, claims = {}, steps = 10 }: Book = {},
  replace: (right: RawMethods) => RawMethods = () => ({}),
): RawMethods {
  const amplitudes = (times: Float64Array): Fields => {
    const { alpha, sigma } = levelsAt(chain, times);
    return { alpha: tensor(alpha), sigma: tensor(sigma) };
  };
  const grid = (config: Fields): Float64Array => spaced(chain, typeof config["steps"] === "number" ? config["steps"] : steps);
  const right: RawMethods = {
    facts: () => ({
      time: timeFields(chain),
      level: "alpha-sigma",
      output,
      form: chain.form as Value,
      sampler: { noise: "none", eta: 0, order: 1, exactOn: { prediction: "x0", variable: "log-snr", degree: 0 }, ...claims },
    }),
    levels: ({ t }) => amplitudes(data(t)),
    rates: ({ t }) => {
      const { rates } = chain;
      if (rates === undefined) throw new AbsentHere("a chain by index has no rates");
      const times = data(t);
      return { alphaRate: tensor(times.map((x) => rates(x).alphaRate)), sigmaRate: tensor(times.map((x) => rates(x).sigmaRate)) };
    },
    sde: ({ t }) => {
      const { rates } = chain;
      if (rates === undefined) throw new AbsentHere("a chain by index has no rates");
      const times = data(t);
      const at = (x: number): { readonly f: number; readonly g2: number } => {
        const [{ alpha, sigma }, { alphaRate, sigmaRate }] = [chain.levels(x), rates(x)];
        return { f: alphaRate / alpha, g2: 2 * sigma * (sigmaRate - (alphaRate / alpha) * sigma) };
      };
      return { drift: tensor(times.map((x) => at(x).f)), diffusion2: tensor(times.map((x) => at(x).g2)) };
    },
    tables: () => {
      if (chain.betas === undefined) throw new AbsentHere("no tables");
      return { beta: tensor(chain.betas), alpha: tensor(chain.betas.map((b) => 1 - b)), abar: tensor(cumulative(chain.betas)) };
    },
    snr: ({ t }) => ({ value: tensor(data(t).map((x) => (chain.levels(x).alpha / chain.levels(x).sigma) ** 2)) }),
    sample: ({ x0, noise, t }) => {
      const [a, e, times] = [data(x0), data(noise), data(t)];
      return {
        xt: tensor(perSample(a, times, (x, k, time) => chain.levels(time).alpha * x + chain.levels(time).sigma * (e[k] ?? 0))),
        unchanged: true,
      };
    },
    velocity: ({ x0, noise, t }) => {
      const { rates } = chain;
      if (rates === undefined) throw new AbsentHere("a chain by index has no rates");
      const [a, e, times] = [data(x0), data(noise), data(t)];
      return { value: tensor(perSample(a, times, (x, k, time) => rates(time).alphaRate * x + rates(time).sigmaRate * (e[k] ?? 0))) };
    },
    kernel: (args) => {
      const [from, to] = [chain.levels(number(args, "s")), chain.levels(number(args, "t"))];
      const scale = to.alpha / from.alpha;
      return { scale, variance: to.sigma ** 2 - (scale * from.sigma) ** 2 };
    },
    posterior: (args) => {
      const { c0, ct, variance } = posteriorOf(chain.levels(number(args, "s")), chain.levels(number(args, "t")));
      const [x0, xt] = [vector(args, "x0"), vector(args, "xt")];
      return { mean: tensor(x0.map((x, k) => c0 * x + ct * (xt[k] ?? 0))), variance: tensor(x0.map(() => variance)) };
    },
    convert: (args) => {
      const [value, xt, [time = 0]] = [vector(args, "value"), vector(args, "xt"), vector(args, "t")];
      return {
        value: tensor(converted(String(args["source"]) as OutputKind, String(args["target"]) as OutputKind, chain.levels(time), value, xt)),
      };
    },
    target: (args) => {
      const [x0, noise, times] = [vector(args, "x0"), vector(args, "noise"), vector(args, "t")];
      const kind = String(args["kind"]) as OutputKind;
      return { value: tensor(perSample(x0, times, (x, k, time) => outputAt(kind, chain.levels(time), x, noise[k] ?? 0))) };
    },
    denoise: (args) => {
      const [x, [time = 0]] = [vector(args, "x"), vector(args, "t")];
      const { alpha, sigma } = chain.levels(time);
      const oracle = oracleFrom(args["oracle"]);
      if (oracle.name === "outputs" || oracle.name === "affine") throw new AbsentHere("no denoiser");
      return { value: tensor(x.map((value, j) => predict(oracle, value, alpha, sigma, j).x0)) };
    },
    grid: (_, config) => {
      const times = grid(config);
      const { alpha, sigma } = levelsAt(chain, times);
      return {
        times: tensor(times),
        alpha: tensor(Float64Array.of(...alpha, 1)),
        sigma: tensor(Float64Array.of(...sigma, 0)),
        asked: typeof config["steps"] === "number" ? config["steps"] : steps,
        clock: "exact",
      };
    },
    run: (args, config) => runWith(chain, grid(config), stepper, asRead(chain, output, grid(config), args)),
    ...tableMethods(chain),
    ...dynamics(chain),
    ...guidance(chain),
  };
  return { ...right, ...replace(right) };
}

function timeFields({ time }: Chain): Fields {
  return time.kind === "list" ? { kind: "list", times: tensor(time.times), clean: time.clean } : { ...time };
}

function outputAt(kind: OutputKind, { alpha, sigma }: Level, x0: number, eps: number): number {
  const { p, q } = outputCoefficients(kind, { alpha: Float64Array.of(alpha), sigma: Float64Array.of(sigma) });
  return (p[0] ?? 0) * x0 + (q[0] ?? 0) * eps;
}

/** Solves αx₀ + σε = xₜ, p·x₀ + q·ε = value for the data and noise, and writes them as another output. */
function converted(from: OutputKind, to: OutputKind, level: Level, value: Float64Array, xt: Float64Array): Float64Array {
  const { alpha, sigma } = level;
  const { p, q } = outputCoefficients(from, { alpha: Float64Array.of(alpha), sigma: Float64Array.of(sigma) });
  const [p0 = 0, q0 = 0] = [p[0], q[0]];
  const determinant = alpha * q0 - sigma * p0;
  return value.map((v, k) => {
    const x = xt[k] ?? 0;
    const x0 = (q0 * x - sigma * v) / determinant;
    const eps = (alpha * v - p0 * x) / determinant;
    return outputAt(to, level, x0, eps);
  });
}
