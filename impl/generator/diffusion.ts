/**
 * Generators of diffusions on the line, L = b∂ + ½g²∂² with b = f·x, and what is made of them: adjoint, reversal, guidance, a corrector
 * and the integrand of the bound. Coefficients are functions of time, on the host; everything that depends on x is tfjs's.
 */
import * as tf from "@tensorflow/tfjs-core";
import { byPieces, inPieces } from "#impl/backend/chunks";
import type { PathSde } from "#impl/sde/path";
import { SpecError } from "#spec/error";

/** Two derivatives of a function at points: all that a generator sees of it. Shapes `n`. */
export interface Slopes {
  readonly slope: tf.Tensor;
  readonly bend: tf.Tensor;
}

/** A function with its derivatives. Shapes `n`. */
export interface Jet extends Slopes {
  readonly value: tf.Tensor;
}

/** A polynomial at points, by Horner's rule. Shape of the points. */
export function polynomialAt(coefficients: ArrayLike<number>, x: tf.Tensor): tf.Tensor {
  const degree = coefficients.length - 1;
  if (degree < 0) throw new SpecError("outside-domain", "polynomial: expected at least one coefficient, got none");
  return tf.tidy(() => {
    if (degree === 0) return tf.fill([...x.shape], coefficients[0] ?? 0);
    const horner = (part: tf.Tensor): tf.Tensor => {
      let sum: tf.Tensor = tf.mul(part, tf.scalar(coefficients[degree] ?? 0));
      for (let n = degree - 1; n > 0; n--) sum = tf.mul(tf.add(sum, tf.scalar(coefficients[n] ?? 0)), part);
      return tf.add(sum, tf.scalar(coefficients[0] ?? 0));
    };
    return inPieces(x.size) ? tf.reshape(byPieces([tf.reshape(x, [x.size])], horner), [...x.shape]) : horner(x);
  });
}

/** Σ cₖxᵏ, or its exponential, by Horner's rule. Shape `n`. */
export function jet(coefficients: ArrayLike<number>, x: tf.Tensor, exponential = false): Jet {
  return tf.tidy(() => {
    const value = polynomialAt(coefficients, x);
    const { slope, bend } = slopes(coefficients, x);
    if (!exponential) return { value, slope, bend };
    const e = tf.exp(value);
    return { value: e, slope: tf.mul(e, slope), bend: tf.mul(e, tf.add(bend, tf.square(slope))) };
  });
}

/** The derivatives alone: a polynomial's do not need its value. Shape `n`. */
export function slopes(coefficients: ArrayLike<number>, x: tf.Tensor, exponential = false): Slopes {
  return tf.tidy(() => {
    if (exponential) {
      const { slope, bend } = jet(coefficients, x, true);
      return { slope, bend };
    }
    const horner = (terms: readonly number[]): tf.Tensor => (terms.length === 0 ? tf.zerosLike(x) : polynomialAt(terms, x));
    const derived = (terms: readonly number[]): readonly number[] => terms.slice(1).map((c, k) => c * (k + 1));
    const first = derived(Array.from(coefficients));
    return { slope: horner(first), bend: horner(derived(first)) };
  });
}

/** (L f)(x). Shape `n`. */
export function diffused({ slope, bend }: Slopes, x: tf.Tensor, { drift, diffusion2 }: PathSde): tf.Tensor {
  return tf.tidy(() => tf.add(tf.mul(tf.mul(x, tf.scalar(drift)), slope), tf.mul(bend, tf.scalar(diffusion2 / 2))));
}

/** ∂log p of a Gaussian. Shape `n`. */
export function gaussianScore(mean: number, variance: number, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.mul(tf.sub(x, tf.scalar(mean)), tf.scalar(-1 / variance)));
}

/** (L* p)(x) of a Gaussian density, p·[−f − b·s + ½g²(s² − 1/v)]. Shape `n`. */
export function adjointOfGaussian(mean: number, variance: number, x: tf.Tensor, { drift, diffusion2 }: PathSde): tf.Tensor {
  return tf.tidy(() => {
    const score = gaussianScore(mean, variance, x);
    const exponent = tf.mul(tf.square(tf.sub(x, tf.scalar(mean))), tf.scalar(-1 / (2 * variance)));
    const density = tf.mul(tf.exp(exponent), tf.scalar(1 / Math.sqrt(2 * Math.PI * variance)));
    const carried = tf.add(tf.mul(tf.mul(x, score), tf.scalar(drift)), tf.scalar(drift));
    const spread = tf.mul(tf.sub(tf.square(score), tf.scalar(1 / variance)), tf.scalar(diffusion2 / 2));
    return tf.mul(density, tf.sub(spread, carried));
  });
}

/** (L̂ f)(x), drift −b + g²·score: Anderson's reversal. Shape `n`. Source: Song et al. (2021). */
export function reversedDiffusion(f: Slopes, score: tf.Tensor, x: tf.Tensor, sde: PathSde): tf.Tensor {
  return tf.tidy(() => tf.add(guided(f, score, sde), diffused(f, x, { drift: -sde.drift, diffusion2: sde.diffusion2 })));
}

/** (Lʰ f)(x), drift b + g²∇log h. Shape `n`. */
export function tiltedDiffusion(f: Slopes, h: Jet, x: tf.Tensor, sde: PathSde): tf.Tensor {
  return tf.tidy(() => tf.add(diffused(f, x, sde), guided(f, tf.div(h.slope, h.value), sde)));
}

/** L f and `strength` times Langevin's g²(score·∂ + ∂²). Shape `n`. */
export function correctedDiffusion(f: Slopes, score: tf.Tensor, strength: number, x: tf.Tensor, sde: PathSde): tf.Tensor {
  return tf.tidy(() => {
    const langevin = tf.add(tf.mul(score, f.slope), f.bend);
    return tf.add(diffused(f, x, sde), tf.mul(langevin, tf.scalar(strength * sde.diffusion2)));
  });
}

/** ½g²(s − ŝ)²: score matching. Shape `n`. */
export function scoreMatching(truth: tf.Tensor, model: tf.Tensor, { diffusion2 }: PathSde): tf.Tensor {
  return tf.tidy(() => tf.mul(tf.squaredDifference(truth, model), tf.scalar(diffusion2 / 2)));
}

const guided = ({ slope }: Slopes, gradient: tf.Tensor, { diffusion2 }: PathSde): tf.Tensor =>
  tf.mul(tf.mul(gradient, slope), tf.scalar(diffusion2));
