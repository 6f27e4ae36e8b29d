/**
 * Raw methods of a loss on finitely many states, answered by the textbook's formulas. A control replaces one of its terms.
 */
import type { RawMethods } from "#properties/engine/property";
import { gaussianTerms } from "#properties/textbook/elbo-gaussian";
import { jumpTerms } from "#properties/textbook/elbo-jump";
import { type Counted, others, type Term, termMethod } from "#properties/textbook/elbo-row";

export interface LossBook {
  readonly classes?: number;
  readonly mask?: number | null;
}

const { exp, expm1, log } = Math;

/** s − r log s + r(log r − 1), from log s. */
export const entropy: Term = ({ at }) => {
  const [l, r] = [at("logscore"), at("ratio")];
  return exp(l) + (r === 0 ? 0 : r * (log(r) - 1 - l));
};

/** Score entropy of uniform noise as SEDD shortens it: means over log-scores, and what sets x₀ apart. */
export const uniformEntropy: Term = ({ at, all }) => {
  const [logs, x0, xt] = [all("logscore"), at("x0"), at("xt")];
  const K = logs.length;
  const moved = expm1(at("sigma"));
  const down = moved / (moved + K);
  const [own, first] = [logs[xt] ?? 0, logs[x0] ?? 0];
  const positive = (logs.reduce((sum, l) => sum + exp(l), 0) - exp(own)) / K;
  const mean = (logs.reduce((sum, l) => sum + l, 0) - own) / K;
  const [negative, constant] =
    xt === x0 ? [down * mean, ((K - 1) / K) * down * (log(down) - 1)] : [first / moved + mean, ((-log(down) - 1) / down - (K - 2)) / K];
  return at("rate") * (positive - negative + constant);
};

/** Score entropy of absorbing noise: nothing but at masks, and there one ratio leads back to x₀. */
export const absorbingEntropy: Term = ({ at, all }) => {
  const [logs, mask, moved] = [all("logscore"), at("mask"), expm1(at("sigma"))];
  if (at("xt") !== mask) return 0;
  const ratio = 1 / moved;
  return at("rate") * (others(logs.length, mask, (y) => exp(logs[y] ?? 0)) - ratio * (logs[at("x0")] ?? 0) + ratio * (log(ratio) - 1));
};

/** −log p of the clean token where it is masked. */
export const maskedCrossEntropy: Term = ({ at, all }) => (at("xt") === at("mask") ? -log(all("law")[at("x0")] ?? 0) : 0);

/** σ̇/(e^σ − 1) times the cross-entropy at masks. */
export const maskedNelbo: Term = (row) => (row.at("rate") / expm1(row.at("sigma"))) * maskedCrossEntropy(row);

/** The chance that a masked token is revealed between t and s, times its cross-entropy. */
export const maskedStep: Term = (row) => {
  const [s, t] = [row.at("alpha_s"), row.at("alpha")];
  return ((s - t) / (1 - t)) * maskedCrossEntropy(row);
};

/** L over the number of masked tokens, times their cross-entropies: one row is a whole sequence. */
export const maskedCount: Term = ({ at, all }) => {
  const [x0, xt, law, mask] = [all("x0"), all("xt"), all("law"), at("mask")];
  const K = law.length / x0.length;
  let [sum, count] = [0, 0];
  xt.forEach((token, i) => {
    if (token !== mask) return;
    sum -= log(law[i * K + (x0[i] ?? 0)] ?? 0);
    count += 1;
  });
  return (x0.length / count) * sum;
};

/** The divergence of one step where the model leaves something to the mask. */
export const leakyStep: Term = ({ at, all }) => {
  const [s, t, mask, law] = [at("alpha_s"), at("alpha"), at("mask"), all("law")];
  if (at("xt") !== mask) return 0;
  const m = law[mask] ?? 0;
  const total = 1 - t + t * m;
  const stays = (1 - s) / (1 - t);
  const reveals = (s - t) / (1 - t);
  return reveals * log(total / ((1 - t) * (law[at("x0")] ?? 0))) + (stays === 0 ? 0 : stays * log((stays * total) / (s * m + 1 - s)));
};

/** The jump divergence of uniform noise as UDLM writes it, from K·α·p + 1 − α for the token and for the model's law. */
export const uniformNelbo: Term = ({ at, all }) => {
  const [law, a, x0, z] = [all("law"), at("survival"), at("x0"), at("xt")];
  const K = law.length;
  const token = (j: number): number => (j === x0 ? K * a : 0) + 1 - a;
  const model = (j: number): number => K * a * (law[j] ?? 0) + 1 - a;
  let sum = 0;
  for (let j = 0; j < K; j++) sum += (token(j) / token(z)) * log((model(z) * token(j)) / (model(j) * token(z)));
  return (at("slope") / (K * a)) * (K / token(z) - K / model(z) - sum);
};

/** The jump divergence of velocities that lead straight to the data, in the closed form of flow matching. */
export const mixtureKl: Term = ({ at, all }) => {
  const [law, x0, xt] = [all("law"), at("x0"), at("xt")];
  const weight = at("slope") / (1 - at("kappa"));
  return xt === x0 ? weight * (1 - (law[xt] ?? 0)) : -weight * ((law[xt] ?? 0) + log(law[x0] ?? 0));
};

/** Facts and terms. */
export function lossBook({ classes = 5, mask = null }: LossBook = {}, replace: Readonly<Record<string, Term>> = {}): RawMethods {
  const terms: Record<string, Counted> = {
    "score-entropy": ["ratio", entropy],
    "score-entropy-uniform": ["xt", uniformEntropy],
    "score-entropy-absorbing": ["xt", absorbingEntropy],
    "masked-nelbo": ["xt", maskedNelbo],
    "masked-kl": ["xt", maskedStep],
    "masked-kl-leaky": ["xt", leakyStep],
    "masked-count": ["xt", maskedCount],
    "uniform-nelbo": ["xt", uniformNelbo],
    "mixture-path-kl": ["xt", mixtureKl],
    ...jumpTerms,
    ...gaussianTerms,
  };
  for (const [name, term] of Object.entries(replace)) terms[name] = [terms[name]?.[0] ?? "xt", term];
  return { ...lossFacts({ classes, mask }), ...termMethod(terms) };
}

function lossFacts({ classes = 5, mask = null }: LossBook): RawMethods {
  return {
    facts: () => ({
      time: { kind: "interval", first: 0, last: 1, clean: "first" },
      discrete: { classes, mask, family: mask === null ? "uniform" : "absorbing" },
    }),
  };
}
