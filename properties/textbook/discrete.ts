/**
 * Raw methods of a discrete process, answered by the textbook's formulas. A control replaces one of them.
 */
import { AbsentHere } from "#properties/engine/controls";
import type { RawMethods } from "#properties/engine/property";
import { interpolated, type Process, uniformChain } from "#properties/textbook/process";
import { cleanLaws, normalise, rowsOf, tokensOf } from "#spec/categorical/table";
import { uniforms } from "#spec/stream";
import { type Fields, isTensor, number, tensor, type Value, vector } from "#spec/tensor";

export interface DiscreteBook {
  readonly process?: Process;
  readonly reverse?: "plug-in" | "mixture";
  readonly predicts?: "posterior" | "leave-one-out";
  /** How matrices are printed. */
  readonly orientation?: "row" | "column";
  readonly declares?: Readonly<Record<string, Value>>;
}

/** Answers of the textbook. `replace` puts other methods in; they may call the right ones, which they are handed. */
export function discreteBook(
  { process = uniformChain(), reverse = "plug-in", predicts = "posterior", orientation = "row", declares = {} }: DiscreteBook = {},
  replace: (right: RawMethods) => RawMethods = () => ({}),
): RawMethods {
  const { classes: K, transition, rate } = process;
  const when = (args: Fields, name: string): number | null => (args[name] === null ? null : number(args, name));
  const asked = (args: Fields, matrix: Float64Array): Fields => {
    const states = isTensor(args["states"]) ? args["states"].data : Float64Array.from({ length: K }, (_, x) => x);
    const rows = rowsOf(matrix, K, states);
    return { matrix: tensor(orientation === "row" ? rows : transposed(rows, states.length, K)) };
  };
  const rateAt = (t: number): Float64Array => {
    if (rate === null) throw new AbsentHere("a chain by index has no rates");
    return rate(t);
  };
  const right: RawMethods = {
    facts: () => ({
      time: process.time as unknown as Fields,
      discrete: {
        classes: K,
        mask: process.mask,
        level: "survival",
        orientation,
        family: process.family,
        parameters: { ...process.parameters },
        predicts,
        reverse,
        ...declares,
      },
    }),
    survival: ({ t }) => {
      const { survival } = process;
      if (survival === null) throw new AbsentHere("kernels that do not interpolate have no survival probability");
      return { level: tensor((isTensor(t) ? t.data : new Float64Array(0)).map(survival)) };
    },
    transition: (args) => asked(args, transition(when(args, "s"), number(args, "t"))),
    rate: (args) => asked(args, rateAt(number(args, "t"))),
    stationary: () => ({ law: tensor(process.stationary) }),
    bayes: (args) => {
      const [x0, xt] = [vector(args, "x0"), vector(args, "xt")];
      return { law: tensor(perToken(xt, K, (i) => posterior(process, x0[i] ?? 0, xt[i] ?? 0, when(args, "s"), number(args, "t")))) };
    },
    ratio: (args) => {
      const [xt, clean] = [vector(args, "xt"), vector(args, "clean")];
      const toNow = transition(null, number(args, "t"));
      return { law: tensor(perToken(xt, K, (i) => ratios(toNow, K, xt[i] ?? 0, clean.subarray(i * K, (i + 1) * K)))) };
    },
    reverserate: (args) => {
      const [xt, values] = [vector(args, "xt"), vector(args, "values")];
      const [R, toNow] = [rateAt(number(args, "t")), transition(null, number(args, "t"))];
      return {
        law: tensor(
          perToken(xt, K, (i) => {
            const given = values.subarray(i * K, (i + 1) * K);
            const x = xt[i] ?? 0;
            return reversed(R, K, x, args["kind"] === "clean" ? ratios(toNow, K, x, given) : given);
          }),
        ),
      };
    },
    steplaw: (args) => {
      const [xt, clean] = [vector(args, "xt"), vector(args, "clean")];
      const [s, t] = [when(args, "s"), number(args, "t")];
      return {
        law: tensor(perToken(xt, K, (i) => stepLaw(process, reverse, xt[i] ?? 0, clean.subarray(i * K, (i + 1) * K), s, t))),
      };
    },
    convertclean: (args) => {
      const [xt, clean] = [vector(args, "xt"), vector(args, "clean")];
      const toNow = transition(null, number(args, "t"));
      const power = args["source"] === args["target"] ? 0 : args["target"] === "leave-one-out" ? -1 : 1;
      return {
        law: tensor(
          perToken(xt, K, (i) => normalise(clean.slice(i * K, (i + 1) * K).map((p, k) => p * (toNow[k * K + (xt[i] ?? 0)] ?? 0) ** power))),
        ),
      };
    },
    guidedlaw: (args) => {
      const [conditional, unconditional, w] = [vector(args, "conditional"), vector(args, "unconditional"), number(args, "w")];
      const out = conditional.map((p, k) => (p === 0 ? 0 : p ** w * (unconditional[k] ?? 0) ** (1 - w)));
      for (let i = 0; i < out.length; i += K) normalise(out.subarray(i, i + K));
      return { law: tensor(out) };
    },
    conditionedlaw: (args) => {
      const [law, likelihood] = [vector(args, "law"), vector(args, "likelihood")];
      return { law: tensor(perToken(new Float64Array(law.length / K), K, (i) => conditioned(law, likelihood, i * K, K))) };
    },
    runlaw: (args) => ({
      law: tensor(runLaw(process, vector(args, "table"), number(args, "length"), number(args, "steps"), reverse, predicts)),
    }),
    runs: (args) => {
      const { law } = right["runlaw"]?.(args, {}) ?? {};
      return {
        states: tensor(drawnBy(isTensor(law) ? law.data : new Float64Array(0), uniforms(streamOf(args), 0, number(args, "count")))),
      };
    },
    paths: (args) => {
      const row = transition(when(args, "s"), number(args, "t")).subarray(number(args, "x") * K, (number(args, "x") + 1) * K);
      return { states: tensor(drawnBy(row, uniforms(streamOf(args), 0, number(args, "count")))) };
    },
    draw: (args) => ({ states: tensor(drawnBy(vector(args, "law"), uniforms(streamOf(args), 0, number(args, "count")))) }),
    apply: (args) => {
      const [R, values] = [rateAt(number(args, "t")), vector(args["f"] as Fields, "values")];
      return {
        value: tensor(vector(args, "x").map((x) => values.reduce((sum, f, y) => sum + (R[x * K + y] ?? 0) * f, 0))),
      };
    },
    adjoint: (args) => {
      const [R, p] = [rateAt(number(args, "t")), vector(args["p"] as Fields, "values")];
      return { value: tensor(vector(args, "x").map((y) => p.reduce((sum, mass, x) => sum + mass * (R[x * K + y] ?? 0), 0))) };
    },
  };
  return { ...right, ...replace(right) };
}

