/**
 * # Floating-point formats
 *
 * Convention: a format has `precision` bits of significand (the hidden one included) and normal numbers from 2^`emin`;
 * its unit roundoff is u = 2^−precision.
 */
import { f16round } from "@petamoriken/float16";

export interface Format {
  readonly name: "binary16" | "bfloat16" | "binary32" | "binary64";
  readonly precision: number;
  readonly emin: number;
  /** The largest finite number. */
  readonly largest: number;
  /** Results below 2^`emin` become zero, as on many GPUs. */
  readonly flushesSubnormals: boolean;
  /** exp(x) is off by that many roundings for each unit of |x|, beside those that any library is off. */
  readonly expDrift: number;
  /** The nearest number of the format, ties to even; overflow gives ±∞. */
  readonly round: (x: number) => number;
}

/** Correctly rounded bfloat16, in one rounding (through binary32 it would be two). */
function bfloat16Round(x: number): number {
  if (!Number.isFinite(x) || x === 0) return x;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), -126);
  let scale = 2 ** (exponent - 7);
  // log2 may be one off at a power of two: the scaled magnitude must lie in [128, 256) for a normal number.
  if (Math.abs(x) / scale >= 256) scale *= 2;
  else if (exponent > -126 && Math.abs(x) / scale < 128) scale /= 2;
  const y = roundTiesToEven(x / scale) * scale;
  return Math.abs(y) >= 2 ** 128 ? Math.sign(y) * Number.POSITIVE_INFINITY : y;
}

function roundTiesToEven(x: number): number {
  const floor = Math.floor(x);
  const fraction = x - floor;
  if (fraction !== 0.5) return fraction < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

export const binary16: Format = {
  name: "binary16",
  precision: 11,
  emin: -14,
  largest: 65504,
  flushesSubnormals: false,
  expDrift: 0,
  round: f16round,
};

export const bfloat16: Format = {
  name: "bfloat16",
  precision: 8,
  emin: -126,
  largest: 2 ** 127 * (2 - 2 ** -7),
  flushesSubnormals: false,
  expDrift: 0,
  round: bfloat16Round,
};

export const binary32: Format = {
  name: "binary32",
  precision: 24,
  emin: -126,
  largest: 2 ** 127 * (2 - 2 ** -23),
  flushesSubnormals: false,
  expDrift: 0,
  round: Math.fround,
};

export const binary64: Format = {
  name: "binary64",
  precision: 53,
  emin: -1022,
  largest: Number.MAX_VALUE,
  flushesSubnormals: false,
  expDrift: 0,
  round: (x) => x,
};

export const formats: readonly Format[] = [binary16, bfloat16, binary32, binary64];

/** 2^−k, down to the last subnormal number: judging a number or two asks for several, and a power costs as much as a judgement's arithmetic. */
const powers = Float64Array.from({ length: 1075 }, (_, k) => 2 ** -k);

/** Unit roundoff u = 2^−precision. */
export function unitRoundoff({ precision }: Format): number {
  return powers[precision] ?? 2 ** -precision;
}

/**
 * The most that one operation loses below the normal numbers: half a subnormal step with gradual underflow, a whole smallest
 * normal number where subnormals are flushed to zero.
 */
export function underflowUnit(format: Format): number {
  const power = format.flushesSubnormals ? -format.emin : Math.min(format.precision - format.emin, 1074);
  return powers[power] ?? 2 ** -power;
}

/**
 * The same format where exp(x) is 2 to a power that was rounded in it: WGSL, the language of WebGPU, allows 3 + 2|x| units in the last place, and
 * subnormals that become zero.
 */
export function drifting(format: Format): Format {
  return { ...flushing(format), expDrift: 4 };
}

/** The same format on a device that flushes subnormal results to zero. */
export function flushing(format: Format): Format {
  return {
    ...format,
    flushesSubnormals: true,
    round: (x) => {
      const y = format.round(x);
      return Math.abs(y) < 2 ** format.emin ? 0 * y : y;
    },
  };
}
