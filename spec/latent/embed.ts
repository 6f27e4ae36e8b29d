/**
 * # Tokens as points
 *
 * Continuous diffusion of tokens needs a way in and a way out: an embedding, and rounding to the nearest embedded token. And it needs a
 * bound: with the exact model of the embedded law nothing is lost, token by token.
 *
 * Convention: distances are Euclidean; nats.
 */
import fc from "fast-check";
import { drawnLaws } from "#spec/categorical/table";
import { type Evidence, enclosure, equality, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { derived, kingma2021 } from "#spec/sources";
import { normals, uniforms } from "#spec/stream";

const surprise = expression("-log(p)");

export const rounding: Law<"Latent", { readonly stream: number; readonly share: number }> = {
  id: "latent.embed.rounding",
  title: "Decoding what was encoded gives the token back, and noise of less than half the distance to the next does not change it.",
  statement: [
    String.raw`\operatorname{decode}(\operatorname{encode}(w)) = w`,
    String.raw`\|z - e_w\| < \tfrac12\min_{v\ne w}\|e_v-e_w\| \;\Rightarrow\; \operatorname{decode}(z) = w`,
  ],
  roles: ["Latent"],
  kind: "theorem",
  source: [derived("the triangle inequality: no other embedding can be nearer")],
  restsOn: [],
  given: {},
  cases: { stream: fc.integer({ min: 0, max: 0x7fffffff }), share: fc.integer({ min: 0, max: 7 }).map((k) => k / 8) },
  *claim({ stream, share }, latent) {
    const { discrete } = yield* latent.facts();
    const K = discrete?.classes ?? 0;
    const tokens = Float64Array.from({ length: Math.min(K, 64) }, (_, k) => (K <= 64 ? k : Math.floor((k * (K - 1)) / 63)));
    const points = yield* latent.encode(tokens);
    const back = yield* latent.decode(points);
    const d = points.length / tokens.length;
    const gaps = nearest(points, d);
    if (gaps.some((gap) => gap === 0)) return [unmet("two tokens have one embedding")];
    // Of many tokens not all neighbours are known here: another may have the same point, and no distance is certain.
    if (K > 64)
      return [
        equality("identity", yield* latent.encode(back), points, {
          axes: [
            ["token", tokens.length],
            ["coordinate", d],
          ],
        }),
      ];
    const found: Evidence[] = [equality("identity", back, tokens, { axes: [["token", tokens.length]] })];
    const moved = points.slice();
    const directions = normals(stream, 0, points.length);
    gaps.forEach((gap, i) => {
      const direction = directions.subarray(i * d, (i + 1) * d);
      const length = Math.hypot(...direction) || 1;
      for (let j = 0; j < d; j++) moved[i * d + j] = (moved[i * d + j] ?? 0) + (share * gap * (direction[j] ?? 0)) / (2 * length);
    });
    return [...found, equality("near", yield* latent.decode(moved), tokens, { axes: [["token", tokens.length]] })];
  },
  tolerance: String.raw`\text{exact: at } \tfrac78 \text{ of half the distance the nearest embedding is nearest by far more than a rounding}`,
};

/** Distance of each point to the nearest other. */
function nearest(points: Float64Array, d: number): Float64Array {
  const n = points.length / d;
  return Float64Array.from({ length: n }, (_, i) => {
    let least = Number.POSITIVE_INFINITY;
    for (let j = 0; j < n; j++) {
      if (j === i) continue;
      let square = 0;
      for (let k = 0; k < d; k++) square += ((points[i * d + k] ?? 0) - (points[j * d + k] ?? 0)) ** 2;
      least = Math.min(least, Math.sqrt(square));
    }
    return least;
  });
}

export const embeddedBound: Law<"Loss", { readonly K: number; readonly stream: number; readonly low: number }> = {
  id: "latent.embed.elbo",
  title: "Gaussian diffusion of embedded tokens loses nothing: with the exact model the bound is the surprise of every token.",
  statement: [
    String.raw`D_{\mathrm{KL}}(q(z_1|w)\,\|\,p(z_1)) + \tfrac12\int \mathbb E\|\varepsilon-\hat\varepsilon\|^2\,d\gamma + \mathbb E[-\log p(w|z_0)] = -\log P(w)`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [kingma2021("second-hand", "Eq. 8, 11"), derived("the path-space divergence is zero")],
  restsOn: [],
  given: {},
  cases: {
    K: fc.integer({ min: 2, max: 4 }),
    stream: fc.integer({ min: 0, max: 0x7fffffff }),
    low: fc.integer({ min: -1, max: 2 }),
  },
  share: 6,
  *claim({ K, stream, low }, loss) {
    const prior = drawnLaws(stream, 1, K);
    const embedding = uniforms(stream, 3, K).map((w, k) => k - (K - 1) / 2 + w / 2);
    // γ = −log SNR runs from `low` at the data to 6 at the noise; the states are on the variance-preserving path.
    const value = yield* loss.term("embedding-bound", { embedding, prior, low, high: 6 });
    return [enclosure("surprise", surprise, { p: prior }, value, { roundings: 32, via: 8, axes: [["token", K]] })];
  },
  // Three expectations of size at most 8 nats are added; each is a quadrature of as many terms as its nodes.
  tolerance: String.raw`|\hat L(w) + \log P(w)| \le \gamma_{32}\,(|\log P(w)| + 8)`,
};
