/**
 * # Temperature
 *
 * Drawing at temperature τ is drawing from the law whose logits are divided by τ and which is normalised again: log-odds of any two
 * outcomes shrink by 1/τ, and τ = 1 changes nothing. Subjects differ in which law it is, the model's of clean tokens or the one that a
 * step draws from; they say so.
 *
 * Convention: the subject's own step without a temperature is what its step with one is held to. A token that cannot be drawn stays so.
 */
import fc from "fast-check";
import { between, endsOf, mostStates, rare, type Stretch, stretches, tooMany } from "#spec/categorical/between";
import { drawnLaws, drawnStates, normalise, rowSums } from "#spec/categorical/table";
import { type Axes, balance, enclosure, equality, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation, expression } from "#spec/number/expression";
import { derived, standard } from "#spec/sources";

const same = equation("p == q");
const powered = expression("exp(log(q) / c) / N");

interface Tempered extends Stretch {
  readonly temperature: number;
  readonly stream: number;
}

export const temperature: Law<"DiscreteStep" | "DiscreteKernel", Tempered> = {
  id: "sampler.temperature",
  title: "A temperature divides logits of a law that is normalised again, and at 1 changes nothing.",
  statement: [
    String.raw`p_\tau(k) = \frac{p(k)^{1/\tau}}{\sum_j p(j)^{1/\tau}},\qquad \log\frac{p_\tau(i)}{p_\tau(j)} = \frac1\tau\log\frac{p(i)}{p(j)}`,
    String.raw`p = \tilde p_\theta(x_0\mid x_t) \quad\text{or}\quad p = p_\theta(x_s\mid x_t)`,
  ],
  roles: ["DiscreteStep", "DiscreteKernel"],
  kind: "definition",
  source: [standard("softmax at a temperature"), derived("odds of a normalised power")],
  restsOn: [],
  given: { "it says which law a temperature is applied to": (_, { discrete }) => (discrete?.tempers ?? null) !== null },
  cases: {
    ...stretches,
    temperature: fc.constantFrom(1 / 2, 1, 2, 3 / 4),
    stream: fc.integer({ min: 0, max: 999 }),
  },
  *claim({ temperature: tau, stream, ...span }, step) {
    const facts = yield* step.facts();
    const { discrete } = facts;
    const ends = endsOf(span, facts);
    if (discrete === null || ends === null || ends.s === "data") return [unmet("the two times are one, or one is that of data")];
    const { classes: K, mask, tempers, reverse } = discrete;
    const toNow = yield* between(step, "data", ends.t);
    if (toNow === null) return [unmet(tooMany)];
    const now = toNow.push(drawnLaws(stream, 1, K, mask));
    // A token that is not masked is known: there a model of posteriors has no law to be tempered.
    const wanted = drawnStates(stream + 1, K > mostStates ? 2 : 4, K);
    const tokens = wanted.map((x, i) => (mask !== null && (i > 0 || reverse === "mixture") ? mask : x));
    const xt = tokens.filter((x) => (now[x] ?? 0) > rare);
    const n = xt.length;
    if (n === 0) return [unmet("noise brings about none of the states")];
    const clean = drawnLaws(stream, n, K, mask);
    const law = yield* step.temperedLaw(xt, clean, ends.s, ends.t, tau);
    const axes: Axes = [
      ["token", n],
      ["state", K],
    ];
    if (tempers === "clean") {
      const sharp = tempered(clean, K, tau);
      const q = yield* step.stepLaw(xt, sharp, ends.s, ends.t);
      const size = sizes(clean, K, tau);
      // The chance to stay is what all others leave of 1.
      const stays = (k: number): number => (xt[Math.floor(k / K)] === k % K ? 2 : 0);
      const via = q.map((p, k) => 2 * p * (size[Math.floor(k / K)] ?? 0) + stays(k));
      return [balance("clean law", same, { p: law, q }, { answer: "p", roundings: 24, via, axes })];
    }
    const plain = yield* step.stepLaw(xt, clean, ends.s, ends.t);
    const possible = Float64Array.from(plain.keys()).filter((k) => (plain[k] ?? 0) > 0);
    const at = (values: Float64Array): Float64Array => possible.map((k) => values[k] ?? Number.NaN);
    const whole = rowSums(powers(plain, tau), K);
    const size = sizes(plain, K, tau);
    return [
      enclosure("step's law", powered, { q: at(plain), c: tau, N: at(plain.map((_, k) => whole[Math.floor(k / K)] ?? 0)) }, at(law), {
        roundings: 24,
        via: at(law.map((p, k) => p * (size[Math.floor(k / K)] ?? 0))),
      }),
      equality(
        "impossible",
        law.map((p, k) => ((plain[k] ?? 0) > 0 ? 0 : p)),
        Float64Array.of(0),
        { axes },
      ),
    ];
  },
  // Logarithms round by their own size before they are divided; a sum of positive terms normalises.
  tolerance: String.raw`|\hat p_\tau - p_\tau| \le \gamma_{24}\,p_\tau\left(1 + \tfrac2\tau\max_j|\log p(j)|\right) + \gamma_{24}\,2\delta_{k x_t}`,
};

const powers = (laws: Float64Array, tau: number): Float64Array => laws.map((p) => (p === 0 ? 0 : p ** (1 / tau)));

/** Laws at a temperature. Shape `n*K`. */
function tempered(laws: Float64Array, K: number, tau: number): Float64Array {
  const out = powers(laws, tau);
  for (let i = 0; i < out.length; i += K) normalise(out.subarray(i, i + K));
  return out;
}

/** The largest |log p|/τ of each law, by which a power rounds, itself and among those that normalise. Shape `n`. */
function sizes(laws: Float64Array, K: number, tau: number): Float64Array {
  const out = new Float64Array(laws.length / K);
  laws.forEach((p, k) => {
    const i = Math.floor(k / K);
    if (p > 0) out[i] = Math.max(out[i] ?? 0, Math.abs(Math.log(p)) / tau);
  });
  return out;
}
