/**
 * # Conventions
 *
 * Diffusion code agrees on the mathematics and on little else. What a subject means by its numbers is declared as data and
 * translated here, in one place; nothing is guessed and nothing corrected.
 *
 * Convention of this book: canonical time u ∈ [0, 1] runs from clean data at 0 to noise at 1, and a state is αx₀ + σε.
 */
import { SpecError } from "#spec/error";
import type { Input } from "#spec/number/compile";
import { mapped } from "#spec/tensor";

/** Which number stands for the noise level. */
export type LevelKind =
  | "abar" // ᾱ: α = √ᾱ, σ = √(1 − ᾱ)
  | "sigma-ve" // σ: α = 1
  | "sigma-vp" // σ/α of a variance-preserving process: α = 1/√(1 + σ²)
  | "sigma-flow" // σ: α = 1 − σ
  | "angle" // θ: α = cos θ, σ = sin θ
  | "alpha-sigma"; // both, as arrays alpha and sigma

/** What a model's output means, as p·x̂₀ + q·ε̂. */
export type OutputKind =
  | "eps" // ε̂
  | "x0" // x̂₀
  | "v" // α′ε̂ − σ′x̂₀ with (α′, σ′) = (α, σ)/√(α² + σ²)
  | "score" // −ε̂/σ
  | "noise-minus-data" // ε̂ − x̂₀, the velocity of the straight path with noise at u = 1
  | "data-minus-noise" // x̂₀ − ε̂, the same with data at the end of time
  | "edm" // F with x̂₀ = c_skip·x + c_out·F
  | "edm-v" // −F: v-prediction in EDM preconditioning
  | "minus-eps" // −ε̂
  | "trigflow"; // cos θ·z − sin θ·x̂₀ with z = σ_data·ε̂

export const levelKinds: readonly LevelKind[] = ["abar", "sigma-ve", "sigma-vp", "sigma-flow", "angle", "alpha-sigma"];
export const outputKinds: readonly OutputKind[] = [
  "eps",
  "x0",
  "v",
  "score",
  "noise-minus-data",
  "data-minus-noise",
  "edm",
  "edm-v",
  "minus-eps",
  "trigflow",
];

export interface Levels {
  readonly alpha: Float64Array;
  readonly sigma: Float64Array;
}

/** Levels from the subject's numbers. One array, except for `alpha-sigma`, which has two. */
export function levelsFrom(kind: LevelKind, raw: Readonly<Record<string, Float64Array>>): Levels {
  const one = (): Float64Array => {
    const level = raw["level"];
    if (level === undefined) throw new SpecError("bad-declaration", `levels of kind ${kind}: expected an array "level"`);
    return level;
  };
  const from = (alpha: (x: number) => number, sigma: (x: number) => number): Levels => ({
    alpha: mapped(alpha, one()),
    sigma: mapped(sigma, one()),
  });
  switch (kind) {
    case "abar":
      return from(Math.sqrt, (a) => Math.sqrt(1 - a));
    case "sigma-ve":
      return from(
        () => 1,
        (s) => s,
      );
    case "sigma-vp":
      return from(
        (s) => 1 / Math.sqrt(1 + s * s),
        (s) => (s === Number.POSITIVE_INFINITY ? 1 : s / Math.sqrt(1 + s * s)),
      );
    case "sigma-flow":
      return from(
        (s) => 1 - s,
        (s) => s,
      );
    case "angle":
      return from(Math.cos, Math.sin);
    case "alpha-sigma": {
      const { alpha, sigma } = raw;
      if (alpha === undefined || sigma === undefined)
        throw new SpecError("bad-declaration", "levels of kind alpha-sigma: expected arrays alpha and sigma");
      return { alpha, sigma };
    }
    default:
      throw new SpecError("bad-declaration", `levels: unknown kind ${String(kind satisfies never)}`);
  }
}

export type Scale = "vp" | "ve" | "flow" | "free";
export const scales: readonly Scale[] = ["vp", "ve", "flow", "free"];

