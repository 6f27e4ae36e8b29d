/**
 * # Balances
 *
 * Terms that sum to zero once each of them is forgiven n roundings.
 *
 * Lemma. Let γ = nu/(1 − nu), 2nu < 1. If Σtₖ becomes exactly zero when each term is multiplied or divided by some 1 + θₖ with
 * |θₖ| ≤ γ, then |Σtₖ| ≤ nu/(1 − 2nu) · Σ|tₖ|.
 *
 * Proof. 1 + θ and 1/(1 + θ) are both 1 + θ′ with |θ′| ≤ γ/(1 − γ) = nu/(1 − 2nu), and Σtₖ(1 + θ′ₖ) = 0 says
 * Σtₖ = −Σtₖθ′ₖ. That n roundings make a factor 1 + θ with |θ| ≤ γ is Higham (2002), Lemma 3.1. ∎
 *
 * Below the normal numbers the lemma's roundings are absolute: each term adds n · `underflowUnit`.
 *
 * Decided in double with a running error bound; what that leaves open in double-double; the rest exactly, in bigint.
 */
import { SpecError } from "#spec/error";
import { bindings, body, type Input, type Inputs, type Prepared, prepared, varyingOf } from "#spec/number/compile";
import * as dd from "#spec/number/double-double";
import * as exact from "#spec/number/dyadic";
import type { Equation } from "#spec/number/expression";
import { type Format, underflowUnit, unitRoundoff } from "#spec/number/format";
import { negate, type Tree, termsOf } from "#spec/number/tree";

/** What an evaluation over n points found. Indices are points; −1 where there is none. */
export interface Weighed {
  readonly failed: readonly number[];
  /** Points that needed double-double or bigint. */
  readonly open: number;
  /** Largest residual / bound, and where; 1 is the edge of the tolerance. */
  readonly used: number;
  readonly worst: number;
  readonly residual: number;
  readonly tolerance: number;
  /** Smallest relative change of the largest term that would have been seen at some point. */
  readonly detectable: number;
}

interface Program {
  readonly terms: readonly Tree[];
  readonly symbols: readonly string[];
  /** One loop per choice of which symbols are arrays. */
  readonly loops: Map<string, Loop>;
}

type Loop = (
  n: number,
  inputs: Record<string, ArrayLike<number>>,
  factor: number,
  absolute: number,
  via: ArrayLike<number>,
  summary: Float64Array,
  failed: number[],
  open: number[],
) => void;

const programs = new WeakMap<Equation, Program>();

function programOf(equation: Equation): Program {
  const known = programs.get(equation);
  if (known !== undefined) return known;
  const terms = [...termsOf(equation.left.tree), ...termsOf(negate(equation.right.tree))].filter(
    (term) => !(term.kind === "constant" && term.value === 0),
  );
  terms.forEach(assertPolynomial);
  const symbols = [...new Set([...equation.left.symbols, ...equation.right.symbols])];
  const program = { terms, symbols, loops: new Map<string, Loop>() };
  programs.set(equation, program);
  return program;
}

function assertPolynomial(tree: Tree): void {
  if (tree.kind === "symbol" || (tree.kind === "constant" && tree.exact)) return;
  if (tree.kind === "negate" || (tree.kind === "power" && tree.b.kind === "constant" && tree.b.value === 2)) {
    assertPolynomial(tree.a);
    return;
  }
  if (tree.kind === "add" || tree.kind === "subtract" || tree.kind === "multiply") {
    assertPolynomial(tree.a);
    assertPolynomial(tree.b);
    return;
  }
  throw new SpecError("not-polynomial", `balance: expected sums, products and exact constants, got a ${tree.kind}`);
}

/** The greatest of some expressions, by comparisons: `Math.max` costs several times as much. */
function greatest([first = "0", ...rest]: readonly string[]): string {
  return rest.reduce((most, one) => `((m,x)=>x>m?x:m)(${most},${one})`, first);
}

/** summary: [used, worst, residual, tolerance, detectable]. */
function loopOf({ terms, symbols, loops }: Program, input: Prepared): Loop {
  const known = loops.get(input.key);
  if (known !== undefined) return known;
  const varying = varyingOf(symbols, input);
  const { invariants, statements, emit } = body(varying);
  const emitted = terms.map(emit);
  const values = emitted.map((term) => term.value);
  const errors = emitted.map((term) => term.error).filter((error) => error !== undefined);
  const magnitudes = values.map((value) => `Math.abs(${value})`);
  const { prologue, perPoint } = bindings(symbols, varying);
  const code = `const u=2**-53,tiny=2**-1021,sv=via.length===1?0:1;${prologue}${invariants.join("")}
let used=summary[0],worst=-1,residual=0,tolerance=0,detectable=summary[4];
for(let i=0;i<n;i++){${perPoint}${statements.join("")}
const r=${values.join("+") || "0"},s=${magnitudes.join("+") || "0"},largest=${greatest(magnitudes)};
const err=u*(${[...errors, `${terms.length}*s`].join("+")});
const bound=factor*(s+via[i*sv])+absolute,size=Math.abs(r);
if(!(size+err<=bound-err*factor-bound*u*16)){if(size-err>bound+err*factor+bound*u*16)failed.push(i);else open.push(i);}
if(!(size<=used*bound)&&used!==Infinity){used=bound===0?(size===0?0:Infinity):size/bound;worst=i;residual=r;tolerance=bound;}
if(bound<detectable*largest)detectable=bound/largest;}
summary[0]=used;summary[1]=worst;summary[2]=residual;summary[3]=tolerance;summary[4]=detectable;`;
  const loop = new Function("n", "inputs", "factor", "absolute", "via", "summary", "failed", "open", code) as Loop;
  loops.set(input.key, loop);
  return loop;
}

