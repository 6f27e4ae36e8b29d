/**
 * # Roles
 *
 * What a subject may offer, in canonical terms: levels are pairs (α, σ), time is u ∈ [0, 1] with 0 clean, states are αx₀ + σε.
 * A law names the roles it needs and asks their methods; a subject that lacks one is `unsupported`, never failed.
 *
 * Shapes: `n` times, `d` coordinates, `m` model calls of a run (m + 1 states). Vectors of length 1 are broadcast.
 */
import type { Arithmetic, Ask } from "#spec/ask";
import type { Levels, OutputKind } from "#spec/convention";
import type { Facts } from "#spec/facts";
import type { Input } from "#spec/number/compile";
import type { Oracle } from "#spec/oracle";
import { type DiscretePorts, discreteMethods } from "#spec/roles-discrete";
import type { Dtype, Fields } from "#spec/tensor";

/** How one call is made, beside its arguments. */
export interface Manner {
  readonly arithmetic?: Arithmetic;
  readonly override?: Fields;
  readonly fresh?: boolean;
}

export interface Rates {
  /** dα/dτ and dσ/dτ against the subject's own time τ, which grows with noise. */
  readonly alphaRate: Float64Array;
  readonly sigmaRate: Float64Array;
}

export interface Grid {
  /** The subject's published times, one per model call. */
  readonly times: Float64Array;
  /** Levels of every state that a run returns, the initial one first. Shape `m+1`. */
  readonly alpha: Float64Array;
  readonly sigma: Float64Array;
  /** The number of steps that was asked for. */
  readonly asked: number;
  /**
   * Which relation the subject claims between times and levels: `exact`, the level of a time is that of `levels`; `table`, it lies
   * between the training levels of the neighbouring indices; `scaled`, σ is time over `scale`; `complement`, it is 1 − time.
   */
  readonly clock: "exact" | "table" | "scaled" | "complement" | "none";
  readonly scale: number;
  /** Times of a `table` clock are rounded to whole indices. */
  readonly rounded: boolean;
}

export interface Asks {
  facts(manner?: Manner): Ask<Facts>;
}

export interface Schedule extends Asks {
  coeffs(u: Input, manner?: Manner): Ask<Levels>;
  /** Levels at the subject's own times. */
  levelsAt(times: Float64Array, manner?: Manner): Ask<Levels>;
  rates(u: Input, manner?: Manner): Ask<Rates>;
  /** Drift coefficient f and squared diffusion g² of dx = f·x dτ + g dw. */
  sde(u: Input, manner?: Manner): Ask<{ readonly drift: Float64Array; readonly diffusion2: Float64Array }>;
  /** Tables by name, in the subject's order: `beta`, `alpha` (1 − β), `abar`, `sigma`, `log_snr`, … */
  tables(manner?: Manner): Ask<Readonly<Record<string, Float64Array>>>;
  /** Signal-to-noise ratio α²/σ² as the subject computes it. */
  snr(u: Input, manner?: Manner): Ask<Float64Array>;
  /** The subject's own time for a level given as log SNR or as σ/α, and back. */
  inverse(kind: "log-snr" | "sigma", values: Float64Array, manner?: Manner): Ask<Float64Array>;
  /** A time shift t ↦ shift(t) of noise levels in [0, 1]. */
  shift(strength: number, values: Float64Array, manner?: Manner): Ask<Float64Array>;
}

export interface GaussianForward extends Asks {
  coeffs(u: Input, manner?: Manner): Ask<Levels>;
  /** xₜ from data and noise. `u` is one time for all coordinates, or one per sample of a batch. */
  sample(x0: Float64Array, u: Input, eps: Float64Array, manner?: Manner & { readonly state?: string }): Ask<Float64Array>;
  /** The same, with what the answer says beside the numbers: its element type, and whether the arguments were left alone. */
  sampleTyped(
    x0: Float64Array,
    u: Input,
    eps: Float64Array,
    manner?: Manner,
  ): Ask<{ readonly xt: Float64Array; readonly dtype: Dtype; readonly unchanged: boolean }>;
  /** q(xₜ | xₛ) = N(scale·xₛ, variance). */
  kernel(s: number, t: number, manner?: Manner): Ask<{ readonly scale: number; readonly variance: number }>;
  posterior(x0: Float64Array, xt: Float64Array, s: number, t: number, manner?: Manner): Ask<Moments>;
  /** Time derivative of a sample path αx₀ + σε against the subject's own time. */
  velocity(x0: Float64Array, u: Input, eps: Float64Array, manner?: Manner): Ask<Float64Array>;
}

export interface Moments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

export interface Parameterisation extends Asks {
  coeffs(u: Input, manner?: Manner): Ask<Levels>;
  /** One prediction as another. Kinds as in `OutputKind`. */
  convert(from: OutputKind, to: OutputKind, value: Float64Array, xt: Float64Array, u: Input, manner?: Manner): Ask<Float64Array>;
  /** What a network of that kind is trained to predict. */
  target(kind: OutputKind, x0: Float64Array, u: Input, eps: Float64Array, manner?: Manner): Ask<Float64Array>;
  /** c_skip, c_out, c_in and the loss weight λ of EDM preconditioning at noise levels σ. */
  precondition(sigma: Float64Array, manner?: Manner): Ask<Readonly<Record<"cskip" | "cout" | "cin" | "weight", Float64Array>>>;
  /** c_skip and c_out of the consistency function c_skip·x + c_out·F at the least time of its domain, in the subject's own terms. */
  boundary(manner?: Manner): Ask<{ readonly cskip: number; readonly cout: number }>;
}

