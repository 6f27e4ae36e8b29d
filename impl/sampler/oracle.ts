/**
 * Exact models: denoisers, scores and densities of data whose law is known. Coordinates are independent.
 *
 * Coefficients of the level and of the law's numbers are formed on the host in binary64; everything that depends on the state is
 * tfjs's, in binary32.
 */
import * as tf from "@tensorflow/tfjs-core";
import { combine, stored } from "#impl/linear";
import { SpecError } from "#spec/error";
import type { Oracle } from "#spec/oracle";
import type { Level } from "#spec/sampler/step";

/** A data law with a score: its parameters are one for all coordinates or one each. */
export type DataLaw = Extract<Oracle, { readonly name: "point" | "gaussian" | "mixture" }>;

/** E[x₀ | xₜ] and ∇ log p(xₜ). Shape `batch ...`. */
export interface Prediction {
  readonly x0: tf.Tensor;
  readonly score: tf.Tensor;
}

/** x̂₀ under a data law. Shape `batch ...`, coordinates on the last axis. Throws `shape-mismatch`. Source: Tweedie's formula. */
export function denoise(law: DataLaw, x: tf.Tensor, level: Level): tf.Tensor {
  return readout(law, x, level, 1, 0);
}

/** ∇ log pₜ(x) under a data law; infinite for one-point data at σ = 0. Shape `batch ...`. Throws `shape-mismatch`. */
export function score(law: DataLaw, x: tf.Tensor, level: Level): tf.Tensor {
  return readout(law, x, level, 0, -1);
}

/** Data and score at once. */
export function predictionOf(law: DataLaw, x: tf.Tensor, level: Level): Prediction {
  return { x0: denoise(law, x, level), score: score(law, x, level) };
}

/** Derivatives of data and score by the state, coordinate by coordinate: the diagonals of their Jacobians, which have nothing else. */
export function predictionSlopes(law: DataLaw, x: tf.Tensor, level: Level): Prediction {
  return { x0: slope(law, x, level, 1, 0), score: slope(law, x, level, 0, -1) };
}

/** What a model of the output p·x̂₀ + q·ε̂ answers. Shape `batch ...`. Throws `shape-mismatch`. */
export function outputOf(
  law: Exclude<Oracle, { readonly name: "outputs" | "affine" }>,
  x: tf.Tensor,
  level: Level,
  p: number,
  q: number,
): tf.Tensor {
  const { alpha, sigma } = level;
  switch (law.name) {
    case "pair":
      return tf.tidy(() => {
        const [x0, eps] = [parameter(law.x0, x), parameter(law.eps, x)].map((value) => tf.broadcastTo(value, [...x.shape]));
        return x0 === undefined || eps === undefined ? tf.zerosLike(x) : combine("pair", ["x0", p, x0], ["eps", q, eps]);
      });
    case "polynomial": {
      const value = polynomial(law.coefficients, law.variable === "sigma" ? sigma / alpha : 2 * Math.log(alpha / sigma));
      // One prediction is known and the state gives the other: αx̂₀ + σε̂ = x.
      const [known, other, own, its] = law.prediction === "x0" ? [p, q, alpha, sigma] : [q, p, sigma, alpha];
      if (other === 0) return tf.fill([...x.shape], known * value);
      return tf.tidy(() => tf.add(tf.mul(tf.sub(x, tf.scalar(own * value)), tf.scalar(other / its)), tf.scalar(known * value)));
    }
    default:
      return readout(law, x, level, p, q * sigma);
  }
}

/** log pₜ(x) per coordinate, in nats. Shape `batch ...`. Throws `shape-mismatch`. */
export function logDensity(law: DataLaw, x: tf.Tensor, level: Level): tf.Tensor {
  return tf.tidy(() => {
    const terms = components(law, x, level).map((part) => tf.sub(logit(part, x), tf.scalar(Math.log(2 * Math.PI) / 2)));
    return terms.length === 1 ? (terms[0] ?? x) : tf.logSumExp(tf.stack(terms, -1), -1);
  });
}

/** Horner's rule from the highest power, without a product 0·∞ for constants. */
function polynomial(coefficients: Float64Array, v: number): number {
  const top = coefficients[coefficients.length - 1] ?? 0;
  return coefficients.slice(0, -1).reduceRight((sum, c) => sum * v + c, top);
}

/** A law's numbers as a tensor that broadcasts against the last axis: a scalar, or one per coordinate. */
function parameter(values: Float64Array, x: tf.Tensor): tf.Tensor {
  if (values.length === 1) return tf.scalar(values[0] ?? Number.NaN);
  const d = x.shape[x.shape.length - 1] ?? 1;
  if (values.length === d) return stored(values);
  throw new SpecError(
    "shape-mismatch",
    `data law: expected 1 or ${d} values per parameter for states of shape [${x.shape}], got ${values.length}`,
    {
      hint: "coordinates lie on the last axis",
    },
  );
}

