import { closed, rounded, withReverse } from "#properties/ctmc/versions";
import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook, perToken } from "#properties/textbook/discrete";
import { driftingProcess, ehrenfestProcess } from "#properties/textbook/families";
import { absorbingProcess, linearClock, type Process, randomProcess, rateProcess, uniformProcess } from "#properties/textbook/process";
import { correctorIsStationary } from "#spec/ctmc/corrector";
import { reverseFromClean, reverseKernel, reverseRate } from "#spec/ctmc/reverse";
import { number, tensor, vector } from "#spec/tensor";

/** Reverse rates made of other forward rates. */
const madeOf = (process: Process, rate: (t: number) => Float64Array): RawMethods => {
  const other = discreteBook({ process: { ...process, rate } });
  return discreteBook({ process }, () => ({ reverserate: (args, config) => other["reverserate"]?.(args, config) ?? {} }));
};

const rateOf = (process: Process) => process.rate ?? ((): Float64Array => new Float64Array());
const turned = (process: Process): RawMethods =>
  madeOf(process, (t) =>
    rateOf(process)(t).map((_, k, R) => R[(k % process.classes) * process.classes + Math.floor(k / process.classes)] ?? 0),
  );

/** Asymmetric by little: rows taken for columns are a few per cent off. */
const nearlySymmetric = (): Process => {
  const matrix = Float64Array.from({ length: 16 }, (_, k) => {
    const [x, y] = [Math.floor(k / 4), k % 4];
    return x === y ? 0 : 0.4 + 0.004 * (x - y);
  });
  return rateProcess(rowsClosed(matrix), 4);
};

function rowsClosed(matrix: Float64Array): Float64Array {
  const out = matrix.slice();
  for (let x = 0; x < 4; x++) out.set(closed(out.subarray(4 * x, 4 * x + 4), x), 4 * x);
  return out;
}

/** The right reverse rates of clean laws, after the laws are changed. */
const cleanChanged = (
  process: Process,
  change: (clean: Float64Array, x: number) => Float64Array,
  methods = ["reverserate", "ratio"],
): RawMethods =>
  discreteBook({ process }, (right) =>
    Object.fromEntries(
      methods.map((name) => [
        name,
        (args, config) => {
          const field = name === "ratio" ? "clean" : "values";
          if (name === "reverserate" && args["kind"] !== "clean") return right[name]?.(args, config) ?? {};
          const [xt, values] = [vector(args, "xt"), vector(args, field)];
          const K = process.classes;
          const changed = perToken(xt, K, (i) => change(values.subarray(i * K, (i + 1) * K), xt[i] ?? 0));
          return right[name]?.({ ...args, [field]: tensor(changed) }, config) ?? {};
        },
      ]),
    ),
  );

const reverseAccepts = [
  { name: "asymmetric", methods: () => discreteBook({ process: randomProcess() }) },
  { name: "nearly symmetric", methods: () => discreteBook({ process: nearlySymmetric() }) },
  { name: "uniform, two states", methods: () => discreteBook({ process: uniformProcess(2) }) },
  { name: "Ehrenfest, columns", methods: () => discreteBook({ process: ehrenfestProcess(), orientation: "column" }) },
  { name: "rates that do not commute", methods: () => discreteBook({ process: driftingProcess() }) },
  { name: "kernels in binary32", methods: () => rounded(randomProcess()) },
] as const;

const [first, ...others] = reverseAccepts;
const absorbingToo = { name: "absorbing", methods: () => discreteBook({ process: absorbingProcess() }) };
const many = { name: "many states", methods: () => discreteBook({ process: uniformProcess(50) }) };

/** The rate of t + 10⁻³ where that of t belongs. */
const late = (process: Process): RawMethods => madeOf(process, (t) => rateOf(process)(t + 1e-3));

export const reverseRateProperty: Property = property(reverseRate, {
  accepts: [first, ...others, absorbingToo, many],
  rejects: [
    { name: "rates turned over", because: "R(x, y) where R(y, x) belongs", plausible: false, methods: () => turned(randomProcess()) },
    {
      name: "index one late",
      because: "arrays that start at t = 1 are read at t: the rates of the time after",
      precedent: "DD-14",
      plausible: true,
      methods: () => late(randomProcess()),
    },
    {
      name: "forward diagonal",
      because: "the diagonal of the reverse rate is copied from the forward one",
      plausible: false,
      methods: () =>
        withReverse(randomProcess(), (row, x, t) => row.map((r, y) => (y === x ? (rateOf(randomProcess())(t)[5 * x] ?? 0) : r))),
    },
    {
      name: "ratio damped",
      because: "ratios above 1 are damped by a fiftieth to keep rates small",
      plausible: true,
      methods: () =>
        discreteBook({ process: randomProcess() }, (right) => ({
          reverserate: (args, config) =>
            right["reverserate"]?.({ ...args, values: tensor(vector(args, "values").map((r) => (r > 1 ? 0.98 * r : r))) }, config) ?? {},
        })),
    },
    {
      name: "time run to 1 − t",
      because: "the reversed clock is counted from the wrong end",
      plausible: false,
      methods: () => madeOf(randomProcess(), (t) => rateOf(randomProcess())(1 - t)),
    },
  ],
});

