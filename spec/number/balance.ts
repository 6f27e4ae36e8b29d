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
 * Decided in double with a running error bound; what that leaves open in `balance-decision.ts`, as far as exactly.
 *
 * A value may itself be known only within bounds (`oracle.ts`), and stands alone as a term then. An error e of it moves the residual by at
 * most e and the bound by at most nu/(1 − 2nu)·e. What no precision takes away is added to the bound.
 */
import { SpecError } from "#spec/error";
import { fails, failsWithin, lemma } from "#spec/number/balance-decision";
import { bindings, body, type Input, type Inputs, type Prepared, prepared, varyingOf } from "#spec/number/compile";
import type { Equation } from "#spec/number/expression";
import type { Format } from "#spec/number/format";
import { between, type Oracle } from "#spec/number/oracle";
import { negate, symbolsOf, type Tree, termsOf } from "#spec/number/tree";

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
  known: ArrayLike<number>,
  apart: number,
  summary: Float64Array,
  failed: number[],
  open: number[],
) => void;

/** What a value is known to that is no oracle's. */
const exactly: Pick<Oracle, "error" | "apart"> = { error: new Float64Array(0), apart: 0 };

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
function loopOf({ terms, symbols, loops }: Program, input: Prepared, within: boolean): Loop {
  const key = within ? `${input.key}, within` : input.key;
  const known = loops.get(key);
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
const err=u*(${[...errors, `${terms.length}*s`].join("+")})${within ? "+known[i]+factor*apart" : ""};
const bound=factor*(s+via[i*sv])+absolute${within ? "+apart" : ""},size=Math.abs(r);
if(!(size+err<=bound-err*factor-bound*u*16)){if(size-err>bound+err*factor+bound*u*16)failed.push(i);else open.push(i);}
if(!(size<=used*bound)&&used!==Infinity){used=bound===0?(size===0?0:Infinity):size/bound;worst=i;residual=r;tolerance=bound;}
if(bound<detectable*largest)detectable=bound/largest;}
summary[0]=used;summary[1]=worst;summary[2]=residual;summary[3]=tolerance;summary[4]=detectable;`;
  const loop = new Function("n", "inputs", "factor", "absolute", "via", "known", "apart", "summary", "failed", "open", code) as Loop;
  loops.set(key, loop);
  return loop;
}

/**
 * Weighs left − right over broadcast inputs in a format. `via` is added to Σ|t|: the magnitudes of intermediate terms, whose sum
 * is zero and whose roundings count. An oracle says how far one of the inputs is from what it stands for. Throws `too-many-roundings`
 * when 2nu ≥ 1.
 */
export function weigh(equation: Equation, inputs: Inputs, roundings: number, format: Format, via: Input = 0, oracle?: Oracle): Weighed {
  const program = programOf(equation);
  const { terms, symbols } = program;
  const input = prepared(symbols, inputs);
  const { arrays, length } = input;
  const { factor, absolute } = lemma(roundings, terms.length, format);
  const summary = new Float64Array([-1, -1, 0, 0, Number.POSITIVE_INFINITY]);
  const failed: number[] = [];
  const open: number[] = [];
  const path = typeof via === "number" ? [via] : via;
  if (oracle !== undefined) assertAlone(terms, oracle, length);
  const { error, apart } = oracle ?? exactly;
  loopOf(program, input, oracle !== undefined)(length, arrays, factor, absolute, path, error, apart, summary, failed, open);
  for (const index of open) {
    const value = (name: string): number => {
      const array = arrays[name];
      return array?.[array.length === 1 ? 0 : index] ?? Number.NaN;
    };
    const point = { terms, value, roundings, format, via: path[path.length === 1 ? 0 : index] ?? 0 };
    if (oracle === undefined ? fails(point) : failsWithin(point, oracle.symbol, (bits) => between(oracle, index, bits))) failed.push(index);
  }
  const [used = 0, worst = -1, residual = 0, tolerance = 0, detectable = Number.POSITIVE_INFINITY] = summary;
  return { failed, open: open.length, used: Math.max(used, 0), worst, residual, tolerance, detectable };
}

function assertAlone(terms: readonly Tree[], { symbol, error }: Oracle, length: number): void {
  const [only, ...others] = terms.filter((term) => symbolsOf(term).has(symbol));
  const bare = only?.kind === "negate" ? only.a : only;
  if (bare?.kind !== "symbol" || others.length > 0)
    throw new SpecError("bad-expression", `balance: expected the oracle's value ${symbol} as one term, alone`);
  if (error.length !== length)
    throw new SpecError("shape-mismatch", `balance: expected ${error.length} points, as the oracle's value ${symbol} has, got ${length}`);
}
