/**
 * # The bound for uniform noise
 *
 * Tokens are replaced by tokens drawn at random. What a model pays per unit of time is the score entropy of its ratios, weighed by the
 * rate α̇/(Kα) at which every other state leads into the present one.
 *
 * Convention: α is the survival probability and α̇ ≤ 0 its slope; x̄ = Kα·x + (1 − α)·1 for a token or a law x. The model's law is to be
 * the law of a token given all *other* tokens: with the posterior in its place the bound is not tight.
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import type { CleanPrediction } from "#spec/categorical/facts";
import { cleanLaws, drawnLaws, drawnStates, tokensOf } from "#spec/categorical/table";
import { scoreEntropy, scoreEntropySize } from "#spec/elbo/jump";
import { declaresStates, gradedLegendre, groupSums, heldToSum, type TermRow, temperedLaw, termOfRows } from "#spec/elbo/rows";
import { atLeast, greaterThan, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import type { Loss } from "#spec/roles";
import { code, derived } from "#spec/sources";

interface Place {
  readonly survival: number;
  readonly slope: number;
  readonly stream: number;
}

/** The rate at which uniform noise leads into x, times score entropies. */
function jumpSum({ x0, xt, survival, slope, law }: TermRow, K: number, f: (log: number, ratio: number) => number): number {
  const a = survival as number;
  const token = (y: number): number => (y === x0 ? K * a : 0) + 1 - a;
  const model = (y: number): number => K * a * ((law as Float64Array)[y] ?? Number.NaN) + 1 - a;
  const x = xt as number;
  let sum = 0;
  for (let y = 0; y < K; y++) if (y !== x) sum += f(Math.log(model(y) / model(x)), token(y) / token(x));
  return (-(slope as number) / (K * a)) * sum;
}

