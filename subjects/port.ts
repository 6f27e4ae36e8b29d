/**
 * # From canonical terms to a subject's own
 *
 * Laws ask in canonical terms; subjects answer in theirs. Everything between is here: times, levels and outputs are translated
 * as the subject's facts declare, and the shape of each answer is checked once. The raw methods are those of PROTOCOL.md.
 */
import { type Ask, ask, type Call } from "#spec/ask";
import { type Levels, levelsFrom, timesAt } from "#spec/convention";
import { type Facts, factsOnce } from "#spec/facts";
import type { Input } from "#spec/number/compile";
import { type Oracle, oracleFields } from "#spec/oracle";
import type { Grid, Manner, Port, Role, Run, RunPlan } from "#spec/roles";
import { type Fields, isTensor, malformed, mapped, number, tensor, tiled, type Value, vector } from "#spec/tensor";
import { gridOnce, levelArrays } from "#subjects/grid";
import { discretePort } from "#subjects/port-discrete";
import { AnsweredRun, askedRun } from "#subjects/run";

/** How declared facts are read; a test of "would another declaration fit?" hands in a change. */
export type Reading = (facts: Facts) => Facts;

/** The port through which laws ask; the engine supplies who is asked and with which configuration. */
export function portOf(reading: Reading = (facts) => facts): Port<Role> {
  const raw = (method: string, args: Record<string, Value>, manner: Manner = usual): Ask<Fields> => ask(callOf(method, args, manner));

  // What nearly every method needs first is asked by itself: a generator within a generator takes its share of each step.
  const factsOf = (manner: Manner): Call => callOf("facts", noArguments, remembered(manner));
  const declaredIn = (answer: Fields): Facts => reading(factsOnce(answer));

  function* facts(manner: Manner = usual): Ask<Facts> {
    return declaredIn(yield factsOf(manner));
  }

  function* timesOf(u: Input, manner: Manner): Ask<Float64Array> {
    return timesAt(declaredIn(yield factsOf(manner)).time, u);
  }

  function* levelsAt(times: Float64Array, manner: Manner = {}): Ask<Levels> {
    const { level } = declaredIn(yield factsOf(manner));
    const answer = yield callOf("levels", { t: tensor(times) }, manner);
    return levelsFrom(level, levelArrays(answer, times.length));
  }

  function* coeffs(u: Input, manner: Manner = {}): Ask<Levels> {
    return yield* levelsAt(yield* timesOf(u, manner), manner);
  }

  function* grid(manner: Manner = {}): Ask<Grid> {
    const { stateLevel } = declaredIn(yield factsOf(manner));
    return gridOnce(stateLevel, yield callOf("grid", noArguments, manner));
  }

  function* run(plan: RunPlan, manner: Manner = {}): Ask<Run> {
    const declared = declaredIn(yield factsOf(manner));
    // Only the run is to be made anew: where its grid lies says nothing of the object that runs.
    const levels = gridOnce(declared.stateLevel, yield callOf("grid", noArguments, remembered(manner)));
    const asked = askedRun(plan, levels, declared);
    return new AnsweredRun(yield callOf("run", asked.args, manner), levels, asked);
  }

  /** One time for all coordinates, or one per sample: then coordinates of the samples follow one another. */
  function* sampleLike(
    method: string,
    answerName: string,
    x0: Float64Array,
    u: Input,
    eps: Float64Array,
    manner: Manner,
    extra: Record<string, Value> = {},
  ): Ask<Float64Array> {
    const t = yield* timesOf(u, manner);
    const d = Math.max(x0.length, eps.length);
    const answer = yield callOf(method, { x0: tensor(filled(x0, d)), noise: tensor(filled(eps, d)), t: tensor(t), ...extra }, manner);
    return vector(answer, answerName, d);
  }

  const port = {
    ...discretePort(raw, facts),
    facts,
    coeffs,
    levelsAt,
    grid,
    run,
    *rates(u: Input, manner: Manner = {}) {
      const times = yield* timesOf(u, manner);
      const answer = yield* raw("rates", { t: tensor(times) }, manner);
      const sign = (yield* facts(manner)).time.clean === "first" ? 1 : -1;
      const oriented = (name: string): Float64Array => mapped((x) => sign * x, vector(answer, name, times.length));
      return { alphaRate: oriented("alphaRate"), sigmaRate: oriented("sigmaRate") };
    },
    *sde(u: Input, manner: Manner = {}) {
      const times = yield* timesOf(u, manner);
      const answer = yield* raw("sde", { t: tensor(times) }, manner);
      return { drift: vector(answer, "drift", times.length), diffusion2: vector(answer, "diffusion2", times.length) };
    },
    *tables(manner: Manner = {}) {
      const answer = yield* raw("tables", {}, manner);
      return Object.fromEntries(Object.keys(answer).map((name) => [name, vector(answer, name)]));
    },
    *snr(u: Input, manner: Manner = {}) {
      const times = yield* timesOf(u, manner);
      return vector(yield* raw("snr", { t: tensor(times) }, manner), "value", times.length);
    },
    *inverse(kind: string, values: Float64Array, manner: Manner = {}) {
      return vector(yield* raw("inverse", { kind, values: tensor(values) }, manner), "t", values.length);
    },
    *shift(strength: number, values: Float64Array, manner: Manner = {}) {
      return vector(yield* raw("shift", { strength, values: tensor(values) }, manner), "value", values.length);
    },
    *sample(x0: Float64Array, u: Input, eps: Float64Array, manner: Manner & { readonly state?: string } = {}) {
      const { state, ...rest } = manner;
      return yield* sampleLike("sample", "xt", x0, u, eps, rest, state === undefined ? {} : { state });
    },
    *sampleTyped(x0: Float64Array, u: Input, eps: Float64Array, manner: Manner = {}) {
      const t = yield* timesOf(u, manner);
      const d = Math.max(x0.length, eps.length);
      const answer = yield* raw("sample", { x0: tensor(filled(x0, d)), noise: tensor(filled(eps, d)), t: tensor(t) }, manner);
      const { xt, unchanged } = answer;
      if (!isTensor(xt)) throw malformed("xt", "a tensor", xt);
      return { xt: vector(answer, "xt", d), dtype: xt.dtype, unchanged: unchanged !== false };
    },
    *velocity(x0: Float64Array, u: Input, eps: Float64Array, manner: Manner = {}) {
      const sign = (yield* facts(manner)).time.clean === "first" ? 1 : -1;
      const value = yield* sampleLike("velocity", "value", x0, u, eps, manner);
      return mapped((x) => sign * x, value);
    },
    *kernel(s: number, t: number, manner: Manner = {}) {
      const [own = 0, other = 0] = yield* timesOf([s, t], manner);
      const answer = yield* raw("kernel", { s: own, t: other }, manner);
      return { scale: number(answer, "scale"), variance: number(answer, "variance") };
    },
    *posterior(x0: Float64Array, xt: Float64Array, s: number, t: number, manner: Manner = {}) {
      const d = Math.max(x0.length, xt.length);
      const [own = 0, other = 0] = yield* timesOf([s, t], manner);
      const args = { x0: tensor(filled(x0, d)), xt: tensor(filled(xt, d)), s: own, t: other };
      const answer = yield* raw("posterior", args, manner);
      return { mean: vector(answer, "mean", d), variance: filled(vector(answer, "variance"), d) };
    },
    *convert(from: string, to: string, value: Float64Array, xt: Float64Array, u: Input, manner: Manner = {}) {
      const t = yield* timesOf(u, manner);
      const d = Math.max(value.length, xt.length);
      const args = { source: from, target: to, value: tensor(filled(value, d)), xt: tensor(filled(xt, d)), t: tensor(t) };
      return vector(yield* raw("convert", args, manner), "value", d);
    },
    *target(kind: string, x0: Float64Array, u: Input, eps: Float64Array, manner: Manner = {}) {
      return yield* sampleLike("target", "value", x0, u, eps, manner, { kind });
    },
    *precondition(sigma: Float64Array, manner: Manner = {}) {
      const answer = yield* raw("precondition", { sigma: tensor(sigma) }, manner);
      return Object.fromEntries(Object.keys(answer).map((name) => [name, vector(answer, name, sigma.length)]));
    },
    *boundary(manner: Manner = {}) {
      const answer = yield* raw("boundary", {}, manner);
      return { cskip: number(answer, "cskip"), cout: number(answer, "cout") };
    },
    *denoise(oracle: Oracle, x: Float64Array, u: number, manner: Manner = {}) {
      const t = yield* timesOf(u, manner);
      return vector(yield* raw("denoise", { oracle: oracleFields(oracle), x: tensor(x), t: tensor(t) }, manner), "value", x.length);
    },
    *drift(oracle: Oracle, x: Float64Array, u: number, lambda: number, manner: Manner = {}) {
      const [t = 0] = yield* timesOf(u, manner);
      // Against the subject's own time; laws speak of time towards noise.
      const sign = (yield* facts(manner)).time.clean === "first" ? 1 : -1;
      const answer = yield* raw("drift", { oracle: oracleFields(oracle), x: tensor(x), t, lambda }, manner);
      return { drift: vector(answer, "drift", x.length).map((value) => sign * value), diffusion2: number(answer, "diffusion2") };
    },
    *correct(oracle: Oracle, x: Float64Array, u: number, draws: "none" | "basis", manner: Manner = {}) {
      const [t = 0] = yield* timesOf(u, manner);
      const args = { oracle: oracleFields(oracle), x: tensor(x), t, draws: { mode: draws } };
      return vector(yield* raw("correct", args, manner), "x", x.length);
    },
    *logLikelihood(oracle: Oracle, x: Float64Array, steps: number, manner: Manner = {}) {
      return vector(yield* raw("loglik", { oracle: oracleFields(oracle), x: tensor(x), steps }, manner), "value", x.length);
    },
    *term(name: string, inputs: Readonly<Record<string, Input>>, manner: Manner = {}) {
      const fields = Object.entries(inputs).map(([key, value]) => [
        key,
        typeof value === "number" ? value : tensor(Float64Array.from(value)),
      ]);
      return vector(yield* raw("term", { name, inputs: Object.fromEntries(fields) }, manner), "value");
    },
    *weight(name: string, kind: string, u: Input, gamma: number, manner: Manner = {}) {
      const t = yield* timesOf(u, manner);
      return vector(yield* raw("weight", { name, kind, t: tensor(t), gamma }, manner), "value", t.length);
    },
    *weightAt(name: string, levels: Float64Array, manner: Manner = {}) {
      return vector(yield* raw("weight", { name, kind: "level", t: tensor(levels), gamma: 0 }, manner), "value", levels.length);
    },
    *guided(conditional: Float64Array, unconditional: Float64Array, w: number, manner: Manner = {}) {
      const args = { conditional: tensor(conditional), unconditional: tensor(unconditional), w };
      return vector(yield* raw("guided", args, manner), "value", conditional.length);
    },
    *classified(kind: string, value: Float64Array, gradient: Float64Array, s: number, t: number, manner: Manner = {}) {
      const [own = 0, other = 0] = yield* timesOf([s, t], manner);
      const args = { kind, value: tensor(value), gradient: tensor(gradient), s: own, t: other };
      return vector(yield* raw("classified", args, manner), "value", value.length);
    },
    *finished(
      row: Float64Array,
      sampled: Float64Array,
      committed: Float64Array,
      end: number,
      mask: number,
      prompt: number,
      manner: Manner = {},
    ) {
      const args = { row: tensor(row), sampled: tensor(sampled), committed: tensor(committed), end, mask, prompt };
      const { finished } = yield* raw("finished", args, manner);
      if (typeof finished !== "boolean") throw malformed("finished", "true or false", finished);
      return finished;
    },
  };
  return port as Port<Role>;
}

const usual: Manner = {};
const noArguments: Record<string, Value> = {};
/** The manner without its wish for freshness: what is asked so is the same for every object of a configuration. */
function remembered(manner: Manner): Manner {
  if (manner.fresh === undefined) return manner;
  const { fresh: _, ...rest } = manner;
  return rest;
}

function callOf(method: string, args: Record<string, Value>, { arithmetic, override, fresh }: Manner): Call {
  if (arithmetic === undefined && override === undefined && fresh === undefined) return { method, args };
  return {
    method,
    args,
    ...(arithmetic === undefined ? {} : { arithmetic }),
    ...(override === undefined ? {} : { override }),
    ...(fresh === undefined ? {} : { fresh }),
  };
}

/** `x` as a vector of length d; one element is repeated. */
function filled(x: Float64Array, d: number): Float64Array {
  return x.length === d ? x : x.length === 1 ? tiled(x, d) : x;
}
