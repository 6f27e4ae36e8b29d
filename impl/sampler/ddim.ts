/**
 * The DDIM family: η says how much of the posterior's noise is fresh. Source: Song et al. (2021), DDIM.
 */
import * as tf from "@tensorflow/tfjs-core";
import { posteriorCoefficients } from "#impl/gaussian/posterior";
import { combine } from "#impl/linear";
import { reading } from "#impl/parameterisation/gaussian";
import { mixed } from "#impl/sampler/first-order";
import { callOf, type Step } from "#impl/sampler/loop";
import type { OutputKind } from "#spec/convention";
import { SpecError } from "#spec/error";

/** xₛ = αₛx̂₀ + √(σₛ² − ς²)ε̂ + ςz with ς² = η²β̃. No draw is made where ς = 0. Throws `outside-domain` unless 0 ≤ η ≤ 1. */
export function ddim(prediction: OutputKind, eta = 0): Step {
  if (!(eta >= 0 && eta <= 1)) throw new SpecError("outside-domain", `DDIM: expected η in [0, 1], got ${eta}`);
  return ({ x, output, noise, ...at }) => {
    const { from, to } = callOf(at);
    const std = eta === 0 ? 0 : eta * Math.sqrt(posteriorCoefficients(to, from).variance);
    const carried = Math.sqrt(Math.max((to.sigma - std) * (to.sigma + std), 0));
    const { state, value } = mixed(reading(prediction, from), to.alpha, carried);
    const mean = combine("DDIM step", ["x", state, x], ["output", value, output]);
    return { x: std === 0 ? mean : tf.add(mean, tf.mul(noise(), tf.scalar(std))), memory: [] };
  };
}
