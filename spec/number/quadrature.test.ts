/**
 * Nodes and weights against Legendre polynomials in decimals.
 */
import { Decimal } from "decimal.js";
import { expect, test } from "vitest";
import { dyadic } from "#spec/number/dyadic";
import { gaussLegendre } from "#spec/number/quadrature";

const Long = Decimal.clone({ precision: 60 });

const digitsOf = (x: number): Decimal => {
  const { mantissa, exponent } = dyadic(x);
  return new Long(String(mantissa)).times(new Long(2).pow(exponent));
};

/** Pₙ and Pₙ′ at x. */
function legendre(n: number, x: Decimal): readonly [value: Decimal, slope: Decimal] {
  let [before, last] = [new Long(0), new Long(1)];
  for (let k = 0; k < n; k++)
    [before, last] = [
      last,
      x
        .times(2 * k + 1)
        .times(last)
        .minus(before.times(k))
        .div(k + 1),
    ];
  return [last, x.times(last).minus(before).times(n).div(x.times(x).minus(1))];
}

test("eight nodes to a rounding, and their weights to eight", () => {
  const n = 8;
  const { nodes, weights } = gaussLegendre(n);
  nodes.forEach((node, k) => {
    let x = digitsOf(node).times(2).minus(1);
    for (let step = 0; step < 4; step++) {
      const [value, slope] = legendre(n, x);
      x = x.minus(value.div(slope));
    }
    const [, slope] = legendre(n, x);
    const weight = new Long(1).div(new Long(1).minus(x.times(x)).times(slope).times(slope));
    expect(x.plus(1).div(2).minus(digitsOf(node)).abs().toNumber()).toBeLessThanOrEqual(2 ** -53);
    expect(
      weight
        .div(digitsOf(weights[k] ?? 0))
        .minus(1)
        .abs()
        .toNumber(),
    ).toBeLessThanOrEqual(n * 2 ** -53);
  });
});
