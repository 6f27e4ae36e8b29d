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
  return both(() => {
    const seen = seenAt(law, x, level);
    return [averaged(seen, () => readingOf(seen, level, 1, 0)), averaged(seen, () => readingOf(seen, level, 0, -1))];
  });
}

/** Derivatives of data and score by the state, coordinate by coordinate: the diagonals of their Jacobians, which have nothing else. */
export function predictionSlopes(law: DataLaw, x: tf.Tensor, level: Level): Prediction {
  return both(() => slopes(seenAt(law, x, level), x, level));
}

/** Both, for what is computed once where a flow needs all of it. */
export function predictionAndSlopes(
  law: DataLaw,
  x: tf.Tensor,
  level: Level,
): { readonly prediction: Prediction; readonly slopes: Prediction } {
  const [x0, score, x0Slope, scoreSlope] = tf.tidy(() => {
    const seen = seenAt(law, x, level);
    const readings = [readingOf(seen, level, 1, 0), readingOf(seen, level, 0, -1)] as const;
    return [...readings.map((value) => averaged(seen, () => value)), ...slopes(seen, x, level, readings)];
  }) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  return { prediction: { x0, score }, slopes: { x0: x0Slope, score: scoreSlope } };
}

/** A prediction made in a scope of its own. */
function both(make: () => readonly [x0: tf.Tensor, score: tf.Tensor]): Prediction {
  const [x0, score] = tf.tidy(() => [...make()]) as [tf.Tensor, tf.Tensor];
  return { x0, score };
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
    const at = noisedLaw(law, x, level);
    const logs = tf.sub(logits(at), tf.scalar(Math.log(2 * Math.PI) / 2));
    return at.logWeights === null ? logs : tf.logSumExp(logs, -1);
  });
}

/** Horner's rule from the highest power, without a product 0·∞ for constants. */
function polynomial(coefficients: Float64Array, v: number): number {
  const top = coefficients[coefficients.length - 1] ?? 0;
  return coefficients.slice(0, -1).reduceRight((sum, c) => sum * v + c, top);
}

/** A law's numbers as a tensor that broadcasts against the last axis. */
function row(values: Float64Array): tf.Tensor {
  return values.length === 1 ? tf.scalar(values[0] ?? Number.NaN) : stored(values);
}

/** A law's numbers everywhere: on TensorFlow one number is filled in for half of what it costs to tile it. */
function spread(values: Float64Array, shape: readonly number[]): tf.Tensor {
  const [only] = values;
  return values.length === 1 && only !== undefined ? tf.fill([...shape], only) : tf.broadcastTo(stored(values), [...shape]);
}

/** The numbers as they are, one for all coordinates or one each, with the coordinates on the last axis of x. */
function parameter(values: Float64Array, x: tf.Tensor): tf.Tensor {
  const d = x.shape[x.shape.length - 1] ?? 1;
  if (values.length === 1 || values.length === d) return row(values);
  throw new SpecError(
    "shape-mismatch",
    `data law: expected 1 or ${d} values per parameter for states of shape [${x.shape}], got ${values.length}`,
    {
      hint: "coordinates lie on the last axis",
    },
  );
}

/** A law noised to a level: normals N(αm, α²v + σ²), one per coordinate, or a mixture's components on an axis of their own, the last. */
interface NoisedLaw {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** α²v + σ². */
  readonly total: Float64Array;
  /** Logarithms of a mixture's weights. */
  readonly logWeights: Float64Array | null;
  /** x − αm. Shape `batch ...`, or `batch ... component`. */
  readonly residual: tf.Tensor;
}

function noisedLaw(law: DataLaw, x: tf.Tensor, { alpha, sigma }: Level): NoisedLaw {
  const total = (variance: Float64Array): Float64Array => variance.map((v) => alpha * alpha * v + sigma * sigma);
  const scaled = (mean: Float64Array): Float64Array => mean.map((m) => alpha * m);
  switch (law.name) {
    case "point":
    case "gaussian": {
      // A point is a normal of variance 0.
      const [mean, variance] = law.name === "point" ? [law.point, Float64Array.of(0)] : [law.mean, law.variance];
      return { mean, variance, total: total(variance), logWeights: null, residual: tf.sub(x, parameter(scaled(mean), x)) };
    }
    case "mixture": {
      const { means: mean, variances: variance, weights } = law;
      const residual = tf.sub(tf.expandDims(x, -1), stored(scaled(mean)));
      return { mean, variance, total: total(variance), logWeights: weights.map(Math.log), residual };
    }
    default:
      return law satisfies never;
  }
}