/** Whether the kind fixes a relation between α and σ, and which: the sum of squares is 1, α is 1, the sum is 1. */
export function scaleOf(kind: LevelKind): Scale {
  if (kind === "abar" || kind === "sigma-vp" || kind === "angle") return "vp";
  if (kind === "sigma-ve") return "ve";
  return kind === "sigma-flow" ? "flow" : "free";
}

/** Coefficients p and q of x̂₀ and ε̂ in a model output, at a level. `sigmaData` is needed by the EDM kinds only. */
export interface OutputCoefficients {
  readonly p: Float64Array;
  readonly q: Float64Array;
}

export function outputCoefficients(kind: OutputKind, { alpha, sigma }: Levels, sigmaData = 0.5): OutputCoefficients {
  const of = (p: (a: number, s: number) => number, q: (a: number, s: number) => number): OutputCoefficients => ({
    p: mapped(p, alpha, sigma),
    q: mapped(q, alpha, sigma),
  });
  const constant = (p: number, q: number): OutputCoefficients => {
    const length = Math.max(alpha.length, sigma.length);
    const all = (x: number): Float64Array => (x === 0 ? new Float64Array(length) : new Float64Array(length).fill(x));
    return { p: all(p), q: all(q) };
  };
  switch (kind) {
    case "eps":
      return constant(0, 1);
    case "x0":
      return constant(1, 0);
    case "minus-eps":
      return constant(0, -1);
    case "trigflow":
      return of(
        (_, s) => -s / sigmaData,
        (a) => a * sigmaData,
      );
    case "v":
      return of(
        (a, s) => -s / Math.hypot(a, s),
        (a, s) => a / Math.hypot(a, s),
      );
    case "score":
      return of(
        () => 0,
        (_, s) => -1 / s,
      );
    case "noise-minus-data":
      return constant(-1, 1);
    case "data-minus-noise":
      return constant(1, -1);
    case "edm":
    case "edm-v": {
      // F = (x̂₀ − c_skip·x)/c_out with x = x̂₀ + σε̂, c_skip = d²/(σ² + d²), c_out = σd/√(σ² + d²): σx̂₀ and −dε̂, scaled.
      const sign = kind === "edm" ? 1 : -1;
      return of(
        (_, s) => (sign * s) / (sigmaData * Math.hypot(s, sigmaData)),
        (_, s) => (-sign * sigmaData) / Math.hypot(s, sigmaData),
      );
    }
    default:
      throw new SpecError("bad-declaration", `output: unknown kind ${String(kind satisfies never)}`);
  }
}

/** A subject's own time axis. `clean` says which end holds the data. */
export type TimeDomain =
  | { readonly kind: "index"; readonly first: number; readonly last: number; readonly clean: "first" | "last" }
  | { readonly kind: "interval"; readonly first: number; readonly last: number; readonly clean: "first" | "last" }
  | { readonly kind: "list"; readonly times: Float64Array; readonly clean: "first" | "last" };

/** The subject's time at canonical time u; indices and lists give their nearest member. */
export function timeAt(domain: TimeDomain, u: number): number {
  const w = domain.clean === "first" ? u : 1 - u;
  if (domain.kind === "list") return domain.times[Math.round(w * (domain.times.length - 1))] ?? Number.NaN;
  const t = domain.first + w * (domain.last - domain.first);
  return domain.kind === "index" ? Math.round(t) : t;
}

/** Canonical times of the subject's times. Shape `n`. Throws `outside-domain` where times are members of a list. */
export function canonicalAt(domain: TimeDomain, times: Float64Array): Float64Array {
  if (domain.kind === "list") throw new SpecError("outside-domain", "time: expected a domain that is an interval, got a list");
  const length = domain.last - domain.first;
  return times.map((t) => (domain.clean === "first" ? (t - domain.first) / length : (domain.last - t) / length));
}

/** The subject's times at canonical times. Shape `n`. */
export function timesAt(domain: TimeDomain, u: Input): Float64Array {
  return typeof u === "number" ? Float64Array.of(timeAt(domain, u)) : Float64Array.from(u, (w) => timeAt(domain, w));
}
