/**
 * # The beginning of a run
 *
 * What an object remembers shows in its first steps, and so does where its noise comes from.
 */
import type { Ask } from "#spec/ask";
import type { ReverseStep } from "#spec/roles";

/** A model that knows nothing of levels. */
export const affine: { readonly name: "affine"; readonly slope: number; readonly intercept: number } = {
  name: "affine",
  slope: 0.1,
  intercept: 0,
};

/** Model calls of the first few steps. */
export function* beginning(sampler: ReverseStep): Ask<number> {
  const { sampler: claims } = yield* sampler.facts();
  const { times } = yield* sampler.grid();
  return Math.min(times.length, claims?.stages === 1 ? 4 : 6);
}
