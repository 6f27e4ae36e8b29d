/**
 * # From canonical terms to a subject's own, on finitely many states
 *
 * Matrices are turned as the subject declares its orientation, levels become survival probabilities, times are translated as
 * everywhere. Nothing else is touched.
 */
import type { Ask } from "#spec/ask";
import { type CleanPrediction, type DiscreteFacts, survivalFrom } from "#spec/categorical/facts";
import { canonicalAt, timesAt } from "#spec/convention";
import { SpecError } from "#spec/error";
import type { Facts } from "#spec/facts";
import type { Input } from "#spec/number/compile";
import type { Manner } from "#spec/roles";
import type { DiscretePorts, From } from "#spec/roles-discrete";
import { number, tensor, type Value, vector } from "#spec/tensor";
import { type Declared, generatorPort, type Raw, turned } from "#subjects/port-generator";

function discreteOf({ discrete }: Facts): DiscreteFacts {
  if (discrete === null)
    throw new SpecError("bad-declaration", "declaration of discrete: expected the facts of a process on finitely many states, got none", {
      hint: "a unit with methods of discrete processes declares `discrete` in its facts",
    });
  return discrete;
}

type Every = DiscretePorts[keyof DiscretePorts];
type Methods = { [K in Every extends infer P ? (P extends unknown ? keyof P : never) : never]: (...args: never[]) => Ask<unknown> };

