/**
 * Terms of bounds for any jump process or chain: score entropies at given rates, reverse rates, divergences of steps.
 */
import { type Counted, others, type Row, type Term } from "#properties/textbook/elbo-row";

const { exp, log } = Math;

export interface Pair {
  readonly l: number;
  readonly r: number;
}

/** Σ over y of the rate from y into x times score entropy; what does not lead into x does not count. */
export const weighted =
  (
    rateOf: (rate: Float64Array, K: number, y: number, x: number) => number = (rate, K, y, x) => rate[y * K + x] ?? 0,
    f: (pair: Pair) => number = ({ l, r }) => exp(l) + (r === 0 ? 0 : r * (log(r) - 1 - l)),
  ): Term =>
  ({ at, all, whole }) => {
    const [logs, ratio, x] = [all("logscore"), all("ratio"), at("xt")];
    const K = logs.length;
    return (
      at("speed") *
      others(K, x, (y) => {
        const rate = rateOf(whole("rate"), K, y, x);
        return rate === 0 ? 0 : rate * f({ l: logs[y] ?? 0, r: ratio[y] ?? 0 });
      })
    );
  };

/** w_xy·s(x)_y − w_yx·log s(y)_x with w_xy the rate from y into x. */
export const implicit: Term = ({ at, whole }) => {
  const [rate, logs, x] = [whole("rate"), whole("logscore"), at("xt")];
  const K = Math.sqrt(rate.length);
  return others(K, x, (y) => (rate[y * K + x] ?? 0) * exp(logs[x * K + y] ?? 0) - (rate[x * K + y] ?? 0) * (logs[y * K + x] ?? 0));
};

/** What leaves x in reverse, less the logarithms of the ways back into x. */
const reverseObjective: Term = ({ at, whole }) => {
  const [rate, reverse, x] = [whole("rate"), whole("reverse"), at("xt")];
  const K = Math.sqrt(rate.length);
  return others(K, x, (y) => {
    const forward = rate[x * K + y] ?? 0;
    return (reverse[x * K + y] ?? 0) - (forward === 0 ? 0 : forward * log(reverse[y * K + x] ?? 0));
  });
};

/** Σ p log(p/q), with 0 log 0 = 0. */
export function categoricalKl(p: Float64Array, q: Float64Array): number {
  return p.reduce((sum, mass, k) => sum + (mass === 0 ? 0 : mass * log(mass / (q[k] ?? 0))), 0);
}

/** q(x_s | x_t) for a law of clean tokens by Bayes' rule. */
export function stepBack({ at, whole }: Row, clean: Float64Array): Float64Array {
  const [early, step, xt] = [whole("early"), whole("step"), at("xt")];
  const K = clean.length;
  const joint = new Float64Array(K);
  clean.forEach((p, x0) => {
    for (let k = 0; k < K; k++) joint[k] = (joint[k] ?? 0) + p * (early[x0 * K + k] ?? 0) * (step[k * K + xt] ?? 0);
  });
  const total = joint.reduce((a, b) => a + b, 0);
  return total === 0 ? joint : joint.map((p) => p / total);
}

export const oneHot = (K: number, at: number): Float64Array => Float64Array.from({ length: K }, (_, k) => (k === at ? 1 : 0));

/** The model's law of clean tokens at state x. */
export function cleanAt({ whole }: Row, x: number): Float64Array {
  const table = whole("clean");
  const K = Math.sqrt(table.length);
  return table.subarray(x * K, (x + 1) * K);
}

/** The divergence of the posterior from Bayes' rule under the model's law. */
export const plugInStep: Term = (row) => {
  const clean = cleanAt(row, row.at("xt"));
  return categoricalKl(stepBack(row, oneHot(clean.length, row.at("x0"))), stepBack(row, clean));
};

/** The mean of posteriors under a law of clean tokens. */
export function mixed(row: Row, clean: Float64Array): Float64Array {
  const out = new Float64Array(clean.length);
  clean.forEach((p, x0) => {
    if (p > 0)
      stepBack(row, oneHot(clean.length, x0)).forEach((mass, k) => {
        out[k] = (out[k] ?? 0) + p * mass;
      });
  });
  return out;
}

export const mixtureStep: Term = (row) => {
  const clean = cleanAt(row, row.at("xt"));
  return categoricalKl(stepBack(row, oneHot(clean.length, row.at("x0"))), mixed(row, clean));
};

export const jumpTerms: Readonly<Record<string, Counted>> = {
  "weighted-score-entropy": ["xt", weighted()],
  "implicit-score-entropy": ["xt", implicit],
  "reverse-rate-objective": ["xt", reverseObjective],
  "categorical-kl": ["p", ({ all }) => categoricalKl(all("p"), all("q"))],
  "step-kl-plugin": ["xt", plugInStep],
  "step-kl-mixture": ["xt", mixtureStep],
};