export interface Denoiser extends Asks {
  coeffs(u: Input, manner?: Manner): Ask<Levels>;
  /** E[x₀ | xₜ = x] under a named data law. */
  denoise(oracle: Oracle, x: Float64Array, u: number, manner?: Manner): Ask<Float64Array>;
}

export interface RunPlan {
  readonly oracle: Oracle;
  /** The first state: a point, or data and noise placed at the level of the first state. */
  readonly start: Float64Array | { readonly x0: Float64Array; readonly eps: Float64Array };
  /** Index of the first model call and how many; all from the first where absent. */
  readonly first?: number;
  readonly count?: number;
  /** `none`: all draws are zero. `feed`: the numbered stream. `basis`: draw k is the k-th unit vector. */
  readonly draws?: "none" | "basis" | { readonly stream: number };
  /** What happened to the object before: `fresh`, or the states that the subject's interface allows. */
  readonly state?: "fresh" | "reused" | "started";
  /** The predicted share or variance of subjects that learn theirs. */
  readonly variance?: number;
}

export interface Run {
  /** Every state, the first included. Shape `(m+1)*d`, state by state. */
  readonly states: Float64Array;
  /** Levels per element of `states`. */
  readonly alpha: Float64Array;
  readonly sigma: Float64Array;
  readonly d: number;
  /** States as the model saw them, and what it answered. Shape `m*d`. */
  readonly inputs: Float64Array;
  readonly outputs: Float64Array;
  /** The subject's own x̂₀, where it reports one. Shape `m*d`. */
  readonly data: Float64Array | null;
  /** How many draws each model call consumed. Shape `m`. */
  readonly drawn: Float64Array;
}

export interface ReverseStep extends Asks {
  grid(manner?: Manner): Ask<Grid>;
  run(plan: RunPlan, manner?: Manner): Ask<Run>;
}

export interface Sampler extends Asks {
  /** The drift of the reverse dynamics with exact score: λ = 0 the probability-flow ODE, λ = 1 the reverse SDE. */
  drift(
    oracle: Oracle,
    x: Float64Array,
    u: number,
    lambda: number,
    manner?: Manner,
  ): Ask<{ readonly drift: Float64Array; readonly diffusion2: number }>;
  /** One corrector step at level u with exact score. `draws` as in a run. */
  correct(oracle: Oracle, x: Float64Array, u: number, draws: "none" | "basis", manner?: Manner): Ask<Float64Array>;
  /** log p₀(x) by integrating the divergence with `steps` steps. */
  logLikelihood(oracle: Oracle, x: Float64Array, steps: number, manner?: Manner): Ask<Float64Array>;
}

export interface Loss extends Asks {
  coeffs(u: Input, manner?: Manner): Ask<Levels>;
  /** A Kullback–Leibler term or likelihood by name; inputs and result as the law that asks says. */
  term(name: string, inputs: Readonly<Record<string, Input>>, manner?: Manner): Ask<Float64Array>;
  /** Weight of a squared error on predictions of that kind. `gamma` of min-SNR. */
  weight(name: string, kind: OutputKind, u: Input, gamma: number, manner?: Manner): Ask<Float64Array>;
  /** Weight as a function of the noise level itself. */
  weightAt(name: string, levels: Float64Array, manner?: Manner): Ask<Float64Array>;
}

export interface Guidance extends Asks {
  /** The guided prediction at weight w, where 0 is unconditional and 1 conditional. */
  guided(conditional: Float64Array, unconditional: Float64Array, w: number, manner?: Manner): Ask<Float64Array>;
  /** A prediction shifted by a classifier's gradient ∇ log p(y | xₜ). */
  classified(
    kind: OutputKind | "mean",
    value: Float64Array,
    gradient: Float64Array,
    s: number,
    t: number,
    manner?: Manner,
  ): Ask<Float64Array>;
}

export interface BlockDecoder extends Asks {
  /** Whether a row is finished once the tokens of a block are committed. Tokens as integers. */
  finished(
    row: Float64Array,
    sampled: Float64Array,
    committed: Float64Array,
    end: number,
    mask: number,
    prompt: number,
    manner?: Manner,
  ): Ask<boolean>;
}

export interface Ports extends DiscretePorts {
  readonly Schedule: Schedule;
  readonly GaussianForward: GaussianForward;
  readonly Parameterisation: Parameterisation;
  readonly Denoiser: Denoiser;
  readonly ReverseStep: ReverseStep;
  readonly Sampler: Sampler;
  readonly Loss: Loss;
  readonly Guidance: Guidance;
  readonly BlockDecoder: BlockDecoder;
}

export type Role = keyof Ports;

type Intersection<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I : never;

/** What a law of these roles may ask. */
export type Port<R extends Role> = Intersection<Ports[R]>;

/** Which raw methods make a role; a unit that answers any of them offers it. */
export const roleMethods: Readonly<Record<Role, readonly string[]>> = {
  Schedule: ["levels", "tables", "rates", "sde", "snr", "inverse", "shift"],
  GaussianForward: ["sample", "kernel", "posterior", "velocity"],
  Parameterisation: ["convert", "target", "precondition", "boundary"],
  Denoiser: ["denoise"],
  ReverseStep: ["grid", "run"],
  Sampler: ["drift", "correct", "loglik"],
  Loss: ["term", "weight"],
  Guidance: ["guided", "classified"],
  BlockDecoder: ["finished"],
  ...discreteMethods,
};
