/**
 * Methods that every noising process has, and those of paths in continuous time.
 */
import * as tf from "@tensorflow/tfjs-core";
import { marginalVelocity, velocity } from "#impl/flow/velocity";
import { noised } from "#impl/gaussian/forward";
import { posterior } from "#impl/gaussian/posterior";
import { transition } from "#impl/kernel/chapman-kolmogorov";
import { converted, target } from "#impl/parameterisation/gaussian";
import { type DataLaw, denoise, logDensity, predictionAndSlopes, predictionOf, score } from "#impl/sampler/oracle";
import { levelsAt, type Process } from "#impl/schedule/level";
import { snr } from "#impl/schedule/snr";
import type { Path } from "#impl/sde/path";
import { type Flow, logLikelihood } from "#impl/sde/pfode";
import { corrected, reverseDynamics } from "#impl/sde/reverse";
import { computed, type Methods, oracleOf, table, tensorOf, word } from "#impl/subject/answers";
import { type OutputKind, outputKinds } from "#spec/convention";
import { SpecError } from "#spec/error";
import { type Fields, number, vector } from "#spec/tensor";

export function kindOf(args: Fields, name: string): OutputKind {
  const text = word(args, name);
  const kind = outputKinds.find((known) => known === text);
  if (kind === undefined) throw new SpecError("unknown-name", `${name}: expected one of ${outputKinds.join(", ")}, got ${text}`);
  return kind;
}

/** Samples of a batch follow one another: as many as there are times, one after the other. Shape `batch coordinates`. */
function batchOf(args: Fields, ...names: readonly string[]): { readonly times: Float64Array; readonly tensors: readonly tf.Tensor[] } {
  const times = vector(args, "t");
  return { times, tensors: names.map((name) => tensorOf(args, name, [times.length, vector(args, name).length / times.length])) };
}

function timeOf(args: Fields): number {
  const [t] = vector(args, "t");
  if (t === undefined) throw new SpecError("malformed-answer", "t: expected a time, got none");
  return t;
}

/** A law with a score. Throws `outside-domain` for oracles that are no law of data. */
function lawOf(args: Fields): DataLaw {
  const oracle = oracleOf(args);
  if (oracle.name === "point" || oracle.name === "gaussian" || oracle.name === "mixture") return oracle;
  throw new SpecError("outside-domain", `oracle: expected a law of data, got ${oracle.name}`);
}

/** Levels of a process, and SNR. */
export function levelMethods(process: Process): Methods {
  return {
    levels: table((args) => ({ ...levelsAt(process, vector(args, "t")) })),
    snr: table((args) => ({ value: snr(levelsAt(process, vector(args, "t"))) })),
  };
}

/** Noising, its kernels and its posterior. */
export function forwardMethods(process: Process): Methods {
  return {
    sample: computed((args) => {
      const { times, tensors } = batchOf(args, "x0", "noise");
      const [x0, noise] = tensors;
      if (x0 === undefined || noise === undefined) throw new SpecError("malformed-answer", "sample: expected data and noise");
      const before = [x0.dataSync().slice(), noise.dataSync().slice()];
      const xt = noised(x0, noise, levelsAt(process, times));
      const unchanged = [x0, noise].every((x, k) => x.dataSync().every((value, i) => Object.is(value, before[k]?.[i])));
      return { xt, unchanged };
    }),
    kernel: table((args) => {
      const { scale, variance } = transition(process.level(number(args, "s")), process.level(number(args, "t")));
      return { scale: Float64Array.of(scale), variance: Float64Array.of(variance) };
    }),
    posterior: computed((args) => {
      const [s, t] = [process.level(number(args, "s")), process.level(number(args, "t"))];
      const { mean, variance } = posterior(tensorOf(args, "x0"), tensorOf(args, "xt"), s, t);
      return { mean, variance: tf.scalar(variance) };
    }),
  };
}

