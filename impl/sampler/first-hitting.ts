/**
 * First-hitting sampling of masked tokens: times at which the next token appears, drawn before any token is. On the host in binary64.
 *
 * Convention: time runs from masks at 1 to data at 0; a is the survival of a token. Source: Zheng et al. (2024).
 */
import type { Clock } from "#impl/categorical/schedule";
import type { Random } from "#impl/ctmc/tauleap";
import { SpecError } from "#spec/error";

function assertMasked(where: string, masked: number, t: number): void {
  if (!(Number.isInteger(masked) && masked >= 1))
    throw new SpecError("outside-domain", `${where}: expected masked to be a whole number of at least 1, got ${masked}`);
  if (!(t > 0 && t <= 1)) throw new SpecError("outside-domain", `${where}: expected t in (0, 1], got ${t}`);
}

/** The time that is reached with probability p before any of n tokens masked at t appears: 1 − a falls by p^{1/n}. Throws `outside-domain`. */
export function hittingTime(masked: number, t: number, p: number, { survival, inverse }: Clock): number {
  assertMasked("hitting time", masked, t);
  if (!(p >= 0 && p <= 1)) throw new SpecError("outside-domain", `hitting time: expected p in [0, 1], got ${p}`);
  return Math.min(inverse((1 - survival(t)) * p ** (1 / masked)), t);
}

/** Times at which n tokens masked at t appear one after the other. Shape `masked`. Throws `outside-domain`. */
export function hittingTimes(masked: number, t: number, { survival, inverse }: Clock, random: Random): Float64Array {
  assertMasked("hitting times", masked, t);
  let [gone, last] = [1 - survival(t), t];
  return Float64Array.from({ length: masked }, (_, k) => {
    // Uniforms are in [0, 1): one that is 0 would put all further tokens at the same time.
    gone *= (1 - random()) ** (1 / (masked - k));
    last = Math.min(inverse(gone), last);
    return last;
  });
}
