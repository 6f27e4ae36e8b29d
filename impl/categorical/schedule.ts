/**
 * Survival probabilities of tokens, on the host in binary64: chains by index, and clocks in continuous time.
 */
import { SpecError } from "#spec/error";

/** ∏(1 − β) up to each index. Shape `T`. Throws `outside-domain` for a β outside [0, 1]. */
export function survivals(betas: ArrayLike<number>): Float64Array {
  let product = 1;
  return Float64Array.from(betas, (beta, k) => {
    if (!(beta >= 0 && beta <= 1)) throw new SpecError("outside-domain", `survivals: expected β in [0, 1], got ${beta} at ${k}`);
    product *= 1 - beta;
    return product;
  });
}

/** β = 1/(T − t + 1) for t = 1 … T: information is lost at a constant rate. Shape `T`. Source: Austin et al. (2021). */
export function mutualInformationBetas(count: number): Float64Array {
  if (!(Number.isInteger(count) && count >= 1)) throw new SpecError("outside-domain", `betas: expected T ≥ 1, got ${count}`);
  return Float64Array.from({ length: count }, (_, k) => 1 / (count - k));
}

/** A clock in continuous time: survival a(t), and the rate β = −a′/a at which tokens are drawn anew. Time runs from data at 0 to 1. */
export interface Clock {
  readonly survival: (t: number) => number;
  readonly rate: (t: number) => number;
  /** The time at which 1 − a is `gone`. */
  readonly inverse: (gone: number) => number;
}

/** The clock, asked about times in [0, 1] and shares in [0, 1] alone: it throws `outside-domain` at others. */
function bounded({ survival, rate, inverse }: Clock): Clock {
  const inside = (what: string, x: number): number => {
    if (!(x >= 0 && x <= 1)) throw new SpecError("outside-domain", `clock: expected ${what} in [0, 1], got ${x}`);
    return x;
  };
  return {
    survival: (t) => survival(inside("a time", t)),
    rate: (t) => rate(inside("a time", t)),
    inverse: (gone) => inverse(inside("a share", gone)),
  };
}

/** a = 1 − (1 − least)·t. Source: Lou et al. (2024), where `least` keeps the rate finite at the end. */
export function logLinearClock(least = 1e-3): Clock {
  const share = 1 - least;
  return bounded({ survival: (t) => 1 - share * t, rate: (t) => share / (1 - share * t), inverse: (gone) => gone / share });
}

/** −log a = low^(1−t)·high^t − low, so that data are clean at 0. Source: Lou et al. (2024). */
export function geometricClock(low = 1e-3, high = 8): Clock {
  const total = (t: number): number => low ** (1 - t) * high ** t;
  return bounded({
    survival: (t) => Math.exp(low - total(t)),
    rate: (t) => total(t) * Math.log(high / low),
    inverse: (gone) => Math.log1p(-Math.log1p(-gone) / low) / Math.log(high / low),
  });
}

/** a = cos(πt/2·(1 − least)). */
export function cosineClock(least = 1e-3): Clock {
  const speed = (Math.PI / 2) * (1 - least);
  return bounded({
    survival: (t) => Math.cos(speed * t),
    rate: (t) => speed * Math.tan(speed * t),
    inverse: (gone) => (2 * Math.asin(Math.sqrt(gone / 2))) / speed,
  });
}
