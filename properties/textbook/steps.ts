/**
 * Reverse steps by staggered ratios and by reverse rates, and velocities of discrete flow matching.
 */
import type { RawMethods } from "#properties/engine/property";
import { type DiscreteBook, discreteBook, perToken, ratios, reversed } from "#properties/textbook/discrete";
import type { Process } from "#properties/textbook/process";
import { multiplied } from "#spec/categorical/table";
import { inverted } from "#spec/number/elimination";
import { type Fields, number, tensor, type Value, vector } from "#spec/tensor";

/** The law of xₛ for one token from its ratios at t; `undone` takes the noise off the row of ratios. */
export interface Stagger {
  readonly process: Process;
  readonly ratio: Float64Array;
  readonly x: number;
  readonly s: number;
  readonly t: number;
}

/** (r·P⁻¹) ⊙ P(·, x). */
export function staggered({ process: { classes: K, transition }, ratio, x, s, t }: Stagger): Float64Array {
  const P = transition(s, t);
  const undone = multiplied(ratio, inverted(P, K)?.inverse ?? P, K);
  return undone.map((r, y) => r * (P[y * K + x] ?? 0));
}

/** One step of the reverse rates at t, what would be negative left at zero. */
export function leapt({ process: { classes: K, rate }, ratio, x, s, t }: Stagger): Float64Array {
  const row = reversed(rate?.(t) ?? new Float64Array(), K, x, ratio);
  const out = row.map((r, y) => Math.max((y === x ? 1 : 0) + (t - s) * r, 0));
  const sum = out.reduce((a, b) => a + b, 0);
  return out.map((p) => p / sum);
}

/** The textbook with another step, from exact ratios of the model's law of clean tokens. */
export function stepBook(
  reverse: "tweedie" | "euler",
  process: Process,
  step: (at: Stagger) => Float64Array,
  { declares = {}, ...options }: Omit<DiscreteBook, "process"> & { readonly declares?: Readonly<Record<string, Value>> } = {},
): RawMethods {
  const { classes: K, transition } = process;
  return discreteBook({ process, declares: { reverse, ...declares }, ...options }, () => ({
    steplaw: (args) => {
      const [xt, clean, s, t] = [vector(args, "xt"), vector(args, "clean"), number(args, "s"), number(args, "t")];
      const toNow = transition(null, t);
      const one = (x: number, law: Float64Array): Float64Array => step({ process, ratio: ratios(toNow, K, x, law), x, s, t });
      return { law: tensor(perToken(xt, K, (i) => one(xt[i] ?? 0, clean.subarray(i * K, (i + 1) * K)))) };
    },
  }));
}

/** One row of a velocity: from the state it leaves, a law of tokens, κ and its slope towards data. */
export type Velocity = (x: number, law: Float64Array, kappa: number, slope: number) => Float64Array;

export const toData: Velocity = (x, law, kappa, slope) => law.map((p, y) => (slope / (1 - kappa)) * (p - (x === y ? 1 : 0)));
export const fromSource: Velocity = (x, law, kappa, slope) => law.map((p, y) => (slope / kappa) * ((x === y ? 1 : 0) - p));

/** The textbook with velocities; κ is the process's survival, whose slope is β times itself. */
export function velocityBook(
  process: Process,
  beta: (t: number) => number,
  velocities: Partial<Record<"forward" | "backward", Velocity>> = {},
): RawMethods {
  const K = process.classes;
  const { forward = toData, backward = fromSource } = velocities;
  return discreteBook({ process }, () => ({
    jumpvelocity: (args: Fields) => {
      const [xt, values, t] = [vector(args, "xt"), vector(args, "values"), number(args, "t")];
      const kappa = process.survival?.(t) ?? Number.NaN;
      const row = args["direction"] === "forward" ? forward : backward;
      return { law: tensor(perToken(xt, K, (i) => row(xt[i] ?? 0, values.subarray(i * K, (i + 1) * K), kappa, beta(t) * kappa))) };
    },
  }));
}
