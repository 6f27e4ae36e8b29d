/**
 * # Error function and log-gamma in double
 *
 * What JavaScript's `Math` lacks. Both are accurate to a few units in the last place; `functions.ts` states the bound, and a
 * property test holds it against the enclosures of `series.ts`.
 */

const twoOverSqrtPi = 2 / Math.sqrt(Math.PI);

/**
 * The error function. Below 2.5 the series erf x = 2/√π · e^{−x²} Σ 2ⁿx^{2n+1}/(2n+1)!!, whose terms are all positive (no
 * cancellation); above, 1 minus the continued fraction of erfc. Odd; ±1 at ±∞; NaN at NaN.
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (a > 6) return Math.sign(x);
  if (a > 2.5) return Math.sign(x) * (1 - erfcFraction(a));
  let term = a;
  let sum = a;
  for (let n = 1; term > sum * 2 ** -56; n++) {
    term *= (2 * a * a) / (2 * n + 1);
    sum += term;
  }
  return Math.sign(x) * twoOverSqrtPi * Math.exp(-a * a) * sum;
}

/** erfc for x > 2.5 by the continued fraction e^{−x²}/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))), evaluated bottom-up. */
function erfcFraction(x: number): number {
  let tail = x;
  for (let k = 60; k >= 1; k--) tail = x + k / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}

/** B₂ₖ / (2k (2k−1)) for k = 1…8: coefficients of Stirling's series. */
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400];

/**
 * Logarithm of the gamma function for x > 0; ∞ at 0 and ∞; NaN below. Shifted above 12 by the recurrence, then Stirling's
 * series. Near its zeros at 1 and 2 only the absolute error is small.
 */
export function lgamma(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0 || x === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  let product = 1;
  let y = x;
  while (y < 12) {
    product *= y;
    y += 1;
  }
  const inverse2 = 1 / (y * y);
  let tail = 0;
  for (let k = stirling.length - 1; k >= 0; k--) tail = tail * inverse2 + (stirling[k] ?? 0);
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + tail / y - Math.log(product);
}
