/**
 * Ten thousand calls of every function on tokens, and as many of the large ones in pieces, leave as many tensors as there were.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { tokenFunctions } from "#impl/token-functions";

beforeAll(async () => {
  await startBackend("cpu");
});

const calls = 10_000;

test.each(Object.entries(tokenFunctions))("%s", (_, call) => {
  const before = tf.memory().numTensors;
  for (let k = 0; k < calls; k++) tf.dispose(call());
  expect(tf.memory().numTensors).toBe(before);
});
