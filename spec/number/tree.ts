/**
 * # Expression trees
 *
 * What the rest of the number layer sees of a mathjs expression: constants as decimal text (0.1 is one tenth, not the nearest
 * double), symbols, four operations, powers, and the functions of `functions.ts`.
 */
import type { FunctionName } from "#spec/number/functions";

export type Tree =
  | { readonly kind: "constant"; readonly text: string; readonly value: number; readonly exact: boolean }
  | { readonly kind: "pi" }
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "negate"; readonly a: Tree }
  | { readonly kind: "add" | "subtract" | "multiply" | "divide" | "power"; readonly a: Tree; readonly b: Tree }
  | { readonly kind: "call"; readonly name: FunctionName; readonly args: readonly Tree[] };

/** Names of the symbols of a tree, each once, in order of appearance. */
export function symbolsOf(tree: Tree, seen: Set<string> = new Set()): Set<string> {
  switch (tree.kind) {
    case "constant":
    case "pi":
      return seen;
    case "symbol":
      return seen.add(tree.name);
    case "negate":
      return symbolsOf(tree.a, seen);
    case "call":
      for (const arg of tree.args) symbolsOf(arg, seen);
      return seen;
    default:
      symbolsOf(tree.a, seen);
      return symbolsOf(tree.b, seen);
  }
}

/** The terms of a sum, signs folded in: `a - b*c` is [a, −(b·c)]. A product counts as one term. */
export function termsOf(tree: Tree): readonly Tree[] {
  if (tree.kind === "add") return [...termsOf(tree.a), ...termsOf(tree.b)];
  if (tree.kind === "subtract") return [...termsOf(tree.a), ...termsOf(tree.b).map(negate)];
  if (tree.kind === "negate") return termsOf(tree.a).map(negate);
  return [tree];
}

export function negate(tree: Tree): Tree {
  return tree.kind === "negate" ? tree.a : { kind: "negate", a: tree };
}
