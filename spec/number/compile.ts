/**
 * # Compiled evaluation with a running error bound
 *
 * A tree becomes one straight-line JavaScript loop over typed arrays that computes, beside each value v, a number E with
 * |v − exact| ≤ uE whenever every operation is rounded with unit roundoff u (Higham 2002, section 3.3). The same E therefore
 * bounds the error of this evaluation (u = 2^−53) and the error that the textbook formula may make in another format.
 *
 * Convention: `tiny` is the smallest |v| for which a product still has relative error u; below it the absolute error counts.
 */
import { SpecError } from "#spec/error";
import { functions } from "#spec/number/functions";
import { erf, lgamma } from "#spec/number/special";
import type { Tree } from "#spec/number/tree";

/** A number, or an array whose element i belongs to point i. Arrays of length 1 are broadcast. */
export type Input = number | ArrayLike<number>;
export type Inputs = Readonly<Record<string, Input>>;

/** JavaScript for a value and for its E; no E where the value is exact. */
export interface Emitted {
  readonly value: string;
  readonly error: string | undefined;
}

/** Collects the statements of a loop. Variables: `u`, `tiny`, `h` (special functions, what the format adds), and one per symbol. */
export interface Body {
  /** What depends on scalars only, before the loop. */
  readonly invariants: string[];
  readonly statements: string[];
  readonly emit: (tree: Tree) => Emitted;
}

/**
 * `varying` names the symbols that are arrays; a statement that mentions none of them leaves the loop. `rounded` is the error of one operation by
 * itself, at least max(|value|, tiny).
 */
export function body(varying: ReadonlySet<string>, rounded: (value: string) => string = compared): Body {
  const invariants: string[] = [];
  const statements: string[] = [];
  const inLoop = new Set([...varying].map((name) => `$${name}`));
  const fresh = (code: string): string => {
    const name = `t${invariants.length + statements.length}`;
    const varies = (code.match(/[$\w]+/g) ?? []).some((word) => inLoop.has(word));
    if (varies) inLoop.add(name);
    (varies ? statements : invariants).push(`const ${name}=${code};`);
    return name;
  };
  /** The rounding of the operation itself: `count` roundings of the value, never less than the underflow threshold. */
  const own = (value: string, count: number): string => `${count === 1 ? "" : `${count}*`}${rounded(value)}`;
  const emit = (tree: Tree): Emitted => {
    switch (tree.kind) {
      case "constant":
        return { value: String(tree.value), error: tree.exact ? undefined : String(Math.abs(tree.value)) };
      case "pi":
        return { value: "Math.PI", error: "4" };
      case "symbol":
        return { value: `$${tree.name}`, error: undefined };
      case "negate": {
        const a = emit(tree.a);
        return { value: `(-${a.value})`, error: a.error };
      }
      case "add":
      case "subtract": {
        const [a, b] = [emit(tree.a), emit(tree.b)];
        const value = fresh(`${a.value}${tree.kind === "add" ? "+" : "-"}${b.value}`);
        return { value, error: fresh(sumOf([a.error, b.error, `Math.abs(${value})`])) };
      }
      case "multiply": {
        const [a, b] = [emit(tree.a), emit(tree.b)];
        const value = fresh(`${a.value}*${b.value}`);
        const cross = a.error !== undefined && b.error !== undefined ? `u*${a.error}*${b.error}` : undefined;
        const fromA = a.error === undefined ? undefined : `Math.abs(${b.value})*${a.error}`;
        const fromB = b.error === undefined ? undefined : `Math.abs(${a.value})*${b.error}`;
        return { value, error: fresh(sumOf([fromA, fromB, cross, own(value, 1)])) };
      }
      case "divide": {
        const [a, b] = [emit(tree.a), emit(tree.b)];
        const value = fresh(`${a.value}/${b.value}`);
        const numerator = sumOf([a.error, b.error === undefined ? undefined : `Math.abs(${value})*${b.error}`]);
        const denominator = b.error === undefined ? `Math.abs(${b.value})` : `(Math.abs(${b.value})-u*${b.error})`;
        const guard = b.error === undefined ? "" : `${denominator}<=0?Infinity:`;
        const propagated = numerator === "0" ? undefined : `(${guard}(${numerator})/${denominator})`;
        return { value, error: fresh(sumOf([propagated, own(value, 1)])) };
      }
      case "power":
        return power(tree.a, tree.b);
      case "call": {
        const rule = functions[tree.name];
        const [a, b] = tree.args.map(emit);
        if (a === undefined) throw new SpecError("bad-expression", `compile: ${tree.name} without an argument`);
        const value = fresh(rule.value(a.value, b?.value ?? ""));
        const argument = b === undefined ? a.error : largest(a.error, b.error);
        const propagated = argument === undefined ? undefined : `(${rule.propagated(a.value, argument, value)})`;
        const rounded = rule.roundings === 0 ? undefined : own(value, rule.roundings);
        const error = sumOf([propagated, rounded, rule.absolute, rule.ofFormat?.(a.value, value)]);
        return { value, error: error === "0" ? undefined : fresh(error) };
      }
      default:
        throw new SpecError("bad-expression", `compile: unknown node ${JSON.stringify(tree satisfies never)}`);
    }
  };
  const power = (base: Tree, exponent: Tree): Emitted => {
    if (exponent.kind === "constant" && exponent.value === 2) return emit({ kind: "multiply", a: base, b: base });
    const [a, b] = [emit(base), emit(exponent)];
    const value = fresh(`Math.pow(${a.value},${b.value})`);
    // |log| of the relative perturbation: the base contributes |b|·L, the exponent (|log a| + L)·δb.
    const base1 = a.error === undefined ? "0" : fresh(`-Math.log1p(-Math.min(u*${a.error}/Math.abs(${a.value}),1))`);
    const exponent1 = b.error === undefined ? "0" : `(Math.abs(Math.log(Math.abs(${a.value})))+${base1})*u*${b.error}`;
    const exact = a.error === undefined && b.error === undefined;
    const propagated = exact ? undefined : `Math.abs(${value})*Math.expm1(Math.abs(${b.value})*${base1}+${exponent1})/u`;
    return { value, error: fresh(sumOf([propagated, own(value, 2)])) };
  };
  return { invariants, statements, emit };
}

