/**
 * # Tokens as analog bits
 *
 * An integer becomes its binary digits, each digit a real number −b or +b; reading signs gives the integer back, whatever the scale.
 *
 * Convention: `form` declares the family analog-bits with `bits`, `scale` b and `first` (1: the most significant digit comes first).
 */
import fc from "fast-check";
import { equality } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { chen2023 } from "#spec/sources";

export const bitsRoundtrip: Law<"Latent", { readonly w: number; readonly exponent: number }> = {
  id: "latent.bits.roundtrip",
  title: "An integer's analog bits are its digits, and their signs are the integer again.",
  statement: [String.raw`z_j = b\,(2\,\mathrm{bit}_j(k) - 1),\qquad \operatorname{decode}(c\,z) = k \;\text{ for every } c > 0`],
  roles: ["Latent"],
  kind: "definition",
  source: [chen2023("unverified")],
  restsOn: [],
  given: { "latents are analog bits": (_, { form }: Facts) => form?.family === "analog-bits" },
  cases: { w: fc.integer({ min: 0, max: 1 << 20 }), exponent: fc.integer({ min: -10, max: 10 }) },
  *claim({ w, exponent }, latent) {
    const { discrete, form } = yield* latent.facts();
    const K = discrete?.classes ?? 1;
    const { bits = 1, scale = 1, first = 1 } = form?.parameters ?? {};
    // The ends, the powers of two and their neighbours, and one drawn.
    const tokens = Float64Array.from(new Set([0, K - 1, w % K, ...powers(bits)].filter((k) => k >= 0 && k < K)));
    const digits = Float64Array.from({ length: tokens.length * bits }, (_, i) => {
      const k = tokens[Math.floor(i / bits)] ?? 0;
      const j = first === 1 ? bits - 1 - (i % bits) : i % bits;
      return scale * (2 * (Math.floor(k / 2 ** j) % 2) - 1);
    });
    const encoded = yield* latent.encode(tokens);
    const decoded = yield* latent.decode(encoded.map((z) => z * 2 ** exponent));
    return [
      equality("digits", encoded, digits, {
        axes: [
          ["token", tokens.length],
          ["bit", bits],
        ],
      }),
      equality("integer", decoded, tokens, { axes: [["token", tokens.length]] }),
    ];
  },
  tolerance: String.raw`\text{exact}`,
};

const powers = (bits: number): readonly number[] =>
  Array.from({ length: bits }, (_, j) => 2 ** j).flatMap((power) => [power - 1, power, power + 1]);
