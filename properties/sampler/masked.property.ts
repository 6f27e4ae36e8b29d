import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { absorbingProcess, type Process, type TokenClock } from "#properties/textbook/process";
import { maskedPair } from "#spec/sampler/masked";
import { number, tensor, vector } from "#spec/tensor";

const K = 3;
/** a = 1 − (1 − 2⁻¹⁰)t: tokens are unmasked in equal shares. */
const even: TokenClock = {
  rate: (t) => (1 - 2 ** -10) / (1 - (1 - 2 ** -10) * t),
  total: (t) => -Math.log1p(-(1 - 2 ** -10) * t),
};
const base = (): Process => absorbingProcess(K, 1, even);

const book = (process: Process, reverse: "plug-in" | "mixture" = "plug-in"): RawMethods => discreteBook({ process, reverse });

/** Runs in which the chance that both tokens are unmasked in one step is another. */
const together = (chance: (steps: number) => number, after: (p: number, k: number) => number = (p) => p): RawMethods =>
  discreteBook({ process: base() }, () => ({
    runlaw: (args) => {
      const [table, c] = [vector(args, "table"), chance(number(args, "steps"))];
      const [left, right] = [new Float64Array(K), new Float64Array(K)];
      table.forEach((p, k) => {
        left[Math.floor(k / K)] = (left[Math.floor(k / K)] ?? 0) + p;
        right[k % K] = (right[k % K] ?? 0) + p;
      });
      return { law: tensor(table.map((p, k) => after((1 - c) * p + c * (left[Math.floor(k / K)] ?? 0) * (right[k % K] ?? 0), k))) };
    },
  }));

export const maskedPairProperty: Property = property(maskedPair, {
  accepts: [
    { name: "equal shares", methods: () => book(base()) },
    { name: "closed form", methods: () => together((n) => 1 / n) },
    {
      name: "roundings of 1 left at the mask",
      methods: () =>
        together(
          (n) => 1 / n,
          (p, k) => (k === 1 || k === 4 ? 2 ** -50 : p),
        ),
    },
    { name: "another schedule", methods: () => book(absorbingProcess(K, 0)) },
    { name: "mixture", methods: () => book(base(), "mixture") },
    { name: "leave-one-out", methods: () => discreteBook({ process: base(), predicts: "leave-one-out" }) },
    { name: "four states", methods: () => book(absorbingProcess(4, 3)) },
  ],
  rejects: [
    {
      name: "argsort taken for a rank",
      because: "which tokens are unmasked is read from one argsort: the same positions come first, and never two at once",
      precedent: "LR-17",
      plausible: false,
      methods: () => together((n) => (n === 1 ? 1 : 0)),
    },
    {
      name: "ties unmasked together",
      because: "all tokens at least as confident as the k-th are unmasked, and equal ones go at once",
      precedent: "DD-17",
      plausible: false,
      methods: () => together(() => 1),
    },
    {
      name: "one step fewer",
      because: "the grid lacks its first time, and two tokens meet in n − 1 steps",
      plausible: false,
      methods: () => together((n) => 1 / Math.max(1, n - 1 / 2)),
    },
    {
      name: "grid that drifts",
      because: "times are t − dt from a dt that was rounded, and the last step is a fifth too long",
      plausible: true,
      methods: () => together((n) => (n === 1 ? 1 : (1.2 / n) ** 2 + (1 - 1.2 / n) ** 2 / (n - 1))),
    },
    {
      name: "tokens drawn again",
      because: "one token in fifty that is not masked is drawn again, as if the other did not exist",
      plausible: true,
      methods: () => together((n) => (n === 1 ? 1 : 1 / n + 0.02 * (1 - 1 / n))),
    },
    {
      name: "mask left in the end",
      because: "one run in a thousand ends with a mask",
      plausible: true,
      methods: () =>
        together(
          (n) => 1 / n,
          (p, k) => (k === 4 ? 0.001 : 0.999 * p),
        ),
    },
  ],
});
