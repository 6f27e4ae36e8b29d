/**
 * Samplers whose last step goes to a level above 0 and leaves its noise out, as in Ho et al.'s Algorithm 2.
 */

import type { RawMethods } from "#properties/engine/property";
import { type Chain, discrete } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import type { Stepper } from "#properties/textbook/sampler";
import { data } from "#properties/textbook/values";
import { type Fields, tensor, type Value } from "#spec/tensor";

/** These steps on a chain whose last level is that of its first index. `claims` may say that the end is a mean, or not. */
export function endingOnMean(stepper: Stepper, claims: Readonly<Record<string, Value>>, chain: Chain = discrete()): RawMethods {
  const end = chain.levels(0);
  const quiet: Stepper = (step) => stepper(step.to.sigma > 0 ? step : { ...step, to: end, noise: () => new Float64Array(step.x.length) });
  const ended = (answer: Fields): Fields => ({
    ...answer,
    alpha: tensor(Float64Array.of(...data(answer["alpha"]).slice(0, -1), end.alpha)),
    sigma: tensor(Float64Array.of(...data(answer["sigma"]).slice(0, -1), end.sigma)),
  });
  return book({ chain, stepper: quiet, claims: { endsClean: false, ...claims } }, (right) => ({
    grid: (args, config) => ended(right["grid"]?.(args, config) ?? {}),
  }));
}
