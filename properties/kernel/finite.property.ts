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
  randomChain,
  randomProcess,
  uniformChain,
  uniformLaw,
  uniformProcess,
} from "#properties/textbook/process";
import { maskedVocabulary } from "#properties/textbook/vocabulary";
import { chapmanKolmogorovFinite } from "#spec/kernel/chapman-kolmogorov";
import { klDataProcessingFinite } from "#spec/kernel/kl-data-processing";

const K = 5;
const betas = linearTokenBetas(20, 0.0005, 0.001);
const base = (): Process => uniformChain(K, betas);
const book = (process: Process): RawMethods => discreteBook({ process });

/** The process with other kernels between its times, and those from data by themselves. */
const kernels = (process: Process, kernel: (s: number | null, t: number) => Float64Array): RawMethods =>
  book({ ...process, transition: kernel });

const survival = (t: number): number => base().survival?.(t) ?? 1;
const kept = (s: number | null, t: number): number => survival(t) / (s === null ? 1 : survival(s));

export const chapmanKolmogorovFiniteProperty: Property = property(chapmanKolmogorovFinite, {
  accepts: [
    { name: "uniform", methods: () => book(base()) },
    { name: "asymmetric", methods: () => book(randomChain()) },
    { name: "absorbing", methods: () => book(absorbingProcess()) },
    { name: "rates over time", methods: () => book(randomProcess()) },
    { name: "discretised Gaussian on 64 states", methods: () => book(gaussianChain(64, linearTokenBetas(12))) },
    { name: "columns", methods: () => discreteBook({ process: randomChain(), orientation: "column" }) },
    { name: "1,009 tokens", methods: () => closedForm({ process: maskedVocabulary() }) },
  ],
  rejects: [
    {
      name: "β and 1 − β exchanged",
      because: "a token stays with the probability that it should be masked",
      precedent: "DD-15",
      plausible: false,
      methods: () =>
        kernels(absorbingChain(), (s, t) =>
          s === t ? interpolated(1, pointLaw(5, 2)) : interpolated(1 - survivalOf(absorbingChain(), s, t), pointLaw(5, 2)),
        ),
    },
    {
      name: "matrices of the index before",
      because: "the product runs from s to t − 1",
      plausible: true,
      methods: () => kernels(base(), (s, t) => interpolated(s === t || t === 0 ? 1 : kept(s, t) / (1 - (betas[t] ?? 0)), uniformLaw(K))),
    },
    {
      name: "sum of β",
      because: "1 − Σβ stands for the product of 1 − β",
      plausible: true,
      methods: () =>
        kernels(base(), (s, t) => interpolated(1 - betas.slice(s === null ? 0 : s + 1, t + 1).reduce((x, y) => x + y, 0), uniformLaw(K))),
    },
    {
      name: "one step of β",
      because: "a step over many indices takes the matrix of its last index",
      plausible: false,
      methods: () => kernels(base(), (s, t) => interpolated(s === t ? 1 : s === null ? kept(s, t) : 1 - (betas[t] ?? 0), uniformLaw(K))),
    },
  ],
});

function survivalOf(process: Process, s: number | null, t: number): number {
  return (process.survival?.(t) ?? 1) / (s === null ? 1 : (process.survival?.(s) ?? 1));
}

/** Kernels that give back `share` of what they took once half the chain is over. */
const returning = (share: number): RawMethods =>
  kernels(base(), (s, t) => {
    const a = kept(s, t);
    return interpolated(t <= 10 ? a : a + share * (1 - a) * ((t - 10) / 9), uniformLaw(K));
  });

export const klDataProcessingFiniteProperty: Property = property(klDataProcessingFinite, {
  accepts: [
    { name: "uniform", methods: () => book(base()) },
    { name: "asymmetric", methods: () => book(randomChain()) },
    { name: "absorbing", methods: () => book(absorbingProcess()) },
    { name: "discretised Gaussian", methods: () => book(gaussianChain()) },
    { name: "two states", methods: () => book(uniformProcess(2)) },
    { name: "in binary32", methods: () => kernels(base(), (s, t) => interpolated(kept(s, t), uniformLaw(K)).map(Math.fround)) },
  ],
  rejects: [
    {
      name: "noise that sharpens",
      because: "survival grows with time, as if the schedule were read backwards",
      plausible: false,
      methods: () => kernels(base(), (s, t) => interpolated(s === null ? survival(19 - t) : kept(s, t), uniformLaw(K))),
    },
    {
      name: "not normalised",
      because: "rows sum to a number that grows by four thousandths with every index",
      plausible: true,
      methods: () =>
        kernels(base(), (s, t) => interpolated(kept(s, t), uniformLaw(K)).map((p) => p * (1 + 0.08 * (t / 19)) ** (t > 0 ? 1 : 0))),
    },
    {
      name: "noise taken back",
      because: "after half the chain the schedule turns, and what was noise becomes data again",
      plausible: true,
      methods: () => returning(0.6),
    },
    {
      name: "last steps reversed",
      because: "the last two betas are subtracted where they belong to the product",
      plausible: true,
      methods: () => kernels(base(), (s, t) => interpolated(kept(s, t) * (t >= 17 && s === null ? 1.006 : 1), uniformLaw(K))),
    },
  ],
});
