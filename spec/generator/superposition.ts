/**
 * # Superposition
 *
 * Generators that move a law in the same way may be mixed: with weights that sum to 1, the mixture moves it so too. A corrector M, which
 * leaves p alone, may be added at any strength: Langevin's g²(∂log p·∂ + ∂²) on the line, R + R̂ on states.
 */
import fc from "fast-check";
import { atLeast, balance } from "#spec/evidence";
import { bell, instant, polynomial, sites, summable } from "#spec/generator/cases";
import { atMaxima } from "#spec/generator/duality";
import { activity, gainsAndLosses, majorant, pairing, roundingsOn, sizes } from "#spec/generator/scale";
import { type Density, densityOf, ruleOf, type TestFunction } from "#spec/generator/space";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { Generator } from "#spec/roles-discrete";
import { gat2024, standard } from "#spec/sources";

const same = equation("a == b");
/** Gains and losses with the corrector and without. */
const kept = equation("a - c == b - d");
const mixed = equation("a == w * b + (1 - w) * c");

interface Mixture {
  readonly at: number;
  readonly f: TestFunction;
  readonly p: Density;
  /** Strengths of the corrector, and the share of the first. */
  readonly c: number;
  readonly share: number;
}

export const superposition: Law<"Generator", Mixture> = {
  id: "generator.superposition",
  title: "Mixtures of generators with one path of marginals keep it.",
  statement: [
    String.raw`\mathcal L^{(i)*}p_t = \partial_t p_t,\ \sum_i w_i = 1 \;\Rightarrow\; \Bigl(\sum_i w_i\mathcal L^{(i)}\Bigr)^{*}p_t = \partial_t p_t`,
    String.raw`\mathcal M^* p = 0 \;\Rightarrow\; E_p[(\mathcal L + c\,\mathcal M) f] = E_p[\mathcal L f]`,
  ],
  roles: ["Generator"],
  kind: "theorem",
  source: [standard("superposition of generators in Generator Matching", "second-hand"), gat2024("verified")],
  restsOn: ["generator.duality"],
  given: summable,
  cases: {
    at: instant(),
    f: polynomial(3),
    p: bell(),
    c: fc.integer({ min: 1, max: 16 }).map((k) => k / 8),
    share: fc.integer({ min: 0, max: 8 }).map((k) => k / 8),
  },
  *claim({ at, f, p, c, share }, generator: Generator) {
    const space = yield* generator.space();
    const rule = ruleOf(space, p);
    const { points } = rule;
    const density = densityOf(space, p, points);
    const [x, few] = [points, sites(space)];
    const strengthened = (strength: number, where: Float64Array): ReturnType<Generator["superposed"]> =>
      generator.superposed(f, p, strength, where, at);
    const full = yield* strengthened(c, x);
    const plain = yield* generator.apply(f, x, at);
    const terms = yield* activity(generator, space, points, at);
    const roundings = roundingsOn(space);
    const ends = [yield* strengthened(c, few), yield* strengthened(0, few)] as const;
    const own = yield* generator.apply(f, few, at);
    const between = yield* strengthened(share * c, few);
    const size = sizes(space, yield* activity(generator, space, few, at), majorant(f), few);
    const axes = [["point", few.length]] as const;
    const via = few.map((_, k) => (size[k] ?? 0) + Math.abs(ends[0][k] ?? 0) + Math.abs(ends[1][k] ?? 0));
    const [a, lost] = gainsAndLosses(rule, density, full);
    const [b, d] = gainsAndLosses(rule, density, plain);
    const moved = (1 + 2 * c) * pairing(space, terms, majorant(f), p, rule);
    return [
      balance("path", kept, { a, c: lost, b, d }, { answer: "a", roundings, via: moved }),
      balance("without corrector", same, { a: ends[1], b: own }, { answer: "a", roundings, via, axes }),
      balance("mixture", mixed, { a: between, w: share, b: ends[0], c: ends[1] }, { answer: "a", roundings, via, axes }),
      atLeast("maxima", 0, yield* atMaxima((g, y) => generator.superposed(g, p, c, y, at), space, few), { roundings: 16, axes }),
    ];
  },
  tolerance: String.raw`|E_p[\mathcal L^cf] - E_p[\mathcal Lf]| \le \gamma_{16+K}(1+2c)\sum_kw_kp_k(|bf'| + \tfrac12g^2|f''| + g^2|\nabla\log p||f'|)`,
};
