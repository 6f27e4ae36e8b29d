/**
 * Training chains: variance-preserving processes over indices 0 … T−1, index 0 already noisy. Tables are in binary64.
 */

import type { Process } from "#impl/schedule/level";
import { SpecError } from "#spec/error";
import type { Level } from "#spec/sampler/step";

export interface Chain extends Process {
  readonly beta: Float64Array;
  /** ᾱ, the product of 1 − β up to and including an index. */
  readonly abar: Float64Array;
  /** Amplitudes √ᾱ and √(1 − ᾱ). */
  readonly alpha: Float64Array;
  readonly sigma: Float64Array;
}

/** The chain of a β table. Throws `outside-domain` unless every β lies in [0, 1]. */
export function chainOf(beta: Float64Array): Chain {
  const bad = beta.findIndex((b) => !(b >= 0 && b <= 1));
  if (bad >= 0 || beta.length === 0)
    throw new SpecError("outside-domain", `chain: expected β in [0, 1], got ${bad < 0 ? "no steps" : `${beta[bad]} at index ${bad}`}`, {
      hint: "β is the variance that one step adds",
    });
  // Through log ᾱ: 1 − ᾱ keeps its digits while ᾱ is close to 1.
  let log = 0;
  const logs = beta.map((b) => (log += Math.log1p(-b)));
  return chainWith(
    beta,
    logs.map(Math.exp),
    logs.map((l) => Math.exp(l / 2)),
    logs.map((l) => Math.sqrt(-Math.expm1(l))),
  );
}

/** A chain from its four tables. Shape `T` each. */
export function chainWith(beta: Float64Array, abar: Float64Array, alpha: Float64Array, sigma: Float64Array): Chain {
  const level = (index: number): Level => {
    const [a, s] = [alpha[index], sigma[index]];
    if (a === undefined || s === undefined)
      throw new SpecError("outside-domain", `chain: expected an index 0 … ${alpha.length - 1}, got ${index}`, {
        hint: "index 0 is the cleanest training time",
      });
    return { alpha: a, sigma: s };
  };
  return { time: { kind: "index", first: 0, last: beta.length - 1, clean: "first" }, level, beta, abar, alpha, sigma };
}
