/**
 * The posterior of one step back on tokens, q(xₛ | xₜ, x₀), and the reverse steps that are made of it.
 *
 * Convention: aₛ is the survival from data to s, a_{t|s} that from s to t; aₜ = aₛ·a_{t|s}. All in O(K) per token.
 */
import * as tf from "@tensorflow/tfjs-core";
import { leastAtHand, readAtHand, valuesAtHand } from "#impl/backend/chunks";
import { scattered } from "#impl/backend/scattered";
import { assertLaws, columns, entries, type Noise, pushed } from "#impl/categorical/noise";
import { onlyAt, places } from "#impl/categorical/places";
import { SpecError } from "#spec/error";

/** Survival from data to the earlier and to the later time. */
export interface Survivals {
  readonly s: number;
  readonly t: number;
}

/** a_{t|s}. Throws `outside-domain` when nothing survives to s or t comes first. */
export function between({ s, t }: Survivals): number {
  if (s === 0 && t === 0) return 0;
  if (!(t <= s)) throw new SpecError("outside-domain", `step: expected the later survival to be the smaller, got ${s} at s and ${t} at t`);
  return t / s;
}

/**
 * q(xₛ | xₜ, x₀) = P_{s,t}(xₛ, xₜ)·P_{0,s}(x₀, xₛ)/P_{0,t}(x₀, xₜ), token by token. Shapes `n`, `n`, `n K`.
 * Throws `outside-domain` for pairs that noise cannot bring about. Source: Austin et al. (2021).
 */
export function bayes(x0: tf.Tensor1D, xt: tf.Tensor1D, survivals: Survivals, noise: Noise): tf.Tensor2D {
  const step = between(survivals);
  const evidence = entries(x0, xt, survivals.t, noise);
  const impossible = valuesAtHand(evidence)?.indexOf(0) ?? -1;
  if (impossible >= 0) {
    evidence.dispose();
    throw new SpecError(
      "outside-domain",
      `posterior: expected a state that noise can reach from the token, got an impossible pair at ${impossible}`,
    );
  }
  const { s: early } = survivals;
  const { classes, mask } = noise;
  const law = tf.tidy(() => {
    if (mask !== null) {
      // The two factors meet in the tokens themselves and, where xₜ is the mask, in the mask.
      const masked = tf.cast(tf.equal(xt, tf.scalar(mask, "int32")), "float32");
      const data = tf.mul(
        tf.scalar(early),
        tf.add(tf.mul(tf.cast(tf.equal(x0, xt), "float32"), tf.scalar(step)), tf.mul(masked, tf.scalar(1 - step))),
      );
      const noisy = tf.mul(masked, tf.scalar(1 - early));
      return onlyAt(classes, [x0, tf.div(data, evidence) as tf.Tensor1D], [xt, tf.div(noisy, evidence) as tf.Tensor1D]);
    }
    const [floor, fresh] = [(1 - early) / classes, (1 - step) / classes];
    const same = tf.cast(tf.equal(x0, xt), "float32");
    const base = tf.div(tf.scalar(floor * fresh), evidence);
    const all = tf.tile(tf.expandDims(base, 1), [1, classes]) as tf.Tensor2D;
    // Where both tokens are one, that state has both factors; it is written twice with the same number.
    const atData = tf.div(tf.mul(tf.scalar(early + floor), tf.add(tf.mul(same, tf.scalar(step)), tf.scalar(fresh))), evidence);
    const atNoisy = tf.div(tf.mul(tf.scalar(step + fresh), tf.add(tf.mul(same, tf.scalar(early)), tf.scalar(floor))), evidence);
    return scattered(all, tf.concat([places(x0), places(xt)]), tf.concat([atData, atNoisy])) as tf.Tensor2D;
  });
  evidence.dispose();
  return law;
}

/**
 * The law that a reverse step draws from, given a law of clean tokens. `plug-in` puts the law in the place of the one-hot token
 * and normalises; `mixture` averages posteriors. Shapes `n`, `n K`, `n K`. Throws `outside-domain`.
 */
export function stepLaw(rule: "plug-in" | "mixture", xt: tf.Tensor1D, clean: tf.Tensor2D, survivals: Survivals, noise: Noise): tf.Tensor2D {
  assertLaws("reverse step", clean);
  const step = between(survivals);
  return tf.tidy(() => {
    const likelihood = columns(xt, step, noise);
    if (rule === "plug-in") {
      const joint = tf.mul(pushed(clean, survivals.s, noise), likelihood);
      return tf.div(joint, tf.sum(joint, 1, true)) as tf.Tensor2D;
    }
    return tf.mul(pushed(reached(clean, xt, survivals.t, noise), survivals.s, noise), likelihood) as tf.Tensor2D;
  });
}

