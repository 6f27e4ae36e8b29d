/**
 * # One step of a chain, back
 *
 * Kernels of chains on a few states, the reverse step that a rule makes of a model's law of clean tokens, and the divergence of the
 * posterior from it.
 *
 * Convention: kernels by rows; a table of clean tokens has one law per noisy state.
 */
import type { ReverseRule } from "#spec/categorical/facts";
import { multiplied, normalise } from "#spec/categorical/table";
import { uniforms } from "#spec/stream";

/** Kernels from data to s, from s to t and from data to t. Shape `K*K` each. */
export interface StepBack {
  readonly early: Float64Array;
  readonly step: Float64Array;
  readonly late: Float64Array;
}

/** A model's reverse kernel, row x_t. `clean` holds its law of tokens for each state. Shape `K*K`. */
export function stepKernel(rule: ReverseRule, { early, step, late }: StepBack, clean: Float64Array, K: number): Float64Array {
  const out = new Float64Array(K * K);
  for (let xt = 0; xt < K; xt++) {
    const row = out.subarray(xt * K, (xt + 1) * K);
    for (let x0 = 0; x0 < K; x0++) {
      const p = clean[xt * K + x0] ?? 0;
      const whole = rule === "mixture" ? (late[x0 * K + xt] ?? 0) : 1;
      if (p === 0 || whole === 0) continue;
      for (let k = 0; k < K; k++) row[k] = (row[k] ?? 0) + (p * (early[x0 * K + k] ?? 0) * (step[k * K + xt] ?? 0)) / whole;
    }
    normalise(row);
  }
  return out;
}

/** Chains of one to three steps: K×K kernels without symmetry; states may only rise where `rising`. */
export function drawnChain(stream: number, K: number, steps: number, rising: boolean): readonly StepBack[] {
  const out: StepBack[] = [];
  let early = Float64Array.from({ length: K * K }, (_, k) => (k % (K + 1) === 0 ? 1 : 0));
  for (let t = 0; t < steps; t++) {
    const raw = uniforms(stream, 6 + t, K * K);
    const step = raw.map((w, k) => (rising && k % K < Math.floor(k / K) ? 0 : w * w + 1 / 8 + (k % (K + 1) === 0 ? 1 : 0)));
    for (let x = 0; x < K; x++) normalise(step.subarray(x * K, (x + 1) * K));
    const late = Float64Array.from(multiplied(early, step, K));
    out.push({ early, step, late });
    early = late;
  }
  return out;
}

/** P_{0,t}(x₀, xₜ). */
export const chanceOf = ({ late, early }: StepBack, x0: number, xt: number): number => late[x0 * Math.sqrt(early.length) + xt] ?? 0;

/** The divergence of the posterior from row x_t of the model's reverse kernel; sign −1 for the magnitudes of its terms. */
export function divergenceOf({ early, step, late }: StepBack, reverse: Float64Array, x0: number, xt: number, sign: 1 | -1): number {
  const K = Math.sqrt(early.length);
  let sum = 0;
  for (let k = 0; k < K; k++) {
    const q = ((early[x0 * K + k] ?? 0) * (step[k * K + xt] ?? 0)) / (late[x0 * K + xt] ?? 0);
    const p = reverse[xt * K + k] ?? 0;
    if (q > 0) sum += sign === 1 ? q * Math.log(q / p) : q * (2 + Math.abs(Math.log(q)) + Math.abs(Math.log(p)));
  }
  return sum;
}
