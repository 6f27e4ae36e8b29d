/**
 * # Ordered products
 *
 * P_{s,t} for rates that do not commute: on each piece of time P′ = PR is collocated at eight Gauss–Legendre nodes, a method of order
 * sixteen, and the pieces are multiplied in order.
 */
import type { Ask } from "#spec/ask";
import { multiplied } from "#spec/categorical/table";
import { oneHot } from "#spec/ctmc/kolmogorov";
import { pieces } from "#spec/ctmc/time";
import { inverted } from "#spec/number/elimination";
import { gaussLegendre } from "#spec/number/quadrature";
import type { RateGenerator } from "#spec/roles-discrete";

const order = 8;
/** Rates times time are below this on a piece, so that Picard's iteration contracts. */
const longest = 0.25;
const rounds = 40;

let weights: Float64Array | undefined;

/** ∫₀^{node k} of the Lagrange polynomial that is 1 at node j. Shape `8*8`. */
function integrals(): Float64Array {
  if (weights !== undefined) return weights;
  const { nodes } = gaussLegendre(order);
  // Monomials at the nodes turn values into coefficients, whose integrals are known.
  const powers = Float64Array.from({ length: order * order }, (_, k) => (nodes[Math.floor(k / order)] ?? 0) ** (k % order));
  const integrated = Float64Array.from(
    { length: order * order },
    (_, k) => (nodes[Math.floor(k / order)] ?? 0) ** ((k % order) + 1) / ((k % order) + 1),
  );
  weights = multiplied(integrated, inverted(powers, order)?.inverse ?? powers, order);
  return weights;
}

/** All rows of P_{s,t} from the chain's own rates; null where they vary too fast. Shape `K*K`. */
export function* orderedProduct(chain: RateGenerator, s: number, t: number): Ask<Float64Array | null> {
  const { discrete } = yield* chain.facts();
  const K = discrete?.classes ?? Number.NaN;
  const [from = 0, to = 0] = yield* chain.times([s, t]);
  const unit = Math.abs(to - from) / (t - s);
  const found = yield* pieces(
    s,
    t,
    function* (r) {
      const value = (yield* chain.rate(r)).map((x) => x * unit);
      return { value, size: value.map(Math.abs) };
    },
    longest,
  );
  if (found === null) return null;
  let product = oneHot(
    Float64Array.from({ length: K }, (_, x) => x),
    K,
  );
  for (const { from: start, to: end, samples } of found)
    product = crossed(
      product,
      samples.map(({ value }) => value.map((r) => r * (end - start))),
      K,
    );
  return product;
}

/** The product carried over one piece: P(c) = P(0) + ∫₀ᶜ PR, iterated at the nodes, then summed by the rule itself. */
function crossed(start: Float64Array, rates: readonly Float64Array[], K: number): Float64Array {
  const A = integrals();
  const { weights: whole } = gaussLegendre(order);
  const slopes = (at: readonly Float64Array[]): readonly Float64Array[] => at.map((P, k) => multiplied(P, rates[k] ?? P, K));
  const sum = (parts: readonly Float64Array[], w: (j: number) => number): Float64Array =>
    start.map((p, i) => parts.reduce((total, part, j) => total + w(j) * (part[i] ?? 0), p));
  let at: readonly Float64Array[] = rates.map(() => start);
  for (let round = 0; round < rounds; round++) {
    const parts = slopes(at);
    at = rates.map((_, k) => sum(parts, (j) => A[k * order + j] ?? 0));
  }
  return sum(slopes(at), (j) => whole[j] ?? 0);
}
