import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { closedForm } from "#properties/textbook/interpolating";
import {
  absorbingChain,
  absorbingProcess,
  gaussianChain,
  gaussianStep,
  interpolated,
  linearTokenBetas,
  matrixChain,
  type Process,
  uniformChain,
  uniformLaw,
  uniformProcess,
} from "#properties/textbook/process";
import { exponential, similarityChain } from "#properties/textbook/similarity";
import { uniformVocabulary } from "#properties/textbook/vocabulary";
import { gaussianKernel, similarityKernel, stationaryLimit } from "#spec/categorical/q";
import { multiplied, normalise } from "#spec/categorical/table";
import { tensor, vector } from "#spec/tensor";

const betas = linearTokenBetas();
const kept = (): Process => uniformChain(5, linearTokenBetas(20, 0.01, 0.02));
const book = (process: Process): RawMethods => discreteBook({ process });

/** Kernels from data on all states, changed entry by entry. */
const changed = (process: Process, change: (p: number, x: number, y: number) => number): Process => ({
  ...process,
  transition: (s, t) => process.transition(s, t).map((p, k) => change(p, Math.floor(k / process.classes), k % process.classes)),
});

export const stationaryLimitProperty: Property = property(stationaryLimit, {
  accepts: [
    { name: "uniform", methods: () => book(kept()) },
    { name: "absorbing", methods: () => book(absorbingChain()) },
    { name: "absorbing, over time", methods: () => book(absorbingProcess()) },
    { name: "uniform, over time", methods: () => book(uniformProcess()) },
    { name: "discretised Gaussian", methods: () => book(gaussianChain()) },
    { name: "1,009 tokens", methods: () => closedForm({ process: uniformVocabulary() }) },
  ],
  rejects: [
    {
      name: "another prior",
      because: "runs begin from a law that counts the first state twice",
      plausible: false,
      methods: () => book({ ...kept(), stationary: normalise(uniformLaw(5).map((p, k) => (k === 0 ? 2 * p : p))) }),
    },
    {
      name: "mask drawn too",
      because: "tokens are drawn anew from all states, and the prior is drawn from all but one",
      plausible: true,
      methods: () => book({ ...kept(), transition: mixedTo(normalise(uniformLaw(5).map((p, k) => (k === 4 ? 0.98 * p : p)))) }),
    },
    {
      name: "survival of the step before",
      because: "the survival that is reported is that of one index earlier",
      plausible: true,
      methods: () => book({ ...kept(), survival: (t) => (t === 0 ? 1 : (kept().survival?.(t - 1) ?? 1)) }),
    },
    {
      name: "drift towards one state",
      because: "a thousandth of every state's mass goes to the first, which the prior does not know",
      plausible: true,
      methods: () => book(changed(kept(), (p, _, y) => 0.999 * p + (y === 0 ? 0.001 : 0))),
    },
  ],
});

function mixedTo(law: Float64Array): Process["transition"] {
  const { survival } = kept();
  return (s, t) => interpolated((survival?.(t) ?? 0) / (s === null ? 1 : (survival?.(s) ?? 0)), law);
}

/** A chain of one-step matrices with β reported beside them. */
const stepping = (
  K: number,
  step: (beta: number) => Float64Array,
  parameters: Process["parameters"] = {},
  betasOf = betas,
): RawMethods => ({
  ...book(matrixChain(Array.from(betasOf, step), K, "discretized-gaussian", parameters)),
  stepnoise: (args) => ({ beta: tensor(vector(args, "t").map((t) => betasOf[t] ?? Number.NaN)) }),
});

/** The one-step matrix with bells, their sum and what stays as one likes. */
const bells =
  (
    K: number,
    {
      bell = (n: number, beta: number): number => Math.exp((-4 * n * n) / ((K - 1) ** 2 * beta)),
      sum = (weight: (n: number) => number): number =>
        Array.from({ length: 2 * K - 1 }, (_, k) => weight(k - K + 1)).reduce((a, b) => a + b, 0),
      width = K - 1,
    },
  ) =>
  (beta: number): Float64Array => {
    const total = sum((n) => bell(n, beta));
    const out = Float64Array.from({ length: K * K }, (_, k) => {
      const n = Math.abs((k % K) - Math.floor(k / K));
      return n === 0 || n > width ? 0 : bell(n, beta) / total;
    });
    for (let x = 0; x < K; x++) out[x * K + x] = 1 - out.subarray(x * K, (x + 1) * K).reduce((a, b) => a + b, 0);
    return out;
  };

const banded = (K: number, width: number) =>
  bells(K, {
    width,
    sum: (weight) => Array.from({ length: 2 * width + 1 }, (_, k) => weight(k - width)).reduce((a, b) => a + b, 0),
  });

