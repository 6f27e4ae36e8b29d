/**
 * # Score entropy of absorbing noise is a cross-entropy
 *
 * At a masked token every ratio is the same number 1/(e^σ − 1) times a law c of clean tokens that no level changes, and what score
 * entropy charges is the cross-entropy of c at the true token, with that number as its weight.
 *
 * Convention: σ is the integrated rate −log α, σ̇ its slope in time; the model's score is c/(e^σ − 1). Tokens that are not masked cost
 * nothing: no rate leads into them.
 *
 * If c leaves the mass δ to the mask, the score entropy lacks δσ̇/(e^σ − 1).
 */
import fc from "fast-check";
import { attempted } from "#spec/ask";
import { drawnLaws, drawnStates } from "#spec/categorical/table";
import { positive } from "#spec/domain";
import { heldToSum, type TermRow, termOfRows } from "#spec/elbo/rows";
import { enclosure, equality } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { code } from "#spec/sources";

const crossEntropy = expression("r * (-log(c) - d) / expm1(s)");

/** What all laws of masked losses ask of a subject's declaration. */
export const declaresMask: Readonly<Record<string, (_: unknown, facts: Facts) => boolean>> = {
  "one of the declared states is the mask": (_, { discrete }) => discrete !== null && discrete.mask !== null,
};

/** `count` clean tokens. */
export function drawnTokens(stream: number, count: number, classes: number, mask: number): Float64Array {
  return drawnStates(stream, count, classes - 1).map((x) => (x < mask ? x : x + 1));
}

interface Place {
  readonly sigma: number;
  readonly rate: number;
  readonly leak: number;
  readonly stream: number;
}

export const raddCrossEntropy: Law<"Loss", Place> = {
  id: "elbo.radd.dse-dce",
  title: "With absorbing noise, score entropy is the cross-entropy of the clean token at the weight σ̇/(e^σ − 1).",
  statement: [
    String.raw`s_y = \frac{c_y}{e^{\sigma}-1} \;\Rightarrow\; \dot\sigma\sum_{y\ne m}\left[s_y - r_y\log s_y + r_y(\log r_y - 1)\right] = \frac{\dot\sigma}{e^{\sigma}-1}\left(-\log c_{x_0} - \delta\right)`,
    String.raw`\delta = 1 - \sum_{y\ne m} c_y`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [code("SEDD")("verified", "Absorbing.score_entropy"), code("RADD")("verified"), code("MDLM")("verified")],
  restsOn: [],
  given: declaresMask,
  cases: {
    sigma: positive(-13, 3),
    rate: positive(-2, 2),
    leak: fc.constantFrom(0, 1 / 64, 1 / 4),
    stream: fc.integer({ min: 0, max: 0xffff }),
  },
  *claim({ sigma, rate, leak, stream }, loss) {
    const { discrete } = yield* loss.facts();
    const [K, mask] = [discrete?.classes ?? Number.NaN, discrete?.mask ?? Number.NaN];
    const [count, shift] = [4, Math.log(Math.expm1(sigma))];
    const tokens = drawnTokens(stream, count, K, mask);
    const laws = drawnLaws(stream, count, K, mask);
    const law = (i: number): Float64Array => laws.slice(i * K, (i + 1) * K).map((p) => p * (1 - leak));
    const chance = tokens.map((x0, i) => law(i)[x0] ?? Number.NaN);
    // The last token is not masked.
    const xt = tokens.map((x0, i) => (i < count - 1 ? mask : x0));
    const scored = Array.from(tokens, (x0, i): TermRow => {
      const logscore = law(i).map((p, y) => (y === mask ? 0 : Math.log(p) - shift));
      return { x0, xt: xt[i] ?? 0, sigma, rate, logscore };
    });
    const value = yield* termOfRows(loss, "score-entropy-absorbing", scored, { mask });
    const [masked, c] = [value.slice(0, count - 1), chance.slice(0, count - 1)];
    const via = c.map((p) => (rate / Math.expm1(sigma)) * (3 + 2 * Math.abs(shift) + Math.abs(Math.log(p))));
    const found = [
      enclosure("masked", crossEntropy, { r: rate, s: sigma, c, d: leak }, masked, { roundings: 8, via }),
      equality("not masked", value.slice(count - 1), Float64Array.of(0)),
    ];
    if (leak !== 0) return found;
    const rows = Array.from(tokens, (x0, i): TermRow => ({ x0, xt: xt[i] ?? 0, sigma, rate, law: law(i) }));
    const weighted = yield* attempted(termOfRows(loss, "masked-nelbo", rows, { mask }));
    if (weighted === null) return found;
    return [...found, heldToSum("both losses", value, weighted, { roundings: 8, via: Float64Array.of(...via, 0) })];
  },
  // log s carries the shift log(e^σ − 1) in and the constant takes it out again: both count, and the sum of scores with 1.
  tolerance: String.raw`|\hat D - D| \le u\left(E_D + 8D + \tfrac{8\dot\sigma}{e^\sigma-1}\left(3 + 2|\log(e^\sigma-1)| + |\log c_{x_0}|\right)\right)`,
};
