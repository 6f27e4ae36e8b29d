/**
 * Steps of a jump process whose rates are held still for a time τ. Only rows of rates at the present states are needed.
 *
 * Convention: row i holds the rates of leaving token i; its diagonal entry is not read. `random` answers uniform numbers in [0, 1) on the
 * host: one or two per token, and in leaps two more per jump.
 */
import * as tf from "@tensorflow/tfjs-core";
import { leastAtHand, replacedWhere, valuesAtHand } from "#impl/backend/chunks";
import { clipped } from "#impl/backend/clipped";
import { drawn } from "#impl/categorical/draw";
import { withEntries } from "#impl/categorical/places";
import { SpecError } from "#spec/error";

export type Random = () => number;

function checked(where: string, tokens: tf.Tensor1D, rates: tf.Tensor2D, tau: number): void {
  if (tokens.shape[0] === 0) throw new SpecError("outside-domain", `${where}: expected tokens, got none`);
  if (rates.shape[0] !== tokens.shape[0])
    throw new SpecError("shape-mismatch", `${where}: expected ${tokens.shape[0]} rows of rates, got ${rates.shape[0]}`);
  if (rates.shape[1] < 2) throw new SpecError("outside-domain", `${where}: expected rates over at least 2 states, got ${rates.shape[1]}`);
  if (!(tau > 0 && Number.isFinite(tau))) throw new SpecError("outside-domain", `${where}: expected tau > 0, got ${tau}`);
}

/** Rates of jumps alone, with another number in the place of the diagonal. Shape `n K`. */
function leaving(rates: tf.Tensor2D, tokens: tf.Tensor1D, stay?: tf.Tensor1D): tf.Tensor2D {
  return withEntries(rates, tokens, stay ?? (tf.zeros([tokens.shape[0]]) as tf.Tensor1D));
}

function assertRates(where: string, off: tf.Tensor, exits: tf.Tensor, most: number, hint: string): void {
  // A negative rate may hide among larger ones.
  const least = leastAtHand(off) ?? 0;
  if (!(least >= 0)) throw new SpecError("outside-domain", `${where}: expected rates of leaving ≥ 0, got ${least}`);
  const values = valuesAtHand(exits);
  const k = values?.findIndex((z) => !(z >= 0 && z <= most)) ?? -1;
  if (k >= 0)
    throw new SpecError("outside-domain", `${where}: expected an exit rate in [0, ${most}], got ${values?.[k]} at ${k}`, { hint });
}

/** Draws from δ + τR. Shapes `n`, `n K`, `n`. Throws `outside-domain` where τ·(exit rate) exceeds 1. Source: Lou et al. (2024). */
export function eulerDraw(tokens: tf.Tensor1D, rates: tf.Tensor2D, tau: number, uniforms: tf.Tensor1D): tf.Tensor1D {
  checked("Euler step", tokens, rates, tau);
  return tf.tidy(() => {
    const off = leaving(rates, tokens);
    const exits = tf.sum(off, 1) as tf.Tensor1D;
    assertRates("Euler step", off, exits, 1 / tau, "take shorter steps");
    return movedWhere(tokens, rates, tf.mul(exits, tf.scalar(tau)) as tf.Tensor1D, uniforms);
  });
}

/**
 * At most one jump, which falls into the step with the chance 1 − e^{−τ·exit}: right for any τ where a second jump is to be ignored, as
 * between tokens without an order. Shapes `n`, `n K`, `n`.
 */
export function firstJumpDraw(tokens: tf.Tensor1D, rates: tf.Tensor2D, tau: number, uniforms: tf.Tensor1D): tf.Tensor1D {
  checked("jump step", tokens, rates, tau);
  return tf.tidy(() => {
    const off = leaving(rates, tokens);
    const exits = tf.sum(off, 1) as tf.Tensor1D;
    assertRates("jump step", off, exits, Number.MAX_VALUE, "rates of jumps are not negative");
    return movedWhere(tokens, rates, tf.neg(tf.expm1(tf.mul(exits, tf.scalar(-tau)))) as tf.Tensor1D, uniforms);
  });
}

/** Where u falls below the chance of a jump, u over that chance chooses the state. */
function movedWhere(tokens: tf.Tensor1D, rates: tf.Tensor2D, chance: tf.Tensor1D, uniforms: tf.Tensor1D): tf.Tensor1D {
  return replacedWhere(tokens, tf.less(uniforms, chance) as tf.Tensor1D, rates.shape[1], (rows) => {
    const from = tf.gather(tokens, rows);
    const where = tf.div(tf.gather(uniforms, rows), tf.gather(chance, rows)) as tf.Tensor1D;
    return drawn(leaving(tf.gather(rates, rows), from), where);
  });
}

/** A Poisson number by inversion, for means that steps have. */
export function poisson(mean: number, random: Random): number {
  let [count, chance, u] = [0, Math.exp(-mean), random()];
  while (u >= chance && chance > 0) {
    u -= chance;
    count += 1;
    chance *= mean / count;
  }
  return count;
}

/**
 * Tau-leaping on ordered states: all jumps that independent Poisson clocks make in τ, added up and kept in range. The number of a token's
 * jumps is drawn first and then where each leads, which has the same law. Shapes `n`, `n K`, `n`. Source: Campbell et al. (2022).
 */
export function tauLeap(tokens: tf.Tensor1D, rates: tf.Tensor2D, tau: number, random: Random): tf.Tensor1D {
  checked("tau-leaping", tokens, rates, tau);
  const K = rates.shape[1];
  return tf.tidy(() => {
    const off = leaving(rates, tokens);
    const exits = tf.sum(off, 1);
    assertRates("tau-leaping", off, exits, mostJumps / tau, "take shorter steps");
    const means = valuesAtHand(exits);
    if (means === null)
      throw new SpecError("backend-unavailable", `tau-leaping: expected rates that can be read at once, got them on ${tf.getBackend()}`, {
        hint: "numbers of jumps are drawn on the host: use another backend, or firstJumpDraw",
      });
    const left = Array.from(means, (z) => poisson(z * tau, random));
    let moved: tf.Tensor = tf.zerosLike(tokens);
    for (let round = 0; left.some((count) => count > round); round++) {
      const active = tf.tensor1d(
        left.map((count) => count > round),
        "bool",
      );
      const where = tf.tensor1d(left.map((count) => (count > round ? random() : 0)));
      const jumps = replacedWhere(tf.zerosLike(tokens), active, K, (rows) => {
        const from = tf.gather(tokens, rows);
        return tf.sub(drawn(leaving(tf.gather(rates, rows), from), tf.gather(where, rows)), from) as tf.Tensor1D;
      });
      moved = tf.add(moved, jumps);
    }
    return clipped(tf.add(tokens, moved), 0, K - 1) as tf.Tensor1D;
  });
}

/** e^{−mean} must not vanish. */
const mostJumps = 500;
