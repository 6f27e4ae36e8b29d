/**
 * # Score entropy
 *
 * What a wrong ratio costs: s − r log s + r(log r − 1), the Bregman divergence of u log u, or the Kullback–Leibler divergence of two
 * Poisson laws of means r and s.
 *
 * Convention: r is the true ratio q(y)/q(x) and s the model's; models hand out log s. At r = 0 the value is s.
 *
 * Against the true ratios, against those given the data, or without either, its means differ by what no model changes.
 *
 * Not symmetric: from 1 to 2 it is 2 log 2 − 1 = 0.386, from 2 to 1 it is 1 − log 2 = 0.307.
 */
import fc from "fast-check";
import { eitherOf } from "#spec/ask";
import { drawnStates } from "#spec/categorical/table";
import { positive } from "#spec/domain";
import { chainAt, constantOf, type DrawnChain, drawnChains, intoState, refusal, scoreEntropy, scoreEntropySize } from "#spec/elbo/jump";
import { declaresStates, heldToSum, type TermRow, termOfRows } from "#spec/elbo/rows";
import { atLeast, type Evidence, enclosure, unmet } from "#spec/evidence";
import { states } from "#spec/generator/space";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { code, lou2024 } from "#spec/sources";
import { uniforms } from "#spec/stream";

const entropy = expression("exp(l) - r * l + r * (log(r) - 1)");
const alone = expression("exp(l)");

export const bregman: Law<"Loss", { readonly stream: number; readonly reach: number }> = {
  id: "elbo.se.bregman",
  title: "Score entropy is a divergence: never negative, zero at the true ratio alone, and not symmetric.",
  statement: [
    String.raw`D(r,s) = s - r\log s + r(\log r - 1) \ge 0,\qquad D(r,s) = 0 \iff s = r`,
    String.raw`D(r,s) = F(r) - F(s) - F'(s)(r-s),\quad F(u) = u\log u - u`,
  ],
  roles: ["Loss"],
  kind: "definition",
  source: [lou2024("verified", "Definition 3.1, Eq. 5")],
  restsOn: [],
  given: {},
  cases: {
    stream: fc.integer({ min: 0, max: 0xffff }),
    reach: fc.oneof({ weight: 7, arbitrary: fc.constantFrom(2, 1, 4) }, { weight: 1, arbitrary: fc.constant(80) }),
  },
  *claim({ stream, reach }, loss) {
    const [ratios, logs, kinds] = [uniforms(stream, 0, 12), uniforms(stream, 1, 12), uniforms(stream, 2, 12)];
    // Numbers of binary32: a logarithm of 50 that is rounded on its way to the model is a ratio that is off by 50 roundings.
    const r = ratios.map((w, k) => ((kinds[k] ?? 0) < 0.2 ? 0 : Math.fround(2 ** (8 * w - 4))));
    // One in five is the true ratio itself, up to the rounding of its logarithm.
    const l = logs.map((w, k) => Math.fround((kinds[k] ?? 0) > 0.8 ? Math.log(r[k] ?? 1) : reach * (2 * w - 1)));
    const value = yield* loss.term("score-entropy", { logscore: l, ratio: r });
    const of = (keep: (ratio: number) => boolean, values: Float64Array): Float64Array => values.filter((_, k) => keep(r[k] ?? 0));
    const some = (ratio: number): boolean => ratio > 0;
    const none = (ratio: number): boolean => ratio === 0;
    const size = l.map((log, k) => scoreEntropySize(log, r[k] ?? 0));
    const [impossible, possible] = [of(none, r), of(some, r)];
    return [
      ...(possible.length === 0
        ? []
        : [enclosure("entropy", entropy, { l: of(some, l), r: possible }, of(some, value), { roundings: 4, via: of(some, size) })]),
      ...(impossible.length === 0 ? [] : [enclosure("no ratio", alone, { l: of(none, l) }, of(none, value), { roundings: 4 })]),
      atLeast(
        "sign",
        value.map((v, k) => v + (size[k] ?? 0)),
        size,
        { roundings: 8 },
      ),
    ];
  },
  tolerance: String.raw`|\hat D - D| \le u\left(E_D + 4D + 4\left(s + r|\log s| + r|\log r| + r\right)\right)`,
};

