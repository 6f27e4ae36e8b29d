import { AbsentHere } from "#properties/engine/controls";
import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { closedForm } from "#properties/textbook/interpolating";
import {
  absorbingChain,
  absorbingProcess,
  gaussianChain,
  interpolated,
  linearTokenBetas,
  type Process,
  pointLaw,
  uniformChain,
  uniformProcess,
} from "#properties/textbook/process";
import { uniformVocabulary } from "#properties/textbook/vocabulary";
import { normalise } from "#spec/categorical/table";
import { tokenBatch } from "#spec/metamorphic/batch";
import { renamedKernels, renamedSteps } from "#spec/metamorphic/label-permutation";
import { tokenDraws } from "#spec/metamorphic/seed";
import { uniforms } from "#spec/stream";
import { type Fields, isTensor, number, tensor, type Value, vector } from "#spec/tensor";

const K = 5;
const betas = linearTokenBetas(20, 0.01, 0.02);
const kept = (process: Process, s: number | null, t: number): number =>
  (process.survival?.(t) ?? 1) / (s === null ? 1 : (process.survival?.(s) ?? 1));
const base = (): Process => uniformChain(K, betas);

const drawing = (process: Process, law: Float64Array): RawMethods =>
  discreteBook({ process: { ...process, transition: (s, t) => interpolated(kept(process, s, t), law) } });

const tilted = (share: number): Float64Array => normalise(Float64Array.from({ length: K }, (_, k) => 1 + (k === 0 ? share : 0)));

export const renamedKernelsProperty: Property = property(renamedKernels, {
  accepts: [
    { name: "uniform", methods: () => discreteBook({ process: base() }) },
    { name: "absorbing", methods: () => discreteBook({ process: absorbingChain() }) },
    { name: "discretised Gaussian", methods: () => discreteBook({ process: gaussianChain() }) },
    { name: "closed form", methods: () => closedForm({ process: absorbingProcess() }) },
    { name: "1,009 tokens", methods: () => closedForm({ process: uniformVocabulary() }) },
  ],
  rejects: [
    {
      name: "mask at the end",
      because: "the last state absorbs, wherever the mask is said to be",
      plausible: false,
      methods: () => drawing(absorbingChain(K, 2), pointLaw(K, K - 1)),
    },
    {
      name: "vocabulary one too short",
      because: "the last token is never drawn anew",
      plausible: false,
      methods: () => drawing(base(), normalise(tilted(0).map((p, k) => (k === K - 1 ? 0 : p)))),
    },
    {
      name: "first token twice",
      because: "the padding token is counted among the tokens under another number",
      plausible: true,
      methods: () => drawing(base(), tilted(0.05)),
    },
    {
      name: "neighbours preferred",
      because: "a hundredth of what is drawn anew goes to the next token, as if tokens had an order",
      plausible: true,
      methods: () =>
        discreteBook({
          process: {
            ...base(),
            transition: (s, t) => {
              const a = kept(base(), s, t);
              return interpolated(a, tilted(0)).map(
                (p, k) => p + (k % K === (Math.floor(k / K) + 1) % K && k % K !== 0 ? 0.01 * (1 - a) : 0),
              );
            },
          },
        }),
    },
  ],
});

type Change = (law: Float64Array, xt: Float64Array) => Float64Array;

/** Steps whose laws are changed together. */
const stepping = (change: Change, declares: Readonly<Record<string, Value>> = {}): RawMethods =>
  discreteBook({ process: base(), predicts: "leave-one-out", declares }, (right) => ({
    steplaw: (args: Fields) => ({ law: tensor(change(vector(right["steplaw"]?.(args, {}) ?? {}, "law"), vector(args, "xt"))) }),
  }));

const right = (process: Process, reverse: "plug-in" | "mixture" = "plug-in"): RawMethods =>
  discreteBook({ process, reverse, predicts: reverse === "plug-in" ? "leave-one-out" : "posterior" });

const perRow = (law: Float64Array, change: (row: Float64Array, i: number) => Float64Array): Float64Array => {
  const out = new Float64Array(law.length);
  for (let i = 0; i < law.length / K; i++) out.set(change(law.slice(i * K, (i + 1) * K), i), i * K);
  return out;
};

export const renamedStepsProperty: Property = property(renamedSteps, {
  accepts: [
    { name: "uniform", methods: () => right(base()) },
    { name: "absorbing", methods: () => right(absorbingChain()) },
    { name: "mixture", methods: () => right(uniformProcess(), "mixture") },
    { name: "discretised Gaussian", methods: () => right(gaussianChain()) },
  ],
  rejects: [
    {
      name: "ties to the first token",
      because: "10⁻³ of every law goes to token 0, the value that padding has",
      plausible: true,
      methods: () => stepping((law) => perRow(law, (row) => row.map((p, k) => 0.999 * p + (k === 0 ? 0.001 : 0)))),
    },
    {
      name: "last token forgotten",
      because: "the law is cut to the vocabulary without its last token, and normalised",
      plausible: false,
      methods: () => stepping((law) => perRow(law, (row) => normalise(row.map((p, k) => (k === K - 1 ? 0 : p))))),
    },
    {
      name: "weights by rank",
      because: "a nucleus leaves out the first token where probabilities are small, and not the others",
      plausible: true,
      methods: () => stepping((law) => perRow(law, (row) => normalise(row.map((p, k) => (k === 0 && p < 0.2 ? 0.9 * p : p))))),
    },
  ],
});

