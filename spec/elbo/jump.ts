/**
 * # Score entropy of any jump process
 *
 * A model of ratios q(y)/q(x) pays, for every state y that leads into the present x, the score entropy of its ratio times the rate
 * from y into x. Against the true ratios, against those given the data, or without either: the three differ by what no model changes.
 *
 * Convention: R is read by rows, so that R(y, x) is the rate from y into x; papers that read columns write Q(x, y) for it. Log-scores
 * on the diagonal are ignored.
 */
import fc from "fast-check";
import { attempted } from "#spec/ask";
import { heldToSum, type TermRow, temperedLaw, termOfRows } from "#spec/elbo/rows";
import { scoreEntropy, scoreEntropySize } from "#spec/elbo/se";
import { declaresStates } from "#spec/elbo/udlm";
import { type Evidence, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { uniformized } from "#spec/number/uniformization";
import { campbell2022, lou2024 } from "#spec/sources";
import { uniforms } from "#spec/stream";

/** Rates between all states, none like its transpose; or from all others into the last state only. Shape `K*K`. */
export function drawnRates(stream: number, K: number, absorbing = false): Float64Array {
  const raw = uniforms(stream, 3, K * K);
  const out = new Float64Array(K * K);
  for (let x = 0; x < K; x++)
    for (let y = 0; y < K; y++) {
      if (y === x) continue;
      const rate = absorbing ? (y === K - 1 ? 1 : 0) : ((raw[x * K + y] ?? 0) * 15 + 1) / 16;
      out[x * K + y] = rate;
      out[x * K + x] = (out[x * K + x] ?? 0) - rate;
    }
  return out;
}

/** Σ over y ≠ x of R(y, x) times a function of log s and r; states that do not lead into x do not count. */
export function intoState(
  rate: Float64Array,
  K: number,
  x: number,
  logscore: Float64Array,
  ratio: (y: number) => number,
  f: (log: number, ratio: number) => number,
): number {
  let sum = 0;
  for (let y = 0; y < K; y++) {
    const r = rate[y * K + x] ?? 0;
    if (y !== x && r !== 0) sum += r * f(logscore[y] ?? Number.NaN, ratio(y));
  }
  return sum;
}

/** All K states. */
export function statesOf(K: number): Float64Array {
  return Float64Array.from({ length: K }, (_, x) => x);
}

const mostStates = 8;
export const tooManyStates: string = `more than ${mostStates} states: pairs of them are not enumerated`;
export const enumerable = (K: number): boolean => K <= mostStates;

/** What no model changes: r(log r − 1). */
const constantOf = (_: number, r: number): number => (r === 0 ? 0 : r * (Math.log(r) - 1));

interface Drawn {
  readonly absorbing: boolean;
  readonly at: number;
  readonly stream: number;
}

/** A chain at a time: its rates, its data law, its laws given the data, its law q, and a model's log-scores. */
interface AtTime {
  readonly rate: Float64Array;
  readonly data: Float64Array;
  readonly rows: Float64Array;
  readonly q: Float64Array;
  readonly logscore: Float64Array;
  readonly scoresAt: (x: number) => Float64Array;
}

function drawn({ stream, at, absorbing }: Drawn, K: number): AtTime {
  const rate = drawnRates(stream, K, absorbing);
  const data = temperedLaw(stream, K);
  const { rows } = uniformized(rate, K, at, statesOf(K));
  const q = statesOf(K).map((y) => data.reduce((sum, p, x0) => sum + p * (rows[x0 * K + y] ?? 0), 0));
  const logscore = uniforms(stream, 4, K * K).map((w) => 4 * w - 2);
  return { rate, data, rows, q, logscore, scoresAt: (x: number) => logscore.slice(x * K, (x + 1) * K) };
}

const drawnChain: { readonly [K in keyof Drawn]: fc.Arbitrary<Drawn[K]> } = {
  absorbing: fc.boolean(),
  at: fc.constantFrom(1 / 2, 1 / 16, 2),
  stream: fc.integer({ min: 0, max: 0xffff }),
};

export const threeScoreEntropies: Law<"Loss", Drawn> = {
  id: "elbo.se.dse-ise",
  title: "Explicit, denoising and implicit score entropy differ by numbers that no model changes.",
  statement: [
    String.raw`\mathbb E_q\sum_{y\ne x}w_{xy}\left[s(x)_y - r\log s(x)_y\right],\; r = \tfrac{q(y)}{q(x)} \;=\; \mathbb E\sum_{y\ne x}w_{xy}\left[s(x)_y - \tfrac{q(y\mid x_0)}{q(x\mid x_0)}\log s(x)_y\right]`,
    String.raw`\phantom{x} = \mathbb E_q\sum_{y\ne x}\left[w_{xy}s(x)_y - w_{yx}\log s(y)_x\right],\qquad w_{xy} = R(y,x)`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [lou2024("verified", "Eq. 6, 7")],
  restsOn: [],
  given: declaresStates,
  cases: drawnChain,
  *claim(chain, loss) {
    const K = (yield* loss.facts()).discrete?.classes ?? Number.NaN;
    if (!enumerable(K)) return [unmet(tooManyStates)];
    const { rate, data, rows: given, q, logscore, scoresAt } = drawn(chain, K);
    const of = (x: number, ratio: (y: number) => number, f = scoreEntropy): number => intoState(rate, K, x, scoresAt(x), ratio, f);
    const marginal = (x: number) => (y: number) => (q[y] ?? 0) / (q[x] ?? 0);
    const conditional = (x0: number, x: number) => (y: number) => (given[x0 * K + y] ?? 0) / (given[x0 * K + x] ?? 0);
    const mean = (f: (x: number) => number): number => statesOf(K).reduce((sum, x) => sum + (q[x] ?? 0) * f(x), 0);
    const explicit = mean((x) => of(x, marginal(x)));
    const size = mean((x) => of(x, marginal(x), scoreEntropySize));

    const pairs = [...statesOf(K * K)].map((k) => [Math.floor(k / K), k % K] as const).filter(([x0, x]) => (given[x0 * K + x] ?? 0) > 0);
    const share = ([x0, x]: readonly [number, number]): number => (data[x0] ?? 0) * (given[x0 * K + x] ?? 0);
    const row = (x: number, ratio: (y: number) => number): TermRow => ({
      xt: x,
      speed: 1,
      logscore: scoresAt(x),
      ratio: statesOf(K).map((y) => (y === x ? 1 : ratio(y))),
    });
    const asked = [...pairs.map(([x0, x]) => row(x, conditional(x0, x))), ...Array.from(statesOf(K), (x) => row(x, marginal(x)))];
    const found: Evidence[] = [];
    const value = yield* attempted(termOfRows(loss, "weighted-score-entropy", asked, { rate }));
    if (value !== null) {
      const own = statesOf(K).map((x) => of(x, marginal(x)));
      const sizes = statesOf(K).map((x) => of(x, marginal(x), scoreEntropySize));
      const denoising = pairs.reduce((sum, pair, k) => sum + share(pair) * (value[k] ?? 0), 0);
      const apart = pairs.reduce((sum, [x0, x]) => sum + share([x0, x]) * of(x, conditional(x0, x), constantOf), 0);
      const constant = apart - mean((x) => of(x, marginal(x), constantOf));
      const more = pairs.reduce((sum, [x0, x]) => sum + share([x0, x]) * of(x, conditional(x0, x), scoreEntropySize), size);
      found.push(heldToSum("explicit", value.slice(pairs.length), own, { via: sizes }));
      found.push(heldToSum("denoising", Float64Array.of(denoising), Float64Array.of(explicit + constant), { via: more }));
    }
    const each = Array.from(statesOf(K), (xt): TermRow => ({ xt }));
    const askedImplicit = termOfRows(loss, "implicit-score-entropy", each, { rate, logscore });
    // A subject with one of the two losses is held to the one it has.
    const implicit = value === null ? yield* askedImplicit : yield* attempted(askedImplicit);
    if (implicit !== null) {
      const total = explicit - mean((x) => of(x, marginal(x), constantOf));
      found.push(heldToSum("implicit", Float64Array.of(mean((x) => implicit[x] ?? 0)), Float64Array.of(total), { via: size }));
    }
    return found;
  },
  tolerance: String.raw`|\hat D - D| \le \gamma_{16}\left(\hat D + D + \mathbb E\textstyle\sum_{y\ne x} w_{xy}\left(s + r|\log s| + r|\log r| + r\right)\right)`,
};

export const campbellEquivalent: Law<"Loss", Drawn> = {
  id: "elbo.campbell-equiv",
  title: "The objective of reverse rates is score entropy up to a number that no model changes.",
  statement: [
    String.raw`\mathbb E_q\Bigl[\sum_{y\ne x}\hat R(x,y) - \sum_{y\ne x}R(x,y)\log\hat R(y,x)\Bigr] = \mathbb E_q\sum_{y\ne x}R(y,x)\left[s(x)_y - \tfrac{q(y)}{q(x)}\log s(x)_y\right] - C`,
    String.raw`\hat R(x,y) = R(y,x)\,s(x)_y,\qquad C = \mathbb E_q\sum_{y\ne x}R(x,y)\log R(x,y)`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [lou2024("verified", "remark after Theorem 3.6"), campbell2022("second-hand", "§3.2")],
  restsOn: [],
  given: declaresStates,
  cases: drawnChain,
  *claim(chain, loss) {
    const K = (yield* loss.facts()).discrete?.classes ?? Number.NaN;
    if (!enumerable(K)) return [unmet(tooManyStates)];
    const { rate, q, scoresAt } = drawn(chain, K);
    const reverse = new Float64Array(K * K);
    for (let x = 0; x < K; x++)
      for (let y = 0; y < K; y++) if (y !== x) reverse[x * K + y] = (rate[y * K + x] ?? 0) * Math.exp(scoresAt(x)[y] ?? 0);
    const rows = Array.from(statesOf(K), (xt): TermRow => ({ xt }));
    const value = yield* termOfRows(loss, "reverse-rate-objective", rows, { rate, reverse });
    const mean = (f: (x: number) => number): number => statesOf(K).reduce((sum, x) => sum + (q[x] ?? 0) * f(x), 0);
    const ratio = (x: number) => (y: number) => (q[y] ?? 0) / (q[x] ?? 0);
    const entropy = mean((x) => intoState(rate, K, x, scoresAt(x), ratio(x), (l, r) => scoreEntropy(l, r) - constantOf(l, r)));
    const logs = (f: (rate: number) => number): number =>
      mean((x) => statesOf(K).reduce((sum, y) => sum + (y === x || rate[x * K + y] === 0 ? 0 : f(rate[x * K + y] ?? 0)), 0));
    const size = mean((x) => intoState(rate, K, x, scoresAt(x), ratio(x), scoreEntropySize));
    return [
      heldToSum("objective", Float64Array.of(mean((x) => value[x] ?? 0)), Float64Array.of(entropy - logs((r) => r * Math.log(r))), {
        via: size + logs((r) => Math.abs(r * Math.log(r))),
      }),
    ];
  },
  tolerance: String.raw`|\hat D - D| \le \gamma_{16}\left(\hat D + D + \mathbb E\textstyle\sum_{y\ne x} R(y,x)\left(s + r|\log s| + r\right) + R|\log R|\right)`,
};
