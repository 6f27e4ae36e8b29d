/**
 * # When two questions are the same
 *
 * Identity is that of the exact bytes asked: answers are shared, and recordings found again, by it.
 */
import { isTensor, type Value } from "#spec/tensor";
import type { Question } from "#subjects/answerer";

/** An exact text for a question: equal texts, equal questions. Whether it is asked afresh does not matter. */
export function keyOf({ unit, config, method, args, arithmetic }: Question): string {
  return `${unit}|${method}|${arithmetic}|${configKey(config)}|${textOf(args)}`;
}

const configKeys = new WeakMap<object, string>();

function configKey(config: object): string {
  const known =
    configKeys.get(config) ??
    JSON.stringify(
      Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)),
      spelled,
    );
  configKeys.set(config, known);
  return known;
}

const spelled = (_: string, value: unknown): unknown => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);

const bytes = new WeakMap<Float64Array, string>();

function bytesOf(data: Float64Array): string {
  const known = bytes.get(data) ?? Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("latin1");
  bytes.set(data, known);
  return known;
}

function textOf(value: Value): string {
  if (value === null || typeof value !== "object") return typeof value === "number" && Object.is(value, -0) ? "-0" : String(value);
  if (isTensor(value)) return `<${value.dtype}${value.shape.join("x")}:${bytesOf(value.data)}>`;
  if (Array.isArray(value)) return `[${value.map(textOf).join(",")}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${textOf(item)}`)
    .join(",")}}`;
}
