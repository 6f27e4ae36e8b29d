/**
 * What a server says of its subject, checked where it arrives: servers are written by anyone, in any language.
 */
import type { Arithmetic } from "#spec/ask";
import { SpecError } from "#spec/error";
import { type Fields, isTensor, type Value } from "#spec/tensor";
import type { Configuration, OptionSpec, OptionValue, SourcePlace, SubjectSpec, UnitSpec } from "#subjects/answerer";

/** The version of the protocol that this client speaks. */
export const protocolVersion = 1;

const known: Readonly<Record<Arithmetic, true>> = {
  promoted: true,
  intercepted: true,
  f32: true,
  "f32-flushing": true,
  "f32-wgsl": true,
  f64: true,
  f16: true,
  bf16: true,
};
const arithmetics = Object.keys(known) as readonly Arithmetic[];

/** Throws `protocol-broken` where the server speaks another version. */
export function checkHello(answer: Fields): void {
  const { protocol } = answer;
  if (protocol === protocolVersion) return;
  throw new SpecError(
    "protocol-broken",
    `hello: expected a server that speaks version ${protocolVersion} of the protocol, got ${shown(protocol)}`,
    {
      hint: "subjects/PROTOCOL.md describes the version; a newer lawbook may speak the server's",
    },
  );
}

/** Reads an answer to `describe`. Throws `protocol-broken` with the field at fault. */
export function specFrom(answer: Fields): SubjectSpec {
  const units = list(answer["units"], "units").map((unit, k) => unitFrom(fields(unit, `units[${k}]`), `units[${k}]`));
  const twice = units.find(({ name }, k) => units.findIndex((other) => other.name === name) !== k);
  if (twice !== undefined) throw wrong("units", "names that differ", twice.name);
  const { version } = answer;
  return {
    name: text(answer["name"], "name"),
    version: version === undefined || version === null ? null : text(version, "version"),
    runtime: runtimeFrom(answer["runtime"]),
    arithmetics:
      answer["arithmetics"] === undefined
        ? ["f64"]
        : list(answer["arithmetics"], "arithmetics").map((name, k) => oneOf(name, arithmetics, `arithmetics[${k}]`)),
    units,
  };
}

function unitFrom(raw: Fields, at: string): UnitSpec {
  const methods = list(raw["methods"], `${at}.methods`).map((name, k) => text(name, `${at}.methods[${k}]`));
  if (!methods.includes("facts")) throw wrong(`${at}.methods`, "a list with facts in it: nothing can be asked of a unit without", methods);
  return {
    name: text(raw["name"], `${at}.name`),
    methods,
    options: optional(raw["options"], `${at}.options`).map((option, k) =>
      optionFrom(fields(option, `${at}.options[${k}]`), `${at}.options[${k}]`),
    ),
    leftOut: strings(raw["leftOut"], `${at}.leftOut`),
    excluded: optional(raw["excluded"], `${at}.excluded`).map((item, k) => {
      const one = fields(item, `${at}.excluded[${k}]`);
      return {
        options: fields(one["options"], `${at}.excluded[${k}].options`) as Configuration,
        because: text(one["because"], `${at}.excluded[${k}].because`),
      };
    }),
    deviates: optional(raw["deviates"], `${at}.deviates`).map((item, k) => {
      const one = fields(item, `${at}.deviates[${k}]`);
      return { law: text(one["law"], `${at}.deviates[${k}].law`), because: text(one["because"], `${at}.deviates[${k}].because`) };
    }),
    notes: strings(raw["notes"], `${at}.notes`),
    source: sourceFrom(raw["source"], `${at}.source`),
  };
}

function optionFrom(raw: Fields, at: string): OptionSpec {
  const values = list(raw["values"], `${at}.values`);
  return {
    name: text(raw["name"], `${at}.name`),
    kind: oneOf(raw["kind"] ?? "choice", ["choice", "number", "integer"] as const, `${at}.kind`),
    stage: oneOf(raw["stage"] ?? "construct", ["construct", "setup", "step"] as const, `${at}.stage`),
    source: raw["source"] === undefined ? "adapter" : text(raw["source"], `${at}.source`),
    default: (raw["default"] ?? values[0] ?? null) as OptionValue,
    values: values as readonly OptionValue[],
    drawn: drawnFrom(raw["drawn"], `${at}.drawn`),
  };
}

function drawnFrom(raw: Value | undefined, at: string): OptionSpec["drawn"] {
  if (raw === undefined || raw === null) return null;
  const [low, high, scale] = list(raw, at);
  if (typeof low !== "number" || typeof high !== "number" || !(low <= high)) throw wrong(at, "[low, high, scale] with low ≤ high", raw);
  return [low, high, oneOf(scale, ["linear", "log"] as const, `${at}[2]`)];
}

function sourceFrom(raw: Value | undefined, at: string): SourcePlace | null {
  if (raw === undefined || raw === null) return null;
  const place = fields(raw, at);
  const [first, last] = list(place["lines"], `${at}.lines`);
  if (typeof first !== "number" || typeof last !== "number") throw wrong(`${at}.lines`, "first and last line", place["lines"]);
  return { file: text(place["file"], `${at}.file`), lines: [first, last], sha256: text(place["sha256"], `${at}.sha256`) };
}

function runtimeFrom(raw: Value | undefined): Readonly<Record<string, string>> {
  return raw === undefined ? {} : Object.fromEntries(Object.entries(fields(raw, "runtime")).map(([name, value]) => [name, String(value)]));
}

function list(value: Value | undefined, at: string): readonly Value[] {
  if (!Array.isArray(value)) throw wrong(at, "a list", value);
  return value;
}

const optional = (value: Value | undefined, at: string): readonly Value[] => (value === undefined ? [] : list(value, at));
const strings = (value: Value | undefined, at: string): readonly string[] =>
  optional(value, at).map((item, k) => text(item, `${at}[${k}]`));

function fields(value: Value | undefined, at: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isTensor(value)) throw wrong(at, "an object", value);
  return value as Fields;
}

function text(value: Value | undefined, at: string): string {
  if (typeof value !== "string") throw wrong(at, "a text", value);
  return value;
}

function oneOf<T extends string>(value: Value | undefined, allowed: readonly T[], at: string): T {
  const found = allowed.find((name) => name === value);
  if (found === undefined) throw wrong(at, `one of ${allowed.join(", ")}`, value);
  return found;
}

function wrong(at: string, expected: string, got: unknown): SpecError {
  return new SpecError("protocol-broken", `describe: ${at}: expected ${expected}, got ${shown(got)}`, {
    hint: "subjects/PROTOCOL.md lists the fields",
  });
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text === undefined ? "nothing" : text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