/** Predictions and training targets. */
export function predictionMethods(process: Process, sigmaData?: number): Methods {
  return {
    convert: computed((args) => ({
      value: converted(
        kindOf(args, "source"),
        kindOf(args, "target"),
        tensorOf(args, "value"),
        tensorOf(args, "xt"),
        process.level(timeOf(args)),
        sigmaData,
      ),
    })),
    target: computed((args) => {
      const { times, tensors } = batchOf(args, "x0", "noise");
      const [x0, noise] = tensors;
      if (x0 === undefined || noise === undefined) throw new SpecError("malformed-answer", "target: expected data and noise");
      return { value: target(kindOf(args, "kind"), x0, noise, levelsAt(process, times), sigmaData) };
    }),
  };
}

/** The exact denoisers. */
export function denoiserMethods(process: Process): Methods {
  return { denoise: computed((args) => ({ value: denoise(lawOf(args), tensorOf(args, "x"), process.level(timeOf(args))) })) };
}

/** Rates, SDE and inverse of a path. */
export function pathMethods(path: Path): Methods {
  const column = <T>(args: Fields, at: (t: number) => T, read: (value: T) => number): Float64Array =>
    vector(args, "t").map((t) => read(at(t)));
  return {
    rates: table((args) => ({
      alphaRate: column(args, path.rates, (r) => r.alphaRate),
      sigmaRate: column(args, path.rates, (r) => r.sigmaRate),
    })),
    sde: table((args) => ({ drift: column(args, path.sde, (s) => s.drift), diffusion2: column(args, path.sde, (s) => s.diffusion2) })),
    inverse: table((args) => {
      const ratio = word(args, "kind") === "sigma" ? (value: number) => value : (value: number) => Math.exp(-value / 2);
      return { t: vector(args, "values").map((value) => path.timeOf(ratio(value))) };
    }),
    velocity: computed((args) => {
      const { times, tensors } = batchOf(args, "x0", "noise");
      const [x0, noise] = tensors;
      if (x0 === undefined || noise === undefined) throw new SpecError("malformed-answer", "velocity: expected data and noise");
      const rates = Array.from(times, path.rates);
      return {
        value: velocity(x0, noise, {
          alphaRate: Float64Array.from(rates, (r) => r.alphaRate),
          sigmaRate: Float64Array.from(rates, (r) => r.sigmaRate),
        }),
      };
    }),
  };
}

/** Probability flow and reverse SDE with the exact score. */
export function driftMethods(path: Path): Methods {
  return {
    drift: computed((args) => {
      const t = number(args, "t");
      const { drift, diffusion2 } = reverseDynamics(
        path,
        t,
        predictionOf(lawOf(args), tensorOf(args, "x"), path.level(t)),
        number(args, "lambda"),
      );
      return { drift, diffusion2: tf.scalar(diffusion2) };
    }),
  };
}

/** A corrector whose share of kept noise is an option. */
export function correctorMethods(path: Path, keep: number): Methods {
  return {
    correct: computed((args) => {
      const level = path.level(number(args, "t"));
      const x = tensorOf(args, "x");
      const draw = new Float32Array(x.size);
      const { mode } = (args["draws"] ?? {}) as Fields;
      if (mode === "basis") draw[0] = 1;
      return { x: corrected(x, score(lawOf(args), x, level), level, keep, tf.tensor(draw, x.shape)) };
    }),
  };
}

/** Likelihoods by the probability flow; the law of the last state is the exact one. */
export function likelihoodMethods(path: Path): Methods {
  return {
    loglik: computed((args) => {
      const law = lawOf(args);
      const { first, last } = path.time;
      const plan = {
        // The velocity is linear in data and score, so its divergence is the same form in their slopes.
        flow: (x: tf.Tensor, t: number): Flow => {
          const { prediction, slopes } = predictionAndSlopes(law, x, path.level(t));
          const rates = path.rates(t);
          return { velocity: marginalVelocity(prediction, rates), divergence: marginalVelocity(slopes, rates) };
        },
        logPrior: (x: tf.Tensor) => logDensity(law, x, path.level(last)),
        first,
        last,
        steps: number(args, "steps"),
      };
      return { value: logLikelihood(tensorOf(args, "x"), plan) };
    }),
  };
}
