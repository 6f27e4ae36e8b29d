/**
 * # Expressions
 *
 * A formula is written once, as mathjs text, and used four times: typeset, evaluated in double with a running error bound
 * (`compile.ts`), enclosed in decimal (`enclosure.ts`) and differentiated.
 *
 * Convention: equations use `==` (`=` is an assignment in mathjs). Every product is written with `*`. Names that mathjs
 * predefines (tau, phi, e, i, gamma) are refused as symbols; `pi` is π.
 */
import type { MathJsInstance, MathNode } from "mathjs";
import mathjs from "mathjs/lib/browser/math.js";
import { SpecError } from "#spec/error";
import { texOfSymbol, textOfSymbol } from "#spec/notation";
import { functions, isFunctionName } from "#spec/number/functions";
import { symbolsOf, type Tree } from "#spec/number/tree";

let instance: MathJsInstance | undefined;

/** One lazy instance: constants are parsed as decimals, so that 0.1 means one tenth. */
function math(): MathJsInstance {
  instance ??= mathjs.create(mathjs.all, { number: "BigNumber", precision: 64 });
  return instance;
}

const reserved = new Set(["tau", "phi", "e", "i", "gamma", "LN2", "LN10", "SQRT2", "PI", "E", "Infinity", "NaN"]);

export interface Expression {
  readonly source: string;
  readonly tree: Tree;
  readonly symbols: readonly string[];
}

/** `left == right`; its residual is left − right. */
export interface Equation {
  readonly source: string;
  readonly left: Expression;
  readonly right: Expression;
}

/** An expression, parsed when first used. Throws a `bad-expression` that names the text. */
export function expression(source: string): Expression {
  let tree: Tree | undefined;
  let symbols: readonly string[] | undefined;
  return {
    source,
    get tree() {
      tree ??= toTree(parse(source), source);
      return tree;
    },
    get symbols() {
      symbols ??= [...symbolsOf(this.tree)];
      return symbols;
    },
  };
}

/** An equation from text with exactly one `==`. */
export function equation(source: string): Equation {
  const [left, right, ...rest] = source.split("==");
  if (left === undefined || right === undefined || rest.length > 0)
    throw new SpecError("bad-expression", `equation: expected one == in the text, got "${source}"`);
  return { source, left: expression(left.trim()), right: expression(right.trim()) };
}

/** Derivatives already made: each takes milliseconds, and the same few are asked for again and again. */
const made = new WeakMap<Expression, Map<string, Expression>>();

/** d/d`symbol`, unsimplified: simplification costs five hundred times more and changes nothing that is evaluated. */
export function derivative(of: Expression, symbol: string): Expression {
  const known = made.get(of) ?? new Map<string, Expression>();
  made.set(of, known);
  const found = known.get(symbol);
  if (found !== undefined) return found;
  const plain = parse(of.source).transform((node) => withoutShortForms(node));
  const fresh = expression(math().derivative(plain, symbol, { simplify: false }).toString());
  known.set(symbol, fresh);
  return fresh;
}

/** mathjs does not differentiate expm1; e^x − 1 is the same function. */
function withoutShortForms(node: MathNode): MathNode {
  if (node.type === "FunctionNode" && nameOf(node) === "expm1") return math().parse(`(exp(${argsOf(node).join(",")}) - 1)`);
  if (node.type === "FunctionNode" && nameOf(node) === "log1p") return math().parse(`log(1 + (${argsOf(node).join(",")}))`);
  return node;
}

function parse(source: string): MathNode {
  try {
    return math().parse(source);
  } catch (cause) {
    throw new SpecError("bad-expression", `expression: expected mathjs text, got "${source}"`, { cause });
  }
}

// The published node types are unions over every operator; these three accessors read what each node really has.
const nameOf = (node: MathNode): string =>
  "fn" in node && typeof node.fn === "object" && node.fn !== null && "name" in node.fn
    ? String(node.fn.name)
    : "fn" in node
      ? String(node.fn)
      : "name" in node
        ? String(node.name)
        : node.type;
const argsOf = (node: MathNode): readonly MathNode[] =>
  "args" in node && Array.isArray(node.args) ? node.args : "content" in node ? [node.content as MathNode] : [];

const binary = { add: "add", subtract: "subtract", multiply: "multiply", divide: "divide", pow: "power" } as const;

