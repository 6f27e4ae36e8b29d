/**
 * What was probably meant by a name that does not exist.
 */
import { closest, distance } from "fastest-levenshtein";

/** The candidate nearest to `name`; undefined where none is near enough to be a slip of the keyboard. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const lower = name.toLowerCase();
  const best = closest(
    lower,
    candidates.map((candidate) => candidate.toLowerCase()),
  );
  const found = candidates.find((candidate) => candidate.toLowerCase() === best);
  return distance(lower, best) <= Math.max(2, Math.ceil(lower.length / 3)) ? found : undefined;
}

/** `, did you mean X?` or nothing. */
export function meant(name: string, candidates: readonly string[]): string {
  const found = nearest(name, candidates);
  return found === undefined ? "" : `, did you mean ${found}?`;
}
