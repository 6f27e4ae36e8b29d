/**
 * # LaTeX as Unicode text
 *
 * Formulas on a terminal: `\alpha_t\,x_0` reads αₜ x₀. It knows the commands that laws use; a command that it does not know is
 * shown by its name, so that nothing is lost.
 */
import { accents, blackboard, commands, type Mark, subscripts, superscripts } from "#cli/tex-symbols";

export function textOfTex(tex: string): string {
  const reader = { tex, at: 0 };
  const text = sequence(reader, null);
  return text
    .replaceAll(/ *([=≤≥⇒⇔≠≷∈]) */g, " $1 ")
    .replaceAll(/(?<=[^\s(,=≤≥⇒∈|]) *([+−]) *(?=\S)/g, " $1 ")
    .replaceAll(/ +([,;:)])/g, "$1")
    .replaceAll(/ {2,}/g, (spaces) => (spaces.length > 3 ? "   " : " "))
    .trim();
}

interface Reader {
  readonly tex: string;
  at: number;
}

/** Text up to a closing brace, or to the end. */
function sequence(reader: Reader, close: "}" | null): string {
  let text = "";
  while (reader.at < reader.tex.length) {
    const char = reader.tex[reader.at] ?? "";
    if (char === close) {
      reader.at += 1;
      return text;
    }
    text += part(reader, text);
  }
  return text;
}

/** The next piece. `before` is the text so far: scripts attach to it. */
function part(reader: Reader, before: string): string {
  const char = reader.tex[reader.at] ?? "";
  if (char === "_" || char === "^") {
    reader.at += 1;
    return script(argument(reader), char);
  }
  if (char === "'") {
    reader.at += 1;
    return "′";
  }
  if (char === "&") {
    reader.at += 1;
    return ", ";
  }
  if (char === "-") {
    reader.at += 1;
    return "−";
  }
  if (char === "{") return argument(reader);
  if (char !== "\\") {
    reader.at += 1;
    return char;
  }
  return command(reader, before);
}

function command(reader: Reader, before: string): string {
  const name = /^\\([A-Za-z]+|.)/.exec(reader.tex.slice(reader.at))?.[1] ?? "";
  reader.at += 1 + name.length;
  if (/^[A-Za-z]/.test(name)) while (reader.tex[reader.at] === " ") reader.at += 1;
  switch (name) {
    case "frac":
    case "tfrac": {
      const [above, below] = [argument(reader), argument(reader)];
      return `${grouped(above)}/${grouped(below)}`;
    }
    case "sqrt":
      return `√${grouped(argument(reader))}`;
    case "text":
    case "mathrm":
    case "operatorname":
      return spaced(literal(reader), before);
    case "mathbb":
    case "mathcal":
      return letterOf(argument(reader));
    case "mathbf":
      return argument(reader);
    // A matrix on one line: entries by commas, rows by semicolons.
    case "begin":
      argument(reader);
      return "(";
    case "end":
      argument(reader);
      return ")";
    case "\\":
      return "; ";
    case "phantom":
      argument(reader);
      return "";
    case "binom":
      return `C(${argument(reader)}, ${argument(reader)})`;
    case "left":
    case "right":
    case "big":
    case "bigl":
    case "bigr":
    case "Bigl":
    case "Bigr":
    case "textstyle":
      return "";
    default: {
      const accent: Mark | undefined = accents[name];
      if (accent !== undefined) return accented(argument(reader), accent);
      const known = commands[name];
      return known === undefined ? spaced(name, before) : /^[a-z]/.test(known) ? spaced(known, before) : known;
    }
  }
}

/** A letter in its own face, where Unicode has one at hand. */
const letterOf = (letter: string): string => blackboard[letter] ?? letter;

/** Words keep a distance from letters before them. */
const spaced = (word: string, before: string): string => (/[\p{L}\p{N})]$/u.test(before) && /^[\p{L}]{2}/u.test(word) ? ` ${word}` : word);

/** A braced group, or the next single piece. */
function argument(reader: Reader): string {
  while (reader.tex[reader.at] === " ") reader.at += 1;
  if (reader.tex[reader.at] !== "{") return part(reader, "");
  reader.at += 1;
  return sequence(reader, "}");
}

/** A group in words: spaces and signs as they stand; without braces, the next single piece. */
function literal(reader: Reader): string {
  if (reader.tex[reader.at] !== "{") return argument(reader);
  const closed = reader.tex.indexOf("}", reader.at);
  const end = closed < 0 ? reader.tex.length : closed;
  const text = reader.tex.slice(reader.at + 1, end);
  reader.at = end + 1;
  return text;
}

/** An index or exponent in small characters where all of them exist. */
function script(text: string, kind: "_" | "^"): string {
  const table = kind === "_" ? subscripts : superscripts;
  const bare = text.replaceAll(" ", "");
  // Words stay readable: c_skip, σ_min.
  if (kind === "_" && /^[a-z]{3,}$/.test(bare)) return `_${bare}`;
  const small = [...bare].map((char) => table[char]);
  if (small.every((char) => char !== undefined)) return small.join("");
  return [...bare].length === 1 || /^\([^()]*\)$/.test(bare) ? `${kind}${bare}` : `${kind}(${text.trim()})`;
}

function accented(text: string, accent: Mark): string {
  const [first = "", ...rest] = [...text];
  return accent.ready[first] === undefined ? `${first}${accent.combining}${rest.join("")}` : `${accent.ready[first]}${rest.join("")}`;
}

/** Parentheses around what a bar or a root would have held together. */
function grouped(text: string): string {
  const inner = text.trim();
  const atom = /^[\p{L}\p{M}\p{N}₀-₉²³⁴′_|]+$/u.test(inner) || /^\([^()]*\)$/.test(inner) || /^[\p{L}\p{M}\p{N}]+\([^()]*\)$/u.test(inner);
  return atom ? inner : `(${inner})`;
}