/** The methods of all discrete roles, over one way to ask. */
export function discretePort(raw: Raw, facts: Declared): Omit<Methods, "facts"> {
  function* discrete(manner?: Manner): Ask<DiscreteFacts> {
    return discreteOf(yield* facts(manner));
  }

  function* times(u: Input, manner?: Manner): Ask<Float64Array> {
    return timesAt((yield* facts(manner)).time, u);
  }

  function* timeOf(u: number, manner?: Manner): Ask<number> {
    const [t = Number.NaN] = yield* times(u, manner);
    return t;
  }

  /** The subject's time of a noisy state, null for data. */
  function* fromOf(s: From, manner?: Manner): Ask<number | null> {
    return s === "data" ? null : yield* timeOf(s, manner);
  }

  /** A matrix with one row per state, or per state asked for. */
  function* matrix(method: string, args: Record<string, Value>, asked: Float64Array | undefined, manner?: Manner): Ask<Float64Array> {
    const { classes, orientation } = yield* discrete(manner);
    const rows = asked?.length ?? classes;
    const answer = yield* raw(method, { ...args, states: asked === undefined ? null : tensor(asked) }, manner);
    const values = vector(answer, "matrix", rows * classes);
    return orientation === "row" ? values : turned(values, rows);
  }

  /** One law over K states per token. */
  function* laws(method: string, args: Record<string, Value>, tokens: number, manner?: Manner): Ask<Float64Array> {
    const { classes } = yield* discrete(manner);
    return vector(yield* raw(method, args, manner), "law", tokens * classes);
  }

  return {
    ...generatorPort(raw, facts),
    times,
    *survival(u: Input, manner?: Manner) {
      const own = yield* times(u, manner);
      const { level } = yield* discrete(manner);
      return survivalFrom(level, vector(yield* raw("survival", { t: tensor(own) }, manner), "level", own.length));
    },
    *stepNoise(u: Input, manner?: Manner) {
      const own = yield* times(u, manner);
      return vector(yield* raw("stepnoise", { t: tensor(own) }, manner), "beta", own.length);
    },
    *transition(s: From, t: number, asked?: Float64Array, manner?: Manner) {
      return yield* matrix("transition", { s: yield* fromOf(s, manner), t: yield* timeOf(t, manner) }, asked, manner);
    },
    *bayes(x0: Float64Array, xt: Float64Array, s: From, t: number, manner?: Manner) {
      const args = { x0: tensor(x0), xt: tensor(xt), s: yield* fromOf(s, manner), t: yield* timeOf(t, manner) };
      return yield* laws("bayes", args, xt.length, manner);
    },
    *stationary(manner?: Manner) {
      return yield* laws("stationary", {}, 1, manner);
    },
    *rate(u: number, asked?: Float64Array, manner?: Manner) {
      return yield* matrix("rate", { t: yield* timeOf(u, manner) }, asked, manner);
    },
    *reverseRate(kind: "ratio" | "clean", xt: Float64Array, values: Float64Array, u: number, manner?: Manner) {
      const args = { kind, xt: tensor(xt), values: tensor(values), t: yield* timeOf(u, manner) };
      return yield* laws("reverserate", args, xt.length, manner);
    },
    *jumpVelocity(direction: "forward" | "backward", xt: Float64Array, values: Float64Array, u: number, manner?: Manner) {
      const args = { direction, xt: tensor(xt), values: tensor(values), t: yield* timeOf(u, manner) };
      return yield* laws("jumpvelocity", args, xt.length, manner);
    },
    *ratio(xt: Float64Array, clean: Float64Array, u: number, manner?: Manner) {
      return yield* laws("ratio", { xt: tensor(xt), clean: tensor(clean), t: yield* timeOf(u, manner) }, xt.length, manner);
    },
    *stepLaw(xt: Float64Array, clean: Float64Array, s: From, t: number, manner?: Manner) {
      const args = { xt: tensor(xt), clean: tensor(clean), s: yield* fromOf(s, manner), t: yield* timeOf(t, manner) };
      return yield* laws("steplaw", args, xt.length, manner);
    },
    *temperedLaw(xt: Float64Array, clean: Float64Array, s: From, t: number, temperature: number, manner?: Manner) {
      const own = { s: yield* fromOf(s, manner), t: yield* timeOf(t, manner) };
      return yield* laws("temperedlaw", { xt: tensor(xt), clean: tensor(clean), ...own, temperature }, xt.length, manner);
    },
    *convertClean(from: CleanPrediction, to: CleanPrediction, xt: Float64Array, clean: Float64Array, u: number, manner?: Manner) {
      const args = { source: from, target: to, xt: tensor(xt), clean: tensor(clean), t: yield* timeOf(u, manner) };
      return yield* laws("convertclean", args, xt.length, manner);
    },
    *guidedLaw(conditional: Float64Array, unconditional: Float64Array, w: number, manner?: Manner) {
      const { classes } = yield* discrete(manner);
      const args = { conditional: tensor(conditional), unconditional: tensor(unconditional), w };
      return yield* laws("guidedlaw", args, conditional.length / classes, manner);
    },
    *conditionedLaw(law: Float64Array, likelihood: Float64Array, manner?: Manner) {
      const { classes } = yield* discrete(manner);
      return yield* laws("conditionedlaw", { law: tensor(law), likelihood: tensor(likelihood) }, law.length / classes, manner);
    },
    *runLaw(table: Float64Array, length: number, steps: number, manner?: Manner) {
      return vector(yield* raw("runlaw", { table: tensor(table), length, steps }, manner), "law", table.length);
    },
    *runs(table: Float64Array, length: number, steps: number, count: number, stream: number, manner?: Manner) {
      const args = { table: tensor(table), length, steps, count, draws: { mode: "feed", number: stream } };
      return vector(yield* raw("runs", args, manner), "states", count);
    },
    *paths(x: number, s: From, t: number, count: number, stream: number, manner?: Manner) {
      const args = { x, s: yield* fromOf(s, manner), t: yield* timeOf(t, manner), count, draws: { mode: "feed", number: stream } };
      return vector(yield* raw("paths", args, manner), "states", count);
    },
    *jumps(x: number, s: number, t: number, count: number, stream: number, manner?: Manner) {
      const args = { x, s: yield* timeOf(s, manner), t: yield* timeOf(t, manner), count, draws: { mode: "feed", number: stream } };
      const answer = yield* raw("jumps", args, manner);
      const times = canonicalAt((yield* facts(manner)).time, vector(answer, "times", count));
      return { times, states: vector(answer, "states", count) };
    },
    *hittingTime(masked: number, t: number, p: number, manner?: Manner) {
      const answer = yield* raw("hittingtime", { masked, t: yield* timeOf(t, manner), p }, manner);
      return canonicalAt((yield* facts(manner)).time, Float64Array.of(number(answer, "time")))[0] ?? Number.NaN;
    },
    *hittings(masked: number, t: number, count: number, stream: number, manner?: Manner) {
      const args = { masked, t: yield* timeOf(t, manner), count, draws: { mode: "feed", number: stream } };
      return canonicalAt((yield* facts(manner)).time, vector(yield* raw("hittings", args, manner), "times", count * masked));
    },
    *draw(law: Float64Array, count: number, stream: number, manner?: Manner) {
      const args = { law: tensor(law), count, draws: { mode: "feed", number: stream } };
      return vector(yield* raw("draw", args, manner), "states", count);
    },
    *accepted(given: Float64Array, classes: number, bound: number, manner?: Manner) {
      const args = { laws: tensor(given, [given.length / classes, classes]), bound };
      return vector(yield* raw("accepted", args, manner), "accepted", given.length / classes);
    },
    *encode(tokens: Float64Array, manner?: Manner) {
      return vector(yield* raw("encode", { tokens: tensor(tokens) }, manner), "latents");
    },
    *decode(latents: Float64Array, manner?: Manner) {
      return vector(yield* raw("decode", { latents: tensor(latents) }, manner), "tokens");
    },
  };
}