export const gaussianKernelProperty: Property = property(gaussianKernel, {
  accepts: [
    { name: "six states", methods: () => stepping(6, (beta) => gaussianStep(6, beta)) },
    { name: "256 states", methods: () => stepping(256, (beta) => gaussianStep(256, beta), {}, betas.slice(0, 3)) },
    { name: "two states", methods: () => stepping(2, (beta) => gaussianStep(2, beta)) },
    { name: "band of three", methods: () => stepping(12, banded(12, 3), { band: 3 }) },
    {
      name: "nearly none",
      methods: () =>
        stepping(
          6,
          (beta) => gaussianStep(6, beta),
          {},
          betas.map((b) => b / 100),
        ),
    },
    { name: "in binary32", methods: () => stepping(6, (beta) => gaussianStep(6, beta).map(Math.fround)) },
  ],
  rejects: [
    {
      name: "spacing that does not know K",
      because: "neighbours are 2/255 apart whatever the number of states",
      plausible: false,
      methods: () => stepping(6, bells(6, { bell: (n, beta) => Math.exp((-4 * n * n) / (255 ** 2 * beta)) })),
    },
    {
      name: "bells on one side",
      because: "the sum runs over 0 … K − 1 where it runs from −(K − 1)",
      plausible: false,
      methods: () => stepping(6, bells(6, { sum: (weight) => [0, 1, 2, 3, 4, 5].map(weight).reduce((a, b) => a + b, 0) })),
    },
    {
      name: "spacing of K",
      because: "states are K apart where K − 1 intervals lie between the first and the last",
      plausible: true,
      methods: () => stepping(6, bells(6, { bell: (n, beta) => Math.exp((-4 * n * n) / (25.5 * beta)) })),
    },
    {
      name: "diagonal by its own bell",
      because: "what stays is 1/sum, and the row is then divided by what it sums to",
      plausible: true,
      methods: () =>
        stepping(6, (beta) => {
          const out = gaussianStep(6, beta);
          for (let x = 0; x < 6; x++) out[x * 6 + x] = 0.99 * (out[x * 6 + x] ?? 0);
          for (let x = 0; x < 6; x++) normalise(out.subarray(x * 6, (x + 1) * 6));
          return out;
        }),
    },
    {
      name: "β of the step before",
      because: "the matrices are made from β one index early",
      plausible: true,
      methods: () => {
        const right = stepping(6, (beta) => gaussianStep(6, beta));
        return { ...right, ...transitionOf(stepping(6, (beta) => gaussianStep(6, beta - 0.28 / 19))) };
      },
    },
  ],
});

const transitionOf = ({ transition }: RawMethods): RawMethods => (transition === undefined ? {} : { transition });

export const similarityKernelProperty: Property = property(similarityKernel, {
  accepts: [
    { name: "two neighbours", methods: () => book(similarityChain()) },
    { name: "all neighbours", methods: () => book(similarityChain({ neighbours: 5 })) },
    { name: "two states", methods: () => book(similarityChain({ classes: 2, neighbours: 1 })) },
    {
      name: "several tokens at one place",
      methods: () => book(similarityChain({ places: (K) => Float64Array.from({ length: K }, (_, x) => x % 3) })),
    },
    {
      name: "a graph in two parts",
      methods: () => book(similarityChain({ places: (K) => Float64Array.from({ length: K }, (_, x) => x * x * (x > 3 ? 9 : 1)) })),
    },
    { name: "Sinkhorn's scaling", methods: () => book(similarityChain({ sinkhorn: { sweeps: 200, columns: 0 } })) },
    { name: "Sinkhorn's scaling, not to the end", methods: () => book(similarityChain({ sinkhorn: { sweeps: 1, columns: 0.05 } })) },
    {
      name: "Sinkhorn's scaling of a directed graph",
      methods: () => book(similarityChain({ symmetry: 0.5, sinkhorn: { sweeps: 400, columns: 0 } })),
    },
    { name: "forty tokens", methods: () => book(similarityChain({ classes: 40, neighbours: 3 })) },
    { name: "in binary32", methods: () => book(changed(similarityChain(), (p) => Math.fround(p))) },
  ],
  rejects: [
    {
      name: "neighbours one way",
      because: "the graph of nearest neighbours is not made symmetric",
      plausible: false,
      methods: () => book(similarityChain({ symmetry: 0 })),
    },
    {
      name: "neighbours not quite both ways",
      because: "nine tenths of the transpose are added",
      plausible: true,
      methods: () => book(similarityChain({ symmetry: 0.9 })),
    },
    {
      name: "rows normalised alone",
      because: "Sinkhorn's scaling is left after its rows, with columns that do not sum to 1",
      plausible: true,
      methods: () =>
        book(
          similarityChain({
            step: (rate, tau, K) => {
              const out = exponential(rate, tau, K).map((p, k) => p * (1 + 0.01 * (k % K)));
              for (let x = 0; x < K; x++) normalise(out.subarray(x * K, (x + 1) * K));
              return out;
            },
          }),
        ),
    },
    {
      name: "Sinkhorn's scaling stopped early",
      because: "columns are stated to sum to 1 up to 10⁻⁶, and one sweep leaves more",
      plausible: true,
      beside: "Sinkhorn's scaling",
      methods: () => book(similarityChain({ sinkhorn: { sweeps: 1, columns: 1e-6 } })),
    },
    {
      name: "Sinkhorn's scaling of rows alone",
      because: "rows are divided by the number of neighbours, columns by nothing",
      plausible: false,
      beside: "Sinkhorn's scaling",
      methods: () => book(similarityChain({ symmetry: 0, sinkhorn: { sweeps: 0, columns: 1e-4 } })),
    },
    {
      name: "another graph at another time",
      because: "neighbours are looked up again at every step, in an embedding that moves",
      plausible: false,
      methods: () => {
        const [one, other] = [similarityChain(), similarityChain({ neighbours: 3 })];
        const { time } = one;
        return book({
          ...one,
          time,
          transition: (s, t) => {
            if (t < 6) return one.transition(s, t);
            if (s !== null && s >= 5) return other.transition(s, t);
            return multiplied(one.transition(s, 5), other.transition(5, t), 7);
          },
        });
      },
    },
  ],
});
