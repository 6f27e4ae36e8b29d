/**
 * Flow matching: velocities of paths, and the straight path between data at time 0 and noise at time 1.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { combine } from "#impl/linear";
import type { Prediction } from "#impl/sampler/oracle";
import { type Path, type PathRates, sdeOfRates, unitInterval } from "#impl/sde/path";
import type { PerSample } from "#impl/shape";
import { SpecError } from "#spec/error";

/** α = 1 − t, σ = t. Source: Lipman et al. (2023), with time turned so that noise is at 1. */
export function straightPath(): Path {
  const rates = (t: number): PathRates => ({ alphaRate: -1, sigmaRate: 1, varianceRate: t });
  return {
    time: unitInterval,
    level: (t) => ({ alpha: 1 - t, sigma: t }),
    rates,
    sde: (t) => sdeOfRates(1 - t, t, rates(t)),
    timeOf: (ratio) => (ratio === Number.POSITIVE_INFINITY ? 1 : ratio / (1 + ratio)),
  };
}

/** α̇x₀ + σ̇ε, the time derivative of a sample path. Shape `batch ...`; rates for all samples or one each. Throws `shape-mismatch`, `outside-domain`. */
export function velocity(
  x0: tf.Tensor,
  eps: tf.Tensor,
  rates: { readonly alphaRate: PerSample; readonly sigmaRate: PerSample },
): tf.Tensor {
  const { alphaRate, sigmaRate } = rates;
  const values = typeof sigmaRate === "number" ? [sigmaRate] : [...sigmaRate];
  if (!values.every(Number.isFinite))
    throw new SpecError("outside-domain", `velocity: expected finite rates, got σ̇ = ${values}`, {
      hint: "σ leaves 0 like a root on this path; ask at a later time",
    });
  return combine("velocity", ["x0", alphaRate, x0], ["eps", sigmaRate, eps]);
}

/**
 * The marginal velocity α̇x̂₀ − σσ̇·score, which is the drift of the probability-flow ODE. Shape `batch ...`.
 * With σσ̇ in place of σ̇ it is finite at both ends, and nothing of the size of the state cancels. Throws `shape-mismatch`.
 */
export function marginalVelocity({ x0, score }: Prediction, { alphaRate, varianceRate }: PathRates): tf.Tensor {
  return combine("marginal velocity", ["x0", alphaRate, x0], ["score", -varianceRate, score]);
}
