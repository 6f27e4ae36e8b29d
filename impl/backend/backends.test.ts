/**
 * Every function on tokens, on every backend that is installed: the numbers of the cpu backend, and no tensor left behind. Those that
 * LAWBOOK_BACKENDS names must be installed; the others are skipped where they are not.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { startBackend } from "#impl/backend/backend";
import { byPieces } from "#impl/backend/chunks";
import { fingerprint } from "#impl/backend/fingerprint";
import { type BackendName, backendNames, located } from "#impl/backend/place";
import { tokenFunctions } from "#impl/token-functions";
import { cacheRoot } from "#subjects/environment";

const wanted = (process.env["LAWBOOK_BACKENDS"] ?? "").split(",");
const others = backendNames.filter((name) => name !== "cpu");
const missing = (name: BackendName): boolean => !wanted.includes(name) && located(name, cacheRoot()) === null;
/** Numbers of jumps are drawn on the host, which cannot wait for the rates. */
const hostOnly: ReadonlySet<string> = new Set(["tauLeap"]);

const flat = (result: tf.TensorContainer): readonly tf.Tensor[] =>
  result instanceof tf.Tensor ? [result] : Object.values(result as Readonly<Record<string, tf.TensorContainer>>).flatMap(flat);

async function valuesOf(result: tf.TensorContainer): Promise<readonly number[]> {
  const tensors = flat(result);
  const values = await Promise.all(tensors.map((x) => x.data()));
  tf.dispose(result);
  return values.flatMap((array) => Array.from(array));
}

async function numbers(name: BackendName): Promise<ReadonlyMap<string, readonly number[]>> {
  await tf.setBackend(name);
  const found = new Map<string, readonly number[]>();
  for (const [key, call] of Object.entries(tokenFunctions)) {
    if (name === "webgpu" && hostOnly.has(key)) continue;
    found.set(key, await valuesOf(call()));
  }
  return found;
}

describe.each(others)("%s", (name) => {
  const here = test.skipIf(missing(name));
  let expected: ReadonlyMap<string, readonly number[]>;
  beforeAll(async () => {
    if (missing(name)) return;
    await startBackend("cpu");
    expected = await numbers("cpu");
    await startBackend(name, cacheRoot());
  });

  here("computes what the cpu backend does", async () => {
    const got = await numbers(name);
    for (const [key, values] of got) {
      const right = expected.get(key) ?? [];
      expect(values.length, key).toBe(right.length);
      const off = values.map((x, k) => Math.abs(x - (right[k] ?? Number.NaN)) / Math.max(1, Math.abs(x)));
      // A hundred roundings of numbers of order one.
      expect(Math.max(...off), `${key}: ${values.join(" ")} and ${right.join(" ")}`).toBeLessThanOrEqual(100 * 2 ** -24);
    }
  });

  here("keeps no tensor", async () => {
    await tf.setBackend(name);
    for (const [key, call] of Object.entries(tokenFunctions)) {
      if (name === "webgpu" && hostOnly.has(key)) continue;
      const before = tf.memory().numTensors;
      for (let k = 0; k < 10; k++) tf.dispose(call());
      expect(tf.memory().numTensors, key).toBe(before);
    }
  });

  here("multiplies matrices in binary32, and repeats itself", async () => {
    await tf.setBackend(name);
    expect(await fingerprint()).toMatchObject({ productBits: 24, repeats: true });
  });
});

test.skipIf(missing("tensorflow"))("large tensors go through TensorFlow in pieces, and come out whole", async () => {
  await startBackend("tensorflow", cacheRoot());
  const before = tf.memory().numTensors;
  const [rows, width] = [40, 2 ** 20];
  const seen: number[] = [];
  const sums = tf.tidy(() => {
    const x = tf.add(tf.zeros([rows, width]), tf.expandDims(tf.range(0, rows), 1));
    return byPieces([x, tf.range(0, rows)], (part, at) => {
      seen.push(part.shape[0] ?? 0);
      return tf.add(tf.max(part, 1), at);
    });
  });
  expect(seen.length).toBeGreaterThan(1);
  expect(Array.from(sums.dataSync())).toEqual(Array.from({ length: rows }, (_, k) => 2 * k));
  sums.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
