/**
 * # Losses of discrete flow matching
 *
 * A path mixes noise and data, κ of it data. The velocity that leads to a known token and the model's, which leads to a law of
 * tokens, are jump rates; the loss is their divergence.
 *
 * Convention: κ grows with the flow's own time from 0, noise, to 1, data; κ̇ ≥ 0 is its slope there. x₀ is the data token, which the flow's
 * papers call x₁. The model's law is the posterior p(x₀ | xₜ).
 *
 * The bound that adds these divergences up is tight where the mixture of conditional processes is Markov: for a mask it is, for
 * uniform noise it is not.
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import { drawnLaws, drawnStates, normalise, tokensOf } from "#spec/categorical/table";
import { type FillIn, type MaskScheduleName, maskedBounds, maskSchedules } from "#spec/elbo/masks";
import { declaresStates, gradedLegendre, heldToSum, type TermRow, temperedLaw, termOfRows } from "#spec/elbo/rows";
import { atLeast, type Evidence, enclosure, greaterThan, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import type { Loss } from "#spec/roles";
import { code, derived } from "#spec/sources";

const weightAtMask = expression("-r * log(p) / (1 - k)");

interface Place {
  readonly kappa: number;
  readonly slope: number;
  readonly stream: number;
}

/** Σ over the states one may jump to of c log(c/m) − c + m, for the rate c to the data and the model's m; `sign` −1 for magnitudes. */
function velocitySum({ x0, xt, kappa, slope, law }: TermRow, K: number, sign: 1 | -1): number {
  const weight = (slope as number) / (1 - (kappa as number));
  let sum = 0;
  for (let y = 0; y < K; y++) {
    if (y === xt) continue;
    const [c, m] = [y === x0 ? weight : 0, weight * ((law as Float64Array)[y] ?? Number.NaN)];
    sum += m - sign * c + (c === 0 ? 0 : c * (sign === 1 ? Math.log(c / m) : Math.abs(Math.log(c / m))));
  }
  return sum;
}

