/**
 * # Roles of processes on finitely many states, and generators
 *
 * Convention: matrices are read by rows, entry (x, y) belongs to going from x to y; rows of kernels sum to 1, rows of rates to 0.
 * Time is u ∈ [0, 1] with 0 clean. States are whole numbers 0 … K − 1, held in `Float64Array`s.
 *
 * Shapes: `n` tokens, `K` states; `n*K` holds one row of K numbers per token.
 */
import type { Ask } from "#spec/ask";
import type { CleanPrediction } from "#spec/categorical/facts";
import type { Facts } from "#spec/facts";
import type { Density, Rule, Space, TestFunction } from "#spec/generator/space";
import type { Input } from "#spec/number/compile";
import type { Manner } from "#spec/roles";

/** The time of clean data itself; index 0 of many chains is already noisy. */
export type From = number | "data";

/** Canonical times and states, path by path. Shapes `count`. */
export interface Jumps {
  readonly times: Float64Array;
  readonly states: Float64Array;
}

interface OfStates {
  facts(manner?: Manner): Ask<Facts>;
  /** The subject's own times, growing or falling with noise as it declares. Shape `n`. */
  times(u: Input, manner?: Manner): Ask<Float64Array>;
}

export interface DiscreteKernel extends OfStates {
  /** The probability a that a token has not been touched, from data to u. Shape `n`. */
  survival(u: Input, manner?: Manner): Ask<Float64Array>;
  /** P_{s,t}(x, ·) for the given states x, for all K where none are given. Shape `n*K`. */
  transition(s: From, t: number, states?: Float64Array, manner?: Manner): Ask<Float64Array>;
  /** q(xₛ | xₜ, x₀), token by token. Shape `n*K`. */
  bayes(x0: Float64Array, xt: Float64Array, s: From, t: number, manner?: Manner): Ask<Float64Array>;
  /** β of the single steps that end at u: what the formulas of one-step matrices are written in. Shape `n`. */
  stepNoise(u: Input, manner?: Manner): Ask<Float64Array>;
  /** The law that noising tends to. Shape `K`. */
  stationary(manner?: Manner): Ask<Float64Array>;
}

export interface RateGenerator extends OfStates {
  /** Jump rates per unit of the subject's own time, in the direction of noise. Shape `n*K`; all K rows where no states are given. */
  rate(u: number, states?: Float64Array, manner?: Manner): Ask<Float64Array>;
  /** As in `DiscreteKernel`. */
  transition(s: From, t: number, states?: Float64Array, manner?: Manner): Ask<Float64Array>;
  /**
   * Rows of the reverse rate at the states `xt`, from `values` of shape `n*K`: ratios qₜ(y)/qₜ(x) where `kind` is `ratio`, a law of
   * clean tokens where it is `clean`. Shape `n*K`, the diagonal included.
   */
  reverseRate(kind: "ratio" | "clean", xt: Float64Array, values: Float64Array, u: number, manner?: Manner): Ask<Float64Array>;
  /**
   * Velocities of discrete flow matching at the states `xt`, per unit of the subject's own time towards data: `forward` from laws of data
   * tokens given x, `backward` from laws of source tokens given x. Shape `n*K`.
   */
  jumpVelocity(direction: "forward" | "backward", xt: Float64Array, values: Float64Array, u: number, manner?: Manner): Ask<Float64Array>;
  /** Ratios qₜ(y)/qₜ(x) from a law of clean tokens given x. Shape `n*K`. */
  ratio(xt: Float64Array, clean: Float64Array, u: number, manner?: Manner): Ask<Float64Array>;
}

export interface DiscreteStep extends OfStates {
  /** The law of xₛ, token by token, that a step draws from, given the model's law of clean tokens. Shapes `n`, `n*K`, `n*K`. */
  stepLaw(xt: Float64Array, clean: Float64Array, s: From, t: number, manner?: Manner): Ask<Float64Array>;
  /** The same at a temperature. Shape `n*K`. */
  temperedLaw(xt: Float64Array, clean: Float64Array, s: From, t: number, temperature: number, manner?: Manner): Ask<Float64Array>;
  /** A law of clean tokens as another kind of prediction. Shape `n*K`. */
  convertClean(
    from: CleanPrediction,
    to: CleanPrediction,
    xt: Float64Array,
    clean: Float64Array,
    u: number,
    manner?: Manner,
  ): Ask<Float64Array>;
  /** A guided law from a conditional and an unconditional one; w = 0 is unconditional, w = 1 conditional. Shape `n*K`. */
  guidedLaw(conditional: Float64Array, unconditional: Float64Array, w: number, manner?: Manner): Ask<Float64Array>;
  /** The law of xₛ given y as well, from a step's laws and from p(y | xₛ) up to a factor per token. All of shape `n*K`. */
  conditionedLaw(law: Float64Array, likelihood: Float64Array, manner?: Manner): Ask<Float64Array>;
}

