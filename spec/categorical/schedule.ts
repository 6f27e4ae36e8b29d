/**
 * # Schedules of masks
 *
 * A mask erases: what a masked sequence still tells about its data is the share of tokens that survive. With β = 1/(T − t + 1) that
 * share falls linearly.
 *
 * Convention: entropies in nats; T is the number of steps from data, so that the first index of a chain is t = 1.
 */
import fc from "fast-check";
import { tooMany } from "#spec/categorical/between";
import { drawnLaws, drawnStates } from "#spec/categorical/table";
import { timeAt } from "#spec/convention";
import { unitTime } from "#spec/domain";
import { balance, type Evidence, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { austin2021, derived } from "#spec/sources";

const information = equation("I == a * H");
const linear = equation("T * a == T - t");

interface Data {
  readonly u: number;
  readonly stream: number;
  readonly certain: boolean;
}

export const mutualInformation: Law<"DiscreteKernel", Data> = {
  id: "categorical.schedule.mutual-information",
  title: "A masked token tells of its data what survives of them; with β = 1/(T − t + 1) that falls linearly.",
  statement: [String.raw`I(x_t;x_0) = a_t\,H(x_0)`, String.raw`\beta_t = \frac{1}{T-t+1} \;\Rightarrow\; a_t = 1-\frac{t}{T}`],
  roles: ["DiscreteKernel"],
  kind: "theorem",
  source: [austin2021("verified", "§3.2"), derived("a mask is an erasure")],
  restsOn: ["categorical.q.absorbing"],
  given: { "noise is absorbing": (_, { discrete }) => discrete?.family === "absorbing" },
  cases: { u: unitTime(), stream: fc.integer({ min: 0, max: 999 }), certain: fc.boolean() },
  *claim({ u, stream, certain }, process) {
    const { discrete, time } = yield* process.facts();
    if (discrete === null) return [unmet(tooMany)];
    const { classes: K, mask, parameters } = discrete;
    // Data on six states at most: entropy needs no more, and rows are asked for each.
    const support = Float64Array.from(new Set(drawnStates(stream, 6, K).filter((x) => x !== mask)));
    const n = certain ? Math.min(1, support.length) : support.length;
    if (n === 0) return [unmet("every state that was drawn is the mask")];
    const law = drawnLaws(stream, 1, n);
    const rows = yield* process.transition("data", u, support.slice(0, n));
    const [a = Number.NaN] = yield* process.survival([u]);
    const now = new Float64Array(K);
    rows.forEach((p, k) => {
      now[k % K] = (now[k % K] ?? 0) + p * (law[Math.floor(k / K)] ?? 0);
    });
    let I = 0;
    rows.forEach((p, k) => {
      if (p > 0) I += (law[Math.floor(k / K)] ?? 0) * p * Math.log(p / (now[k % K] ?? 0));
    });
    const H = -law.reduce((sum, p) => sum + p * Math.log(p), 0);
    const found: Evidence[] = [balance("information", information, { I, a, H }, { answer: "I", roundings: 24, via: 1 + H })];
    const T = parameters["linear-information"];
    if (T === undefined || time.kind !== "index") return found;
    const t = Math.abs(timeAt(time, u) - timeAt(time, 0)) + 1;
    return [...found, balance("schedule", linear, { T, a, t }, { answer: "a", roundings: 8 })];
  },
  // Rows of four roundings whose mass is 1 reach a sum of p·log p by their own size; the product of a falls together to one quotient.
  tolerance: String.raw`|\hat I - aH| \le \gamma_{24}\left(\hat I + aH + 1 + H\right)`,
};