/** log of weight times density, up to ½ log 2π. Shape of the residual. */
function logits({ total, logWeights, residual }: NoisedLaw): tf.Tensor {
  const constant = total.map((t, k) => (logWeights?.[k] ?? 0) - Math.log(t) / 2);
  return tf.sub(row(constant), tf.mul(tf.square(residual), row(total.map((t) => 1 / (2 * t)))));
}

/** A component moves by this much when its residual moves by 1. */
function gainOf({ variance, total }: NoisedLaw, { alpha }: Level, p: number, w: number): Float64Array {
  // A point moves with no state: its gain is 0 also at σ = 0, where the quotient is 0/0.
  return variance.map((v, k) => (p * v === 0 && w === 0 ? 0 : (p * alpha * v + w) / (total[k] ?? Number.NaN)));
}

/** p·m + gain·(x − αm) per component. Shape of the residual. */
function readingOf(law: NoisedLaw, level: Level, p: number, w: number): tf.Tensor {
  const { mean, residual } = law;
  const gain = gainOf(law, level, p, w);
  const centre = mean.map((m) => p * m);
  if (gain.every((g) => g === 0)) return spread(centre, residual.shape);
  const moved = tf.mul(residual, row(gain));
  return p === 0 ? moved : tf.add(moved, row(centre));
}

/** A noised law and, of a mixture, the odds of its components at the state. Shape of the residual. */
interface Seen extends NoisedLaw {
  readonly odds: tf.Tensor | null;
}

function seenAt(law: DataLaw, x: tf.Tensor, level: Level): Seen {
  const at = noisedLaw(law, x, level);
  return { ...at, odds: at.logWeights === null ? null : tf.softmax(logits(at)) };
}

/** Σ rₖvₖ: the mean of what the components say, or what the one says that there is. Shape `batch ...`. */
function averaged({ odds }: Seen, say: () => tf.Tensor): tf.Tensor {
  return tf.tidy(() => (odds === null ? say() : tf.sum(tf.mul(odds, say()), -1)));
}

/** Σ rₖ(p·mₖ + (pαvₖ + w)/(α²vₖ + σ²)·(x − αmₖ)): data for p = 1, the score for w = −1, the noise for w = σ. */
function readout(law: DataLaw, x: tf.Tensor, level: Level, p: number, w: number): tf.Tensor {
  return tf.tidy(() => {
    const seen = seenAt(law, x, level);
    return averaged(seen, () => readingOf(seen, level, p, w));
  });
}

/**
 * d/dx of data and score: their components' gains, and the drift of the weights, rₖ′ = rₖ(sₖ − Σrⱼsⱼ) with sₖ the component's own score.
 * `readings` are what the components say of both, where it is known.
 */
function slopes(
  seen: Seen,
  x: tf.Tensor,
  level: Level,
  readings?: readonly [data: tf.Tensor, score: tf.Tensor],
): readonly [x0: tf.Tensor, score: tf.Tensor] {
  const [gain, ownGain] = [gainOf(seen, level, 1, 0), gainOf(seen, level, 0, -1)];
  if (seen.odds === null) return [spread(gain, x.shape), spread(ownGain, x.shape)];
  const [data, own] = readings ?? [readingOf(seen, level, 1, 0), readingOf(seen, level, 0, -1)];
  const away = tf.sub(own, tf.sum(tf.mul(seen.odds, own), -1, true));
  const slope = (numbers: Float64Array, reading: tf.Tensor): tf.Tensor => averaged(seen, () => tf.add(row(numbers), tf.mul(away, reading)));
  return [slope(gain, data), slope(ownGain, own)];
}
