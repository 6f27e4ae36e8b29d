import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { driftingProcess, logLinearClock } from "#properties/textbook/families";
import { absorbingProcess, linearClock, type Process, randomProcess, uniformProcess } from "#properties/textbook/process";
import { fromSource, toData, velocityBook } from "#properties/textbook/steps";
import { normalise } from "#spec/categorical/table";
import { flowVelocities } from "#spec/ctmc/dfm";
import { oneTokenAtATime } from "#spec/ctmc/product";
import { tensor, vector } from "#spec/tensor";

/** Reverse rates from clean laws of all tokens, changed together before or after. */
const together = (
  process: Process,
  {
    before = (laws) => laws,
    after = (rows) => rows,
  }: { readonly before?: (laws: Float64Array) => Float64Array; readonly after?: (rows: Float64Array, n: number) => Float64Array },
): RawMethods =>
  discreteBook({ process }, (right) => ({
    reverserate: (args, config) => {
      const rows = vector(right["reverserate"]?.({ ...args, values: tensor(before(vector(args, "values"))) }, config) ?? {}, "law");
      return { law: tensor(after(rows, vector(args, "xt").length)) };
    },
  }));

/** The place of a rate of the other token of a pair, in rows of four. */
function otherToken(k: number, n: number): number {
  const token = Math.floor(k / 4) ^ 1;
  return token < n ? token * 4 : k;
}

/** Each K numbers divided by their sum. */
function normalised(laws: Float64Array, K: number): Float64Array {
  const out = laws.slice();
  for (let k = 0; k < out.length; k += K) normalise(out.subarray(k, k + K));
  return out;
}

export const oneTokenAtATimeProperty: Property = property(oneTokenAtATime, {
  accepts: [
    { name: "asymmetric", methods: () => discreteBook({ process: randomProcess() }) },
    { name: "absorbing", methods: () => discreteBook({ process: absorbingProcess() }) },
    { name: "uniform, columns", methods: () => discreteBook({ process: uniformProcess(), orientation: "column" }) },
    { name: "rates that do not commute", methods: () => discreteBook({ process: driftingProcess() }) },
    { name: "many states", methods: () => discreteBook({ process: uniformProcess(40) }) },
    { name: "rates rounded on the way", methods: () => together(randomProcess(), { after: (rows) => rows.map((r) => Math.fround(r)) }) },
  ],
  rejects: [
    {
      name: "two tokens at once",
      because: "each rate takes a hundredth of one of the other token with it, as if both could jump in one step",
      plausible: true,
      methods: () => together(randomProcess(), { after: (rows, n) => rows.map((r, k) => r * (1 + 0.01 * (rows[otherToken(k, n)] ?? 0))) }),
    },
    {
      name: "rates shared among tokens",
      because: "rates are divided by the length of the sequence",
      plausible: false,
      methods: () => together(randomProcess(), { after: (rows) => rows.map((r) => r / 2) }),
    },
    {
      name: "equal tokens taken for one",
      because: "rows are kept by state: a token gets the row of the first one in its state, whatever stands beside it",
      plausible: false,
      methods: () =>
        discreteBook({ process: randomProcess() }, (right) => ({
          reverserate: (args, config) => {
            const [tokens, rows] = [vector(args, "xt"), vector(right["reverserate"]?.(args, config) ?? {}, "law")];
            return { law: tensor(rows.map((_, k) => rows[4 * tokens.indexOf(tokens[Math.floor(k / 4)] ?? 0) + (k % 4)] ?? 0)) };
          },
        })),
    },
    {
      name: "laws of neighbours leak",
      because: "a hundredth of the next token's law is mixed in: positions are smoothed",
      plausible: true,
      methods: () =>
        together(randomProcess(), { before: (laws) => laws.map((p, k) => 0.99 * p + 0.01 * (laws[(k + 4) % laws.length] ?? 0)) }),
    },
    {
      name: "tokens laid out across",
      because: "laws of shape tokens × states are read as states × tokens",
      plausible: false,
      methods: () =>
        together(randomProcess(), {
          before: (laws) =>
            normalised(
              laws.map((_, k) => laws[(k % 4) * (laws.length / 4) + Math.floor(k / 4)] ?? 0),
              4,
            ),
        }),
    },
    {
      name: "sharpened",
      because: "the law of clean tokens is taken at a temperature of 0.98",
      plausible: true,
      methods: () =>
        together(randomProcess(), {
          before: (laws) =>
            normalised(
              laws.map((p) => p ** (1 / 0.98)),
              4,
            ),
        }),
    },
  ],
});

const { rate } = linearClock();
const uniformFlow = (velocities: Parameters<typeof velocityBook>[2] = {}): RawMethods => velocityBook(uniformProcess(), rate, velocities);

export const flowVelocitiesProperty: Property = property(flowVelocities, {
  accepts: [
    { name: "uniform", methods: () => uniformFlow() },
    { name: "from the mask", methods: () => velocityBook(absorbingProcess(), rate) },
    { name: "kept on a line", methods: () => velocityBook(absorbingProcess(4, 3, logLinearClock), logLinearClock.rate) },
    {
      name: "velocities in binary32",
      methods: () =>
        uniformFlow({
          forward: (...args) => toData(...args).map(Math.fround),
          backward: (...args) => fromSource(...args).map(Math.fround),
        }),
    },
  ],
  rejects: [
    {
      name: "pole moved",
      because: "10⁻³ is added to 1 − κ so that nothing is divided by zero",
      plausible: true,
      methods: () => uniformFlow({ forward: (x, law, kappa, slope) => toData(x, law, kappa - 1e-3, slope) }),
    },
    {
      name: "sign of the backward velocity",
      because: "p₀ − δ where δ − p₀ belongs",
      plausible: false,
      methods: () => uniformFlow({ backward: (...args) => fromSource(...args).map((v) => -v) }),
    },
    {
      name: "slope of the step before",
      because: "κ̇ of a time that is 10⁻³ earlier",
      plausible: true,
      methods: () => velocityBook(uniformProcess(), (t) => rate(t - 1e-3)),
    },
    {
      name: "time towards noise",
      because: "the velocity is minus itself: data lie at the other end of time",
      plausible: false,
      methods: () => uniformFlow({ forward: (...args) => toData(...args).map((v) => -v) }),
    },
    {
      name: "κ for 1 − κ",
      because: "κ̇/κ belongs to the backward velocity",
      plausible: false,
      methods: () => uniformFlow({ forward: (x, law, kappa, slope) => toData(x, law, 1 - kappa, slope) }),
    },
  ],
});
