/**
 * EDM preconditioning: the network's input and its target have unit variance at every noise level. Source: Karras et al. (2022).
 */
import type * as tf from "@tensorflow/tfjs-core";
import { combine, scaled, stored } from "#impl/linear";
import { SpecError } from "#spec/error";

export interface Preconditioning {
  readonly cskip: number;
  readonly cout: number;
  readonly cin: number;
  /** Weight λ of the squared error of the denoiser. */
  readonly weight: number;
}

/** Coefficients at a noise level σ > 0 of states x₀ + σε whose data have deviation `sigmaData`. Throws `outside-domain`. */
export function preconditioning(sigma: number, sigmaData: number): Preconditioning {
  if (!(sigma > 0 && sigmaData > 0))
    throw new SpecError("outside-domain", `preconditioning: expected σ > 0 and σ_data > 0, got ${sigma} and ${sigmaData}`);
  const total = Math.hypot(sigma, sigmaData);
  const cout = (sigma * sigmaData) / total;
  return { cskip: (sigmaData / total) ** 2, cout, cin: 1 / total, weight: 1 / cout ** 2 };
}

/** The four coefficients as tensors, rounded to binary32 once; the caller disposes them. Shape `n` each. Throws `outside-domain`. */
export function storedPreconditioning(sigma: Float64Array, sigmaData: number): Readonly<Record<keyof Preconditioning, tf.Tensor1D>> {
  const rows = Array.from(sigma, (s) => preconditioning(s, sigmaData));
  const column = (name: keyof Preconditioning): tf.Tensor1D => stored(rows.map((row) => row[name]));
  return { cskip: column("cskip"), cout: column("cout"), cin: column("cin"), weight: column("weight") };
}

/** The network's input c_in·x and its condition c_noise = ¼ log σ. Shape `batch ...`. */
export function networkInput(x: tf.Tensor, sigma: number, sigmaData: number): { readonly input: tf.Tensor; readonly noise: number } {
  return { input: scaled("network input", preconditioning(sigma, sigmaData).cin, x), noise: Math.log(sigma) / 4 };
}

/** The denoiser c_skip·x + c_out·F from the network's output F. Shape `batch ...`. Throws `shape-mismatch`, `outside-domain`. */
export function denoised(output: tf.Tensor, x: tf.Tensor, sigma: number, sigmaData: number): tf.Tensor {
  const { cskip, cout } = preconditioning(sigma, sigmaData);
  return combine("EDM denoiser", ["x", cskip, x], ["output", cout, output]);
}
