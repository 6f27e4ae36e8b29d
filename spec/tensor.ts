/**
 * # Tensors
 *
 * What crosses the boundary to a subject: a flat typed array with a shape and the name of its element type. Laws work on
 * `Float64Array`s; shapes are checked once, where an answer arrives.
 */
import { SpecError } from "#spec/error";

export type Dtype = "f16" | "bf16" | "f32" | "f64" | "i32" | "i64" | "u8" | "bool";

/** Elements as doubles, in C order. `dtype` says what they were at the subject; every f16…f64 and i32 is a double exactly. */
export interface Tensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export type Scalar = number | string | boolean | null;
export type Value = Scalar | Tensor | readonly Value[] | { readonly [key: string]: Value };
export type Fields = { readonly [key: string]: Value };

export function tensor(data: Float64Array, shape: readonly number[] = [data.length], dtype: Dtype = "f64"): Tensor {
  return { dtype, shape, data };
}

export function isTensor(value: Value | undefined): value is Tensor {
  return typeof value === "object" && value !== null && "dtype" in value && "data" in value && "shape" in value;
}

/** An answer that is no answer: wrong shape, missing field, wrong type. The engine turns it into a verdict. */
export function malformed(where: string, expected: string, got: unknown): SpecError {
  return new SpecError("malformed-answer", `${where}: expected ${expected}, got ${describe(got)}`);
}

function describe(got: unknown): string {
  if (typeof got === "object" && got !== null && "shape" in got && "dtype" in got) return `${String(got.dtype)}[${String(got.shape)}]`;
  const text = JSON.stringify(got);
  return text === undefined ? "nothing" : text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** Field `name` as a vector; of `length` elements where that is given. A number counts as one element. */
export function vector(fields: Fields, name: string, length?: number): Float64Array {
  const value = fields[name];
  const data = typeof value === "number" ? Float64Array.of(value) : isTensor(value) ? value.data : undefined;
  if (data === undefined) throw malformed(name, "a tensor", value);
  if (length !== undefined && data.length !== length) throw malformed(name, `${length} elements`, isTensor(value) ? value : data.length);
  return data;
}

/** Field `name` as a number. */
export function number(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === "number") return value;
  if (isTensor(value) && value.data.length === 1) return value.data[0] ?? Number.NaN;
  throw malformed(name, "a number", value);
}

/** Field `name` as a record. */
export function record(fields: Fields, name: string): Fields {
  const value = fields[name];
  if (typeof value !== "object" || value === null || Array.isArray(value) || isTensor(value)) throw malformed(name, "a record", value);
  return value as Fields;
}

/** p·x + q·y, element by element. */
export function weighted(p: number, x: Float64Array, q: number, y: Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < out.length; i++) out[i] = p * (x[i] ?? 0) + q * (y[i] ?? 0);
  return out;
}

/** `x` repeated `times` times over: element i·length + j is x[j]. */
export function tiled(x: Float64Array, times: number): Float64Array {
  const out = new Float64Array(x.length * times);
  if (x.length === 1) return out.fill(x[0] ?? Number.NaN);
  for (let k = 0; k < times; k++) out.set(x, k * x.length);
  return out;
}

/** Each element of `x` written `times` times in a row: element i·times + j is x[i]. */
export function repeated(x: Float64Array, times: number): Float64Array {
  if (times === 1) return x.slice();
  const out = new Float64Array(x.length * times);
  for (let i = 0; i < x.length; i++) out.fill(x[i] ?? Number.NaN, i * times, (i + 1) * times);
  return out;
}

/** Element-wise f over vectors of one length; those of length 1 are broadcast. */
export function mapped(f: (...values: number[]) => number, ...vectors: readonly (Float64Array | number)[]): Float64Array {
  const [a, b] = vectors;
  // One and two vectors, which is what conventions are made of, without a list of arguments per element.
  if (vectors.length === 1 && a instanceof Float64Array) {
    const out = new Float64Array(a.length);
    for (let i = 0; i < a.length; i++) out[i] = f(a[i] ?? Number.NaN);
    return out;
  }
  if (vectors.length === 2 && a instanceof Float64Array && b instanceof Float64Array) {
    const out = new Float64Array(Math.max(a.length, b.length));
    for (let i = 0; i < out.length; i++) out[i] = f(a[a.length === 1 ? 0 : i] ?? Number.NaN, b[b.length === 1 ? 0 : i] ?? Number.NaN);
    return out;
  }
  const arrays = vectors.map((v) => (typeof v === "number" ? Float64Array.of(v) : v));
  const out = new Float64Array(Math.max(...arrays.map(({ length }) => length)));
  const at = new Array<number>(arrays.length);
  for (let i = 0; i < out.length; i++) {
    for (let k = 0; k < arrays.length; k++) at[k] = arrays[k]?.[arrays[k]?.length === 1 ? 0 : i] ?? Number.NaN;
    out[i] = f(...at);
  }
  return out;
}
