/**
 * Ways to be wrong: changes to the textbook's methods, small enough to be written in the line of a control.
 */

import type { RawMethods } from "#properties/engine/property";
import type { Method } from "#properties/textbook/methods";
import { type Fields, isTensor, tensor } from "#spec/tensor";

export type Change = (right: RawMethods) => RawMethods;

/** A method by name. */
export function method(methods: RawMethods, name: string): Method {
  const found = methods[name];
  if (found === undefined) throw new Error(`the textbook has no method ${name}`);
  return found;
}

/** These methods as another textbook has them: the right formula for something else. */
export const borrowed =
  (from: RawMethods, ...names: readonly string[]): Change =>
  () =>
    Object.fromEntries(names.map((name) => [name, method(from, name)]));

/** The right answer to a changed question. */
export const asked =
  (name: string, change: (args: Fields, config: Fields) => Fields): Change =>
  (right) => ({ [name]: (args, config) => method(right, name)({ ...args, ...change(args, config) }, config) });

/** A changed answer to the right question. */
export const answered =
  (name: string, change: (answer: Fields, args: Fields, config: Fields) => Fields): Change =>
  (right) => ({
    [name]: (args, config) => {
      const answer = method(right, name)(args, config);
      return { ...answer, ...change(answer, args, config) };
    },
  });

/** One field of an answer, changed element by element. Numbers count as one element. */
export const elementwise = (name: string, field: string, f: (x: number, index: number, args: Fields) => number): Change =>
  answered(name, (answer, args) => {
    const value = answer[field];
    if (typeof value === "number") return { [field]: f(value, 0, args) };
    if (!isTensor(value)) throw new Error(`the answer of ${name} has no numbers in ${field}`);
    return {
      [field]: tensor(
        value.data.map((x, k) => f(x, k, args)),
        value.shape,
        value.dtype,
      ),
    };
  });

/** Several changes, each made to what the others left. */
export const both =
  (...changes: readonly Change[]): Change =>
  (right) => {
    let made: RawMethods = {};
    for (const change of changes) made = { ...made, ...change({ ...right, ...made }) };
    return made;
  };