interface Component {
  readonly weight: number;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** α²v + σ². */
  readonly total: Float64Array;
  /** x − αm. Shape of x. */
  readonly residual: tf.Tensor;
}

/** A law as Gaussian components: one of weight 1 for a point, whose variance is 0, and for a Gaussian. */
function components(law: DataLaw, x: tf.Tensor, { alpha, sigma }: Level): readonly Component[] {
  const of = (weight: number, mean: Float64Array, variance: Float64Array): Component => ({
    weight,
    mean,
    variance,
    total: variance.map((v) => alpha * alpha * v + sigma * sigma),
    residual: tf.sub(
      x,
      parameter(
        mean.map((m) => alpha * m),
        x,
      ),
    ),
  });
  switch (law.name) {
    case "point":
      return [of(1, law.point, Float64Array.of(0))];
    case "gaussian":
      return [of(1, law.mean, law.variance)];
    case "mixture":
      return Array.from(law.weights, (weight, k) => of(weight, law.means.slice(k, k + 1), law.variances.slice(k, k + 1)));
    default:
      return law satisfies never;
  }
}

/** log of weight times density, up to ½ log 2π. */
function logit({ weight, total, residual }: Component, x: tf.Tensor): tf.Tensor {
  const constant = parameter(
    total.map((t) => Math.log(weight) - Math.log(t) / 2),
    x,
  );
  return tf.sub(
    constant,
    tf.mul(
      tf.square(residual),
      parameter(
        total.map((t) => 1 / (2 * t)),
        x,
      ),
    ),
  );
}

/** A component moves by this much when its residual moves by 1. */
function gainOf({ variance, total }: Component, { alpha }: Level, p: number, w: number): Float64Array {
  // A point moves with no state: its gain is 0 also at σ = 0, where the quotient is 0/0.
  return variance.map((v, k) => (p * v === 0 && w === 0 ? 0 : (p * alpha * v + w) / (total[k] ?? Number.NaN)));
}

/** p·m + gain·(x − αm) of one component. */
function componentValue(component: Component, x: tf.Tensor, level: Level, p: number, w: number): tf.Tensor {
  const gain = gainOf(component, level, p, w);
  const centre = parameter(
    component.mean.map((m) => p * m),
    x,
  );
  if (gain.every((g) => g === 0)) return tf.broadcastTo(centre, [...x.shape]);
  const moved = tf.mul(component.residual, parameter(gain, x));
  return p === 0 ? moved : tf.add(moved, centre);
}

/** Posterior weights of the components. Shape `batch ... component`. */
function oddsOf(all: readonly Component[], x: tf.Tensor): tf.Tensor {
  return tf.softmax(
    tf.stack(
      all.map((part) => logit(part, x)),
      -1,
    ),
  );
}

/** Σ rₖ(p·mₖ + (pαvₖ + w)/(α²vₖ + σ²)·(x − αmₖ)): data for p = 1, the score for w = −1, the noise for w = σ. */
function readout(law: DataLaw, x: tf.Tensor, level: Level, p: number, w: number): tf.Tensor {
  return tf.tidy(() => {
    const all = components(law, x, level);
    const values = all.map((component) => componentValue(component, x, level, p, w));
    return values.length === 1 ? (values[0] ?? x) : tf.sum(tf.mul(oddsOf(all, x), tf.stack(values, -1)), -1);
  });
}

/** d/dx of the readout: its components' gains, and the drift of their weights, rₖ′ = rₖ(sₖ − Σrⱼsⱼ) with sₖ the component's own score. */
function slope(law: DataLaw, x: tf.Tensor, level: Level, p: number, w: number): tf.Tensor {
  return tf.tidy(() => {
    const all = components(law, x, level);
    const gains = all.map((component) => tf.broadcastTo(parameter(gainOf(component, level, p, w), x), [...x.shape]));
    if (gains.length === 1) return gains[0] ?? x;
    const odds = oddsOf(all, x);
    const own = tf.stack(
      all.map((component) => componentValue(component, x, level, 0, -1)),
      -1,
    );
    const away = tf.sub(own, tf.sum(tf.mul(odds, own), -1, true));
    const values = tf.stack(
      all.map((component) => componentValue(component, x, level, p, w)),
      -1,
    );
    return tf.sum(tf.mul(odds, tf.add(tf.stack(gains, -1), tf.mul(away, values))), -1);
  });
}
