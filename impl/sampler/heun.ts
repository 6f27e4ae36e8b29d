/**
 * Heun's method: an Euler step, the model again at its end, and the mean of both slopes. Source: Karras et al. (2022), Algorithm 1.
 *
 * It is written along the chord between two levels, x + Δα·x̂₀ + Δσ·ε̂, which is Heun in σ where α = 1 and Heun in time on the straight path.
 */
import { combine } from "#impl/linear";
import { type Reading, reading } from "#impl/parameterisation/gaussian";
import { firstOrderStep, mixed } from "#impl/sampler/first-order";
import { type Call, callOf, type Step } from "#impl/sampler/loop";
import type { OutputKind } from "#spec/convention";
import { SpecError } from "#spec/error";
import type { Level } from "#spec/sampler/step";

/** Two calls a step, one for the step to clean data: 2N − 1 calls for N levels. A second call goes from its level to the same level. */
export function heunCalls(times: ArrayLike<number>, levels: readonly Level[], end: Level): readonly Call[] {
  return levels.flatMap((from, k) => {
    const to = levels[k + 1];
    const time = times[k] ?? Number.NaN;
    if (to === undefined) return [{ time, from, to: end }];
    return [
      { time, from, to },
      { time: times[k + 1] ?? Number.NaN, from: to, to },
    ];
  });
}

/** Runs start at a first stage: throws `outside-domain` otherwise. */
export function heun(prediction: OutputKind, sigmaData = 0.5): Step {
  const along = (read: Reading, from: Level, to: Level): ReturnType<typeof mixed> =>
    mixed(read, to.alpha - from.alpha, to.sigma - from.sigma);
  return ({ x, output, memory, ...at }) => {
    const { from, to } = callOf(at);
    const read = reading(prediction, from, sigmaData);
    if (from.alpha !== to.alpha || from.sigma !== to.sigma) {
      if (to.sigma === 0) return { x: firstOrderStep(x, output, from, to, prediction, sigmaData), memory: [] };
      const { state, value } = along(read, from, to);
      const slope = combine("Heun predictor", ["x", state, x], ["output", value, output]);
      return {
        x: firstOrderStep(x, output, from, to, prediction, sigmaData),
        memory: [combine("Heun predictor", ["x", 1, x], ["slope", 0.5, slope])],
      };
    }
    const [half] = memory;
    const start = at.calls[at.index - 1]?.from;
    if (half === undefined || start === undefined) throw new SpecError("outside-domain", "Heun: a run starts at the first stage of a step");
    const { state, value } = along(read, start, to);
    return { x: combine("Heun corrector", ["half", 1, half], ["x", state / 2, x], ["output", value / 2, output]), memory: [] };
  };
}
