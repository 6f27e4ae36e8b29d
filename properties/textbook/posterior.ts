/**
 * Posteriors of tokens by the textbook's rule on kernels that a control may put wrong.
 */
import type { RawMethods } from "#properties/engine/property";
import { discreteBook, perToken, posterior } from "#properties/textbook/discrete";
import type { Process } from "#properties/textbook/process";
import { normalise } from "#spec/categorical/table";
import { type Fields, number, tensor, vector } from "#spec/tensor";

type Pair = (x0: number, xt: number, s: number | null, t: number) => Float64Array;

/** The textbook with other posteriors. */
export const posteriors = (process: Process, law: Pair, declares: Readonly<Record<string, number>> = {}): RawMethods => {
  const when = (args: Fields): number | null => (args["s"] === null ? null : number(args, "s"));
  return discreteBook({ process, declares }, () => ({
    bayes: (args) => {
      const [x0, xt] = [vector(args, "x0"), vector(args, "xt")];
      return {
        law: tensor(perToken(xt, process.classes, (i) => law(x0[i] ?? 0, xt[i] ?? 0, when(args), number(args, "t")))),
      };
    },
  }));
};

/** Bayes' rule on kernels of one's own. */
export const ruled =
  (
    early: (x0: number, k: number, s: number | null, t: number) => number,
    step: (k: number, xt: number, s: number | null, t: number) => number,
  ) =>
  (K: number): Pair =>
  (x0, xt, s, t) =>
    normalise(Float64Array.from({ length: K }, (_, k) => early(x0, k, s, t) * step(k, xt, s, t)));

export const right =
  (process: Process): Pair =>
  (x0, xt, s, t) =>
    posterior(process, x0, xt, s, t);
export const entry =
  ({ classes: K, transition }: Process) =>
  (s: number | null, t: number | null, x: number, y: number): number =>
    t === null || s === t ? (x === y ? 1 : 0) : (transition(s, t)[x * K + y] ?? 0);

export function inLogarithms(process: Process): Pair {
  const at = entry(process);
  return (x0, xt, s, t) => {
    const logits = Float64Array.from({ length: process.classes }, (_, k) => Math.log(at(null, s, x0, k)) + Math.log(at(s, t, k, xt)));
    const top = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    return normalise(logits.map((l) => Math.exp(l - top)));
  };
}

export function inBinary32(process: Process): RawMethods {
  const at = entry(process);
  return posteriors(
    process,
    ruled(
      (x0, k, s) => Math.fround(at(null, s, x0, k)),
      (k, xt, s, t) => Math.fround(at(s, t, k, xt)),
    )(process.classes),
  );
}
