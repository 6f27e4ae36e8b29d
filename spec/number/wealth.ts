/**
 * # What a gambler makes of draws
 *
 * A law is doubted by betting against it: the wealth of one who bets on other laws is a likelihood ratio, and a mean of such ratios. Under
 * the law itself it is a martingale that begins at 1, so that it ever reaches 1/ε with a chance of at most ε (Ville's inequality), whenever
 * one looks and whenever one stops. In the other direction, the ratio of the law to one with an effect excludes that effect.
 *
 * Convention: draws by their counts; an effect is the relative change of one outcome's probability, the others keeping their proportions.
 */

/** Effects that are bet on: from a half down to a thousandth. */
const effects: readonly number[] = Array.from({ length: 10 }, (_, k) => 1 / 2 ** (k + 1));

/** log of the likelihood ratio of outcome k's probability q against p after `hits` of n draws. */
function logRatio(hits: number, n: number, q: number, p: number): number {
  const others = n - hits;
  return (hits === 0 ? 0 : hits * Math.log(q / p)) + (others === 0 ? 0 : others * (Math.log1p(-q) - Math.log1p(-p)));
}

/** log wealth of bets on every outcome being likelier or rarer, alike on all effects. */
export function logWealth(counts: Float64Array, law: Float64Array): number {
  const n = counts.reduce((a, b) => a + b, 0);
  const bets: number[] = [];
  for (const [k, hits] of counts.entries()) {
    const p = law[k] ?? Number.NaN;
    if ((p === 0 && hits > 0) || (p === 1 && hits < n)) return Number.POSITIVE_INFINITY;
    if (p === 0 || p === 1) continue;
    for (const effect of effects) for (const q of [p * (1 - effect), p * (1 + effect)]) if (q < 1) bets.push(logRatio(hits, n, q, p));
  }
  if (bets.length === 0) return 0;
  const top = Math.max(...bets);
  return top + Math.log(bets.reduce((sum, bet) => sum + Math.exp(bet - top), 0) / bets.length);
}

/** How often an effect may be excluded that is there. */
const missed = 1 / 4000;

/** The least effect on the likeliest outcome below a half that the draws exclude on both sides; 1 where they exclude none below. */
export function leastExcluded(counts: Float64Array, law: Float64Array): number {
  const n = counts.reduce((a, b) => a + b, 0);
  let best = -1;
  law.forEach((p, k) => {
    if (p > 0 && p <= 1 / 2 && (best < 0 || p > (law[best] ?? 0))) best = k;
  });
  const [p, hits] = [law[best], counts[best] ?? 0];
  if (p === undefined) return 1;
  const excluded = (effect: number): boolean =>
    [p * (1 - effect), p * (1 + effect)].every((q) => -logRatio(hits, n, q, p) >= Math.log(1 / missed));
  let [below, above] = [0, 1];
  for (let k = 0; k < 40; k++) {
    const middle = (below + above) / 2;
    if (excluded(middle)) above = middle;
    else below = middle;
  }
  return above;
}