export const uniformJumpKl: Law<"Loss", Place> = {
  id: "elbo.udlm.direct",
  title: "The bound's integrand for uniform noise is the divergence of two jump processes, and never negative.",
  statement: [
    String.raw`\frac{\alpha'}{K\alpha}\left[\frac K{\bar x_z} - \frac K{\bar x^\theta_z} - \sum_j\frac{\bar x_j}{\bar x_z}\log\frac{\bar x^\theta_z\,\bar x_j}{\bar x^\theta_j\,\bar x_z}\right] = \frac{-\alpha'}{K\alpha}\sum_{y\ne z}\left[s_y - r_y\log s_y + r_y(\log r_y-1)\right] \ge 0`,
    String.raw`r_y = \bar x_y/\bar x_z,\qquad s_y = \bar x^\theta_y/\bar x^\theta_z`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [code("discrete-diffusion-guidance")("verified", "Diffusion._forward_pass_diffusion")],
  restsOn: [],
  given: declaresStates,
  cases: {
    survival: fc.oneof(
      fc.integer({ min: 1, max: 63 }).map((k) => k / 64),
      fc.constantFrom(1 / 1024, 1 - 1 / 1024),
    ),
    slope: fc.constantFrom(-1, -1 / 4, -3),
    stream: fc.integer({ min: 0, max: 0xffff }),
  },
  *claim({ survival, slope, stream }, loss) {
    const K = (yield* loss.facts()).discrete?.classes ?? Number.NaN;
    const [data, moved, laws] = [drawnStates(stream, 6, K), drawnStates(stream + 1, 6, K), drawnLaws(stream, 6, K)];
    const rows: TermRow[] = Array.from(data, (x0, i) => ({
      x0,
      xt: i < 3 ? x0 : (moved[i] ?? 0),
      survival,
      slope,
      // The last model knows the token.
      law: i < 5 ? laws.slice(i * K, (i + 1) * K) : Float64Array.from({ length: K }, (_, y) => (y === x0 ? 1 : 0)),
    }));
    const value = yield* termOfRows(loss, "uniform-nelbo", rows);
    const summed = (f: (log: number, ratio: number) => number): Float64Array => Float64Array.from(rows, (row) => jumpSum(row, K, f));
    // The closed form adds K/x̄ of token and model, which the sum has without their own state: one more term of the rate's size each.
    const size = summed(scoreEntropySize).map((v) => v - (4 * slope) / survival);
    return [
      heldToSum("integrand", value, summed(scoreEntropy), { via: size }),
      atLeast(
        "sign",
        value.map((v, i) => v + (size[i] ?? 0)),
        size,
        { roundings: 16 },
      ),
    ];
  },
  tolerance: String.raw`|\hat D - D| \le \gamma_{16}\left(\hat D + D + \tfrac{-\alpha'}{\alpha}\left(4 + \tfrac1K\textstyle\sum_{y\ne z} s_y + r_y|\log s_y| + r_y|\log r_y| + r_y\right)\right)`,
};

export const uniformTight: Law<"Loss", { readonly length: number; readonly stream: number }> = {
  id: "elbo.udlm.tight-loo",
  title: "With uniform noise the bound is −log p of every sequence at the exact leave-one-out law, and more at the posterior.",
  statement: [
    String.raw`x_\theta^i = p(x_0^i\mid x_t^{\ne i}) \;\Rightarrow\; \int_0^1\mathbb E\,D_t(x_0)\,dt = -\log p(x_0)\quad\text{for every } x_0`,
    String.raw`x_\theta = p(x_0\mid x_t) \;\Rightarrow\; \mathbb E_{x_0}\int_0^1\mathbb E\,D_t(x_0)\,dt > H(x_0)`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [derived("the gap is the divergence of the two path laws, which is 0 at the true ratios; confirmed numerically")],
  restsOn: ["elbo.udlm.direct"],
  given: declaresStates,
  cases: { length: fc.integer({ min: 1, max: 2 }), stream: fc.integer({ min: 0, max: 0xffff }) },
  share: 8,
  *claim({ length, stream }, loss) {
    const K = (yield* loss.facts()).discrete?.classes ?? Number.NaN;
    const L = K <= 3 ? length : 1;
    if (K > 8) return [unmet("more than 8 states: pairs of clean and noisy tokens are not enumerated")];
    const table = temperedLaw(stream, K ** L);
    const entropies = table.map((p) => -Math.log(p));
    const ask = { loss, table, length: L, classes: K };
    const exact = yield* uniformBounds(ask, "leave-one-out");
    const found = [heldToSum("leave one out", exact.bounds, entropies, { via: exact.size })];
    if (L > 1) return found;
    const posterior = yield* uniformBounds(ask, "posterior");
    const mean = (values: Float64Array): number => values.reduce((sum, v, k) => sum + v * (table[k] ?? 0), 0);
    return [...found, greaterThan("posterior", Float64Array.of(mean(posterior.bounds)), mean(entropies))];
  },
  // 24 nodes in w, t = w⁵, integrate a logarithm at t = 0 to ten digits. Near t = 1 terms of the size of the rate cancel.
  tolerance: String.raw`|\hat B(x_0) + \log p(x_0)| \le \gamma_{16}\left(\hat B + |\log p| + \int_0^1\mathbb E\,S_t\,dt\right),\; S_t \text{ the sum of magnitudes of } D_t`,
};

interface Enumerated {
  readonly loss: Loss;
  readonly table: Float64Array;
  readonly length: number;
  readonly classes: number;
}

/** Bounds of all sequences by all noisy ones at 24 levels of α = 1 − t, and the same integrals of magnitudes. */
function* uniformBounds(
  { loss, table, length, classes: K }: Enumerated,
  kind: CleanPrediction,
): Ask<{ readonly bounds: Float64Array; readonly size: Float64Array }> {
  const { nodes, weights } = gradedLegendre(24, 5);
  const rows: TermRow[] = [];
  const [shares, group]: [number[], number[]] = [[], []];
  for (const [node, t] of nodes.entries()) {
    const chance = (x: number, y: number): number => (x === y ? 1 - t : 0) + t / K;
    for (let noisy = 0; noisy < table.length; noisy++) {
      const xt = tokensOf(noisy, length, K);
      const likelihood = Float64Array.from({ length: length * K }, (_, k) => chance(k % K, xt[Math.floor(k / K)] ?? 0));
      const laws = cleanLaws(table, likelihood, length, K, kind);
      for (let clean = 0; clean < table.length; clean++) {
        const x0 = tokensOf(clean, length, K);
        const share = x0.reduce((p, x, i) => p * chance(x, xt[i] ?? 0), weights[node] ?? 0);
        for (let i = 0; i < length; i++) {
          rows.push({ x0: x0[i] ?? 0, xt: xt[i] ?? 0, survival: 1 - t, slope: -1, law: laws.slice(i * K, (i + 1) * K) });
          shares.push(share);
          group.push(clean);
        }
      }
    }
  }
  const value = yield* termOfRows(loss, "uniform-nelbo", rows);
  const sizes = Float64Array.from(rows, (row) => jumpSum(row, K, scoreEntropySize) + 4 / (row["survival"] as number));
  return { bounds: groupSums(value, shares, group, table.length), size: groupSums(sizes, shares, group, table.length) };
}