export const reverseFromCleanProperty: Property = property(reverseFromClean, {
  accepts: [first, ...others.filter(({ name }) => name !== "kernels in binary32"), absorbingToo, many],
  rejects: [
    {
      name: "floor under the quotient",
      because: "10⁻³ is added to q(x | x₀) before dividing",
      plausible: true,
      methods: () => floored(randomProcess(), 1e-3),
    },
    {
      name: "sharpened",
      because: "the law of clean tokens is taken at a temperature of 0.98",
      plausible: true,
      methods: () =>
        cleanChanged(randomProcess(), (clean) => {
          const raised = clean.map((p) => p ** (1 / 0.98));
          const sum = raised.reduce((a, b) => a + b, 0);
          return raised.map((p) => p / sum);
        }),
    },
    {
      name: "summed over the wrong axis",
      because: "q(x₀ | x) is read where q(x | x₀) stands",
      plausible: false,
      methods: () => {
        const process = randomProcess();
        const { classes: K, transition } = process;
        const back = discreteBook({
          process: { ...process, transition: (s, t) => transition(s, t).map((_, k, P) => P[(k % K) * K + Math.floor(k / K)] ?? 0) },
        });
        return discreteBook({ process }, () => ({
          reverserate: (args, c) => back["reverserate"]?.(args, c) ?? {},
          ratio: (args, c) => back["ratio"]?.(args, c) ?? {},
        }));
      },
    },
    {
      name: "expectation of the top token",
      because: "the most likely clean token stands for the whole law",
      plausible: false,
      methods: () =>
        cleanChanged(randomProcess(), (clean) => {
          const best = clean.indexOf(Math.max(...clean));
          return clean.map((_, k) => Number(k === best));
        }),
    },
  ],
});

/** Ratios with a floor under the quotient, and reverse rates from them. */
function floored(process: Process, floor: number): RawMethods {
  const { classes: K, transition } = process;
  return discreteBook({ process }, (right) => {
    const ratio: RawMethods[string] = (args) => {
      const [xt, clean, P] = [vector(args, "xt"), vector(args, "clean"), transition(null, number(args, "t"))];
      const at = (k: number, y: number): number => P[k * K + y] ?? 0;
      return {
        law: tensor(
          perToken(xt, K, (i) =>
            Float64Array.from({ length: K }, (_, y) => {
              let sum = 0;
              for (let k = 0; k < K; k++) sum += ((clean[i * K + k] ?? 0) * at(k, y)) / (at(k, xt[i] ?? 0) + floor);
              return sum;
            }),
          ),
        ),
      };
    };
    return {
      ratio,
      reverserate: (args, config) =>
        right["reverserate"]?.(
          args["kind"] === "clean"
            ? { ...args, kind: "ratio", values: ratio({ ...args, clean: args["values"] ?? null }, config)["law"] ?? null }
            : args,
          config,
        ) ?? {},
    };
  });
}

const together = [first, ...others, absorbingToo];

export const reverseKernelProperty: Property = property(reverseKernel, {
  accepts: together,
  rejects: [
    {
      name: "rates run backwards",
      because: "the forward rates themselves, in reverse time",
      plausible: false,
      methods: () => turned(randomProcess()),
    },
    {
      name: "index one late",
      because: "arrays that start at t = 1 are read at t: the rates of the time after",
      precedent: "DD-14",
      plausible: true,
      methods: () => late(randomProcess()),
    },
    {
      name: "clock in another unit",
      because: "reverse rates per unit of a time that ends at 0.999",
      plausible: true,
      methods: () => withReverse(randomProcess(), (row) => row.map((r) => r / 0.999)),
    },
    {
      name: "time run to 1 − t",
      because: "the reversed clock is counted from the wrong end",
      plausible: false,
      methods: () => madeOf(randomProcess(), (t) => rateOf(randomProcess())(1 - t)),
    },
    {
      name: "slope of the clock at its start",
      because: "β(0) for all of time",
      plausible: false,
      methods: () =>
        madeOf(randomProcess(), (t) => rateOf(randomProcess())(t).map((r) => (r * linearClock().rate(0)) / linearClock().rate(t))),
    },
  ],
});

export const correctorIsStationaryProperty: Property = property(correctorIsStationary, {
  accepts: together,
  rejects: [
    {
      name: "index one late",
      because: "the corrector takes rates at index t of arrays that start at t = 1",
      precedent: "DD-14",
      plausible: true,
      methods: () => late(randomProcess()),
    },
    {
      name: "two clocks",
      because: "the reverse rate is per step of a grid that is 0.1 % finer",
      plausible: true,
      methods: () => withReverse(randomProcess(), (row) => row.map((r) => r * 0.999)),
    },
    {
      name: "conditional rates",
      because: "the rate that leads back to the most likely clean token, not the mean over all",
      plausible: false,
      methods: () =>
        withReverse(randomProcess(), (row, x) =>
          closed(
            row.map((r, y) => (y === (x + 1) % 4 ? r : 0)),
            x,
          ),
        ),
    },
    { name: "rates turned over", because: "R(x, y) where R(y, x) belongs", plausible: false, methods: () => turned(randomProcess()) },
  ],
});
