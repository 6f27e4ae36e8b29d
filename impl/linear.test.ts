import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { combine, scaled, stored } from "#impl/linear";
import { SpecError } from "#spec/error";

beforeAll(async () => {
  await startBackend("cpu");
});

test("adds products, each rounded to binary32", () => {
  const value = combine("sum", ["x", 0.1, tf.tensor1d([1, 2])], ["y", -3, tf.tensor1d([4, 0.5])]);
  const f = Math.fround;
  expect([...value.dataSync()]).toEqual([f(f(f(0.1) * 1) - 12), f(f(f(0.1) * 2) - 1.5)]);
});

test("takes one coefficient per sample", () => {
  const value = combine("sum", ["x", Float64Array.of(2, 3), tf.ones([2, 2])]);
  expect([...value.dataSync()]).toEqual([2, 2, 3, 3]);
  expect([...scaled("one", Float64Array.of(4), tf.ones([2, 2])).dataSync()]).toEqual([4, 4, 4, 4]);
});

test("a coefficient 0 hides an infinity, and all zeros have a shape", () => {
  const x = tf.tensor2d([[Number.POSITIVE_INFINITY, 1]]);
  expect([...combine("sum", ["x", 0, x], ["y", 2, tf.ones([1, 2])]).dataSync()]).toEqual([2, 2]);
  const none = combine("sum", ["x", 0, x]);
  expect([none.shape, [...none.dataSync()]]).toEqual([
    [1, 2],
    [0, 0],
  ]);
});

test("the result is a tensor of its own", () => {
  const x = tf.tensor1d([1]);
  combine("copy", ["x", 1, x]).dispose();
  expect(x.isDisposed).toBe(false);
});

test("refuses other shapes and other numbers of samples, with a hint", () => {
  const wrong = (): tf.Tensor => combine("noised", ["x0", 1, tf.ones([2, 3])], ["eps", 1, tf.ones([2, 4])]);
  expect(wrong).toThrow("noised: expected eps of shape [2, 3] like x0, got [2, 4]");
  expect(() => scaled("noised", Float64Array.of(1, 2, 3), tf.ones([2, 3]))).toThrow(
    "noised: expected 1 or 2 levels for a tensor of shape [2, 3], got 3",
  );
  try {
    wrong();
  } catch (error) {
    expect(error).toBeInstanceOf(SpecError);
    expect(error).toMatchObject({ code: "shape-mismatch", hint: expect.stringContaining("batch first") });
  }
});

test("tables are rounded once", () => {
  expect([...stored(Float64Array.of(0.1, 1 / 3)).dataSync()]).toEqual([Math.fround(0.1), Math.fround(1 / 3)]);
});
