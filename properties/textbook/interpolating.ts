/**
 * The textbook of noise that keeps a token or draws it anew, in closed form and O(K) per token: the same laws by other arithmetic,
 * for vocabularies whose matrices are never formed.
 */
import { AbsentHere } from "#properties/engine/controls";
import type { RawMethods } from "#properties/engine/property";
import { perToken } from "#properties/textbook/discrete";
import type { Process } from "#properties/textbook/process";
import { mostStates } from "#spec/categorical/between";
import { normalise } from "#spec/categorical/table";
import { type Fields, isTensor, number, tensor, type Value, vector } from "#spec/tensor";

export interface ClosedForm {
  readonly process: Process;
  readonly reverse?: "plug-in" | "mixture";
  readonly predicts?: "posterior" | "leave-one-out";
  readonly declares?: Readonly<Record<string, Value>>;
}

interface Survivals {
  /** From data to s, from s to t, from data to t. */
  readonly before: number;
  readonly step: number;
  readonly now: number;
}

/** The parts of the closed form that a control may put wrong. */
export interface Parts {
  /** The law of xₛ from a law of clean tokens that has not seen the token. */
  readonly plugIn: (clean: Float64Array, xt: number, a: Survivals) => Float64Array;
  readonly mixture: (posterior: Float64Array, xt: number, a: Survivals) => Float64Array;
}

export function parts({ stationary }: Pick<Process, "stationary">): Parts {
  const entry = (a: number, x: number, y: number): number => (x === y ? a : 0) + (1 - a) * (stationary[y] ?? 0);
  const joint = (law: Float64Array, xt: number, { before, step }: Survivals): Float64Array =>
    law.map((p, k) => (before * p + (1 - before) * (stationary[k] ?? 0)) * entry(step, k, xt));
  return {
    plugIn: (clean, xt, a) => normalise(joint(clean, xt, a)),
    mixture: (posterior, xt, a) => {
      const weighed = posterior.map((p, x0) => (p === 0 ? 0 : p / entry(a.now, x0, xt)));
      const total = weighed.reduce((sum, p) => sum + p, 0);
      return weighed.map((p, k) => (a.before * p + (1 - a.before) * total * (stationary[k] ?? 0)) * entry(a.step, k, xt));
    },
  };
}

export function closedForm(
  { process, reverse = "plug-in", predicts, declares = {} }: ClosedForm,
  change: (right: Parts) => Partial<Parts> = () => ({}),
): RawMethods {
  const { classes: K, survival, stationary } = process;
  const of = (t: number | null): number => (t === null ? 1 : (survival?.(t) ?? Number.NaN));
  const timeOf = (args: Fields): number | null => (args["s"] === null ? null : number(args, "s"));
  const right = parts(process);
  const { plugIn, mixture } = { ...right, ...change(right) };
  const survivals = (args: Fields): Survivals => {
    const [before, now] = [of(timeOf(args)), of(number(args, "t"))];
    return { before, now, step: now / before };
  };
  return {
    facts: () => ({
      time: process.time as unknown as Fields,
      discrete: {
        classes: K,
        mask: process.mask,
        family: process.family,
        reverse,
        predicts: predicts ?? (reverse === "plug-in" ? "leave-one-out" : "posterior"),
        ...declares,
      },
    }),
    survival: ({ t }) => ({ level: tensor((isTensor(t) ? t.data : new Float64Array(0)).map(of)) }),
    stationary: () => ({ law: tensor(stationary) }),
    transition: (args) => {
      if (!isTensor(args["states"]) && K > mostStates) throw new AbsentHere("the whole matrix is never formed");
      const states = isTensor(args["states"]) ? args["states"].data : Float64Array.from({ length: K }, (_, x) => x);
      const a = of(number(args, "t")) / of(timeOf(args));
      return { matrix: tensor(perToken(states, K, (i) => stationary.map((p, y) => (y === states[i] ? a : 0) + (1 - a) * p))) };
    },
    bayes: (args) => {
      const [x0, xt] = [vector(args, "x0"), vector(args, "xt")];
      const certain = (x: number | undefined): Float64Array => stationary.map((_, k) => (k === x ? 1 : 0));
      return { law: tensor(perToken(xt, K, (i) => plugIn(certain(x0[i]), xt[i] ?? 0, survivals(args)))) };
    },
    steplaw: (args) => {
      const [xt, clean] = [vector(args, "xt"), vector(args, "clean")];
      const step = reverse === "plug-in" ? plugIn : mixture;
      return { law: tensor(perToken(xt, K, (i) => step(clean.subarray(i * K, (i + 1) * K), xt[i] ?? 0, survivals(args)))) };
    },
    convertclean: (args) => {
      const [xt, clean, a] = [vector(args, "xt"), vector(args, "clean"), of(number(args, "t"))];
      const towards = args["target"] === "posterior";
      return {
        law: tensor(
          perToken(xt, K, (i) => {
            const here = (1 - a) * (stationary[xt[i] ?? 0] ?? 0);
            // Only the token's own entry differs: its offset is the whole conversion.
            const odds = 1 + a / here;
            return normalise(clean.subarray(i * K, (i + 1) * K).map((p, k) => (k === xt[i] ? (towards ? p * odds : p / odds) : p)));
          }),
        ),
      };
    },
  };
}
