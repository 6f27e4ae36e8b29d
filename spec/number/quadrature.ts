/**
 * # Quadrature
 *
 * Nodes and weights by Newton's method on the three-term recurrences, made once per size. Exact for polynomials of degree below 2n
 * up to a few roundings.
 */

export interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

const made = new Map<string, Quadrature>();

function once(kind: string, n: number, make: () => Quadrature): Quadrature {
  const key = `${kind} ${n}`;
  const known = made.get(key) ?? make();
  made.set(key, known);
  return known;
}

/** ∫ h(z) φ(z) dz with φ the standard normal density: weights sum to 1. */
export function gaussHermite(n: number): Quadrature {
  return once("hermite", n, () => {
    const nodes = new Float64Array(n);
    const weights = new Float64Array(n);
    // Orthonormal polynomials h₀ = 1, √(k+1)·hₖ₊₁ = z·hₖ − √k·hₖ₋₁; hₙ′ = √n·hₙ₋₁ and the weight is 1/(n·hₙ₋₁²).
    const at = (z: number): readonly [last: number, before: number] => {
      let [before, last] = [0, 1];
      for (let k = 0; k < n; k++) [before, last] = [last, (z * last - Math.sqrt(k) * before) / Math.sqrt(k + 1)];
      return [last, before];
    };
    for (const [k, root] of roots((z) => at(z)[0], Math.sqrt(4 * n + 2), n).entries()) {
      const z = polished(root, (x) => at(x)[0] / (Math.sqrt(n) * at(x)[1]));
      nodes[k] = z;
      weights[k] = 1 / (n * at(z)[1] ** 2);
    }
    return { nodes, weights };
  });
}

/** ∫₀¹ h: weights sum to 1. */
export function gaussLegendre(n: number): Quadrature {
  return once("legendre", n, () => {
    const nodes = new Float64Array(n);
    const weights = new Float64Array(n);
    const at = (x: number): readonly [last: number, slope: number] => {
      let [before, last] = [0, 1];
      for (let k = 0; k < n; k++) [before, last] = [last, ((2 * k + 1) * x * last - k * before) / (k + 1)];
      return [last, (n * (x * last - before)) / (x * x - 1)];
    };
    for (let k = 0; k < n; k++) {
      const guess = -Math.cos((Math.PI * (k + 0.75)) / (n + 0.5));
      const x = polished(guess, (z) => at(z)[0] / at(z)[1]);
      nodes[k] = (1 + x) / 2;
      weights[k] = 1 / ((1 - x * x) * at(x)[1] ** 2);
    }
    return { nodes, weights };
  });
}

/** Sign changes of a function on (−reach, reach), in order. */
function roots(at: (z: number) => number, reach: number, n: number): number[] {
  const found: number[] = [];
  // An odd number of steps: a root at 0 lies inside one.
  const count = 80 * n + 1;
  for (let k = 0; k < count; k++) {
    const [low, high] = [(2 * k) / count - 1, (2 * k + 2) / count - 1];
    if (Math.sign(at(low * reach)) !== Math.sign(at(high * reach))) found.push(((low + high) / 2) * reach);
  }
  return found;
}

function polished(start: number, correction: (z: number) => number): number {
  let z = start;
  for (let k = 0; k < 50; k++) {
    const step = correction(z);
    z -= step;
    if (Math.abs(step) <= 4 * Number.EPSILON * Math.abs(z)) break;
  }
  return z;
}
