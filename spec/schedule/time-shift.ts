/**
 * # Time shifts
 *
 * Shifting noise levels by s is one step along a group: it adds log s to the logit of the level.
 *
 * Convention: levels σ ∈ [0, 1] of the straight path; s > 1 moves them towards noise.
 */
import fc from "fast-check";
import { balance } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { code } from "#spec/sources";

const shift = equation("y * (1 + (s - 1) * x) == s * x");
const composed = equation("z == y");

const strength = fc.constantFrom(1, 0.5, 2, 3, 0.25, 6);

export const timeShift: Law<"Schedule", { readonly s: number; readonly r: number; readonly shift: number }> = {
  id: "schedule.time-shift",
  title: "Time shifts form a group: shifting by s and then by r is shifting by their product.",
  statement: [String.raw`\tau_s(x) = \frac{s\,x}{1+(s-1)\,x},\qquad \tau_r\circ\tau_s = \tau_{rs},\qquad \tau_1 = \mathrm{id}`],
  roles: ["Schedule"],
  kind: "theorem",
  source: [code("diffusers")("verified", "_time_shift_linear")],
  restsOn: [],
  given: {},
  cases: { s: strength, r: strength, shift: fc.integer({ min: 0, max: 7 }).map((k) => k / 8) },
  *claim({ s, r, shift: offset }, schedule) {
    // Levels in (0, 1]: at 0 a form with 1/x divides by zero, and no sampler asks there.
    const x = Float64Array.from({ length: 9 }, (_, k) => 1 - (k + offset) / 10);
    const axes = [["level", x.length]] as const;
    const once = yield* schedule.shift(s, x);
    const twice = yield* schedule.shift(r, once);
    const together = yield* schedule.shift(r * s, x);
    return [
      balance("shift", shift, { y: once, s, x }, { answer: "y", roundings: 6, axes }),
      balance("composition", composed, { z: twice, y: together }, { answer: "z", roundings: 16, axes }),
    ];
  },
  // Levels cross into storage once, are multiplied, added to and divided: six roundings; composing does it twice.
  tolerance: String.raw`\hat\tau_s(x) = \tau_s(x)(1+\theta_6)`,
};
