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
  const sde = (args: Fields): PathSde => path.sde(number(args, "t"));
  const named = (args: Fields, name: string): readonly [coefficients: Float64Array, exponential: boolean] => {
    const f = record(args, name);
    return [vector(f, "coefficients"), word(f, "kind") === "exponential"];
  };
  const slopes = (args: Fields, x: tf.Tensor): line.Slopes => {
    const [coefficients, exponential] = named(args, "f");
    return line.slopes(coefficients, x, exponential);
  };
  const jet = (args: Fields, name: string, x: tf.Tensor): line.Jet => {
    const [coefficients, exponential] = named(args, name);
    return line.jet(coefficients, x, exponential);
  };
  const bell = (args: Fields): readonly [mean: number, variance: number] => {
    const p = record(args, "p");
    return [number(p, "mean"), number(p, "variance")];
  };
  const score = (args: Fields, x: tf.Tensor): tf.Tensor => line.gaussianScore(...bell(args), x);
  /** A method of one answer at points. */
  const at = (value: (args: Fields, x: tf.Tensor) => tf.Tensor): Method => valued((args) => value(args, tensorOf(args, "x")));
  return {
    apply: at((args, x) => line.diffused(slopes(args, x), x, sde(args))),
    adjoint: at((args, x) => line.adjointOfGaussian(...bell(args), x, sde(args))),
    reversed: at((args, x) => line.reversedDiffusion(slopes(args, x), score(args, x), x, sde(args))),
    tilted: at((args, x) => line.tiltedDiffusion(slopes(args, x), jet(args, "h", x), x, sde(args))),
    superposed: at((args, x) => line.correctedDiffusion(slopes(args, x), score(args, x), number(args, "strength"), x, sde(args))),
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
