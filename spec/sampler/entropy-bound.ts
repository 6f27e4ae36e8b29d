/**
 * # Committing tokens by their entropies
 *
 * Tokens that are drawn in one step are drawn as if they were independent. What that loses, the divergence of their joint law from the
 * product, is their total correlation, and that is at most the sum of their entropies but for the largest, whatever the joint law:
 * ΣH(xᵢ) − H(x) with H(x) ≥ max H(xᵢ). So a step may commit the tokens of least entropy as long as that sum stays within a bound, and any
 * one token alone.
 *
 * Convention: entropies in nats, of the laws that the tokens are drawn from; a block of 2,048 tokens, so that one too many shows.
 */
import fc from "fast-check";
import { drawnLaws } from "#spec/categorical/table";
import { atLeast, type Evidence, equality } from "#spec/evidence";
import type { Law } from "#spec/law";
import { code, derived } from "#spec/sources";

const tokens = 2048;
/** A logarithm, a product and a sum over K of them for each entropy, and sums over sorted tokens. */
const roundings = 64;

interface Block {
  readonly classes: number;
  /** The bound, as a share of all tokens' entropies. */
  readonly share: number;
  readonly stream: number;
}

export const entropyBound: Law<"DiscreteSampler", Block> = {
  id: "sampler.entropy-bound",
  title: "A step commits the surest tokens, as many as their entropies but the largest stay within the bound.",
  statement: [
    String.raw`\mathrm{KL}\Bigl(p(x_A)\,\Big\|\,\prod_{i\in A}p(x_i)\Bigr) \le \sum_{i\in A}H_i - \max_{i\in A}H_i \le b`,
    String.raw`\max_{i\in A}H_i \le \min_{i\notin A}H_i,\qquad |A|\ge1,\qquad A \ne \text{all} \Rightarrow \sum_{i\in A}H_i > b`,
  ],
  roles: ["DiscreteSampler"],
  kind: "theorem",
  source: [code("diffusers")("verified", "EntropyBoundScheduler"), derived("a joint entropy is at least that of each part")],
  restsOn: [],
  given: {},
  cases: {
    classes: fc.integer({ min: 2, max: 8 }),
    share: fc.integer({ min: 0, max: 15 }).map((k) => (15 - k) / 16),
    stream: fc.integer({ min: 0, max: 999 }),
  },
  *claim({ classes: K, share, stream }, sampler) {
    const laws = drawnLaws(stream, tokens, K);
    const H = Float64Array.from({ length: tokens }, (_, i) =>
      laws.subarray(i * K, (i + 1) * K).reduce((sum, p) => sum - p * Math.log(p), 0),
    );
    const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
    const bound = share * sum(H);
    const kept = yield* sampler.accepted(laws, K, bound);
    const [inside, outside] = [H.filter((_, i) => kept[i] === 1), H.filter((_, i) => kept[i] !== 1)];
    const largest = inside.reduce((a, b) => Math.max(a, b), 0);
    const found: Evidence[] = [
      equality(
        "one or none",
        kept,
        kept.map((x) => (x === 1 ? 1 : 0)),
        { axes: [["token", tokens]] },
      ),
      atLeast("some", inside.length, 1),
      atLeast("bound", bound, sum(inside) - largest, { roundings }),
    ];
    if (outside.length === 0) return found;
    found.push(
      atLeast(
        "surest",
        outside.reduce((a, b) => Math.min(a, b), Number.MAX_VALUE),
        largest,
        { roundings },
      ),
    );
    found.push(atLeast("as many as may be", sum(inside), bound, { roundings }));
    return found;
  },
  // Entropies of positive terms and their sums: 64 roundings of either side.
  tolerance: String.raw`l \ge r - \gamma_{64}\left(|l| + |r|\right)`,
};