export const flowJumpKl: Law<"Loss", Place> = {
  id: "elbo.dfm.kl-integrand",
  title: "The loss of discrete flow matching is the divergence of two jump processes, and never negative.",
  statement: [
    String.raw`-\frac{\dot\kappa}{1-\kappa}\left[p(x_t) - \delta_{x_0}(x_t) + (1-\delta_{x_0}(x_t))\log p(x_0)\right] = \sum_{y\ne x_t}\left[u_y\log\frac{u_y}{u^\theta_y} - u_y + u^\theta_y\right] \ge 0`,
    String.raw`u_y = \tfrac{\dot\kappa}{1-\kappa}\delta_{x_0}(y),\qquad u^\theta_y = \tfrac{\dot\kappa}{1-\kappa}p(y)`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [code("flow_matching")("verified", "MixturePathGeneralizedKL")],
  restsOn: [],
  given: declaresStates,
  cases: {
    kappa: fc.oneof(
      fc.integer({ min: 0, max: 63 }).map((k) => k / 64),
      fc.constant(1 - 1 / 1024),
    ),
    slope: fc.constantFrom(1, 1 / 4, 3),
    stream: fc.integer({ min: 0, max: 0xffff }),
  },
  *claim({ kappa, slope, stream }, loss) {
    const { discrete } = yield* loss.facts();
    const [K, mask] = [discrete?.classes ?? Number.NaN, discrete?.mask ?? null];
    const [data, moved] = [drawnStates(stream, 6, K), drawnStates(stream + 1, 6, K)];
    // A model of masked tokens never predicts the mask, and no token of data is one.
    const clean = data.map((x) => (x === mask ? (x + 1) % K : x));
    const laws = drawnLaws(stream, 6, K, mask);
    const rows: TermRow[] = Array.from(clean, (x0, i) => ({
      x0,
      xt: i < 2 ? x0 : i < 4 ? (mask ?? moved[i] ?? 0) : (moved[i] ?? 0),
      kappa,
      slope,
      law: laws.slice(i * K, (i + 1) * K),
    }));
    const value = yield* termOfRows(loss, "mixture-path-kl", rows);
    const summed = (sign: 1 | -1): Float64Array => Float64Array.from(rows, (row) => velocitySum(row, K, sign));
    const size = summed(-1).map((v) => v + (2 * slope) / (1 - kappa));
    const found = [
      heldToSum("loss", value, summed(1), { via: size }),
      atLeast(
        "sign",
        value.map((v, i) => v + (size[i] ?? 0)),
        size,
        { roundings: 16 },
      ),
    ];
    if (mask === null) return found;
    const p = Float64Array.of(...[2, 3].map((i) => laws[i * K + (clean[i] ?? 0)] ?? Number.NaN));
    return [...found, enclosure("at a mask", weightAtMask, { r: slope, k: kappa, p }, value.slice(2, 4), { roundings: 8 })];
  },
  tolerance: String.raw`|\hat D - D| \le \gamma_{16}\left(\hat D + D + \tfrac{2\dot\kappa}{1-\kappa} + \textstyle\sum_{y\ne x_t} u_y|\log u_y/u^\theta_y| + u_y + u^\theta_y\right)`,
};

interface Data {
  readonly length: number;
  readonly schedule: MaskScheduleName;
  readonly stream: number;
}

export const flowGap: Law<"Loss", Data> = {
  id: "elbo.dfm.gap",
  title: "With exact posteriors, discrete flow matching's bound is −log p for a source of masks, and too large for a uniform source.",
  statement: [
    String.raw`\text{mask source:}\quad \int\mathbb E\,D\,dt = -\log p(x_0)\quad\text{for every } x_0`,
    String.raw`\text{uniform source:}\quad \mathbb E_{x_0}\int\mathbb E\,D\,dt > H(x_0)`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [derived("the mixture of conditional path laws is Markov for the mask alone; confirmed numerically")],
  restsOn: ["elbo.dfm.kl-integrand"],
  given: declaresStates,
  cases: {
    length: fc.integer({ min: 1, max: 2 }),
    schedule: fc.constantFrom<MaskScheduleName>("linear", "square"),
    stream: fc.integer({ min: 0, max: 0xffff }),
  },
  share: 8,
  *claim({ length, schedule, stream }, loss) {
    const { discrete } = yield* loss.facts();
    const [K, mask] = [discrete?.classes ?? Number.NaN, discrete?.mask ?? null];
    if (K > 8) return [unmet("more than 8 states: pairs of clean and noisy tokens are not enumerated")];
    const found: Evidence[] = [];
    if (mask !== null) {
      const size = Math.min(K - 1, 3);
      const table = temperedLaw(stream, size ** length);
      const entropies = table.map((p) => -Math.log(p));
      const bounds = yield* maskSource(loss, table, { length, size, K, mask, schedule });
      found.push(heldToSum("mask source", bounds, entropies, { via: 2 * length }));
    }
    // One token alone has nothing to tell.
    if (mask !== null && K === 2) return found;
    const law = temperedLaw(stream, K, mask);
    const entropy = law.reduce((sum, p) => sum - (p === 0 ? 0 : p * Math.log(p)), 0);
    return [...found, greaterThan("uniform source", Float64Array.of(yield* uniformSource(loss, law)), entropy)];
  },
  // At a token that is not masked 1 − p(xₜ) is a rounding of 1 under a weight that integrates to L/2 at most.
  tolerance: String.raw`|\hat B(x_0) + \log p(x_0)| \le \gamma_{16}\left(\hat B + |\log p| + 2L\right)`,
};

interface Masked {
  readonly length: number;
  /** How many tokens the data use. */
  readonly size: number;
  readonly K: number;
  readonly mask: number;
  readonly schedule: MaskScheduleName;
}

/** Bounds of all sequences from masked ones, with the exact posterior: conditionals at masks, and certainty elsewhere. */
function* maskSource(loss: Loss, table: Float64Array, { length, size, K, mask, schedule }: Masked): Ask<Float64Array> {
  const sequences = Array.from(table, (_, k) => tokensOf(k, length, size).map((x) => (x < mask ? x : x + 1)));
  const exact: FillIn = (tokens, set, i) => {
    const out = new Float64Array(K);
    sequences.forEach((other, k) => {
      if (!other.every((x, j) => set[j] === true || x === tokens[j])) return;
      out[other[i] ?? 0] = (out[other[i] ?? 0] ?? 0) + (table[k] ?? 0);
    });
    return normalise(out);
  };
  return yield* maskedBounds(loss, sequences, exact, maskSchedules[schedule], mask, {
    name: "mixture-path-kl",
    level: (kappa, slope) => ({ kappa, slope: -slope }),
  });
}

/** The mean bound of a single token from uniform noise, with its exact posterior. */
function* uniformSource(loss: Loss, table: Float64Array): Ask<number> {
  const K = table.length;
  const { nodes, weights } = gradedLegendre(24, 5);
  const rows: TermRow[] = [];
  const shares: number[] = [];
  for (const [node, t] of nodes.entries())
    for (let xt = 0; xt < K; xt++) {
      const chance = (x: number): number => (x === xt ? 1 - t : 0) + t / K;
      const law = normalise(table.map((p, x) => p * chance(x)));
      for (let x0 = 0; x0 < K; x0++) {
        if (table[x0] === 0) continue;
        rows.push({ x0, xt, kappa: 1 - t, slope: 1, law });
        shares.push((weights[node] ?? 0) * chance(x0) * (table[x0] ?? 0));
      }
    }
  const value = yield* termOfRows(loss, "mixture-path-kl", rows);
  return value.reduce((sum, v, i) => sum + v * (shares[i] ?? Number.NaN), 0);
}