/** p(x)·p(y | x), divided by its sum over x. */
const conditioned = (law: Float64Array, likelihood: Float64Array, from: number, K: number): Float64Array =>
  normalise(law.slice(from, from + K).map((p, k) => p * (likelihood[from + k] ?? 0)));

export const streamOf = (args: Fields): number => number((args["draws"] ?? {}) as Fields, "number");

/** States by inversion of the cumulative law. */
export function drawnBy(law: Float64Array, fractions: Float64Array): Float64Array {
  let total = 0;
  const below = law.map((p) => {
    total += p;
    return total;
  });
  return fractions.map((w) => {
    let [low, high] = [0, law.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((below[middle] ?? 1) > w) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

/** One state by inversion, of a law of few: nothing is made for the draw. */
export function drawnOnce(law: Float64Array, fraction: number): number {
  let total = 0;
  for (let k = 0; k < law.length - 1; k++) {
    total += law[k] ?? 0;
    if (total > fraction) return k;
  }
  return law.length - 1;
}

export function transposed(rows: Float64Array, count: number, columns: number): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < count; i++) for (let j = 0; j < columns; j++) out[j * count + i] = rows[i * columns + j] ?? Number.NaN;
  return out;
}

export function perToken(tokens: Float64Array, K: number, law: (i: number) => Float64Array): Float64Array {
  const out = new Float64Array(tokens.length * K);
  for (let i = 0; i < tokens.length; i++) out.set(law(i), i * K);
  return out;
}

/** From data to s; data itself is as it is. */
function earlier({ classes, transition }: Process, s: number | null): Float64Array {
  return s === null ? interpolated(1, new Float64Array(classes)) : transition(null, s);
}

/** q(xₛ | xₜ, x₀) by Bayes; zero everywhere where the pair is impossible. */
export function posterior(process: Process, x0: number, xt: number, s: number | null, t: number): Float64Array {
  const { classes: K } = process;
  const [early, step] = [earlier(process, s), process.transition(s, t)];
  const joint = Float64Array.from({ length: K }, (_, k) => (early[x0 * K + k] ?? 0) * (step[k * K + xt] ?? 0));
  const total = joint.reduce((a, b) => a + b, 0);
  return total === 0 ? joint : joint.map((p) => p / total);
}

/** Σ p(x₀ | x)·q(y | x₀)/q(x | x₀) over data that can lead to x. */
export function ratios(toNow: Float64Array, K: number, x: number, clean: Float64Array): Float64Array {
  return Float64Array.from({ length: K }, (_, y) => {
    let sum = 0;
    clean.forEach((p, k) => {
      const here = toNow[k * K + x] ?? 0;
      if (p > 0 && here > 0) sum += (p * (toNow[k * K + y] ?? 0)) / here;
    });
    return sum;
  });
}

/** One row of the reverse rate: R(y, x)·q(y)/q(x), and the diagonal that sums it to 0. */
export function reversed(R: Float64Array, K: number, x: number, ratio: Float64Array): Float64Array {
  const row = ratio.map((r, y) => (y === x || (R[y * K + x] ?? 0) === 0 ? 0 : (R[y * K + x] ?? 0) * r));
  row[x] = -row.reduce((a, b) => a + b, 0);
  return row;
}

function stepLaw(
  process: Process,
  rule: "plug-in" | "mixture",
  xt: number,
  clean: Float64Array,
  s: number | null,
  t: number,
): Float64Array {
  const { classes: K } = process;
  if (rule === "mixture") {
    const out = new Float64Array(K);
    clean.forEach((p, x0) => {
      if (p === 0) return;
      const back = posterior(process, x0, xt, s, t);
      for (let k = 0; k < K; k++) out[k] = (out[k] ?? 0) + p * (back[k] ?? 0);
    });
    return out;
  }
  const [early, step] = [earlier(process, s), process.transition(s, t)];
  const joint = new Float64Array(K);
  clean.forEach((p, x0) => {
    for (let k = 0; k < K; k++) joint[k] = (joint[k] ?? 0) + p * (early[x0 * K + k] ?? 0) * (step[k * K + xt] ?? 0);
  });
  return normalise(joint);
}

/** The law over sequences after a whole run with the exact model, each step drawing its tokens independently. */
function runLaw(
  process: Process,
  table: Float64Array,
  length: number,
  steps: number,
  rule: "plug-in" | "mixture",
  predicts: "posterior" | "leave-one-out",
): Float64Array {
  const { classes: K, time, stationary, transition } = process;
  if (time.kind !== "interval") throw new AbsentHere("runs of the textbook are in continuous time");
  let law = Float64Array.from(table, (_, index) => tokensOf(index, length, K).reduce((p, token) => p * (stationary[token] ?? 0), 1));
  for (let step = steps; step > 0; step--) {
    const [t, s] = [step / steps, (step - 1) / steps];
    const toNow = transition(null, t);
    const next = new Float64Array(law.length);
    for (let index = 0; index < law.length; index++) {
      const mass = law[index] ?? 0;
      if (mass === 0) continue;
      const tokens = tokensOf(index, length, K);
      const likelihood = perToken(tokens, K, (i) => Float64Array.from({ length: K }, (_, k) => toNow[k * K + (tokens[i] ?? 0)] ?? 0));
      const clean = cleanLaws(table, likelihood, length, K, predicts);
      const rows = perToken(tokens, K, (i) => stepLaw(process, rule, tokens[i] ?? 0, clean.subarray(i * K, (i + 1) * K), s, t));
      for (let target = 0; target < next.length; target++) {
        const to = tokensOf(target, length, K);
        next[target] = (next[target] ?? 0) + to.reduce((p, token, i) => p * (rows[i * K + token] ?? 0), mass);
      }
    }
    law = next;
  }
  return law;
}
