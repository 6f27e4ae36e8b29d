/**
 * # Asking
 *
 * A law is a conversation: its claim yields calls and is resumed with answers. It never knows who answers. The engine advances
 * many claims in lock step and turns what they ask at the same moment into one batch.
 */
import type { Fields, Value } from "#spec/tensor";

/**
 * How the subject's own code is run: promoted to binary64, the same with every single call intercepted (slow, and sure to miss
 * nothing), or as it is on inputs of a format. `f32-flushing` and `f32-wgsl` are binary32 on devices that do less than IEEE 754 asks.
 */
export type Arithmetic = "promoted" | "intercepted" | "f32" | "f32-flushing" | "f32-wgsl" | "f64" | "f16" | "bf16";

export interface Call {
  readonly method: string;
  readonly args: { readonly [key: string]: Value };
  readonly arithmetic?: Arithmetic;
  /** Options that this call changes, beside the configuration of the case. */
  readonly override?: Fields;
  /** Never answered from memory, on either side of the bridge. */
  readonly fresh?: boolean;
  /** A refusal or an exception is wanted as an answer: `{ failure: { kind, type, message } }`. */
  readonly attempt?: boolean;
}

export type Ask<T> = Generator<Call, T, Fields>;

/** Asks one call. */
export function* ask(call: Call): Ask<Fields> {
  return yield call;
}

/** How a subject failed to answer an attempted call. */
export interface Failure {
  readonly kind: "refused" | "raised" | "absent";
  readonly type: string;
  readonly message: string;
}

/** The failure in the answer to an attempted call; undefined where it was answered. */
export function failureOf(answer: Fields): Failure | undefined {
  const failure = answer["failure"];
  return failure === undefined ? undefined : (failure as unknown as Failure);
}

/** The usual call is spelled out: a copy of unknown fields costs more than all the rest of an attempt. */
function attempting(call: Call): Call {
  const { method, args, arithmetic, override, fresh } = call;
  if (arithmetic === undefined && override === undefined && fresh === undefined) return { method, args, attempt: true };
  return { ...call, attempt: true };
}

/** What a port method answers, or null where the subject has no such method or refuses these arguments. */
export function* attempted<T>(asked: Ask<T>): Ask<T | null> {
  let step = asked.next();
  while (step.done !== true) {
    const answer = yield attempting(step.value);
    if (failureOf(answer) !== undefined) return null;
    step = asked.next(answer);
  }
  return step.value;
}

/** Two askings of which a subject may know one alone: null for the one it does not know. Where it knows neither, the second fails as it would by itself. */
export function* eitherOf<A, B>(first: Ask<A>, second: Ask<B>): Ask<readonly [A | null, B | null]> {
  const one = yield* attempted(first);
  return [one, one === null ? yield* second : yield* attempted(second)];
}
