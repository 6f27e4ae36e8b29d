/**
 * # Randomness
 *
 * The noise of a sampler comes from its stream alone.
 */
import fc from "fast-check";
import { type Ask, attempted } from "#spec/ask";
import { noise } from "#spec/domain";
import { atLeast, balance, type Evidence, equality, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { affine, beginning } from "#spec/metamorphic/beginning";
import { equation } from "#spec/number/expression";
import { binary32, unitRoundoff } from "#spec/number/format";
import type { Manner, ReverseStep, Run } from "#spec/roles";
import { coordinates, mostDraws, samplerOf } from "#spec/sampler/step";
import { derived, requirement } from "#spec/sources";

const apart = equation("a - b == c - d");

export const seedDecides: Law<"ReverseStep", { readonly eps: Float64Array; readonly stream: number }> = {
  id: "metamorphic.seed",
  title: "The stream of noise decides everything: the same stream gives the same run, every draw is new, and none depends on the data.",
  statement: [
    String.raw`F(x;\omega) = F(x;\omega),\qquad \#\mathrm{draws}(x) = \#\mathrm{draws}(y),\qquad \omega\ne\omega' \Rightarrow F(x;\omega)\ne F(x;\omega')`,
    String.raw`F(x;\omega) - F(x;0) = F(y;\omega) - F(y;0) = \sum_k c_k\,\omega_k`,
  ],
  roles: ["ReverseStep"],
  kind: "requirement",
  source: [requirement("randomness comes from the generator alone"), derived("linear steps answer linearly to their noise")],
  restsOn: [],
  given: { "there is a sampler": (_, facts) => facts.sampler !== null },
  cases: { eps: noise(), stream: fc.integer({ min: 1, max: 1000 }) },
  *claim({ eps, stream }, sampler) {
    const { sampler: claims, clip } = yield* sampler.facts();
    const plan = { oracle: affine, start: eps, count: yield* beginning(sampler) };
    const moved = eps.map((x) => 1 - x);
    const quiet = yield* sampler.run({ ...plan, draws: "none" });
    const axes = [
      ["state", quiet.states.length / quiet.d],
      ["coordinate", quiet.d],
    ] as const;
    // What claims to be deterministic gives the same states with whatever noise it is handed.
    if (claims?.noise === "none") {
      const again = yield* sampler.run({ ...plan, draws: { stream } });
      return [equality("repetition", again.states, quiet.states, { axes })];
    }
    const once = yield* sampler.run({ ...plan, draws: { stream } });
    const twice = yield* sampler.run({ ...plan, draws: { stream } }, { fresh: true });
    const elsewhere = yield* sampler.run({ ...plan, start: moved, draws: { stream } });
    const found: Evidence[] = [equality("repetition", twice.states, once.states, { axes }), equality("draws", elsewhere.drawn, once.drawn)];
    const drawn = once.drawn.reduce((sum, n) => sum + n, 0);
    const steps = once.drawn.length / (claims?.stages ?? 1);
    // The first step of a longer run leaves noise in the state, so it takes noise where any is claimed.
    if (steps >= 3) found.push(atLeast("noise is taken from the stream", drawn === 0 ? yield* drawnLater(sampler, eps, stream) : drawn, 1));
    const noisy = once.states.some((x, k) => x !== quiet.states[k]);
    // Noise may be nothing where the level is already the last.
    const [second = 0, end = 0] = [once.sigma[once.d], once.sigma[once.sigma.length - 1]];
    const moving = Math.abs(second - end) > unitRoundoff(binary32) * Math.abs(second);
    if (drawn > 1 && moving) found.push(atLeast("draws are felt", noisy ? 1 : 0, 1));
    if (!noisy) return found;
    // A sampler whose states feel the stream must feel another stream as well.
    const other = yield* sampler.run({ ...plan, draws: { stream: stream + 1 } });
    found.push(atLeast("streams", other.states.some((x, k) => x !== once.states[k]) ? 1 : 0, 1));
    if (claims?.linear !== true || clip !== null) return found;
    const still = yield* sampler.run({ ...plan, start: moved, draws: "none" });
    const values = { a: once.states, b: quiet.states, c: elsewhere.states, d: still.states };
    found.push(
      balance("noise of another start", apart, values, { answer: "c", roundings: 8, via: summed(Object.values(values), once.d), axes }),
    );
    return [...found, ...(yield* renewed(sampler, once, quiet, drawn))];
  },
  // Eight roundings a step, of what the states of the four runs add up to so far.
  tolerance: String.raw`\left|(a-b)-(c-d)\right| \le \gamma_8 \sum_{j\le i}\left(|a_j|+|b_j|+|c_j|+|d_j|\right)`,
};

/** Draws of the whole run, where the sampler does not claim that its first steps take noise: it may do so in a window of its times. */
function* drawnLater(sampler: ReverseStep, eps: Float64Array, stream: number): Ask<number> {
  if (samplerOf(yield* sampler.facts()).noise !== "other") return 0;
  const whole = yield* sampler.run({ oracle: affine, start: eps, draws: { stream } });
  return whole.drawn.reduce((sum, n) => sum + n, 0);
}

/** At each state, the magnitudes of all states up to it: its rounding errors are at most some of theirs, carried along. */
function summed(runs: readonly Float64Array[], d: number): Float64Array {
  const length = runs[0]?.length ?? 0;
  const out = new Float64Array(length);
  for (let k = 0; k < length; k++) out[k] = runs.reduce((sum, states) => sum + Math.abs(states[k] ?? 0), out[k - d] ?? 0);
  return out;
}

/**
 * If one draw is used over and over, what the stream does to the states is one vector times a number for each state. Asked only
 * where two draws are felt, which draws of unit vectors tell.
 */
function* renewed(sampler: ReverseStep, once: Run, quiet: Run, drawn: number): Ask<readonly Evidence[]> {
  if (drawn > mostDraws) return [];
  const d = coordinates(drawn);
  const start = new Float64Array(d).fill(1);
  const count = once.states.length / once.d - 1;
  const still = yield* sampler.run({ oracle: affine, start, count, draws: "none" });
  const units = yield* sampler.run({ oracle: affine, start, count, draws: "basis" });
  const effects = once.states.map((x, k) => x - (quiet.states[k] ?? 0));
  const share = shareOfLater(
    units.states.map((x, k) => x - (still.states[k] ?? 0)),
    d,
  );
  // One state alone has one direction, and in two dimensions two draws may point the same way by chance.
  if (share === 0 || once.d < 3 || feeling(effects, once.d) < 2) return [];
  return [atLeast("draws are new", angle(effects, once.d), share * (once.states.length / once.d) * unitRoundoff(binary32))];
}

/** The largest share that draws after the first felt one have in any state's noise, from coefficients state by draw. */
function shareOfLater(coefficients: Float64Array, d: number): number {
  const first = coefficients.findIndex((c) => c !== 0) % d;
  const states = Array.from({ length: coefficients.length / d }, (_, i) => coefficients.subarray(i * d, (i + 1) * d));
  return Math.max(
    ...states.map((row) => {
      const all = Math.hypot(...row);
      return all === 0 ? 0 : Math.hypot(...row.filter((_, k) => k !== first)) / all;
    }),
  );
}

/** How many states feel the noise. */
const feeling = (effects: Float64Array, d: number): number =>
  new Set(
    Array.from(effects.keys())
      .filter((k) => effects[k] !== 0)
      .map((k) => Math.floor(k / d)),
  ).size;

/** The largest sine of an angle between what the stream did to one state and to the first that felt it. */
function angle(effects: Float64Array, d: number): number {
  const states = Array.from({ length: effects.length / d }, (_, i) => effects.slice(i * d, (i + 1) * d)).filter((effect) =>
    effect.some((x) => x !== 0),
  );
  const [first] = states;
  if (first === undefined) return 0;
  const size = Math.hypot(...first);
  const sines = states.map((effect) => {
    const along = effect.reduce((sum, x, j) => sum + x * (first[j] ?? 0), 0) / size ** 2;
    return Math.hypot(...effect.map((x, j) => x - along * (first[j] ?? 0))) / Math.hypot(...effect);
  });
  return Math.max(...sines);
}

export const tokenDraws: Law<"DiscreteSampler", { readonly stream: number }> = {
  id: "metamorphic.seed.discrete",
  title: "The same stream draws the same tokens, and another one others.",
  statement: [String.raw`F(p;\omega) = F(p;\omega),\qquad \omega\ne\omega' \Rightarrow F(p;\omega)\ne F(p;\omega')`],
  roles: ["DiscreteSampler"],
  kind: "requirement",
  source: [requirement("randomness comes from the generator alone")],
  restsOn: [],
  given: {},
  cases: { stream: fc.integer({ min: 1, max: 1000 }) },
  *claim({ stream }, sampler) {
    const { discrete } = yield* sampler.facts();
    const K = discrete?.classes ?? Number.NaN;
    // Even two states agree 128 times by chance once in 2^128 runs.
    const count = 128;
    const even = new Float64Array(K).fill(1 / K);
    const mask = discrete?.mask ?? -1;
    const data = even.map((_, k) => (k === mask ? 0 : 1 / (mask < 0 ? K : K - 1)));
    const alone = yield* attempted(sampler.draw(even, count, stream));
    if (alone === null && K < 3 && mask >= 0) return [unmet("there is one state of data alone, and no draw from other laws")];
    // A run of one token with an even law of data is a draw as well: of two steps, for the last one may take the likeliest token.
    const again = (number: number, manner?: Manner): Ask<Float64Array> =>
      alone === null ? sampler.runs(data, 1, 2, count, number, manner) : sampler.draw(even, count, number, manner);
    const once = alone ?? (yield* attempted(again(stream)));
    if (once === null) return [unmet("nothing is drawn")];
    const twice = yield* again(stream, { fresh: true });
    const other = yield* again(stream + 1);
    const axes = [["draw", count]] as const;
    const differ = other.reduce((sum, x, k) => sum + (x === once[k] ? 0 : 1), 0);
    return [equality("repetition", twice, once, { axes }), atLeast("streams differ", differ, 1)];
  },
  // Whole numbers: there is nothing to forgive.
  tolerance: String.raw`F(p;\omega) = F(p;\omega)`,
};
