import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { closedForm } from "#properties/textbook/interpolating";
import {
  absorbingChain,
  absorbingProcess,
  interpolated,
  linearTokenBetas,
  type Process,
  pointLaw,
  uniformChain,
  uniformLaw,
  uniformProcess,
} from "#properties/textbook/process";
import { maskedVocabulary } from "#properties/textbook/vocabulary";
import { absorbingKernel, uniformKernel } from "#spec/categorical/q";

const K = 5;
const betas = linearTokenBetas(20, 0.01, 0.02);
const uniformBase = (): Process => uniformChain(K, betas);
const absorbingBase = (): Process => absorbingChain(K, 2, betas);
const survivalOf = (process: Process, s: number | null, t: number): number =>
  (process.survival?.(t) ?? Number.NaN) / (s === null ? 1 : (process.survival?.(s) ?? Number.NaN));

/** The process with other kernels, from the share of tokens that are kept. */
const kernels = (process: Process, kernel: (a: number, s: number | null, t: number) => Float64Array): RawMethods =>
  discreteBook({ process: { ...process, transition: (s, t) => kernel(survivalOf(process, s, t), s, t) } });

const toLaw =
  (stationary: Float64Array) =>
  (a: number): Float64Array =>
    interpolated(a, stationary);

export const uniformKernelProperty: Property = property(uniformKernel, {
  accepts: [
    { name: "textbook", methods: () => discreteBook({ process: uniformBase() }) },
    { name: "rates over time", methods: () => discreteBook({ process: uniformProcess() }) },
    { name: "two states", methods: () => discreteBook({ process: uniformChain(2) }) },
    { name: "columns", methods: () => discreteBook({ orientation: "column" }) },
    {
      name: "kernels in binary32",
      methods: () => kernels(uniformChain(), (a) => interpolated(Math.fround(a), uniformLaw(K)).map(Math.fround)),
    },
  ],
  rejects: [
    {
      name: "another token",
      because: "with probability 1 − a the token goes to one of the K − 1 others, never to itself",
      plausible: false,
      methods: () => kernels(uniformBase(), (a) => interpolated(1 - ((1 - a) * K) / (K - 1), uniformLaw(K))),
    },
    {
      name: "one state too many",
      because: "1/(K + 1) where 1/K belongs: the mask was counted",
      plausible: true,
      methods: () =>
        kernels(uniformBase(), (a) => interpolated(a, uniformLaw(K)).map((p, k) => (k % (K + 1) === 0 ? p : (p * K) / (K + 1)))),
    },
    {
      name: "sum of β",
      because: "1 − Σβ stands for the product of 1 − β",
      plausible: true,
      methods: () =>
        kernels(uniformBase(), (_, s, t) => {
          return interpolated(1 - betas.slice(s === null ? 0 : s + 1, t + 1).reduce((x, y) => x + y, 0), uniformLaw(K));
        }),
    },
    {
      name: "level of the step before",
      because: "ᾱ of t − 1 where ᾱ of t belongs",
      plausible: true,
      methods: () => kernels(uniformBase(), (a) => interpolated(a / 0.98, uniformLaw(K))),
    },
  ],
});

export const absorbingKernelProperty: Property = property(absorbingKernel, {
  accepts: [
    { name: "textbook", methods: () => discreteBook({ process: absorbingBase() }) },
    { name: "down to almost nothing", methods: () => discreteBook({ process: absorbingBase() }) },
    { name: "rates over time", methods: () => discreteBook({ process: absorbingProcess() }) },
    { name: "1,009 tokens", methods: () => closedForm({ process: maskedVocabulary() }) },
    { name: "mask first", methods: () => discreteBook({ process: absorbingChain(4, 0) }) },
    { name: "mask last, columns", methods: () => discreteBook({ process: absorbingChain(4, 3), orientation: "column" }) },
  ],
  rejects: [
    {
      name: "mask off by one",
      because: "the state after the mask absorbs",
      plausible: false,
      methods: () => kernels(absorbingBase(), toLaw(pointLaw(K, 3))),
    },
    {
      name: "rows read as columns",
      because: "the matrix is transposed and declared to be read by rows",
      plausible: false,
      methods: () => discreteBook({ process: absorbingBase(), orientation: "column", declares: { orientation: "row" } }),
    },
    {
      name: "masks drawn again",
      because: "a masked token comes back as any token with a small probability",
      plausible: true,
      methods: () =>
        kernels(absorbingBase(), (a) =>
          interpolated(
            a,
            pointLaw(K, 2).map((p) => 0.98 * p + 0.004),
          ),
        ),
    },
    {
      name: "β where 1 − β belongs",
      because: "a token stays with the probability that it should be masked",
      precedent: "DD-15",
      plausible: false,
      methods: () => kernels(absorbingBase(), (a) => interpolated(1 - a, pointLaw(K, 2))),
    },
    {
      name: "level of the step before",
      because: "ᾱ of t − 1 where ᾱ of t belongs",
      plausible: true,
      methods: () => kernels(absorbingBase(), (a) => interpolated(a / 0.98, pointLaw(K, 2))),
    },
  ],
});
