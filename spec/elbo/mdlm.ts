/**
 * # Bounds for masked tokens
 *
 * Every token is masked at its own time; a model fills in what is masked. The bound adds up cross-entropies at masked tokens.
 *
 * Convention: α is the chance that a token is not yet masked. At a masked token the model's law gives the mask nothing, where not
 * said otherwise; at other tokens it is ignored, for these are carried over.
 */
import fc from "fast-check";
import { attempted, eitherOf } from "#spec/ask";
import { drawnLaws, normalise, tokensOf } from "#spec/categorical/table";
import {
  choose,
  type FillIn,
  type MaskScheduleName,
  type MaskSet,
  maskedBounds,
  maskedCount,
  maskSchedules,
  maskSets,
} from "#spec/elbo/masks";
import { declaresMask, drawnTokens } from "#spec/elbo/radd";
import { heldToSum, type TermRow, termOfRows } from "#spec/elbo/rows";
import { enclosure, equality, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { expression } from "#spec/number/expression";
import { code, derived, sahoo2024 } from "#spec/sources";

const oneStep = expression("-(a_s - a_t) * log(p) / (1 - a_t)");
const revealed = "(a_s - a_t) * log((1 - a_t + a_t * m) / ((1 - a_t) * p))";
const kept = "(1 - a_s) * log((1 - a_s) * (1 - a_t + a_t * m) / ((1 - a_t) * (1 - a_s + a_s * m)))";
const leaky = expression(`(${revealed} + ${kept}) / (1 - a_t)`);
const leakyFromData = expression(`${revealed} / (1 - a_t)`);

interface Step {
  readonly at: number;
  readonly share: number;
  readonly leak: number;
  readonly stream: number;
}

export const maskedStepKl: Law<"Loss", Step> = {
  id: "elbo.mdlm.discrete-kl",
  title: "One step of unmasking costs the cross-entropy at each masked token, times the chance that it is now revealed.",
  statement: [
    String.raw`D_{\mathrm{KL}}\bigl(q(x_s\mid x_t{=}m, x_0)\,\|\,p_\theta\bigr) = -\frac{\alpha_s-\alpha_t}{1-\alpha_t}\log\langle x_\theta,x_0\rangle`,
    String.raw`\frac{\alpha_s-\alpha_t}{1-\alpha_t}\log\frac{\alpha_t\mu+1-\alpha_t}{(1-\alpha_t)\langle x_\theta,x_0\rangle} + \frac{1-\alpha_s}{1-\alpha_t}\log\frac{(1-\alpha_s)(\alpha_t\mu+1-\alpha_t)}{(1-\alpha_t)(\alpha_s\mu+1-\alpha_s)},\quad \mu = \langle x_\theta,m\rangle`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [sahoo2024("verified", "Eq. 8, 9")],
  restsOn: [],
  given: declaresMask,
  cases: {
    at: fc.integer({ min: 0, max: 63 }).map((k) => k / 64),
    share: fc.constantFrom(1 / 2, 0, 1 / 8, 7 / 8, 1),
    leak: fc.constantFrom(1 / 8, 1 / 64, 1 / 2),
    stream: fc.integer({ min: 0, max: 0xffff }),
  },
  *claim({ at: a_t, share, leak, stream }, loss) {
    const { discrete } = yield* loss.facts();
    const [K, mask] = [discrete?.classes ?? Number.NaN, discrete?.mask ?? Number.NaN];
    const a_s = a_t + (1 - a_t) * (share === 0 ? 1 / 1024 : share);
    const tokens = drawnTokens(stream, 4, K, mask);
    const laws = drawnLaws(stream, 4, K, mask);
    const rows = (mass: number): TermRow[] =>
      Array.from(tokens, (x0, i) => ({
        x0,
        xt: i < 3 ? mask : x0,
        alpha_s: a_s,
        alpha: a_t,
        law: laws.slice(i * K, (i + 1) * K).map((p, y) => (y === mask ? mass : p * (1 - mass))),
      }));
    const chances = (mass: number): Float64Array => tokens.slice(0, 3).map((x0, i) => (laws[i * K + x0] ?? 0) * (1 - mass));
    const value = yield* termOfRows(loss, "masked-kl", rows(0), { mask });
    const weight = (a_s - a_t) / (1 - a_t);
    const via = chances(leak).map((p) => weight * (2 + 2 * Math.abs(Math.log(p)) + 2 * Math.abs(Math.log(1 - a_t))) + (1 - weight) * 4);
    const found = [
      enclosure("one step", oneStep, { a_s, a_t, p: chances(0) }, value.slice(0, 3), { roundings: 8, via }),
      equality("not masked", value.slice(3), Float64Array.of(0)),
    ];
    const leaking = yield* attempted(termOfRows(loss, "masked-kl-leaky", rows(leak), { mask }));
    if (leaking === null) return found;
    const formula = a_s === 1 ? leakyFromData : leaky;
    const masked = leaking.slice(0, 3);
    return [...found, enclosure("mass on the mask", formula, { a_s, a_t, m: leak, p: chances(leak) }, masked, { roundings: 16, via })];
  },
  // Posteriors are quotients of sums of four terms; a divergence formed from them adds logarithms of the two states it can reach.
  tolerance: String.raw`|\hat D - D| \le u\left(E_D + 16D + 16\left(w(2 + 2|\log p| + 2|\log(1-\alpha_t)|) + 4(1-w)\right)\right),\; w = \tfrac{\alpha_s-\alpha_t}{1-\alpha_t}`,
};

interface Table {
  readonly length: number;
  readonly schedule: MaskScheduleName;
  readonly stream: number;
}

const drawnTable = {
  length: fc.integer({ min: 1, max: 3 }),
  schedule: fc.constantFrom<MaskScheduleName>("linear", "square", "cube", "cosine"),
  stream: fc.integer({ min: 0, max: 0xffff }),
};

const most = 512;
const tooMany = `more than ${most} states: the sets of masked tokens are not enumerated`;

/** A law of its own for every place and set, bound together by nothing. */
function arbitraryModel(stream: number, classes: number, mask: number): FillIn {
  return (tokens, set, i) => {
    const which = set.reduce((sum, masked, k) => 2 * sum + (masked ? 1 : 0) + 16 * (masked ? 0 : (tokens[k] ?? 0) + 1), i);
    return drawnLaws(stream + 1 + which, 1, classes, mask);
  };
}

const negativeLog = (law: Float64Array, token: number): number => -Math.log(law[token] ?? Number.NaN);

export const scheduleInvariance: Law<"Loss", Table> = {
  id: "elbo.mdlm.schedule-invariance",
  title: "The masked bound is the same for every schedule from unmasked to masked.",
  statement: [
    String.raw`\int_0^1 \frac{\alpha_t'}{1-\alpha_t}\,\mathbb E\sum_{\ell}\log\langle x_\theta^\ell, x_0^\ell\rangle\,dt = -\int_0^1 \mathbb E\sum_\ell\log\langle x_\theta^\ell, x_0^\ell\rangle\,d\log\frac1{1-\alpha}`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [sahoo2024("verified", "Eq. 10, 11 and E.1.1")],
  restsOn: [],
  given: declaresMask,
  cases: { ...drawnTable, schedule: fc.constantFrom<MaskScheduleName>("square", "cube", "cosine") },
  *claim({ length, schedule, stream }, loss) {
    const { discrete } = yield* loss.facts();
    const [K, mask] = [discrete?.classes ?? Number.NaN, discrete?.mask ?? Number.NaN];
    if (K > most) return [unmet(tooMany)];
    const sequences = [drawnTokens(stream, length, K, mask)];
    const model = arbitraryModel(stream, K, mask);
    const own = yield* maskedBounds(loss, sequences, model, maskSchedules[schedule], mask);
    const straight = yield* maskedBounds(loss, sequences, model, maskSchedules.linear, mask);
    return [heldToSum("bound", own, straight)];
  },
  // All terms are positive; sixteen nodes integrate the polynomials exactly and the cosine to the last digit of binary64.
  tolerance: String.raw`|\hat B - \hat B'| \le \gamma_{16}(\hat B + \hat B')`,
};

export const anyOrder: Law<"Loss", Table> = {
  id: "elbo.mdlm.any-order",
  title: "The masked bound is the mean, over all orders in which tokens may be filled in, of the autoregressive loss.",
  statement: [
    String.raw`\int_0^1\!\tfrac{-\alpha_t'}{1-\alpha_t}\mathbb E\sum_{i\in M}-\log p_\theta(x_i\mid x_{\bar M})\,dt = \mathbb E_{k\sim U\{1..L\}}\frac Lk\,\mathbb E_{|M|=k}\sum_{i\in M}-\log p_\theta(x_i\mid x_{\bar M})`,
    String.raw`\phantom{\int} = \frac1{L!}\sum_{\pi}\sum_{j}-\log p_\theta\bigl(x_{\pi_j}\mid x_{\pi_1},\dots,x_{\pi_{j-1}}\bigr)`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [code("RADD")("verified", "losses k_DCE, lambda_DCE")],
  restsOn: [],
  given: declaresMask,
  cases: drawnTable,
  *claim({ length, schedule, stream }, loss) {
    const { discrete } = yield* loss.facts();
    const [K, mask] = [discrete?.classes ?? Number.NaN, discrete?.mask ?? Number.NaN];
    if (K > most) return [unmet(tooMany)];
    const tokens = drawnTokens(stream, length, K, mask);
    const model = arbitraryModel(stream, K, mask);
    const orders = Float64Array.of(meanOverOrders(length, (set, i) => negativeLog(model(tokens, set, i), tokens[i] ?? 0)));
    const rows: TermRow[] = maskSets(length).map((set) => ({
      x0: tokens,
      xt: tokens.map((x, i) => (set[i] === true ? mask : x)),
      law: Float64Array.from({ length: length * K }, (_, k) => model(tokens, set, Math.floor(k / K))[k % K] ?? 0),
    }));
    const [counted, bound] = yield* eitherOf(
      termOfRows(loss, "masked-count", rows, { mask, length }),
      maskedBounds(loss, [tokens], model, maskSchedules[schedule], mask),
    );
    const total = counted === null ? null : maskSets(length).reduce((sum, set, k) => sum + (counted[k] ?? 0) * evenShare(set), 0);
    return [
      ...(bound === null ? [] : [heldToSum("bound", bound, orders)]),
      ...(total === null ? [] : [heldToSum("counted", Float64Array.of(total), orders)]),
    ];
  },
  tolerance: String.raw`|\hat B - B| \le \gamma_{16}(\hat B + B)`,
};

/** The chance of a set when first its size is drawn, all sizes alike, and then the set. */
const evenShare = (set: MaskSet): number => 1 / (set.length * choose(set.length, maskedCount(set)));

/** The mean over all orders of the sum of costs, each token's given what is not yet filled in. */
function meanOverOrders(length: number, cost: (set: MaskSet, i: number) => number): number {
  const rest = (set: MaskSet): number => {
    const open = maskedCount(set);
    if (open === 0) return 0;
    return set.reduce((sum, masked, i) => (masked ? sum + (cost(set, i) + rest(set.map((m, k) => m && k !== i))) / open : sum), 0);
  };
  return rest(new Array<boolean>(length).fill(true));
}

export const maskedTight: Law<"Loss", Table & { readonly alike: boolean }> = {
  id: "elbo.mdlm.tight",
  title: "With exact conditionals the masked bound is −log p of every sequence, though no sampler of finitely many steps is exact.",
  statement: [
    String.raw`x_\theta^i = p(x_i\mid x_{\bar M}) \;\Rightarrow\; \int_0^1\frac{\alpha_t'}{1-\alpha_t}\,\mathbb E\sum_{i\in M}\log\langle x_\theta^i,x_0^i\rangle\,dt = -\log p(x_0)\quad\text{for every } x_0`,
  ],
  roles: ["Loss"],
  kind: "theorem",
  source: [derived("the chain rule of probability in every order; confirmed numerically")],
  restsOn: ["elbo.mdlm.any-order"],
  given: declaresMask,
  cases: { ...drawnTable, alike: fc.boolean() },
  *claim({ length, schedule, stream, alike }, loss) {
    const { discrete } = yield* loss.facts();
    const [K, mask] = [discrete?.classes ?? Number.NaN, discrete?.mask ?? Number.NaN];
    if (K > most) return [unmet(tooMany)];
    // Two tokens, or one where no more are left; a law over all sequences of them, or over those of equal tokens only.
    const clean = Float64Array.from({ length: Math.min(2, K - 1) }, (_, k) => (k < mask ? k : k + 1));
    const size = clean.length;
    const all = Array.from({ length: size ** length }, (_, k) => tokensOf(k, length, size));
    const table = drawnLaws(stream, 1, all.length).map((p, k) => (alike && all[k]?.some((x) => x !== all[k]?.[0]) === true ? 0 : p));
    normalise(table);
    const noise = drawnLaws(stream + 1, 1, K, mask);
    const exact: FillIn = (tokens, set, i) => {
      // What a model says of a token that it sees does not count: it is carried over.
      if (set[i] !== true) return noise;
      const out = new Float64Array(K);
      all.forEach((other, k) => {
        if (other.every((x, j) => set[j] === true || clean[x] === tokens[j])) {
          const place = clean[other[i] ?? 0] ?? 0;
          out[place] = (out[place] ?? 0) + (table[k] ?? 0);
        }
      });
      return normalise(out);
    };
    const possible = all.map((_, k) => k).filter((k) => (table[k] ?? 0) > 0);
    const sequences = possible.map((k) => (all[k] ?? new Float64Array(0)).map((x) => clean[x] ?? 0));
    const bound = yield* maskedBounds(loss, sequences, exact, maskSchedules[schedule], mask);
    return [
      heldToSum(
        "bound",
        bound,
        Float64Array.from(possible, (k) => -Math.log(table[k] ?? Number.NaN)),
        { via: 1 },
      ),
    ];
  },
  // Conditionals are quotients of sums of the table: a rounding of each is one of its logarithm, absolutely.
  tolerance: String.raw`|\hat B(x_0) + \log p(x_0)| \le \gamma_{16}\left(\hat B(x_0) + |\log p(x_0)| + 1\right)`,
};
