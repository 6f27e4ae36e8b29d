/**
 * # From the chain to the SDE
 *
 * A DDPM chain with β_i = β(i/N)/N tends to the variance-preserving SDE, with an error that falls like 1/N.
 *
 * Convention: index i of the chain stands for time (i + 1)/N; β(t) runs linearly from 0.1 to 20.
 */
import fc from "fast-check";
import { timesAt } from "#spec/convention";
import type { Law } from "#spec/law";
import { binary32, unitRoundoff } from "#spec/number/format";
import { song2021sde } from "#spec/sources";

const [low, high] = [0.1, 20];
const lengths = [125, 250, 500, 1000, 2000];

export const ddpmToVp: Law<"Schedule", { readonly pass: number }> = {
  id: "sde.limit.ddpm-to-vp",
  title: "The chain with β(i/N)/N converges to the VP SDE at order 1.",
  statement: [String.raw`\prod_{i\le tN}\left(1-\tfrac1N\beta(\tfrac iN)\right) = e^{-B(t)} + O(1/N)`],
  roles: ["Schedule"],
  kind: "limit",
  source: [song2021sde("verified", "Eq. 10 to 11")],
  restsOn: ["schedule.beta"],
  given: { "the chain's length and ends can be chosen, and it is linear": (_, facts) => facts.refine !== null && facts.form?.family === "beta-linear" },
  cases: { pass: fc.constant(0) },
  share: 1,
  *claim(_, schedule) {
    const { refine } = yield* schedule.facts();
    if (refine === null) return [];
    const errors: number[] = [];
    for (const N of lengths) {
      const manner = { override: { [refine.T]: N, [refine.first]: low / N, [refine.last]: high / N } };
      const u = Float64Array.from({ length: 17 }, (_, k) => k / 16);
      const { time } = yield* schedule.facts(manner);
      const { alpha } = yield* schedule.coeffs(u, manner);
      const t = timesAt(time, u).map((index) => (index + 1) / N);
      errors.push(Math.max(...alpha.map((a, k) => Math.abs(a * a - Math.exp(-total(t[k] ?? 0))))));
    }
    return [{ kind: "order", name: "convergence", claimed: 1, steps: lengths, errors, floor: 2000 * unitRoundoff(binary32) }];
  },
  tolerance: String.raw`\text{the last local slope reaches } 1-\tfrac12`,
};

const total = (t: number): number => low * t + ((high - low) * t * t) / 2;
