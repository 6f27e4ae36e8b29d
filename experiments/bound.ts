/**
 * # The bound of a diffusion on the line, three ways
 *
 * Data are one point x, the model is the diffusion of N(m, v). Between a first time ε and the end the bound grows at the rate of the
 * generator, E[(Lφ)/φ − L log φ] with φ = q(xₜ | x)/pₜ; in closed form it is the fall of KL(q(xₜ | x) ‖ pₜ); with T steps it is
 * Σ ½(SNRₛ − SNRₜ)·E|x − x̂(xₜ)|², more than both, and less so the more steps there are.
 */
import type { Experiment, Result } from "#experiments/experiment";
import { type Chain, straight, vpSde } from "#properties/textbook/chain";
import { subvpSde } from "#properties/textbook/dynamics";
import { line } from "#properties/textbook/generator";
import type { Level } from "#properties/textbook/values";
import { type Density, densityOf, logDensity, ruleOf } from "#spec/generator/space";
import { gaussLegendre } from "#spec/number/quadrature";
import { type Fields, tensor, vector } from "#spec/tensor";

const x = 0.75;
const model = { mean: -0.25, variance: 0.5 };
const [first, last] = [1 / 64, 63 / 64];
const onLine = { kind: "line" } as const;

const truthAt = ({ alpha, sigma }: Level): Density => ({ mean: alpha * x, variance: sigma ** 2 });
const modelAt = ({ alpha, sigma }: Level): Density => ({ mean: alpha * model.mean, variance: alpha ** 2 * model.variance + sigma ** 2 });

/** KL of two Gaussians. */
const divergence = (p: Density, q: Density): number =>
  0.5 * (p.variance / q.variance - 1 - Math.log(p.variance / q.variance) + (p.mean - q.mean) ** 2 / q.variance);

const valueAt = (coefficients: Float64Array, z: number): number => coefficients.reduceRight((sum, c) => sum * z + c, 0);

/** E_q[(Lφ)/φ − L log φ] at a time, from the generator alone: it is asked what it does to φ and to log φ. */
function integrand(methods: ReturnType<typeof line>, chain: Chain, t: number): number {
  const [p, q] = [truthAt(chain.levels(t)), modelAt(chain.levels(t))];
  const [a, b] = [logDensity(p).coefficients, logDensity(q).coefficients];
  const open = a.map((value, k) => (k === 0 ? 0 : value - (b[k] ?? 0)));
  // Constants do not matter; with this one φ is 1 at the mean of the noised data, where σ may be small and log φ steep.
  const log = open.map((value, k) => (k === 0 ? -valueAt(open, p.mean) : value));
  const rule = ruleOf(onLine, p, 8);
  const density = densityOf(onLine, p, rule.points);
  const asked = (kind: string): Float64Array => {
    const args: Fields = { f: { kind, coefficients: tensor(log) }, x: tensor(rule.points), t };
    return vector(methods["apply"]?.(args, {}) ?? {}, "value");
  };
  const [raised, plain] = [asked("exponential"), asked("polynomial")];
  return rule.points.reduce((sum, z, k) => {
    const rate = (raised[k] ?? 0) / Math.exp(valueAt(log, z)) - (plain[k] ?? 0);
    return sum + (rule.weights[k] ?? 0) * (density[k] ?? 0) * rate;
  }, 0);
}

/** Panels that double in length: the integrand falls like 1/t where σ grows like t. */
export function byGenerator(chain: Chain): number {
  const methods = line({ chain });
  const { nodes, weights } = gaussLegendre(24);
  let sum = 0;
  for (let from = first; from < last; ) {
    const to = Math.min(2 * from, last);
    nodes.forEach((node, k) => {
      sum += (to - from) * (weights[k] ?? 0) * integrand(methods, chain, from + (to - from) * node);
    });
    from = to;
  }
  return sum;
}

export function closedForm(chain: Chain): number {
  const at = (t: number): number => divergence(truthAt(chain.levels(t)), modelAt(chain.levels(t)));
  return at(first) - at(last);
}

/** T steps of equal length. x̂ is affine in xₜ, so that E|x − x̂|² is its variance and bias. */
export function byDiscreteSteps(chain: Chain, steps: number): number {
  const snr = (t: number): number => (chain.levels(t).alpha / chain.levels(t).sigma) ** 2;
  let sum = 0;
  for (let k = 1; k <= steps; k++) {
    const [s, t] = [first + ((last - first) * (k - 1)) / steps, first + ((last - first) * k) / steps];
    const { alpha, sigma } = chain.levels(t);
    const total = alpha ** 2 * model.variance + sigma ** 2;
    const gain = (alpha * model.variance) / total;
    const bias = x - model.mean - gain * alpha * (x - model.mean);
    sum += 0.5 * (snr(s) - snr(t)) * (bias ** 2 + (gain * sigma) ** 2);
  }
  return sum;
}

export const diffusions: readonly (readonly [name: string, chain: Chain])[] = [
  ["VP", vpSde()],
  ["sub-VP", subvpSde()],
  ["straight", straight()],
];

export const stepCounts: readonly number[] = [4, 16, 64, 256, 1024, 4096];

function run(): Result {
  const rows = diffusions.map(([name, chain]) => {
    const exact = closedForm(chain);
    return [name, exact, byGenerator(chain) - exact, ...stepCounts.map((steps) => byDiscreteSteps(chain, steps) - exact)] as const;
  });
  const slopes = rows.map((row) => Math.log2(Number(row.at(-2)) / Number(row.at(-1))) / 2);
  return {
    columns: ["diffusion", "closed form (nats)", "generator − closed", ...stepCounts.map((steps) => `T = ${steps}`)],
    rows,
    finding: `The generator's integral is the closed form to ${Math.max(...rows.map((row) => Math.abs(row[2]))).toExponential(0)} nats. Bounds with T steps lie above it and fall with T to the power ${slopes.map((slope) => (-slope).toFixed(3)).join(", ")}.`,
    plot: {
      x: "steps T",
      y: "discrete-time bound − closed form (nats)",
      lines: diffusions.map(([name], k) => ({ name, points: stepCounts.map((steps, j) => [steps, Number(rows[k]?.[j + 3])] as const) })),
    },
  };
}

export const bound: Experiment = {
  name: "bound",
  question: "Does the integral of the generator's ELBO integrand equal its closed form, and do discrete-time bounds fall to it?",
  method: `Data x = ${x}, model N(${model.mean}, ${model.variance}) diffused exactly, times ${first} to ${last}. Generator: Gauss–Hermite of 8 points in space, Gauss–Legendre of 24 per doubling panel in time.`,
  run,
};
