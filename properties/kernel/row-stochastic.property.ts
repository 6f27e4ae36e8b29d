import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { absorbingProcess, gaussianChain, type Process, randomChain } from "#properties/textbook/process";
import { rowStochastic } from "#spec/kernel/row-stochastic";

/** The process with every kernel changed. */
const changed = (process: Process, change: (p: number, x: number, y: number) => number): RawMethods => {
  const { classes: K, transition } = process;
  return discreteBook({
    process: { ...process, transition: (s, t) => transition(s, t).map((p, k) => change(p, Math.floor(k / K), k % K)) },
  });
};

export const rowStochasticProperty: Property = property(rowStochastic, {
  accepts: [
    { name: "asymmetric", methods: () => discreteBook({ process: randomChain() }) },
    { name: "uniform", methods: () => discreteBook() },
    { name: "columns", methods: () => discreteBook({ process: randomChain(), orientation: "column" }) },
    { name: "discretised Gaussian in binary32", methods: () => changed(gaussianChain(), (p) => Math.fround(p)) },
    { name: "rates over time", methods: () => discreteBook({ process: absorbingProcess() }) },
  ],
  rejects: [
    {
      name: "columns read as rows",
      because: "the columns sum to 1, the rows do not",
      plausible: false,
      methods: () => discreteBook({ process: randomChain(), orientation: "column", declares: { orientation: "row" } }),
    },
    {
      name: "return left out",
      because: "the mass that is drawn anew and lands on the old token is missing from the diagonal",
      plausible: true,
      methods: () => changed(randomChain(), (p, x, y) => (x === y ? 0.98 * p : p)),
    },
    {
      name: "mask counted as a token",
      because: "what is neither kept nor masked is shared among K + 1 tokens, and the mask takes no share of it",
      precedent: "DD-08",
      plausible: false,
      methods: () => {
        // Kept with a, masked with c, drawn anew among the K tokens with what is left.
        const [kept, masked, tokens] = [0.9, 0.07, 3];
        return changed(randomChain(), (_, x, y) => {
          if (x === tokens) return y === x ? 1 : 0;
          if (y === tokens) return masked;
          return (x === y ? kept : 0) + (1 - kept - masked) / (tokens + 1);
        });
      },
    },
    {
      name: "floor added",
      because: "10⁻³ is added to every entry, and the row is not divided by its new sum",
      plausible: true,
      methods: () => changed(randomChain(), (p) => p + 1e-3),
    },
    {
      name: "below zero",
      because: "the diagonal is formed as 1 minus a sum with too much in it",
      plausible: false,
      methods: () => changed(gaussianChain(), (p, x, y) => (Math.abs(x - y) === 5 ? -0.02 : x === y && x % 5 === 0 ? p + 0.02 : p)),
    },
  ],
});
