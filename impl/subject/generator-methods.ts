/**
 * What generators are asked, on the line and on tokens.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Noise } from "#impl/categorical/noise";
import * as line from "#impl/generator/diffusion";
import * as jumps from "#impl/generator/jumps";
import type { Path, PathSde } from "#impl/sde/path";
import { computed, type Method, type Methods, tensorOf, word } from "#impl/subject/answers";
import { type Fields, number, record, vector } from "#spec/tensor";

/** A method whose one answer is `value`. */
const valued = (value: (args: Fields) => tf.Tensor): Method => computed((args) => ({ value: value(args) }));

/** A diffusion acts on polynomials, their exponentials, and Gaussian densities. */
export function diffusionMethods(path: Path): Methods {
  const points = (args: Fields): tf.Tensor => tensorOf(args, "x");
  const sde = (args: Fields): PathSde => path.sde(number(args, "t"));
  const jet = (args: Fields, name: string): line.Jet => {
    const f = record(args, name);
    return line.jet(vector(f, "coefficients"), points(args), word(f, "kind") === "exponential");
  };
  const bell = (args: Fields): readonly [mean: number, variance: number] => {
    const p = record(args, "p");
    return [number(p, "mean"), number(p, "variance")];
  };
  const score = (args: Fields): tf.Tensor => line.gaussianScore(...bell(args), points(args));
  return {
    apply: valued((args) => line.diffused(jet(args, "f"), points(args), sde(args))),
    adjoint: valued((args) => line.adjointOfGaussian(...bell(args), points(args), sde(args))),
    reversed: valued((args) => line.reversedDiffusion(jet(args, "f"), score(args), points(args), sde(args))),
    tilted: valued((args) => line.tiltedDiffusion(jet(args, "f"), jet(args, "h"), points(args), sde(args))),
    superposed: valued((args) => line.correctedDiffusion(jet(args, "f"), score(args), number(args, "strength"), points(args), sde(args))),
    integrand: valued((args) => line.scoreMatching(tensorOf(args, "truth"), tensorOf(args, "model"), sde(args))),
  };
}

/** Jumps act on functions and laws given at all states. */
export function jumpMethods(noise: Noise, rate: (t: number) => number): Methods {
  const tokens = (args: Fields): tf.Tensor1D => tf.tensor1d(Int32Array.from(vector(args, "x")), "int32");
  const values = (args: Fields, name: string): tf.Tensor1D => tf.tensor1d(Float32Array.from(vector(record(args, name), "values")));
  const ratios = (args: Fields, name: string): tf.Tensor2D => {
    const all = vector(args, name);
    return tf.tensor2d(Float32Array.from(all), [all.length / noise.classes, noise.classes]);
  };
  const beta = (args: Fields): number => rate(number(args, "t"));
  return {
    apply: valued((args) => jumps.jumped(values(args, "f"), tokens(args), beta(args), noise)),
    adjoint: valued((args) => jumps.adjointOfLaw(values(args, "p"), tokens(args), beta(args), noise)),
    reversed: valued((args) => jumps.reversedJumps(values(args, "f"), values(args, "p"), tokens(args), beta(args), noise)),
    tilted: valued((args) => jumps.tiltedJumps(values(args, "f"), values(args, "h"), tokens(args), beta(args), noise)),
    superposed: valued((args) =>
      jumps.correctedJumps(values(args, "f"), values(args, "p"), number(args, "strength"), tokens(args), beta(args), noise),
    ),
    integrand: valued((args) => jumps.scoreEntropy(ratios(args, "truth"), ratios(args, "model"), tokens(args), beta(args), noise)),
  };
}
