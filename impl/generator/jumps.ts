/**
 * Generators of noise that draws tokens anew at the rate β, L = β(1πᵀ − I), and what is made of them. Every sum over states is a mean
 * under π or a sum of the density: O(K) for all tokens together.
 *
 * Convention: functions and densities are given by their values at all K states, answers at tokens x.
 */
import * as tf from "@tensorflow/tfjs-core";
import { type Noise, stationary } from "#impl/categorical/noise";
import { ratesInto } from "#impl/ctmc/rate";
import { adjointOnStates, appliedOnStates } from "#impl/generator/states";

/** Values at tokens. Shapes `K`, `n`. */
const at = (values: tf.Tensor1D, tokens: tf.Tensor1D): tf.Tensor1D => tf.gather(values, tokens);

const underLimit = (values: tf.Tensor, noise: Noise): tf.Tensor => tf.sum(tf.mul(values, stationary(noise)));

/** (L f)(x) = β(πf − f(x)). Shapes `K`, `n`, `n`. */
export function jumped(f: tf.Tensor1D, tokens: tf.Tensor1D, beta: number, noise: Noise): tf.Tensor {
  return tf.tidy(() => at(tf.squeeze(appliedOnStates(tf.expandDims(f, 0) as tf.Tensor2D, beta, noise), [0]) as tf.Tensor1D, tokens));
}

/** (L* p)(x) = β(π(x)·Σp − p(x)). Shapes `K`, `n`, `n`. */
export function adjointOfLaw(p: tf.Tensor1D, tokens: tf.Tensor1D, beta: number, noise: Noise): tf.Tensor {
  return tf.tidy(() => at(tf.squeeze(adjointOnStates(tf.expandDims(p, 0) as tf.Tensor2D, beta, noise), [0]) as tf.Tensor1D, tokens));
}

/** (L̂ f)(x) = βπ(x)/p(x)·Σp(y)(f(y) − f(x)). Shapes `K`, `K`, `n`, `n`. */
export function reversedJumps(f: tf.Tensor1D, p: tf.Tensor1D, tokens: tf.Tensor1D, beta: number, noise: Noise): tf.Tensor {
  return tf.tidy(() => {
    const moved = tf.sub(tf.sum(tf.mul(p, f)), tf.mul(at(f, tokens), tf.sum(p)));
    return tf.mul(tf.div(tf.mul(at(stationary(noise), tokens), moved), at(p, tokens)), tf.scalar(beta));
  });
}

/** (Lʰ f)(x) = β[π(hf) − f(x)·πh]/h(x). Shapes `K`, `K`, `n`, `n`. */
export function tiltedJumps(f: tf.Tensor1D, h: tf.Tensor1D, tokens: tf.Tensor1D, beta: number, noise: Noise): tf.Tensor {
  return tf.tidy(() => {
    const moved = tf.sub(underLimit(tf.mul(h, f), noise), tf.mul(at(f, tokens), underLimit(h, noise)));
    return tf.mul(tf.div(moved, at(h, tokens)), tf.scalar(beta));
  });
}

/** L f and `strength` times (R + R̂)f. Shapes `K`, `K`, `n`, `n`. */
export function correctedJumps(
  f: tf.Tensor1D,
  p: tf.Tensor1D,
  strength: number,
  tokens: tf.Tensor1D,
  beta: number,
  noise: Noise,
): tf.Tensor {
  return tf.tidy(() => {
    const [own, back] = [jumped(f, tokens, beta, noise), reversedJumps(f, p, tokens, beta, noise)];
    return tf.add(own, tf.mul(tf.add(own, back), tf.scalar(strength)));
  });
}

/** Σ R(y, x)·[s − r·log s + r(log r − 1)], model's ratios s, true ones r: score entropy. Shapes `n K`, `n K`, `n`. Source: Lou et al. (2024). */
export function scoreEntropy(truth: tf.Tensor2D, model: tf.Tensor2D, tokens: tf.Tensor1D, beta: number, noise: Noise): tf.Tensor {
  return tf.tidy(() => {
    const logs = tf.sub(tf.log(truth), tf.log(model));
    const terms = tf.add(tf.sub(model, truth), tf.mul(truth, logs));
    return tf.sum(tf.mul(ratesInto(tokens, beta, noise), terms), 1);
  });
}
