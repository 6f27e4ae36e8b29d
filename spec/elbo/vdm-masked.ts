/**
 * # Steps of masked tokens, on average
 *
 * With exact conditionals one step costs the sum of the tokens' entropies, as if they were independent; the limit of many steps costs
 * the entropy of the sequence. A single sequence may cost more with more steps; the mean never does.
 */
import type { Ask } from "#spec/ask";
import { normalise, tokensOf } from "#spec/categorical/table";
import { maskedCount, maskSets } from "#spec/elbo/masks";
import { heldToSum, type TermRow, temperedLaw, termOfRows } from "#spec/elbo/rows";
import { atLeast, type Evidence } from "#spec/evidence";
import type { Loss } from "#spec/roles";

/** Two tokens of two kinds, in 1, 2, 4 and 8 steps of the straight schedule. */
export function* maskedPopulation(loss: Loss, stream: number): Ask<readonly Evidence[]> {
  const { discrete } = yield* loss.facts();
  const [K, mask] = [discrete?.classes ?? Number.NaN, discrete?.mask ?? Number.NaN];
  const length = 2;
  const kinds = Math.min(2, K - 1);
  const table = temperedLaw(stream, kinds ** length);
  const token = (k: number): number => (k < mask ? k : k + 1);
  const sequences = Array.from(table, (_, k) => tokensOf(k, length, kinds).map(token));
  const counts = [1, 2, 4, 8];
  const rows: TermRow[] = [];
  const [shares, part]: [number[], number[]] = [[], []];
  counts.forEach((T, which) => {
    for (let i = 1; i <= T; i++) {
      const [alpha_s, alpha] = [1 - (i - 1) / T, 1 - i / T];
      sequences.forEach((tokens, n) => {
        for (const set of maskSets(length)) {
          const k = maskedCount(set);
          const share = (table[n] ?? 0) * alpha ** (length - k) * (1 - alpha) ** k;
          set.forEach((masked, place) => {
            if (!masked || share === 0) return;
            const law = new Float64Array(K);
            sequences.forEach((other, m) => {
              if (other.every((x, j) => set[j] === true || x === tokens[j]))
                law[other[place] ?? 0] = (law[other[place] ?? 0] ?? 0) + (table[m] ?? 0);
            });
            rows.push({ x0: tokens[place] ?? 0, xt: mask, alpha_s, alpha, law: normalise(law) });
            shares.push(share);
            part.push(which);
          });
        }
      });
    }
  });
  const value = yield* termOfRows(loss, "masked-kl", rows, { mask });
  const totals = new Float64Array(counts.length);
  value.forEach((v, i) => {
    const k = part[i] ?? 0;
    totals[k] = (totals[k] ?? 0) + v * (shares[i] ?? Number.NaN);
  });
  const entropy = (law: Float64Array): number => law.reduce((sum, p) => sum - (p === 0 ? 0 : p * Math.log(p)), 0);
  const marginals = [0, 1].map((place) => {
    const law = new Float64Array(K);
    sequences.forEach((tokens, n) => {
      law[tokens[place] ?? 0] = (law[tokens[place] ?? 0] ?? 0) + (table[n] ?? 0);
    });
    return law;
  });
  const independent = marginals.reduce((sum, law) => sum + entropy(law), 0);
  return [
    heldToSum("masked: one step", totals.slice(0, 1), Float64Array.of(independent)),
    atLeast("masked: falling", totals.slice(0, -1), totals.slice(1), { roundings: 16 }),
    atLeast("masked: limit", totals, entropy(table), { roundings: 16 }),
  ];
}