export interface DiscreteSampler extends OfStates {
  /**
   * The exact law of what a whole run of `steps` steps returns, over all sequences of `length` tokens, with the exact model of the
   * data law `table`. Sequences are counted with the last token fastest. Shapes `K^length`.
   */
  runLaw(table: Float64Array, length: number, steps: number, manner?: Manner): Ask<Float64Array>;
  /** `count` sequences that whole runs return, as `runLaw` has and counts them, by the subject's own randomness. Shape `count`. */
  runs(table: Float64Array, length: number, steps: number, count: number, stream: number, manner?: Manner): Ask<Float64Array>;
  /** `count` end states of noising one state x over the subject's times s to t. For statistical laws. Shape `count`. */
  paths(x: number, s: From, t: number, count: number, stream: number, manner?: Manner): Ask<Float64Array>;
  /**
   * The first jump of each of `count` paths from the state x at s: when it comes, and the state that it leads to. Where none comes before t
   * the state is x itself, and the time says nothing.
   */
  jumps(x: number, s: number, t: number, count: number, stream: number, manner?: Manner): Ask<Jumps>;
  /** The canonical time that is reached, from t towards data, with probability `p` before any of `masked` masked tokens appears. */
  hittingTime(masked: number, t: number, p: number, manner?: Manner): Ask<number>;
  /** Canonical times at which `masked` tokens that are masked at t appear, run by run, in their order. Shape `count*masked`. */
  hittings(masked: number, t: number, count: number, stream: number, manner?: Manner): Ask<Float64Array>;
  /** `count` draws from a categorical law. Shape `count`. */
  draw(law: Float64Array, count: number, stream: number, manner?: Manner): Ask<Float64Array>;
  /** Which tokens a step commits at once, 1 or 0, when they are drawn from these laws and at most `bound` nats may be shared. Shapes `n*K`, `n`. */
  accepted(laws: Float64Array, classes: number, bound: number, manner?: Manner): Ask<Float64Array>;
}

/** Acts on functions and densities by name, on a line or on finitely many states: one role for SDEs and chains. */
export interface Generator extends OfStates {
  space(manner?: Manner): Ask<Space>;
  /** (L f)(x) at time u, per unit of the subject's own time towards noise. Shape `n`. */
  apply(f: TestFunction, x: Float64Array, u: number, manner?: Manner): Ask<Float64Array>;
  /** (L* p)(x). Shape `n`. */
  adjoint(p: Density, x: Float64Array, u: number, manner?: Manner): Ask<Float64Array>;
  /**
   * The law of the state at u that started from clean data x0, as points whose weights sum to 1: from the levels α and σ on the line,
   * from the row of the kernel on states.
   */
  reached(x0: number, u: number, manner?: Manner): Ask<Rule>;
  /**
   * h(x) = P_{s,t}(x, y) up to a constant, and what its own rounding is multiplied with: from the levels at both times on the line, where
   * it is 1 at the point `near`, from a column of the kernel on states.
   */
  leading(y: number, s: number, t: number, near: number, manner?: Manner): Ask<{ readonly h: TestFunction; readonly cancels: number }>;
  /** Γ(f, g)(x) from the subject's own coefficients: ½g²f′g′ on the line, ½ΣR(x, y)(f(y) − f(x))(g(y) − g(x)) on states. Shape `n`. */
  coupling(f: TestFunction, g: TestFunction, x: Float64Array, u: number, manner?: Manner): Ask<Float64Array>;
  /** (L̂ f)(x) of the reversed process whose law at u is p, per unit of the subject's own time towards data. Shape `n`. */
  reversed(f: TestFunction, p: Density, x: Float64Array, u: number, manner?: Manner): Ask<Float64Array>;
  /** (Lʰ f)(x) of the process that h > 0 guides. Shape `n`. */
  tilted(f: TestFunction, h: TestFunction, x: Float64Array, u: number, manner?: Manner): Ask<Float64Array>;
  /** L f plus `strength` times the subject's own corrector for the law p, which leaves p alone. Shape `n`. */
  superposed(f: TestFunction, p: Density, strength: number, x: Float64Array, u: number, manner?: Manner): Ask<Float64Array>;
  /**
   * The subject's score-matching or score-entropy integrand at x where the truth is p and the model's law q, per unit of its own time:
   * it is handed the derivatives of log p and log q on the line, ratios p(y)/p(x) and q(y)/q(x) on states. Shape `n`.
   */
  integrand(p: Density, q: Density, x: Float64Array, u: number, manner?: Manner): Ask<Float64Array>;
}

export interface Latent extends OfStates {
  /** Tokens to latents. Shapes `n` and `n*d`. */
  encode(tokens: Float64Array, manner?: Manner): Ask<Float64Array>;
  /** Latents to the most likely tokens. Shapes `n*d` and `n`. */
  decode(latents: Float64Array, manner?: Manner): Ask<Float64Array>;
}

export interface DiscretePorts {
  readonly DiscreteKernel: DiscreteKernel;
  readonly RateGenerator: RateGenerator;
  readonly DiscreteStep: DiscreteStep;
  readonly DiscreteSampler: DiscreteSampler;
  readonly Generator: Generator;
  readonly Latent: Latent;
}

/** Methods whose answers are draws, by the subject's own numbers: no two arithmetics draw alike. */
export const drawingMethods: ReadonlySet<string> = new Set(["runs", "paths", "jumps", "hittings", "draw"]);

export const discreteMethods: Readonly<Record<keyof DiscretePorts, readonly string[]>> = {
  DiscreteKernel: ["survival", "transition", "bayes", "stationary", "stepnoise"],
  RateGenerator: ["rate", "reverserate", "jumpvelocity", "ratio"],
  DiscreteStep: ["steplaw", "temperedlaw", "convertclean", "guidedlaw", "conditionedlaw"],
  DiscreteSampler: ["runlaw", "runs", "paths", "jumps", "hittingtime", "hittings", "draw", "accepted"],
  Generator: ["apply", "adjoint", "reversed", "tilted", "superposed", "integrand"],
  Latent: ["encode", "decode"],
};