export const tokenBatchProperty: Property = property(tokenBatch, {
  accepts: [
    { name: "uniform", methods: () => right(base()) },
    { name: "absorbing", methods: () => right(absorbingChain()) },
    { name: "mixture", methods: () => right(uniformProcess(), "mixture") },
    { name: "closed form", methods: () => closedForm({ process: uniformProcess() }) },
  ],
  rejects: [
    {
      name: "normalised over the batch",
      because: "one sum divides the laws of all tokens",
      plausible: false,
      methods: () => stepping((law) => normalise(law.slice())),
    },
    {
      name: "likelihood of the first token",
      because: "every token is weighed as if it were the first of the batch",
      plausible: false,
      methods: () => stepping((law, xt) => perRow(law, (row) => normalise(row.map((p, k) => (k === xt[0] ? 2 * p : p))))),
    },
    {
      name: "tokens beside tokens",
      because: "a hundredth of each token's law is that of the token before it in the batch",
      plausible: true,
      methods: () =>
        stepping((law) => perRow(law, (row, i) => row.map((p, k) => 0.99 * p + 0.01 * (law[Math.max(0, i - 1) * K + k] ?? 0)))),
    },
    {
      name: "mean of the batch",
      because: "the law is drawn by a thousandth towards the mean over the batch",
      plausible: true,
      methods: () =>
        stepping((law) => {
          const n = law.length / K;
          const mean = new Float64Array(K);
          law.forEach((p, k) => {
            mean[k % K] = (mean[k % K] ?? 0) + p / n;
          });
          return law.map((p, k) => 0.999 * p + 0.001 * (mean[k % K] ?? 0));
        }),
    },
    {
      name: "rows and states exchanged",
      because: "with as many tokens as states a vector over tokens is added along the states",
      plausible: true,
      methods: () => stepping((law, xt) => (xt.length === K ? law.map((p, k) => p * (1 + 0.01 * (xt[k % K] ?? 0))) : law)),
    },
  ],
});

/** Draws by the inverse of the distribution function, from uniforms that may be put wrong. */
const drawingWith = (source: () => (stream: number, count: number) => Float64Array): RawMethods => {
  const from = source();
  return discreteBook({}, () => ({
    draw: (args) => {
      const [law, count] = [isTensor(args["law"]) ? args["law"].data : new Float64Array(0), number(args, "count")];
      const { number: stream } = args["draws"] as { readonly number: number };
      const states = from(stream, count).map((w) => {
        let [k, sum] = [0, law[0] ?? 0];
        while (w >= sum && k < law.length - 1) {
          k += 1;
          sum += law[k] ?? 0;
        }
        return k;
      });
      return { states: tensor(states) };
    },
  }));
};

/** Nothing but runs, whose last step draws nothing. */
const likeliestLast = (): RawMethods =>
  discreteBook({ process: uniformProcess() }, (right) => ({
    draw: () => {
      throw new AbsentHere("no draw from one law");
    },
    runs: (args) =>
      number(args, "steps") > 1 ? (right["runs"]?.(args, {}) ?? {}) : { states: tensor(new Float64Array(number(args, "count"))) },
  }));

const fed = (stream: number, count: number): Float64Array => uniforms(stream, 0, count);

export const tokenDrawsProperty: Property = property(tokenDraws, {
  accepts: [
    { name: "stream", methods: () => drawingWith(() => fed) },
    { name: "another draw of the stream", methods: () => drawingWith(() => (stream, count) => uniforms(stream, 5, count)) },
    { name: "runs alone, the likeliest token last", methods: likeliestLast },
  ],
  rejects: [
    {
      name: "stream ignored",
      because: "draws come from a seed of the sampler's own",
      plausible: false,
      methods: () => drawingWith(() => (_, count) => uniforms(7, 0, count)),
    },
    {
      name: "one draw left over",
      because: "the first draw comes from a generator that goes on between calls",
      plausible: true,
      methods: () =>
        drawingWith(() => {
          let calls = 0;
          return (stream, count) => {
            calls += 1;
            return fed(stream, count).map((w, i) => (i === 0 ? (w + 0.2 * (calls % 2)) % 1 : w));
          };
        }),
    },
    {
      name: "last draw from elsewhere",
      because: "the last token of a batch is drawn by the global generator",
      plausible: true,
      methods: () =>
        drawingWith(() => {
          let calls = 0;
          return (stream, count) => {
            calls += 1;
            return fed(stream, count).map((w, i) => (i === count - 1 ? (w + 0.2 * (calls % 3)) % 1 : w));
          };
        }),
    },
  ],
});
