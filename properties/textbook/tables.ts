/**
 * Tables, grids and closed terms of the textbook: named β schedules, grids of noise levels, divergences, inverses and shifts.
 */

import { AbsentHere } from "#properties/engine/controls";
import type { RawMethods } from "#properties/engine/property";
import { type Chain, cumulative, discrete } from "#properties/textbook/chain";
import type { Level } from "#properties/textbook/values";
import { erf } from "#spec/number/special";
import { type Fields, number, tensor, vector } from "#spec/tensor";

/** A table over the indices 0 … count − 1. */
export function table(count: number, f: (k: number) => number): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => f(k));
}

let linear: Chain | undefined;

/** The usual chain, made once: a thousand steps, β from 1e-4 to 0.02. */
export function linearChain(): Chain {
  linear ??= discrete();
  return linear;
}

/** √β on a line from √first to √last. */
export function scaledLinearBetas(count = 1000, first = 1e-4, last = 0.02): Float64Array {
  return table(count, (k) => (Math.sqrt(first) + ((Math.sqrt(last) - Math.sqrt(first)) * k) / (count - 1)) ** 2);
}

export function sigmoidBetas(count = 1000, first = 1e-4, last = 0.02): Float64Array {
  return table(count, (k) => (last - first) / (1 + Math.exp(6 - (12 * k) / (count - 1))) + first);
}

/** A chain whose β run between the usual ends as the family of that name says. */
export function named(family: string, betas: Float64Array): Chain {
  return discrete(betas, { family, T: betas.length, first: 1e-4, last: 0.02 });
}

/** Nichol and Dhariwal's squared cosine at t ∈ [0, 1]. */
export const squaredCosine = (t: number, offset = 0.008): number => Math.cos((((t + offset) / (1 + offset)) * Math.PI) / 2) ** 2;

/** β from any survival function ᾱ(t), never above the cap. */
export function cappedBetas(count: number, survival: (t: number) => number, cap = 0.999): Float64Array {
  return table(count, (k) => Math.min(1 - survival((k + 1) / count) / survival(k / count), cap));
}

export function cosineChain(betas: Float64Array = cappedBetas(1000, squaredCosine)): Chain {
  return discrete(betas, { family: "beta-cosine", T: betas.length });
}

/** Every table that a schedule may publish, cleanest first. */
export function tablesOf(betas: Float64Array): Record<string, Float64Array> {
  const abar = cumulative(betas);
  return {
    beta: betas,
    alpha: betas.map((b) => 1 - b),
    abar,
    alpha_amplitude: abar.map(Math.sqrt),
    sigma_amplitude: abar.map((a) => Math.sqrt(1 - a)),
    half_log_snr: abar.map((a) => (Math.log(a) - Math.log(1 - a)) / 2),
  };
}

/** Tables as an answer. */
export function published(tables: Readonly<Record<string, Float64Array>>): Fields {
  return Object.fromEntries(Object.entries(tables).map(([name, values]) => [name, tensor(values)]));
}

/** √ᾱ moved and stretched so that the first value stays and the last is 0 (Lin et al.). */
export function zeroTerminal(abar: Float64Array): Float64Array {
  const roots = abar.map(Math.sqrt);
  const [first = 1, last = 0] = [roots[0], roots[roots.length - 1]];
  return roots.map((a) => ((a - last) * first) / (first - last)).map((a) => a * a);
}

/** Karras et al.'s levels, the largest first. */
export function karrasLevels(count: number, low: number, high: number, rho: number): Float64Array {
  return table(count, (k) => (high ** (1 / rho) + (k / (count - 1)) * (low ** (1 / rho) - high ** (1 / rho))) ** rho);
}

/** What a sampler over levels σ with α = 1 publishes: its levels as times, and the level it ends at. */
export function levelGrid(
  levels: Float64Array,
  { end = 0, asked = levels.length }: { readonly end?: number; readonly asked?: number } = {},
): Fields {
  return {
    times: tensor(levels),
    alpha: tensor(table(levels.length + 1, () => 1)),
    sigma: tensor(Float64Array.of(...levels, end)),
    asked,
    clock: "none",
  };
}

export const cdf = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;

/** Masses of K grey levels: differences of Φ at the edges between them, 0 and 1 outside. */
export function greyMasses(K: number, m: number, s: number, at: (x: number) => number = cdf): Float64Array {
  const edges = table(K - 1, (k) => at(((2 * k) / (K - 1) - 1 + 1 / (K - 1) - m) / s));
  return table(K, (k) => (edges[k] ?? 1) - (edges[k - 1] ?? 0));
}

/** log(α²/σ²). */
export const logSnr = ({ alpha, sigma }: Level): number => 2 * (Math.log(alpha) - Math.log(sigma));

const terms: Readonly<Record<string, (inputs: Fields) => Float64Array>> = {
  "prior-kl": (inputs) => {
    const abar = number(inputs, "abar");
    return vector(inputs, "x0").map((x) => (abar * x * x - abar - Math.log1p(-abar)) / 2);
  },
  "posterior-kl": (inputs) => {
    const [s, t] = bothLevels(inputs);
    const half = ((s.alpha / s.sigma) ** 2 - (t.alpha / t.sigma) ** 2) / 2;
    return squaredErrors(inputs).map((square) => half * square);
  },
  decoder: (inputs) => greyMasses(number(inputs, "K"), number(inputs, "mean"), number(inputs, "std")),
};

/** Levels at s and t of a term between two times. */
export function bothLevels(inputs: Fields): readonly [Level, Level] {
  return [
    { alpha: number(inputs, "alpha_s"), sigma: number(inputs, "sigma_s") },
    { alpha: number(inputs, "alpha"), sigma: number(inputs, "sigma") },
  ];
}

export function squaredErrors(inputs: Fields): Float64Array {
  const guess = vector(inputs, "x0hat");
  return vector(inputs, "x0").map((x, k) => (x - (guess[k] ?? 0)) ** 2);
}

/** The time with a given log SNR: halving between the ends; between two indices on a line in log SNR. */
function timeOf({ time, levels }: Chain, target: number): number {
  if (time.kind === "list") throw new AbsentHere("a list of times is not inverted");
  const [first, last] = time.clean === "first" ? [time.first, time.last] : [time.last, time.first];
  let [clean, noisy] = [first, last];
  const whole = time.kind === "index";
  for (let k = 0; k < 64 && Math.abs(noisy - clean) > (whole ? 1 : 0); k++) {
    const middle = whole ? Math.floor((clean + noisy) / 2) : (clean + noisy) / 2;
    if (logSnr(levels(middle)) >= target) clean = middle;
    else noisy = middle;
  }
  if (!whole) return clean;
  const [above, below] = [logSnr(levels(clean)), logSnr(levels(noisy))];
  return clean + ((above - target) / (above - below)) * (noisy - clean);
}

/** Log SNR from a level of either kind. */
export const logSnrFrom = (kind: string, value: number): number => (kind === "sigma" ? -2 * Math.log(value) : value);

export function tableMethods(chain: Chain): RawMethods {
  return {
    term: (args) => {
      const term = terms[String(args["name"])];
      if (term === undefined) throw new AbsentHere(`no term ${String(args["name"])}`);
      return { value: tensor(term((args["inputs"] ?? {}) as Fields)) };
    },
    inverse: (args) => ({ t: tensor(vector(args, "values").map((value) => timeOf(chain, logSnrFrom(String(args["kind"]), value)))) }),
    shift: (args) => {
      const s = number(args, "strength");
      return { value: tensor(vector(args, "values").map((x) => (s * x) / (1 + (s - 1) * x))) };
    },
  };
}