/** p(x₀)/P_{0,t}(x₀, xₜ) where the token can have led to xₜ, else 0. Shape `n K`. */
export function reached(clean: tf.Tensor2D, xt: tf.Tensor1D, a: number, noise: Noise): tf.Tensor2D {
  return tf.tidy(() => tf.divNoNan(clean, columns(xt, a, noise)) as tf.Tensor2D);
}

/** The law of clean tokens without the evidence of the token itself, or with it: p·P_{0,t}(·, xₜ)^{∓1}, normalised. Shape `n K`. Throws `outside-domain`. */
export function convertClean(to: "posterior" | "leave-one-out", xt: tf.Tensor1D, clean: tf.Tensor2D, a: number, noise: Noise): tf.Tensor2D {
  assertLaws("clean law", clean);
  return tf.tidy(() => {
    const weighed = to === "posterior" ? tf.mul(clean, columns(xt, a, noise)) : reached(clean, xt, a, noise);
    return tf.div(weighed, tf.sum(weighed, 1, true)) as tf.Tensor2D;
  });
}

/** p^{1/τ}, normalised: what is impossible stays so. Shape `n K`. Throws `outside-domain` unless τ > 0. */
export function tempered(laws: tf.Tensor2D, temperature: number): tf.Tensor2D {
  assertLaws("temperature", laws);
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY))
    throw new SpecError("outside-domain", `temperature: expected a finite number > 0, got ${temperature}`);
  if (temperature === 1) return tf.clone(laws);
  return tf.tidy(() => tf.softmax(tf.div(tf.log(laws), tf.scalar(temperature))) as tf.Tensor2D);
}

/** p_c^w·p_u^{1−w}, normalised: guidance of laws. w = 0 is unconditional, 1 conditional. Shape `n K`. Throws `outside-domain`. */
export function guidedLaw(conditional: tf.Tensor2D, unconditional: tf.Tensor2D, w: number): tf.Tensor2D {
  assertLaws("guidance, conditional", conditional);
  assertLaws("guidance, unconditional", unconditional);
  if (!Number.isFinite(w)) throw new SpecError("outside-domain", `guidance: expected a finite weight, got ${w}`);
  if (w === 0) return tf.clone(unconditional);
  if (w === 1) return tf.clone(conditional);
  return tf.tidy(() => {
    const logits = tf.add(tf.mul(tf.log(conditional), tf.scalar(w)), tf.mul(tf.log(unconditional), tf.scalar(1 - w)));
    // What is impossible stays so: ∞ − ∞ is no weight.
    const possible = tf.greater(conditional, 0);
    return tf.softmax(tf.where(possible, logits, tf.fill(logits.shape, Number.NEGATIVE_INFINITY))) as tf.Tensor2D;
  });
}

/**
 * The law of xₛ given y as well: p(xₛ)·p(y | xₛ), normalised, token by token; likelihoods are known up to a factor. Shapes `n K`.
 * Throws `shape-mismatch`, and `outside-domain` for a likelihood that is no finite number ≥ 0 and for a y that no possible state allows.
 */
export function conditionedLaw(laws: tf.Tensor2D, likelihood: tf.Tensor2D): tf.Tensor2D {
  assertLaws("conditioning", laws);
  if (likelihood.shape[0] !== laws.shape[0] || likelihood.shape[1] !== laws.shape[1])
    throw new SpecError("shape-mismatch", `conditioning: expected likelihoods of shape ${laws.shape}, got ${likelihood.shape}`);
  const [low, high] = [leastAtHand(likelihood) ?? 0, readAtHand(() => tf.max(likelihood))?.[0] ?? 0];
  if (!(low >= 0 && high < Number.POSITIVE_INFINITY))
    throw new SpecError("outside-domain", `conditioning: expected finite likelihoods ≥ 0, got ${low >= 0 ? high : low}`);
  const none = readAtHand(() => tf.tidy(() => tf.sum(tf.mul(laws, likelihood), 1)))?.findIndex((mass) => !(mass > 0)) ?? -1;
  if (none >= 0)
    throw new SpecError("outside-domain", `conditioning: expected a y that some possible state allows, got none in row ${none}`);
  return tf.tidy(() => {
    const joint = tf.mul(laws, likelihood);
    return tf.div(joint, tf.sum(joint, 1, true)) as tf.Tensor2D;
  });
}
