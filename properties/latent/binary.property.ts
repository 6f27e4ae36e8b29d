import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { interpolated, linearTokenBetas, type Process, uniformChain, uniformLaw, uniformProcess } from "#properties/textbook/process";
import { binaryNoise } from "#spec/latent/binary";

const base = (): Process => uniformChain(2, linearTokenBetas(20, 0.01, 0.02));

const flipping = (flip: (a: number, s: number | null, t: number) => number): RawMethods => {
  const process = base();
  const survival = (t: number): number => process.survival?.(t) ?? Number.NaN;
  return discreteBook({
    process: {
      ...process,
      transition: (s, t) => interpolated(1 - 2 * flip(survival(t) / (s === null ? 1 : survival(s)), s, t), uniformLaw(2)),
    },
  });
};

export const binaryNoiseProperty: Property = property(binaryNoise, {
  accepts: [
    { name: "textbook", methods: () => discreteBook({ process: base() }) },
    { name: "rates over time", methods: () => discreteBook({ process: uniformProcess(2) }) },
    { name: "flip probability in binary32", methods: () => flipping((a) => Math.fround((1 - a) / 2)) },
  ],
  rejects: [
    {
      name: "β as the flip probability",
      because: "a drawn bit is the old one half of the time: β/2 flips, not β",
      plausible: false,
      methods: () => flipping((a) => 1 - a),
    },
    {
      name: "half as often again",
      because: "a factor 3/2 remains in one branch",
      precedent: "DD-02",
      plausible: false,
      methods: () => flipping((a, s) => ((s === null ? 1.5 : 1) * (1 - a)) / 2),
    },
    {
      name: "level of the step before",
      because: "ᾱ of t − 1 where ᾱ of t belongs",
      plausible: true,
      methods: () => flipping((a) => (1 - a / 0.98) / 2),
    },
    {
      name: "flips added",
      because: "the flip probabilities of the steps are added, though two flips are none",
      plausible: true,
      methods: () => flipping((a) => -Math.log(a) / 2),
    },
  ],
});
