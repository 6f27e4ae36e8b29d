/**
 * # The supported functions
 *
 * One table: how a function is evaluated in double, how an error of its argument and its own rounding reach the result, and
 * its LaTeX. Enclosures of the same functions are in `enclosure.ts`, derivatives come from mathjs.
 *
 * Convention: errors are counted in units of the roundoff u, so `error` maps (argument a, error ea of a, value v) to a code
 * fragment for E with |computed − exact| ≤ uE. `ea` is undefined where the argument is exact.
 *
 * Lemma. For f on [a − δ, a + δ] with |f′| ≤ M there, |f(a ± δ) − f(a)| ≤ Mδ; each fragment below is that bound, or the exact
 * difference where f is monotone. A library function with at most one unit in the last place of error rounds by 2u.
 */

export type FunctionName = "exp" | "log" | "sqrt" | "cos" | "sin" | "expm1" | "log1p" | "erf" | "lgamma" | "abs" | "min" | "max";

export interface FunctionRule {
  readonly arity: 1 | 2;
  /** JavaScript for the value; `h` holds `erf` and `lgamma`. */
  readonly value: (a: string, b: string) => string;
  /** JavaScript for the error that reaches the result from the arguments. */
  readonly propagated: (a: string, ea: string, v: string) => string;
  /** Own rounding, in units of u times |v|; `absolute` is added in units of u. */
  readonly roundings: number;
  readonly absolute?: string;
  /** Rounding of its own that a format adds, in units of u. */
  readonly ofFormat?: (a: string, v: string) => string;
  readonly tex: (a: string, b: string) => string;
}

const call = (name: string) => (a: string) => `\\${name}\\left(${a}\\right)`;

/** |cos′| = √(1 − cos²) and likewise for sin; v is one unit in the last place off, which the root turns into at most 2^−25. */
const turning = (ea: string, v: string) => `${ea}*Math.min(1,Math.sqrt(Math.max(1-${v}*${v},0))+2**-25+u*${ea})`;

export const functions: Readonly<Record<FunctionName, FunctionRule>> = {
  exp: {
    arity: 1,
    value: (a) => `Math.exp(${a})`,
    propagated: (_, ea, v) => `${v}*Math.expm1(u*${ea})/u`,
    roundings: 2,
    ofFormat: (a, v) => `h.expDrift*Math.abs(${a})*${v}`,
    tex: (a) => `e^{${a}}`,
  },
  log: {
    arity: 1,
    value: (a) => `Math.log(${a})`,
    propagated: (a, ea) => `-Math.log1p(-Math.min(u*${ea}/${a},1))/u`,
    roundings: 2,
    tex: call("log"),
  },
  sqrt: {
    arity: 1,
    value: (a) => `Math.sqrt(${a})`,
    propagated: (a, ea, v) => `Math.min(${ea}/(${v}+Math.sqrt(Math.max(${a}-u*${ea},0))),Math.sqrt(${ea}/u))`,
    roundings: 1,
    tex: (a) => String.raw`\sqrt{${a}}`,
  },
  cos: {
    arity: 1,
    value: (a) => `Math.cos(${a})`,
    propagated: (_, ea, v) => turning(ea, v),
    roundings: 2,
    tex: call("cos"),
  },
  sin: {
    arity: 1,
    value: (a) => `Math.sin(${a})`,
    propagated: (_, ea, v) => turning(ea, v),
    roundings: 2,
    tex: call("sin"),
  },
  expm1: {
    arity: 1,
    value: (a) => `Math.expm1(${a})`,
    propagated: (_, ea, v) => `(${v}+1)*Math.expm1(u*${ea})/u`,
    roundings: 2,
    tex: (a) => `e^{${a}}-1`,
  },
  log1p: {
    arity: 1,
    value: (a) => `Math.log1p(${a})`,
    propagated: (a, ea) => `-Math.log1p(-Math.min(u*${ea}/(1+${a}),1))/u`,
    roundings: 2,
    tex: (a) => String.raw`\log\left(1+${a}\right)`,
  },
  erf: {
    arity: 1,
    value: (a) => `h.erf(${a})`,
    // |erf′| = 2/√π·exp(−x²), largest at the end of the interval nearest to zero.
    propagated: (a, ea) => `1.1284*${ea}*Math.exp(-(Math.max(Math.abs(${a})-u*${ea},0)**2))`,
    roundings: 12,
    tex: (a) => String.raw`\operatorname{erf}\left(${a}\right)`,
  },
  lgamma: {
    arity: 1,
    value: (a) => `h.lgamma(${a})`,
    // log x − 1/x < ψ(x) < log x, so |ψ| ≤ |log x| + 1/x, largest at one of the ends.
    propagated: (a, ea) =>
      `(u*${ea}<${a}?${ea}*(Math.max(Math.abs(Math.log(${a}-u*${ea})),Math.abs(Math.log(${a}+u*${ea})))+1/(${a}-u*${ea})):Infinity)`,
    roundings: 8,
    // Shifted Stirling: terms of order y log y + y + log(product) ≤ 60 cancel, y ≥ 12.
    absolute: "200",
    tex: (a) => String.raw`\log\Gamma\left(${a}\right)`,
  },
  abs: {
    arity: 1,
    value: (a) => `Math.abs(${a})`,
    propagated: (_, ea) => ea,
    roundings: 0,
    tex: (a) => String.raw`\left|${a}\right|`,
  },
  min: {
    arity: 2,
    value: (a, b) => `Math.min(${a},${b})`,
    propagated: (_, ea) => ea,
    roundings: 0,
    tex: (a, b) => String.raw`\min\left(${a},${b}\right)`,
  },
  max: {
    arity: 2,
    value: (a, b) => `Math.max(${a},${b})`,
    propagated: (_, ea) => ea,
    roundings: 0,
    tex: (a, b) => String.raw`\max\left(${a},${b}\right)`,
  },
};

export function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(functions, name);
}
