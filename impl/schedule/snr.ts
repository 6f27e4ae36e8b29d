/**
 * Signal-to-noise ratios and the tables of a chain. SNR is α²/σ²; the tables are in binary64 and are rounded once when stored.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { stored } from "#impl/linear";
import type { Chain } from "#impl/schedule/chain";
import type { Levels } from "#spec/convention";
import { mapped } from "#spec/tensor";

/** α²/σ²; ∞ where there is no noise. Shape `n`. */
export function snr({ alpha, sigma }: Levels): Float64Array {
  return mapped((a, s) => (a / s) ** 2, alpha, sigma);
}

/** log(α²/σ²) in nats: +∞ without noise, −∞ without signal. Shape `n`. */
export function logSnr({ alpha, sigma }: Levels): Float64Array {
  return mapped((a, s) => 2 * (Math.log(a) - Math.log(s)), alpha, sigma);
}

/** All tables of a chain, in binary64: β, α = 1 − β, ᾱ, √ᾱ, √(1 − ᾱ) and log SNR. Shape `T` each. */
export function chainTables(chain: Chain): Readonly<Record<string, Float64Array>> {
  const { beta, abar, alpha, sigma } = chain;
  return { beta, alpha: beta.map((b) => 1 - b), abar, alpha_amplitude: alpha, sigma_amplitude: sigma, log_snr: logSnr(chain) };
}

/** The tables as tensors; the caller disposes them. Shape `T` each. */
export function storedTables(chain: Chain): Readonly<Record<string, tf.Tensor1D>> {
  return Object.fromEntries(Object.entries(chainTables(chain)).map(([name, values]) => [name, stored(values)]));
}

/** Indices, with fractions, at which a chain has these log SNRs: linear in between, the ends beyond them. Shape `n`. */
export function indexOfLogSnr(chain: Chain, values: Float64Array): Float64Array {
  const table = logSnr(chain);
  const last = table.length - 1;
  return values.map((value) => {
    if (value >= (table[0] ?? 0)) return 0;
    if (value <= (table[last] ?? 0)) return last;
    let [below, above] = [0, last];
    while (above - below > 1) {
      const middle = (below + above) >> 1;
      if ((table[middle] ?? 0) >= value) below = middle;
      else above = middle;
    }
    const [high = 0, low = 0] = [table[below], table[above]];
    return below + (high - value) / (high - low);
  });
}
