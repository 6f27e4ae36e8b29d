import { withRates, withReverse } from "#properties/ctmc/versions";
import { type Property, property } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { birthDeathProcess, cycleProcess, ehrenfestProcess, pureDeathProcess } from "#properties/textbook/families";
import { absorbingProcess, randomProcess, uniformProcess } from "#properties/textbook/process";
import { offdiagNonneg, rowSumZero } from "#spec/ctmc/rate";

export const rowSumZeroProperty: Property = property(rowSumZero, {
  accepts: [
    { name: "uniform, thirty states", methods: () => discreteBook({ process: uniformProcess(30) }) },
    { name: "asymmetric", methods: () => discreteBook({ process: randomProcess() }) },
    { name: "uniform, two states", methods: () => discreteBook({ process: uniformProcess(2) }) },
    { name: "absorbing, columns", methods: () => discreteBook({ process: absorbingProcess(), orientation: "column" }) },
    { name: "many states, some asked for", methods: () => discreteBook({ process: uniformProcess(40) }) },
    {
      name: "diagonal from a sum in binary32",
      methods: () => {
        const { classes: K, rate, ...rest } = randomProcess();
        return discreteBook({
          process: {
            ...rest,
            classes: K,
            rate: (t) => {
              const rows = (rate?.(t) ?? new Float64Array()).map(Math.fround);
              for (let x = 0; x < K; x++) {
                let sum = 0;
                for (let y = K - 1; y >= 0; y--) if (y !== x) sum = Math.fround(sum + (rows[x * K + y] ?? 0));
                rows[x * K + x] = -sum;
              }
              return rows;
            },
          },
        });
      },
    },
  ],
  rejects: [
    {
      name: "columns read as rows",
      because: "the columns sum to 0, the rows do not",
      plausible: false,
      methods: () => discreteBook({ process: randomProcess(), orientation: "column", declares: { orientation: "row" } }),
    },
    {
      name: "diagonal before clamping",
      because: "small rates are raised by a hundredth after the diagonal was formed",
      plausible: true,
      methods: () => withRates(uniformProcess(30), (r, x, y) => (x !== y && (x + y) % 7 === 0 ? 1.01 * r : r)),
    },
    {
      name: "staying counted as a jump",
      because: "the diagonal is −1 where the K − 1 jumps at rate 1/K sum to 1 − 1/K",
      plausible: true,
      methods: () => withRates(uniformProcess(30), (r, x, y) => (x === y ? (r * 30) / 29 : r)),
    },
    {
      name: "mask counted as a token",
      because: "1/K with the mask in K for the jumps, without it for the diagonal",
      precedent: "DD-08",
      plausible: true,
      methods: () => withRates(uniformProcess(30), (r, x, y) => (x === y ? r : (r * 30) / 31)),
    },
    {
      name: "forward diagonal in the reverse",
      because: "the diagonal of the reverse rate is copied from the forward one",
      plausible: false,
      methods: () => {
        const process = randomProcess();
        return withReverse(process, (row, x) => row.map((r, y) => (y === x ? (process.rate?.(0.5)[x * 4 + x] ?? 0) : r)));
      },
    },
  ],
});

export const offdiagNonnegProperty: Property = property(offdiagNonneg, {
  accepts: [
    { name: "birth and death", methods: () => discreteBook({ process: birthDeathProcess() }) },
    { name: "asymmetric", methods: () => discreteBook({ process: randomProcess() }) },
    { name: "absorbing", methods: () => discreteBook({ process: absorbingProcess() }) },
    { name: "cycle", methods: () => discreteBook({ process: cycleProcess() }) },
    { name: "Ehrenfest, columns", methods: () => discreteBook({ process: ehrenfestProcess(), orientation: "column" }) },
    { name: "pure death", methods: () => discreteBook({ process: pureDeathProcess() }) },
  ],
  rejects: [
    {
      name: "zeros floored",
      because: "10⁻⁹ is added to rates so that a logarithm can be taken",
      plausible: true,
      methods: () => withRates(birthDeathProcess(), (r, x, y) => (x === y ? r : r + 1e-9)),
    },
    {
      name: "ratios extrapolated",
      because: "guidance on rates, 1.02 times one row less 0.02 times its mean, goes below zero",
      plausible: true,
      methods: () =>
        withReverse(birthDeathProcess(), (row, x) => {
          const mean = row.reduce((sum, r, y) => sum + (y === x ? 0 : r), 0) / (row.length - 1);
          return row.map((r, y) => (y === x ? r : 1.02 * r - 0.02 * mean));
        }),
    },
    {
      name: "ring closed",
      because: "indices are taken modulo K, and the last state of a line jumps to the first",
      plausible: true,
      methods: () => withRates(birthDeathProcess(), (r, x, y) => (x === 5 && y === 0 ? 0.02 : x === 5 && y === 5 ? r - 0.02 : r)),
    },
    {
      name: "generator of the other direction",
      because: "minus the rates: each jump has a negative rate",
      plausible: false,
      methods: () => withRates(randomProcess(), (r) => -r),
    },
    {
      name: "unmasked again",
      because: "a masked token may jump to any other in the noising direction",
      plausible: false,
      methods: () => withRates(absorbingProcess(), (r, x, y) => (x === 2 ? (y === 2 ? -4 : 1) : r)),
    },
  ],
});
