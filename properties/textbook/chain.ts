/**
 * The textbook in double: schedules and the numbers that follow from them. These are the right versions that laws must accept and
 * the material from which wrong ones are made.
 */
import { type Levels, levelsFrom, type TimeDomain } from "#spec/convention";

/** A schedule over a time axis, with what a subject would publish of it. */
export interface Chain {
  readonly time: TimeDomain;
  /** Amplitudes at the chain's own times. */
  readonly levels: (t: number) => { readonly alpha: number; readonly sigma: number };
  /** Time derivatives of the amplitudes; chains by index have none. */
  readonly rates?: (t: number) => { readonly alphaRate: number; readonly sigmaRate: number };
  readonly form: Readonly<Record<string, number | string>> | null;
  readonly betas?: Float64Array;
}

/** ᾱ by a running product. */
export function cumulative(betas: Float64Array): Float64Array {
  let product = 1;
  return betas.map((beta) => {
    product *= 1 - beta;
    return product;
  });
}

export function linearBetas(count = 1000, first = 1e-4, last = 0.02): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => first + ((last - first) * k) / (count - 1));
}

/** A variance-preserving chain by index 0 … T−1, index 0 already noisy. */
export function discrete(
  betas: Float64Array = linearBetas(),
  form: Chain["form"] = { family: "beta-linear", T: 1000, first: 1e-4, last: 0.02 },
): Chain {
  const abar = cumulative(betas);
  return {
    time: { kind: "index", first: 0, last: betas.length - 1, clean: "first" },
    levels: (t) => {
      const { alpha, sigma } = levelsFrom("abar", { level: Float64Array.of(abar[t] ?? Number.NaN) });
      return { alpha: alpha[0] ?? Number.NaN, sigma: sigma[0] ?? Number.NaN };
    },
    form,
    betas,
  };
}

const interval = { kind: "interval", first: 0, last: 1, clean: "first" } as const;

/** The VP SDE with β(t) from `low` to `high`. */
export function vpSde(low = 0.1, high = 20): Chain {
  const total = (t: number): number => low * t + 0.5 * (high - low) * t * t;
  const beta = (t: number): number => low + (high - low) * t;
  return {
    time: interval,
    levels: (t) => ({ alpha: Math.exp(-total(t) / 2), sigma: Math.sqrt(-Math.expm1(-total(t))) }),
    rates: (t) => ({
      alphaRate: (-beta(t) / 2) * Math.exp(-total(t) / 2),
      sigmaRate: (beta(t) * Math.exp(-total(t))) / (2 * Math.sqrt(-Math.expm1(-total(t)))),
    }),
    form: { family: "vp-sde", low, high },
  };
}

/** The straight path of flow matching. */
export function straight(): Chain {
  return {
    time: interval,
    levels: (t) => ({ alpha: 1 - t, sigma: t }),
    rates: () => ({ alphaRate: -1, sigmaRate: 1 }),
    form: { family: "straight" },
  };
}

/** The geometric VE SDE. */
export function veSde(low = 0.01, high = 50): Chain {
  const ratio = Math.log(high / low);
  const sigma = (t: number): number => low * Math.exp(ratio * t);
  return {
    time: interval,
    levels: (t) => ({ alpha: 1, sigma: sigma(t) }),
    rates: (t) => ({ alphaRate: 0, sigmaRate: ratio * sigma(t) }),
    form: { family: "ve-sde", low, high },
  };
}

/** Amplitudes at several times. */
export function levelsAt(chain: Chain, times: Float64Array): Levels {
  return { alpha: times.map((t) => chain.levels(t).alpha), sigma: times.map((t) => chain.levels(t).sigma) };
}
