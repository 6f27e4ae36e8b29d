/**
 * From fields to tensors and back. A builtin method answers tables, which are doubles until they are stored, or tensors of tfjs.
 */
import * as tf from "@tensorflow/tfjs-core";
import { stored } from "#impl/linear";
import { SpecError } from "#spec/error";
import type { Oracle } from "#spec/oracle";
import { type Fields, type Tensor, type Value, isTensor, tensor, vector } from "#spec/tensor";

/** `table` functions of levels and options answer the same in every arithmetic, rounded to what is asked; `tensor` ones are tfjs's alone. */
export type Method =
  | { readonly kind: "table"; readonly answer: (args: Fields) => Readonly<Record<string, Value | Float64Array>> }
  | { readonly kind: "tensor"; readonly answer: (args: Fields) => Readonly<Record<string, Value | tf.Tensor>> };

export type Methods = Readonly<Record<string, Method>>;

export const table = (answer: Extract<Method, { kind: "table" }>["answer"]): Method => ({ kind: "table", answer });
export const computed = (answer: Extract<Method, { kind: "tensor" }>["answer"]): Method => ({ kind: "tensor", answer });

/** The method's answer. Tables pass through a binary32 tensor unless doubles are asked for; nothing stays allocated. */
export function answerOf(method: Method, args: Fields, doubles: boolean): Fields {
  return scoped(() => {
    if (method.kind === "tensor") return fieldsOf(method.answer(args), fromTensor);
    return fieldsOf(method.answer(args), (value) =>
      value instanceof Float64Array ? (doubles ? tensor(value) : fromTensor(stored(value))) : value,
    );
  });
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
