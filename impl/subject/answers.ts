/**
 * From fields to tensors and back. A builtin method answers tables, which are doubles as its users get them, or tensors of tfjs.
 */
import * as tf from "@tensorflow/tfjs-core";
import { SpecError } from "#spec/error";
import type { Oracle } from "#spec/oracle";
import { type Fields, isTensor, type Tensor, tensor, type Value, vector } from "#spec/tensor";

/** A `constant` is the same for every question to one configuration. `table` functions of levels and options are computed on the host, in doubles whatever is asked; `tensor` ones are tfjs's, in binary32. */
export type Method =
  | { readonly kind: "constant"; readonly answer: () => Fields }
  | { readonly kind: "table"; readonly answer: (args: Fields) => Tables }
  | { readonly kind: "tensor"; readonly answer: (args: Fields) => Readonly<Record<string, Value | tf.Tensor>> };

/** Fields whose arrays are doubles. */
export type Tables = Readonly<Record<string, Value | Float64Array>>;

export type Methods = Readonly<Record<string, Method>>;

/** Made when first asked for, then handed out again. */
export function constant(make: () => Tables): Method {
  let made: Fields | undefined;
  return { kind: "constant", answer: () => (made ??= fieldsOf(make(), asValue)) };
}

export const table = (answer: Extract<Method, { kind: "table" }>["answer"]): Method => ({ kind: "table", answer });
export const computed = (answer: Extract<Method, { kind: "tensor" }>["answer"]): Method => ({ kind: "tensor", answer });

/** The method's answer: tables as the doubles that they are, tensors read out. Nothing stays allocated. */
export function answerOf(method: Method, args: Fields): Fields {
  if (method.kind === "constant") return method.answer();
  if (method.kind === "table") return fieldsOf(method.answer(args), asValue);
  return scoped(() => fieldsOf(method.answer(args), fromTensor));
}

/** The same for backends whose tensors cannot be read without waiting. Nothing stays allocated. */
export async function answerLater(method: Method, args: Fields): Promise<Fields> {
  if (method.kind !== "tensor") return answerOf(method, args);
  const made = tf.tidy(() => method.answer(args) as tf.TensorContainerObject) as Readonly<Record<string, Value | tf.Tensor>>;
  try {
    const fields: [string, Value][] = [];
    for (const [name, value] of Object.entries(made))
      fields.push([name, value instanceof tf.Tensor ? tensor(Float64Array.from(await value.data()), value.shape, "f32") : value]);
    return Object.fromEntries(fields);
  } finally {
    tf.dispose(made as tf.TensorContainer);
  }
}

/** As `tf.tidy`, for bodies that return no tensor. */
function scoped<T>(body: () => T): T {
  const engine = tf.engine();
  engine.startScope();
  try {
    return body();
  } finally {
    engine.endScope();
  }
}

function fieldsOf<T>(answer: Readonly<Record<string, T>>, write: (value: T) => Value): Fields {
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, write(value)]));
}

const asValue = (value: Value | Float64Array): Value => (value instanceof Float64Array ? tensor(value) : value);

function fromTensor(value: Value | tf.Tensor): Value {
  return value instanceof tf.Tensor ? tensor(Float64Array.from(value.dataSync()), value.shape, "f32") : value;
}

/** Field `name` as a binary32 tensor of the given shape; flat where none is given. */
export function tensorOf(args: Fields, name: string, shape?: readonly number[]): tf.Tensor {
  const values = Float32Array.from(vector(args, name));
  return tf.tensor(values, [...(shape ?? [values.length])], "float32");
}

/** Field `name` as text. Throws `malformed-answer`. */
export function word(args: Fields, name: string): string {
  const value = args[name];
  if (typeof value !== "string") throw new SpecError("malformed-answer", `${name}: expected a word, got ${JSON.stringify(value)}`);
  return value;
}

/** An oracle as it crossed the boundary. */
export function oracleOf(args: Fields): Oracle {
  const fields = (args["oracle"] ?? {}) as Fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isTensor(value) ? (value as Tensor).data : value]),
  ) as unknown as Oracle;
}
