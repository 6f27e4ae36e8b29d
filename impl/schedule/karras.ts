/**
 * Grids of noise levels between two ends, noisiest first, in binary64. Source: Karras et al. (2022), Eq. 5.
 */
import { SpecError } from "#spec/error";

interface Ends {
  readonly low: number;
  readonly high: number;
}

function interpolated(where: string, N: number, { low, high }: Ends, to: (x: number) => number, from: (y: number) => number): Float64Array {
  if (!(Number.isInteger(N) && N >= 1)) throw new SpecError("outside-domain", `${where}: expected N ≥ 1 levels, got ${N}`);
  if (!(low > 0 && low < high)) throw new SpecError("outside-domain", `${where}: expected 0 < low < high, got ${low} and ${high}`);
  const [a, b] = [to(high), to(low)];
  // The ends are those asked for, to the bit; a grid of one level is the noisiest.
  return Float64Array.from({ length: N }, (_, k) => (k === 0 ? high : k === N - 1 ? low : from(a + (k / (N - 1)) * (b - a))));
}

/** σ^{1/ρ} interpolated linearly; ρ = 1 is a linear grid. Shape `N`. Throws `outside-domain`. */
export function karrasLevels(N: number, { low, high, rho }: Ends & { readonly rho: number }): Float64Array {
  return interpolated(
    "Karras grid",
    N,
    { low, high },
    (x) => x ** (1 / rho),
    (y) => y ** rho,
  );
}

/** log σ interpolated linearly. Shape `N`. Throws `outside-domain`. */
export function exponentialLevels(N: number, ends: Ends): Float64Array {
  return interpolated("exponential grid", N, ends, Math.log, Math.exp);
}
