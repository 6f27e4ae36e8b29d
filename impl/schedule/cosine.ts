/**
 * The cosine schedule of Nichol and Dhariwal (2021), as a table of β in binary64.
 */
import { SpecError } from "#spec/error";

const offset = 0.008;
const cap = 0.999;

/** β_k = min(1 − f((k+1)/T)/f(k/T), 0.999) with f(t) = cos²((t + s)/(1 + s)·π/2), s = 0.008. Shape `T`. Throws `outside-domain` for T < 1. */
export function cosineBetas(T: number): Float64Array {
  if (!(Number.isInteger(T) && T >= 1))
    throw new SpecError("outside-domain", `cosine schedule: expected a whole number of steps T ≥ 1, got ${T}`);
  const angle = (t: number): number => (((t + offset) / (1 + offset)) * Math.PI) / 2;
  return Float64Array.from({ length: T }, (_, k) => {
    // 1 − (cos b/cos a)² = (1 − cos b/cos a)(1 + cos b/cos a), with the difference as a product of sines: nothing cancels.
    const [a, b] = [angle(k / T), angle((k + 1) / T)];
    const fallen = (2 * Math.sin((a + b) / 2) * Math.sin((b - a) / 2)) / Math.cos(a);
    return Math.min(fallen * (1 + Math.cos(b) / Math.cos(a)), cap);
  });
}
