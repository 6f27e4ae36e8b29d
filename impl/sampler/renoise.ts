/**
 * Consistency sampling: jump to the data, then put fresh noise of the next level on it. Source: Song et al. (2023).
 */
import * as tf from "@tensorflow/tfjs-core";
import { combine, scaled } from "#impl/linear";
import type { Skip } from "#impl/parameterisation/consistency";
import { reading } from "#impl/parameterisation/gaussian";
import { callOf, type Step } from "#impl/sampler/loop";
import type { OutputKind } from "#spec/convention";

/**
 * xₛ = αₛx̂₀ + σₛz; none of the old noise stays. The step to clean data draws nothing. `skip` gives the coefficients of a consistency
 * function at a call's time; without it predictions are used as they are.
 */
export function renoise(prediction: OutputKind, skip: (time: number) => Skip = () => ({ cskip: 0, cout: 1 })): Step {
  return ({ x, output, noise, ...at }) => {
    const { time, from, to } = callOf(at);
    const { data } = reading(prediction, from);
    const { cskip, cout } = skip(time);
    const jumped = combine("consistency step", ["x", cskip + cout * data.state, x], ["output", cout * data.value, output]);
    const mean = scaled("consistency step", to.alpha, jumped);
    return { x: to.sigma === 0 ? mean : tf.add(mean, tf.mul(noise(), tf.scalar(to.sigma))), memory: [], data: jumped };
  };
}
