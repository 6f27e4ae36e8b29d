/**
 * Predictions of data, noise, score, v and velocity on a path αx₀ + σε, and what each says of the others.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { combine } from "#impl/linear";
import type { SampleLevels } from "#impl/schedule/level";
import { type OutputKind, outputCoefficients } from "#spec/convention";
import { SpecError } from "#spec/error";
import type { Level } from "#spec/sampler/step";

/** A linear form c·xₜ + d·value in the state and a prediction there. */
export interface LinearForm {
  readonly state: number;
  readonly value: number;
}

/** x̂₀ and ε̂ as linear forms in the state and the prediction. On the host in binary64. */
export interface Reading {
  readonly data: LinearForm;
  readonly noise: LinearForm;
}

function pq(kind: OutputKind, { alpha, sigma }: Level, sigmaData: number): readonly [p: number, q: number] {
  const { p, q } = outputCoefficients(kind, { alpha: Float64Array.of(alpha), sigma: Float64Array.of(sigma) }, sigmaData);
  return [p[0] ?? Number.NaN, q[0] ?? Number.NaN];
}

/**
 * Solves αx̂₀ + σε̂ = xₜ and p·x̂₀ + q·ε̂ = value, with p and q as in `OutputKind`. Throws `outside-domain` where the prediction does not
 * determine both: ε at α = 0, x₀ and the score at σ = 0.
 */
export function reading(kind: OutputKind, level: Level, sigmaData = 0.5): Reading {
  const { alpha, sigma } = level;
  const [p, q] = pq(kind, level, sigmaData);
  const determinant = alpha * q - sigma * p;
  if (determinant === 0 || !Number.isFinite(determinant))
    throw new SpecError(
      "outside-domain",
      `reading of ${kind}: expected a level at which it determines data and noise, got α = ${alpha}, σ = ${sigma}`,
      {
        hint: "at α = 0 predict v or x₀; at σ = 0 nothing is left to predict",
      },
    );
  return { data: { state: q / determinant, value: -sigma / determinant }, noise: { state: -p / determinant, value: alpha / determinant } };
}

/** x̂₀ from a prediction of any kind. Shape `batch ...`. Throws as `reading`, and `shape-mismatch`. */
export function dataPrediction(kind: OutputKind, value: tf.Tensor, xt: tf.Tensor, level: Level, sigmaData = 0.5): tf.Tensor {
  const { data } = reading(kind, level, sigmaData);
  return combine("data prediction", ["xt", data.state, xt], ["value", data.value, value]);
}

/** The same for a batch with a level each. Shape `batch ...`. */
export function dataPredictions(kind: OutputKind, value: tf.Tensor, xt: tf.Tensor, levels: readonly Level[], sigmaData = 0.5): tf.Tensor {
  const forms = levels.map((level) => reading(kind, level, sigmaData).data);
  const state = Float64Array.from(forms, (form) => form.state);
  return combine("data prediction", ["xt", state, xt], ["value", Float64Array.from(forms, (form) => form.value), value]);
}

/** ε̂ from a prediction of any kind. Shape `batch ...`. Throws as `reading`, and `shape-mismatch`. */
export function noisePrediction(kind: OutputKind, value: tf.Tensor, xt: tf.Tensor, level: Level, sigmaData = 0.5): tf.Tensor {
  const { noise } = reading(kind, level, sigmaData);
  return combine("noise prediction", ["xt", noise.state, xt], ["value", noise.value, value]);
}

/** A prediction of one kind as another. Shape `batch ...`. A kind as itself is a copy. Throws as `reading`, and `shape-mismatch`. */
export function converted(from: OutputKind, to: OutputKind, value: tf.Tensor, xt: tf.Tensor, level: Level, sigmaData = 0.5): tf.Tensor {
  if (from === to) return combine("conversion", ["value", 1, value], ["xt", 0, xt]);
  const { data, noise } = reading(from, level, sigmaData);
  const [p, q] = pq(to, level, sigmaData);
  if (!Number.isFinite(q)) throw new SpecError("outside-domain", `conversion to ${to}: expected σ > 0, got ${level.sigma}`);
  return combine("conversion", ["xt", p * data.state + q * noise.state, xt], ["value", p * data.value + q * noise.value, value]);
}

/**
 * p·x₀ + q·ε, what a network of that kind is trained on. Shape `batch ...`; levels for all samples or one each. Throws `shape-mismatch`,
 * and `outside-domain` for the score at σ = 0.
 */
export function target(kind: OutputKind, x0: tf.Tensor, eps: tf.Tensor, { alpha, sigma }: SampleLevels, sigmaData = 0.5): tf.Tensor {
  const wide = (x: number | Float64Array): Float64Array => (typeof x === "number" ? Float64Array.of(x) : x);
  const { p, q } = outputCoefficients(kind, { alpha: wide(alpha), sigma: wide(sigma) }, sigmaData);
  if (!q.every(Number.isFinite)) throw new SpecError("outside-domain", `target of kind ${kind}: expected σ > 0, got ${sigma}`);
  return combine("target", ["x0", p, x0], ["eps", q, eps]);
}
