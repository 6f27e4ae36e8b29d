/**
 * DPM-Solver++ 2M: the data prediction is extrapolated linearly in λ = log(α/σ) from the last two. Source: Lu et al. (2022).
 */
import * as tf from "@tensorflow/tfjs-core";
import { combine } from "#impl/linear";
import { dataPrediction } from "#impl/parameterisation/gaussian";
import { callOf, type Step } from "#impl/sampler/loop";
import type { OutputKind } from "#spec/convention";
import type { Level } from "#spec/sampler/step";

/** `midpoint` is the published 2M; `linear` integrates the extrapolated line exactly (diffusers calls it heun). */
export type SecondOrder = "midpoint" | "linear";

const lambda = ({ alpha, sigma }: Level): number => Math.log(alpha) - Math.log(sigma);

/** Weights of the last two data predictions in the step from `from` to `to`, as xₛ = (σₛ/σₜ)xₜ + now·D₀ + before·D₁. */
export function multistepWeights(
  previous: Level,
  from: Level,
  to: Level,
  variant: SecondOrder,
): { readonly now: number; readonly before: number } {
  const [l0, l1, l2] = [lambda(previous), lambda(from), lambda(to)];
  const h = l2 - l1;
  // αₛ(1 − e^{−h}), the weight of a constant prediction.
  const whole = -to.alpha * Math.expm1(-h);
  const slope = variant === "midpoint" ? whole / 2 : to.alpha - whole / h;
  const extrapolated = slope * (h / (l1 - l0));
  return { now: whole + extrapolated, before: -extrapolated };
}

/** Second order after a first-order first step; the step to clean data returns the last data prediction. Starts anywhere. */
export function dpmSolver2M(prediction: OutputKind, variant: SecondOrder = "midpoint"): Step {
  return ({ x, output, memory, ...at }) => {
    const { from, to } = callOf(at);
    const data = dataPrediction(prediction, output, x, from);
    if (to.sigma === 0) return { x: data, memory: [] };
    const kept = to.sigma / from.sigma;
    const [before] = memory;
    const previous = at.calls[at.index - 1]?.from;
    if (before === undefined || previous === undefined) {
      const weight = to.alpha - kept * from.alpha;
      return { x: combine("DPM-Solver++ step", ["x", kept, x], ["data", weight, data]), memory: [data] };
    }
    const weights = multistepWeights(previous, from, to, variant);
    const next = combine("DPM-Solver++ step", ["x", kept, x], ["data", weights.now, data], ["before", weights.before, before]);
    return { x: next, memory: [tf.clone(data)] };
  };
}
