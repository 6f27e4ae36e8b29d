/**
 * Log-likelihoods by integrating the divergence along the probability-flow ODE. Source: Song et al. (2021), section 4.3.
 */
import * as tf from "@tensorflow/tfjs-core";
import { SpecError } from "#spec/error";

/** dx/dt for time running towards noise, and its divergence: exact per coordinate, or an unbiased estimate. Shape `batch ...` each. */
export interface Flow {
  readonly velocity: tf.Tensor;
  readonly divergence: tf.Tensor;
}

export interface LikelihoodPlan {
  readonly flow: (x: tf.Tensor, t: number) => Flow;
  /** Log-density of the state at the last time, per coordinate, in nats. */
  readonly logPrior: (x: tf.Tensor) => tf.Tensor;
  readonly first: number;
  readonly last: number;
  readonly steps: number;
}

/** log p(x) per coordinate in nats, by Heun's method of order 2 in time. Shape `batch ...`; the caller disposes it. Throws `outside-domain`. */
export function logLikelihood(x: tf.Tensor, { flow, logPrior, first, last, steps }: LikelihoodPlan): tf.Tensor {
  if (!(Number.isInteger(steps) && steps >= 1))
    throw new SpecError("outside-domain", `likelihood: expected at least one step, got ${steps}`);
  const h = (last - first) / steps;
  return tf.tidy(() => {
    const half = tf.scalar(h / 2);
    let [state, gathered]: [tf.Tensor, tf.Tensor] = [tf.clone(x), tf.zerosLike(x)];
    for (let k = 0; k < steps; k++) {
      const [moved, sum] = tf.tidy(() => {
        const start = flow(state, first + k * h);
        const end = flow(tf.add(state, tf.mul(start.velocity, tf.scalar(h))), first + (k + 1) * h);
        const mean = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.mul(tf.add(a, b), half);
        return [tf.add(state, mean(start.velocity, end.velocity)), tf.add(gathered, mean(start.divergence, end.divergence))] as tf.Tensor[];
      });
      tf.dispose([state, gathered]);
      if (moved === undefined || sum === undefined) throw new SpecError("outside-domain", "likelihood: the flow returned no velocity");
      [state, gathered] = [moved, sum];
    }
    return tf.add(logPrior(state), gathered);
  });
}
