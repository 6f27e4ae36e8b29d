/**
 * # Oracles
 *
 * Models whose exact answers are known: no weights, no callbacks. An oracle is named and built on both sides from numbers; at a
 * state x and level (α, σ) it predicts the data x̂₀ and the noise ε̂, and the output the subject wants is p·x̂₀ + q·ε̂.
 *
 * Every prediction satisfies αx̂₀ + σε̂ = x, except for `pair`, which keeps its data and noise whatever the state.
 */
import { type Fields, tensor, type Value } from "#spec/tensor";

export type Oracle =
  /** All data at one point: x̂₀ = point. */
  | { readonly name: "point"; readonly point: Float64Array }
  /** Constant data and noise. */
  | { readonly name: "pair"; readonly x0: Float64Array; readonly eps: Float64Array }
  /** Independent coordinates N(mean, variance): x̂₀ = m + αs²(x − αm)/(α²s² + σ²). */
  | { readonly name: "gaussian"; readonly mean: Float64Array; readonly variance: Float64Array }
  /** One-dimensional mixture, the same in each coordinate: weights, means, variances. */
  | {
      readonly name: "mixture";
      readonly weights: Float64Array;
      readonly means: Float64Array;
      readonly variances: Float64Array;
    }
  /** x̂₀ (or ε̂) = Σ cₖ·vᵏ in a variable v of the level alone: log SNR or σ/α. */
  | {
      readonly name: "polynomial";
      readonly prediction: "x0" | "eps";
      readonly variable: "log-snr" | "sigma";
      readonly coefficients: Float64Array;
    }
  /** The output itself: a list of outputs, one per model call, or slope·input + intercept. */
  | { readonly name: "outputs"; readonly outputs: Float64Array }
  | { readonly name: "affine"; readonly slope: number; readonly intercept: number };

/** The oracle as it crosses the bridge: arrays become tensors. Those that most runs have are spelled out: a list of fields costs several times as much. */
export function oracleFields(oracle: Oracle): Fields {
  if (oracle.name === "pair") return { name: oracle.name, x0: tensor(oracle.x0), eps: tensor(oracle.eps) };
  if (oracle.name === "point") return { name: oracle.name, point: tensor(oracle.point) };
  const fields: Record<string, Value> = {};
  for (const [key, value] of Object.entries(oracle)) fields[key] = value instanceof Float64Array ? tensor(value) : value;
  return fields;
}

export interface Prediction {
  readonly x0: number;
  readonly eps: number;
}

/** Prediction of one coordinate `j` at a state and level: what both sides of the bridge compute. Throws nothing; 0/0 is NaN. */
export function predict(
  oracle: Exclude<Oracle, { name: "outputs" | "affine" }>,
  x: number,
  alpha: number,
  sigma: number,
  j: number,
): Prediction {
  const at = (values: Float64Array): number => values[values.length === 1 ? 0 : j] ?? Number.NaN;
  const fromData = (x0: number): Prediction => ({ x0, eps: (x - alpha * x0) / sigma });
  switch (oracle.name) {
    case "point":
      return fromData(at(oracle.point));
    case "pair":
      return { x0: at(oracle.x0), eps: at(oracle.eps) };
    case "gaussian":
      return gaussian(x, alpha, sigma, at(oracle.mean), at(oracle.variance));
    case "mixture":
      return mixture(oracle, x, alpha, sigma);
    case "polynomial": {
      const v = oracle.variable === "sigma" ? sigma / alpha : 2 * Math.log(alpha / sigma);
      const value = oracle.coefficients.reduceRight((sum, c) => sum * v + c, 0);
      return oracle.prediction === "x0" ? fromData(value) : { x0: (x - sigma * value) / alpha, eps: value };
    }
    default:
      return oracle satisfies never;
  }
}

/** No division by σ or α: well defined at both ends. */
function gaussian(x: number, alpha: number, sigma: number, m: number, s2: number): Prediction {
  const total = alpha * alpha * s2 + sigma * sigma;
  const centred = x - alpha * m;
  return { x0: m + (alpha * s2 * centred) / total, eps: (sigma * centred) / total };
}

function mixture({ weights, means, variances }: Extract<Oracle, { name: "mixture" }>, x: number, alpha: number, sigma: number): Prediction {
  const odds = new Float64Array(weights.length);
  let top = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < odds.length; k++) {
    const total = alpha * alpha * (variances[k] ?? 0) + sigma * sigma;
    const centred = x - alpha * (means[k] ?? 0);
    const log = Math.log(weights[k] ?? 0) - 0.5 * Math.log(total) - (centred * centred) / (2 * total);
    odds[k] = log;
    top = Math.max(top, log);
  }
  let sum = 0;
  for (let k = 0; k < odds.length; k++) {
    odds[k] = Math.exp((odds[k] ?? 0) - top);
    sum += odds[k] ?? 0;
  }
  let x0 = 0;
  let eps = 0;
  for (let k = 0; k < odds.length; k++) {
    const part = gaussian(x, alpha, sigma, means[k] ?? 0, variances[k] ?? 0);
    const share = (odds[k] ?? 0) / sum;
    x0 += share * part.x0;
    eps += share * part.eps;
  }
  return { x0, eps };
}