/**
 * Weighs left − right over broadcast inputs in a format. `via` is added to Σ|t|: the magnitudes of intermediate terms, whose sum
 * is zero and whose roundings count. Throws `too-many-roundings` when 2nu ≥ 1.
 */
export function weigh(equation: Equation, inputs: Inputs, roundings: number, format: Format, via: Input = 0): Weighed {
  const program = programOf(equation);
  const { terms, symbols } = program;
  const input = prepared(symbols, inputs);
  const { arrays, length } = input;
  const { factor, absolute } = lemma(roundings, terms.length, format);
  const summary = new Float64Array([-1, -1, 0, 0, Number.POSITIVE_INFINITY]);
  const failed: number[] = [];
  const open: number[] = [];
  const path = typeof via === "number" ? [via] : via;
  loopOf(program, input)(length, arrays, factor, absolute, path, summary, failed, open);
  for (const index of open) {
    const value = (name: string): number => {
      const array = arrays[name];
      return array?.[array.length === 1 ? 0 : index] ?? Number.NaN;
    };
    if (!decided(terms, value, roundings, format, path[path.length === 1 ? 0 : index] ?? 0)) failed.push(index);
  }
  const [used = 0, worst = -1, residual = 0, tolerance = 0, detectable = Number.POSITIVE_INFINITY] = summary;
  return { failed, open: open.length, used: Math.max(used, 0), worst, residual, tolerance, detectable };
}

function lemma(roundings: number, terms: number, format: Format): { readonly factor: number; readonly absolute: number } {
  const nu = roundings * unitRoundoff(format);
  if (2 * nu >= 1) throw new SpecError("too-many-roundings", `balance: expected 2nu < 1, got ${roundings} roundings in ${format.name}`);
  return { factor: nu / (1 - 2 * nu), absolute: roundings * terms * underflowUnit(format) };
}

/** Whether |Σt|·(1 − 2nu) ≤ nu·Σ|t| + underflow: first in double-double, then exactly. */
function decided(terms: readonly Tree[], value: (name: string) => number, roundings: number, format: Format, via: number): boolean {
  const { factor, absolute } = lemma(roundings, terms.length, format);
  const pairs = terms.map((term) => folded(term, doubleDoubles, value));
  const total = pairs.reduce(dd.add, [0, 0]);
  const scale = pairs.reduce((sum, pair) => sum + Math.abs(pair[0]), via);
  const largest = terms.reduce((sum, term) => sum + folded(term, magnitudes, value), 0);
  const uncertain = (terms.length + 8) * dd.doubleDoubleRoundoff * largest + scale * factor * 2 ** -50;
  const excess = Math.abs(total[0]) - (factor * scale + absolute);
  if (largest < 2 ** 900 && Math.abs(excess) > uncertain && largest > 2 ** -800) return excess < 0;
  return decidedExactly(terms, value, roundings, format, via);
}

function decidedExactly(terms: readonly Tree[], value: (name: string) => number, roundings: number, format: Format, via: number): boolean {
  const values = terms.map((term) => folded(term, dyadics, value));
  const nu = exact.mul(exact.dyadic(roundings), exact.powerOfTwo(-format.precision));
  const slack = exact.add(exact.dyadic(1), exact.neg(exact.add(nu, nu)));
  const residual = exact.mul(exact.abs(exact.sum(values)), slack);
  const underflow = exact.mul(exact.dyadic(roundings * terms.length), exact.dyadic(underflowUnit(format)));
  const bound = exact.add(exact.mul(nu, exact.add(exact.sum(values.map(exact.abs)), exact.dyadic(via))), exact.mul(underflow, slack));
  return exact.compare(residual, bound) <= 0;
}

/** Sums and products over some kind of number: what a polynomial is evaluated in. */
interface Algebra<T> {
  readonly of: (value: number) => T;
  readonly neg: (a: T) => T;
  readonly add: (a: T, b: T) => T;
  readonly mul: (a: T, b: T) => T;
}

const doubleDoubles: Algebra<dd.DoubleDouble> = { of: (value) => [value, 0], neg: dd.neg, add: dd.add, mul: dd.mul };
const dyadics: Algebra<exact.Dyadic> = { of: exact.dyadic, neg: exact.neg, add: exact.add, mul: exact.mul };
/** Every difference turned into a sum of magnitudes: what rounding errors scale with. */
const magnitudes: Algebra<number> = { of: Math.abs, neg: (a) => a, add: (a, b) => a + b, mul: (a, b) => a * b };

function folded<T>(tree: Tree, { of, neg, add, mul }: Algebra<T>, value: (name: string) => number): T {
  const fold = (node: Tree): T => {
    switch (node.kind) {
      case "constant":
        return of(node.value);
      case "symbol":
        return of(value(node.name));
      case "negate":
        return neg(fold(node.a));
      case "add":
        return add(fold(node.a), fold(node.b));
      case "subtract":
        return add(fold(node.a), neg(fold(node.b)));
      case "multiply":
        return mul(fold(node.a), fold(node.b));
      case "power": {
        const a = fold(node.a);
        return mul(a, a);
      }
      default:
        throw new SpecError("not-polynomial", `balance: a ${node.kind} is no polynomial`);
    }
  };
  return fold(tree);
}
