/**
 * # Elimination
 *
 * Inverse and determinant of a small matrix by Gauss and Jordan with partial pivoting, in double.
 */

export interface Inverse {
  readonly inverse: Float64Array;
  readonly determinant: number;
}

/** Shape `n*n`; null where a pivot is zero or not finite. */
export function inverted(matrix: Float64Array, n: number): Inverse | null {
  const a = matrix.slice();
  const inverse = Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0));
  let determinant = 1;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) if (Math.abs(a[row * n + column] ?? 0) > Math.abs(a[pivot * n + column] ?? 0)) pivot = row;
    const value = a[pivot * n + column] ?? 0;
    if (value === 0 || !Number.isFinite(value)) return null;
    if (pivot !== column) determinant = -determinant;
    determinant *= value;
    for (const m of [a, inverse]) {
      swap(m, n, pivot, column);
      for (let k = 0; k < n; k++) m[column * n + k] = (m[column * n + k] ?? 0) / value;
    }
    for (let row = 0; row < n; row++) {
      const factor = row === column ? 0 : (a[row * n + column] ?? 0);
      if (factor === 0) continue;
      for (const m of [a, inverse]) for (let k = 0; k < n; k++) m[row * n + k] = (m[row * n + k] ?? 0) - factor * (m[column * n + k] ?? 0);
    }
  }
  return { inverse, determinant };
}

function swap(m: Float64Array, n: number, i: number, j: number): void {
  for (let k = 0; k < n; k++) {
    const kept = m[i * n + k] ?? 0;
    m[i * n + k] = m[j * n + k] ?? 0;
    m[j * n + k] = kept;
  }
}