export const uniformClosedForm: Law<"Loss", { readonly sigma: number; readonly rate: number; readonly stream: number }> = {
  id: "elbo.se.uniform-closed-form",
  title: "Score entropy of uniform noise, however it is shortened, is its sum over all other states.",
  statement: [
    String.raw`\dot\sigma\sum_{y\ne x}\tfrac1K\left[s_y - r_y\log s_y + r_y(\log r_y-1)\right],\qquad r_y = \frac{q(y\mid x_0)}{q(x\mid x_0)}`,
    String.raw`q(y\mid x_0) = e^{-\sigma}\delta_{y x_0} + \frac{1-e^{-\sigma}}{K}`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [code("SEDD")("verified", "Uniform.score_entropy")],
  restsOn: [],
  given: declaresStates,
  cases: { sigma: positive(-12, 3), rate: positive(-2, 2), stream: fc.integer({ min: 0, max: 0xffff }) },
  *claim({ sigma, rate, stream }, loss) {
    const K = (yield* loss.facts()).discrete?.classes ?? Number.NaN;
    const [data, moved] = [drawnStates(stream, 4, K), drawnStates(stream + 1, 4, K)];
    const rows: TermRow[] = Array.from(data, (x0, i) => ({
      x0,
      xt: i < 2 ? x0 : (moved[i] ?? 0),
      sigma,
      rate,
      logscore: uniforms(stream, 2 + i, K).map((w) => 6 * w - 3),
    }));
    const value = yield* termOfRows(loss, "score-entropy-uniform", rows);
    const summed = (f: (log: number, ratio: number) => number): Float64Array =>
      Float64Array.from(rows, (row) => uniformSum(K, sigma, rate, row, f));
    return [heldToSum("entropy", value, summed(scoreEntropy), { via: summed(scoreEntropySize) })];
  },
  // The closed form adds the same terms in another order, and at most all of them twice.
  tolerance: String.raw`|\hat D - D| \le \gamma_{16}\left(\hat D + D + \frac{\dot\sigma}{K}\sum_{y\ne x} s_y + r_y|\log s_y| + r_y|\log r_y| + r_y\right)`,
};

function uniformSum(K: number, sigma: number, rate: number, row: TermRow, f: (log: number, ratio: number) => number): number {
  const { x0, xt, logscore } = row;
  const drawn = -Math.expm1(-sigma) / K;
  const chance = (y: number): number => (y === x0 ? Math.exp(-sigma) : 0) + drawn;
  let sum = 0;
  for (let y = 0; y < K; y++) if (y !== xt) sum += f((logscore as Float64Array)[y] ?? Number.NaN, chance(y) / chance(xt as number));
  return (rate / K) * sum;
}

export const threeScoreEntropies: Law<"Loss", DrawnChain> = {
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
  cases: drawnChains,
  *claim(chain, loss) {
    const K = (yield* loss.facts()).discrete?.classes ?? Number.NaN;
    const refused = refusal(K, chain.at);
    if (refused !== null) return [unmet(refused)];
    const { rate, data, rows: given, q, logscore, scoresAt } = chainAt(chain, K);
    const of = (x: number, ratio: (y: number) => number, f = scoreEntropy): number => intoState(rate, K, x, scoresAt(x), ratio, f);
    const marginal = (x: number) => (y: number) => (q[y] ?? 0) / (q[x] ?? 0);
    const conditional = (x0: number, x: number) => (y: number) => (given[x0 * K + y] ?? 0) / (given[x0 * K + x] ?? 0);
    const mean = (f: (x: number) => number): number => states(K).reduce((sum, x) => sum + (q[x] ?? 0) * f(x), 0);
    const explicit = mean((x) => of(x, marginal(x)));
    const size = mean((x) => of(x, marginal(x), scoreEntropySize));

    const pairs = [...states(K * K)].map((k) => [Math.floor(k / K), k % K] as const).filter(([x0, x]) => (given[x0 * K + x] ?? 0) > 0);
    const share = ([x0, x]: readonly [number, number]): number => (data[x0] ?? 0) * (given[x0 * K + x] ?? 0);
    const row = (x: number, ratio: (y: number) => number): TermRow => ({
      xt: x,
      speed: 1,
      logscore: scoresAt(x),
      ratio: states(K).map((y) => (y === x ? 1 : ratio(y))),
    });
    const asked = [...pairs.map(([x0, x]) => row(x, conditional(x0, x))), ...Array.from(states(K), (x) => row(x, marginal(x)))];
    const found: Evidence[] = [];
    const each = Array.from(states(K), (xt): TermRow => ({ xt }));
    const [value, implicit] = yield* eitherOf(
      termOfRows(loss, "weighted-score-entropy", asked, { rate }),
      termOfRows(loss, "implicit-score-entropy", each, { rate, logscore }),
    );
    if (value !== null) {
      const own = states(K).map((x) => of(x, marginal(x)));
      const sizes = states(K).map((x) => of(x, marginal(x), scoreEntropySize));
      const denoising = pairs.reduce((sum, pair, k) => sum + share(pair) * (value[k] ?? 0), 0);
      const apart = pairs.reduce((sum, [x0, x]) => sum + share([x0, x]) * of(x, conditional(x0, x), constantOf), 0);
      const constant = apart - mean((x) => of(x, marginal(x), constantOf));
      const more = pairs.reduce((sum, [x0, x]) => sum + share([x0, x]) * of(x, conditional(x0, x), scoreEntropySize), size);
      found.push(heldToSum("explicit", value.slice(pairs.length), own, { via: sizes }));
      found.push(heldToSum("denoising", Float64Array.of(denoising), Float64Array.of(explicit + constant), { via: more }));
    }
    if (implicit !== null) {
      const total = explicit - mean((x) => of(x, marginal(x), constantOf));
      found.push(heldToSum("implicit", Float64Array.of(mean((x) => implicit[x] ?? 0)), Float64Array.of(total), { via: size }));
    }
    return found;
  },
  tolerance: String.raw`|\hat D - D| \le \gamma_{16}\left(\hat D + D + \mathbb E\textstyle\sum_{y\ne x} w_{xy}\left(s + r|\log s| + r|\log r| + r\right)\right)`,
};
