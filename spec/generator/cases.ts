/**
 * # What laws of generators draw
 *
 * Times away from both ends, where coefficients may be infinite; polynomials and bells in the coordinate of either space.
 */
import fc from "fast-check";
import { statesAt } from "#spec/categorical/table";
import { positive, signed } from "#spec/domain";
import type { Facts } from "#spec/facts";
import { type Density, type Space, states, type TestFunction } from "#spec/generator/space";

/** Times 1/16 … 15/16. */
export const instant = (): fc.Arbitrary<number> => fc.integer({ min: 4, max: 60 }).map((k) => k / 64);

/** A polynomial of at most that degree, at least linear. */
export const polynomial = (degree: number): fc.Arbitrary<TestFunction> =>
  fc
    .tuple(signed(-2, 0), positive(-2, 0), fc.array(signed(-2, 0), { maxLength: degree - 1 }))
    .map(([constant, slope, rest]) => ({ coefficients: Float64Array.of(constant, slope, ...rest) }));

/** h = c + (z − a)², positive everywhere. */
export const positivePolynomial = (): fc.Arbitrary<TestFunction> =>
  fc.tuple(positive(-3, 1), signed(-2, 0)).map(([c, a]) => ({ coefficients: Float64Array.of(c + a * a, -2 * a, 1) }));

export const bell = (): fc.Arbitrary<Density> => fc.record({ mean: signed(-2, 0), variance: positive(-2, 1) });

/** Laws that sum over all pairs of states. */
export const summable: Readonly<Record<string, (_: unknown, facts: Facts) => boolean>> = {
  "the space is a line or has at most 512 states": (_, { discrete }) => discrete === null || discrete.classes <= 512,
};

/** A few points where one looks at single values: of many states, six. */
export function sites(space: Space): Float64Array {
  if (space.kind === "line") return Float64Array.of(-2, -0.5, 0, 0.75, 1.5);
  const K = space.classes;
  return K <= 8 ? states(K) : Float64Array.from({ length: 6 }, (_, k) => Math.floor((k * (K - 1)) / 5));
}

/** Clean data from a number in [0, 1): a point of [−1, 1), or a state that is not the mask. */
export function cleanAt(space: Space, w: number, mask: number | null): number {
  if (space.kind === "line") return 2 * w - 1;
  const [x = 0] = statesAt(Float64Array.of(w), space.classes);
  return x === mask ? (x + 1) % space.classes : x;
}
