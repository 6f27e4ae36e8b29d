/**
 * # Laying out text
 *
 * Wrapping to a width and numbers that read well. Widths count characters, not bytes; combining accents take no room.
 */

import type pico from "picocolors";

export type Paint = ReturnType<typeof pico.createColors>;

/** The width that reports are made for. */
export const pageWidth = 100;

export function widthOf(text: string): number {
  let width = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences and take no room
  for (const char of text.replaceAll(/\u001b\[[0-9;]*m/g, "")) if (!/\p{M}/u.test(char)) width += 1;
  return width;
}

/** Lines of at most `width`, broken at spaces; a word that is longer stays whole, because tokens and paths are copied. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** `label` in a column of its own, text wrapped beside it. */
export function field(label: string, text: string, indent = 2, column = 11): string {
  const lead = " ".repeat(indent) + label.padEnd(column);
  const rest = " ".repeat(indent + column);
  return wrap(text, pageWidth - indent - column)
    .map((line, k) => (k === 0 ? lead : rest) + line)
    .join("\n");
}

/** Enough digits to tell values apart, no more than a double has. */
export function numeral(x: number | null, digits = 9): string {
  if (x === null) return "nothing";
  if (!Number.isFinite(x) || Object.is(x, -0)) return Object.is(x, -0) ? "−0" : String(x).replace("-", "−");
  return String(Number(x.toPrecision(digits))).replaceAll("-", "−");
}

/** Two values with as many digits as it takes to see the difference. */
export function apart(a: number | null, b: number | null): readonly [string, string] {
  for (const digits of [7, 9, 12, 15]) if (numeral(a, digits) !== numeral(b, digits)) return [numeral(a, digits), numeral(b, digits)];
  return [numeral(a, 17), numeral(b, 17)];
}

/** Three digits at most: for magnitudes that only their size matters of. */
export const rough = (x: number): string => numeral(x, x >= 1000 || x < 0.01 ? 2 : 3);

export const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** The first few of a list, and how many more there are. */
export function some(items: readonly string[], most: number): string {
  return items.length <= most ? items.join(", ") : `${items.slice(0, most - 1).join(", ")} and ${items.length - most + 1} more`;
}

/** `name=value, …`, as a counterexample reads. */
export function optionsText(options: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(options).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return parts.length === 0 ? "all options at their defaults" : `${parts.join(", ")} (all else default)`;
}