/** A comparison costs less than `Math.max`. */
const compared = (value: string): string => `(Math.abs(${value})>tiny?Math.abs(${value}):tiny)`;

const sumOf = (parts: readonly (string | undefined)[]): string => parts.filter((part) => part !== undefined).join("+") || "0";

const largest = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || b === undefined ? (a ?? b) : `Math.max(${a},${b})`;

/** Lines that bind each symbol: scalars before the loop, arrays inside it. */
export function bindings(
  symbols: readonly string[],
  varying: ReadonlySet<string>,
): { readonly prologue: string; readonly perPoint: string } {
  return {
    prologue: symbols.map((name, k) => `const ${varying.has(name) ? "a_" : "$"}${name}=inputs[${k}];`).join(""),
    perPoint: symbols
      .filter((name) => varying.has(name))
      .map((name) => `const $${name}=a_${name}[i];`)
      .join(""),
  };
}

export interface Prepared {
  /** For each symbol in turn its only value, or its array. */
  readonly given: readonly Input[];
  readonly length: number;
  /** Which symbols are arrays: 2^k for the k-th, added up. */
  readonly key: number;
}

/** Checks that every symbol has a value and that lengths agree; returns the values and the common length. */
export function prepared(symbols: readonly string[], inputs: Inputs): Prepared {
  let length = 1;
  let key = 0;
  const given: Input[] = [];
  for (let k = 0; k < symbols.length; k++) {
    const name = symbols[k] ?? "";
    const input = inputs[name];
    if (input === undefined)
      throw new SpecError("unknown-symbol", `expression: expected a value for "${name}", got ${Object.keys(inputs).join(", ")}`);
    if (typeof input === "number" || input.length === 1) {
      given.push(typeof input === "number" ? input : (input[0] ?? Number.NaN));
      continue;
    }
    if (length !== 1 && input.length !== length)
      throw new SpecError("shape-mismatch", `expression: expected ${length} values of "${name}", got ${input.length}`);
    length = input.length;
    key += 2 ** k;
    given.push(input);
  }
  return { given, length, key };
}

/** The symbols that are arrays. */
export function varyingOf(symbols: readonly string[], { key }: Prepared): ReadonlySet<string> {
  return new Set(symbols.filter((_, k) => Math.floor(key / 2 ** k) % 2 === 1));
}

const specials = { erf, lgamma, expDrift: 0 } as const;

type Loop = (
  n: number,
  inputs: readonly Input[],
  u: number,
  tiny: number,
  values: Float64Array,
  errors: Float64Array,
  h: Omit<typeof specials, "expDrift"> & { readonly expDrift: number },
) => void;

const loops = new WeakMap<Tree, Map<number, Loop>>();

function loopOf(tree: Tree, symbols: readonly string[], input: Prepared): Loop {
  const variants = loops.get(tree) ?? new Map<number, Loop>();
  const known = variants.get(input.key);
  if (known !== undefined) return known;
  const varying = varyingOf(symbols, input);
  const { invariants, statements, emit } = body(varying);
  const { value, error } = emit(tree);
  const { prologue, perPoint } = bindings(symbols, varying);
  const inside = `${perPoint}${statements.join("")}values[i]=${value};errors[i]=${error ?? "0"};`;
  const code = `${prologue}${invariants.join("")}for(let i=0;i<n;i++){${inside}}`;
  const loop = new Function("n", "inputs", "u", "tiny", "values", "errors", "h", code) as Loop;
  variants.set(input.key, loop);
  loops.set(tree, variants);
  return loop;
}

/** Values and error bounds (in units of u) of an expression over broadcast inputs. Shape `n` each. */
export interface Evaluated {
  readonly values: Float64Array;
  readonly errors: Float64Array;
}

/** Evaluates in double. `|values[i] − exact| ≤ 2^−53·errors[i]`, and a format with roundoff u errs by at most u·errors[i]; `expDrift` is the format's. */
export function evaluate(
  of: { readonly tree: Tree; readonly symbols: readonly string[] },
  inputs: Inputs,
  u: number,
  tiny: number,
  expDrift = 0,
): Evaluated {
  const input = prepared(of.symbols, inputs);
  const { given, length } = input;
  const values = new Float64Array(length);
  const errors = new Float64Array(length);
  loopOf(of.tree, of.symbols, input)(length, given, u, tiny, values, errors, expDrift === 0 ? specials : { ...specials, expDrift });
  return { values, errors };
}
