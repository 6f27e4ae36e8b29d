/**
 * # The loop of a balance
 *
 * Terms, their running errors, the bound, the worst point and what would have been seen, in one compiled pass over the points in double.
 */
import { SpecError } from "#spec/error";
import { type Body, bindings, body, type Emitted, type Input, type Prepared, varyingOf } from "#spec/number/compile";
import type { Equation } from "#spec/number/expression";
import { negate, symbolsOf, type Tree, termsOf } from "#spec/number/tree";

interface Program {
  readonly terms: readonly Tree[];
  readonly symbols: readonly string[];
  /** One loop per choice of which symbols are arrays, whether `via` is one, and whether a value is known only within bounds. */
  readonly loops: Map<number, Loop>;
}

/**
 * `known` and `apart` are an oracle's `error` and `apart`; `summary` is [used, worst, residual, tolerance, detectable], as it was and as it is
 * afterwards.
 */
type Loop = (
  n: number,
  inputs: readonly Input[],
  factor: number,
  absolute: number,
  via: ArrayLike<number>,
  known: ArrayLike<number>,
  apart: number,
  summary: Float64Array,
  failed: number[],
  open: number[],
) => void;

const programs = new WeakMap<Equation, Program>();

export function programOf(equation: Equation): Program {
  const known = programs.get(equation);
  if (known !== undefined) return known;
  const terms = [...termsOf(equation.left.tree), ...termsOf(negate(equation.right.tree))].filter(
    (term) => !(term.kind === "constant" && term.value === 0),
  );
  terms.forEach(assertPolynomial);
  const symbols = [...new Set([...equation.left.symbols, ...equation.right.symbols])];
  const program = { terms, symbols, loops: new Map<number, Loop>() };
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

/** The error of a sum's own operations: below 2^−968 a little more than `tiny` asks, above it the same, and no branch to be guessed wrong where data are 0. */
const added = (value: string): string => `(Math.abs(${value})+tiny)`;

/**
 * Code of a ratio ρ, the same for all points, with E ≤ (1 + ρ)|t| + tiny for a term c·x, where x is an array and c depends on scalars: that of the
 * error of c to |c|. Undefined for terms of another shape.
 */
function ratioOf(term: Tree, varying: ReadonlySet<string>, emit: Body["emit"]): string | undefined {
  const varies = (tree: Tree): boolean => [...symbolsOf(tree)].some((name) => varying.has(name));
  const ratio = ({ value, error }: Emitted): string => (error === undefined ? "0" : `${error}/Math.abs(${value})`);
  const bare = (tree: Tree): Tree => (tree.kind === "negate" ? bare(tree.a) : tree);
  const tree = bare(term);
  if (!varies(tree)) return ratio(emit(tree));
  if (tree.kind === "symbol") return "0";
  if (tree.kind !== "multiply") return undefined;
  const [c, x] = varies(tree.a) ? [tree.b, tree.a] : [tree.a, tree.b];
  return varies(c) || bare(x).kind !== "symbol" ? undefined : ratio(emit(c));
}

/**
 * Nearly every point is neither decided anew nor the worst so far, and is left after comparisons that come out the same time after time, which is
 * what makes the loop fast: a maximum of the terms, taken at each point, would be guessed wrong every other time and cost more than all
 * else. The largest term is compared term by term instead.
 *
 * Such a point has |r| ≤ bound/2 and err < bound/4, and holds when factor ≤ 1/2: size + err ≤ ¾·bound ≤ bound·(1 − factor/4 − 16u). Where all
 * terms are some c·x and no value comes with an error, err < bound/4 is known beforehand, since err ≤ u((1 + ρ + n)s + 2n·tiny) and
 * bound ≥ factor·s + absolute: the loop is `plain`, and err is for the other points. Nothing is below the limit NaN, before a point was
 * weighed and where nothing is to be left early. What is infinite or NaN passes neither way: r is NaN, or the bound is not finite.
 */
export function loopOf({ terms, symbols, loops }: Program, input: Prepared, path: "one" | "each", within: boolean): Loop {
  const key = 4 * input.key + (path === "one" ? 0 : 1) + (within ? 2 : 0);
  const known = loops.get(key);
  if (known !== undefined) return known;
  const varying = varyingOf(symbols, input);
  const { invariants, statements, emit } = body(varying, added);
  const ratios = terms.map((term) => ratioOf(term, varying, emit));
  const plain = !within && ratios.every((ratio) => ratio !== undefined);
  // Subtracted where they are negative: to change a sign takes an operation.
  const signs = terms.map((term) => (term.kind === "negate" ? "-" : "+"));
  const emitted = terms.map((term) => emit(term.kind === "negate" ? term.a : term));
  const values = emitted.map((term) => term.value);
  const errors = emitted.map((term) => term.error).filter((error) => error !== undefined);
  const magnitudes = values.map((_, k) => `m${k}`);
  const { prologue, perPoint } = bindings(symbols, varying);
  const n = terms.length;
  const small = plain ? `&&u*(1+${n}+Math.max(0,${ratios.join(",")}))<=factor/8&&${n}*u*tiny<=absolute/8` : "";
  const passes = [
    "size<=limit*bound",
    "bound<Infinity",
    ...(plain ? [] : ["4*err<bound"]),
    ...magnitudes.map((m) => `bound>=detectable*${m}`),
  ].join("&&");
  const code = `const u=2**-53,tiny=2**-1021,alike=via[0];${prologue}${invariants.join("")}
const early=factor<=0.5${small};
let used=summary[0],worst=-1,residual=0,tolerance=0,detectable=summary[4],limit=NaN;
for(let i=0;i<n;i++){${perPoint}${statements.join("")}${values.map((value, k) => `const m${k}=Math.abs(${value});`).join("")}
const r=${values.map((value, k) => (k === 0 && signs[k] === "+" ? value : `${signs[k]} ${value}`)).join("") || "0"};
const s=${magnitudes.join("+") || "0"},err=u*(${[...errors, `${n}*s`].join("+")})${within ? "+known[i]+factor*apart" : ""};
const bound=factor*(s+${path === "one" ? "alike" : "via[i]"})+absolute${within ? "+apart" : ""},size=Math.abs(r);
if(${passes})continue;
const largest=${greatest(magnitudes)};
if(!(size+err<=bound-err*factor-bound*u*16)){if(size-err>bound+err*factor+bound*u*16)failed.push(i);else open.push(i);}
if(!(size<=used*bound)&&used!==Infinity){used=bound===0?(size===0?0:Infinity):size/bound;worst=i;residual=r;tolerance=bound;}
if(bound<detectable*largest)detectable=bound/largest;
limit=early?Math.min(used,0.5):NaN;}
summary[0]=used;summary[1]=worst;summary[2]=residual;summary[3]=tolerance;summary[4]=detectable;`;
  const loop = new Function("n", "inputs", "factor", "absolute", "via", "known", "apart", "summary", "failed", "open", code) as Loop;
  loops.set(key, loop);
  return loop;
}