function toTree(node: MathNode, source: string): Tree {
  const refuse = (why: string): never => {
    throw new SpecError("bad-expression", `expression: ${why} in "${source}"`);
  };
  const [first, second] = argsOf(node);
  switch (node.type) {
    case "ParenthesisNode":
      return toTree(first ?? refuse("empty parentheses"), source);
    case "ConstantNode": {
      const text = node.toString();
      const value = Number(text);
      return { kind: "constant", text, value, exact: exactlyPrinted(value, text) };
    }
    case "SymbolNode": {
      const name = nameOf(node);
      if (name === "pi") return { kind: "pi" };
      if (reserved.has(name)) return refuse(`the predefined name ${name} may not be a symbol`);
      return { kind: "symbol", name };
    }
    case "OperatorNode": {
      const fn = nameOf(node);
      if (first === undefined) return refuse("an operator without operands");
      if (fn === "unaryMinus") return { kind: "negate", a: toTree(first, source) };
      if (fn === "unaryPlus") return toTree(first, source);
      if (!(fn in binary) || second === undefined) return refuse(`unsupported operator ${fn}`);
      if ("implicit" in node && node.implicit === true) return refuse("a product without *");
      const kind = binary[fn as keyof typeof binary];
      return { kind, a: toTree(first, source), b: toTree(second, source) };
    }
    case "FunctionNode": {
      const name = nameOf(node);
      if (!isFunctionName(name)) return refuse(`unsupported function ${name}`);
      const args = argsOf(node).map((arg) => toTree(arg, source));
      if (args.length !== functions[name].arity) return refuse(`${name} takes ${functions[name].arity} arguments, got ${args.length}`);
      return { kind: "call", name, args };
    }
    default:
      return refuse(`unsupported ${node.type}`);
  }
}

/**
 * Whether the decimal text is a double: at most ten decimals and a multiple of 2^−10. Two multiples of 10^−10 below 2^20
 * that round to the same double are equal.
 */
function exactlyPrinted(value: number, text: string): boolean {
  const decimals = /^\d+(?:\.(\d+))?$/.exec(text);
  if (decimals === null || Math.abs(value) >= 2 ** 20) return false;
  return (decimals[1]?.length ?? 0) <= 10 && Number.isInteger(value * 2 ** 10);
}

/** LaTeX of an expression in the project's notation. */
export function tex(of: Expression | Equation): string {
  if ("left" in of) return `${tex(of.left)} = ${tex(of.right)}`;
  return parse(of.source).toTex({ parenthesis: "auto", handler: texHandler });
}

function texHandler(node: MathNode, options: object): string | undefined {
  if (node.type === "SymbolNode") {
    const name = nameOf(node);
    if (name === "pi") return String.raw`\pi`;
    const symbol = texOfSymbol(name);
    if (symbol === undefined)
      throw new SpecError("unknown-symbol", `notation: expected an entry for "${name}", found none`, {
        hint: "add it to spec/notation.ts",
      });
    return symbol;
  }
  const args = argsOf(node);
  if (node.type === "FunctionNode" && isFunctionName(nameOf(node))) {
    const [a = "", b = ""] = args.map((arg) => arg.toTex(options));
    return functions[nameOf(node) as keyof typeof functions].tex(a, b);
  }
  if (node.type === "OperatorNode" && nameOf(node) === "multiply") {
    const [a = "", b = ""] = args.map((arg, k) => parenthesised(arg, options, k > 0));
    // A number in front needs no dot; everything else is written by juxtaposition.
    return `${a}${/\d$/.test(a) && /^\d/.test(b) ? String.raw`\cdot ` : String.raw`\,`}${b}`;
  }
  return undefined;
}

/** mathjs drops written parentheses in favour of its own; a product made by juxtaposition needs them around sums. */
function parenthesised(node: MathNode, options: object, right: boolean): string {
  const inner = node.type === "ParenthesisNode" ? (argsOf(node)[0] ?? node) : node;
  const operators = right ? ["add", "subtract", "unaryMinus"] : ["add", "subtract"];
  const sum = inner.type === "OperatorNode" && operators.includes(nameOf(inner));
  return sum ? String.raw`\left(${inner.toTex(options)}\right)` : inner.toTex(options);
}

/** Unicode text of an expression: `αₜ·x₀ + σₜ·ε = xₜ`. */
export function text(of: Expression | Equation): string {
  if ("left" in of) return `${text(of.left)} = ${text(of.right)}`;
  return textOf(of.tree, 0);
}

const precedence = { add: 1, subtract: 1, multiply: 2, divide: 2 } as const;
const signs = { add: " + ", subtract: " − ", multiply: "·", divide: "/" } as const;

function textOf(tree: Tree, outer: number): string {
  switch (tree.kind) {
    case "constant":
      return tree.text;
    case "pi":
      return "π";
    case "symbol":
      return textOfSymbol(tree.name);
    case "call":
      return `${tree.name}(${tree.args.map((arg) => textOf(arg, 0)).join(", ")})`;
    case "negate":
      return wrapped(`−${textOf(tree.a, 2)}`, outer > 1);
    case "power":
      return `${textOf(tree.a, 4)}${powerText(tree.b)}`;
    default: {
      const own = precedence[tree.kind];
      const sign = signs[tree.kind];
      const right = tree.kind === "subtract" || tree.kind === "divide" ? own + 1 : own;
      return wrapped(`${textOf(tree.a, own)}${sign}${textOf(tree.b, right)}`, own < outer);
    }
  }
}

function powerText(exponent: Tree): string {
  const digits: Readonly<Record<string, string>> = { "2": "²", "3": "³", "4": "⁴" };
  const short = exponent.kind === "constant" ? digits[exponent.text] : undefined;
  return short ?? `^${textOf(exponent, 4)}`;
}

const wrapped = (inner: string, needed: boolean): string => (needed ? `(${inner})` : inner);
