import { type Control, type Property, property, type Version } from "#properties/engine/property";
import { straight, veSde } from "#properties/textbook/chain";
import { transposed } from "#properties/textbook/discrete";
import { subvpSde } from "#properties/textbook/dynamics";
import { chained, line } from "#properties/textbook/generator";
import { absorbingProcess, type Process, randomProcess, uniformProcess } from "#properties/textbook/process";
import { borrowed, both, type Change, elementwise } from "#properties/textbook/wrong";
import { carreDuChamp } from "#spec/generator/carre-du-champ";
import { duality } from "#spec/generator/duality";
import { dynkin } from "#spec/generator/dynkin";

/** Every answer, levels and rates among them, rounded to binary32. */
const rounded: Change = both(
  ...["apply", "adjoint", "reversed", "tilted", "superposed", "integrand"].map((name) => elementwise(name, "value", Math.fround)),
);

/** What every law of generators must accept: diffusions and chains alike. */
export const bothKinds: readonly Version[] = [
  { name: "diffusion", methods: () => line() },
  { name: "chain", methods: () => chained() },
  { name: "exploding diffusion", methods: () => line({ chain: veSde(0.05, 8) }) },
  { name: "straight path", methods: () => line({ chain: straight() }) },
  { name: "sub-VP diffusion", methods: () => line({ chain: subvpSde() }) },
  { name: "uniform chain", methods: () => chained({ process: uniformProcess() }) },
  { name: "absorbing chain", methods: () => chained({ process: absorbingProcess() }) },
  { name: "diffusion in binary32", methods: () => line({}, both(rounded, elementwise("levels", "sigma", Math.fround))) },
  { name: "chain in binary32", methods: () => chained({}, both(rounded, elementwise("transition", "matrix", Math.fround))) },
  { name: "two states", methods: () => chained({ process: randomProcess(2) }) },
];

const answering = (process: Process, ...names: readonly string[]) => borrowed(chained({ process }), ...names);

/** The chain whose rates are made of those of the textbook's. */
const withRates = (change: (rates: Float64Array, K: number) => Float64Array): Process => {
  const right = randomProcess();
  return { ...right, rate: (t) => change(right.rate?.(t) ?? new Float64Array(0), right.classes) };
};

const transposedRates = withRates((R, K) => transposed(R, K, K));

const withoutDiagonal = (share: number): Process => withRates((R, K) => R.map((r, k) => (k % (K + 1) === 0 ? r * (1 - share) : r)));

export const dualityProperty: Property = property(duality, {
  accepts: bothKinds,
  rejects: [
    {
      name: "adjoint without divergence",
      because: "−b·∂p without −p·∂b, as in a transport equation",
      plausible: false,
      methods: () => line({ formulas: { adjoint: (score, bend, { b, g2 }) => -b * score + 0.5 * g2 * (score * score + bend) } }),
    },
    {
      name: "Itô term of another time",
      because: "g² of β that ends at 20.2 stands in the second derivative",
      plausible: true,
      methods: () => line({ formulas: { apply: ({ d1, d2 }, { b, g2 }) => b * d1 + 0.5 * g2 * 1.01 * d2 } }),
    },
    {
      name: "constants decay",
      because: "the divergence of the drift is in the generator too, where it belongs to the adjoint alone",
      plausible: false,
      methods: () => line({ formulas: { apply: ({ f, d1, d2 }, { b, g2, slope }) => b * d1 + slope * f + 0.5 * g2 * d2 } }),
    },
    {
      name: "transposed adjoint",
      because: "L* acts by the matrix of L, whose rows were taken for columns",
      plausible: false,
      methods: () => chained({}, answering(transposedRates, "adjoint")),
      beside: "chain",
    },
    {
      name: "transposed rates",
      because: "the generator acts by columns; the adjoint is right",
      plausible: false,
      methods: () => chained({}, answering(transposedRates, "apply")),
      beside: "chain",
    },
    {
      name: "rows that do not sum to 0",
      because: "exit rates are one per cent too small, in both, so that the pairing holds",
      plausible: true,
      methods: () => chained({ process: withoutDiagonal(0.01) }),
      beside: "chain",
    },
    {
      name: "negative diffusion",
      because: "time runs backwards in the second derivative of both",
      plausible: false,
      methods: () =>
        line({
          formulas: {
            apply: ({ d1, d2 }, { b, g2 }) => b * d1 - 0.5 * g2 * d2,
            adjoint: (score, bend, { b, g2, slope }) => -slope - b * score - 0.5 * g2 * (score * score + bend),
          },
        }),
    },
  ],
});

export const carreDuChampProperty: Property = property(carreDuChamp, {
  accepts: bothKinds,
  rejects: [
    {
      name: "Itô term without its half",
      because: "g² where ½g² belongs",
      plausible: false,
      methods: () => line({ formulas: { apply: ({ d1, d2 }, { b, g2 }) => b * d1 + g2 * d2 } }),
    },
    {
      name: "Itô term of another time",
      because: "g² one per cent too large in the generator, not in the coefficients",
      plausible: true,
      methods: () => line({ formulas: { apply: ({ d1, d2 }, { b, g2 }) => b * d1 + 0.505 * g2 * d2 } }),
    },
    {
      name: "flow alone",
      because: "the generator of the probability flow, declared to be that of the diffusion",
      plausible: false,
      methods: () => line({ formulas: { apply: ({ d1 }, { b }) => b * d1 } }),
    },
    {
      name: "rates of another time",
      because: "the generator acts with rates of the next of a hundred times",
      plausible: true,
      methods: () =>
        chained({}, answering({ ...randomProcess(), rate: (t) => randomProcess().rate?.(t + 0.01) ?? new Float64Array(0) }, "apply")),
      beside: "chain",
    },
    {
      name: "transposed rates",
      because: "rates are printed by columns and declared to be rows",
      plausible: false,
      methods: () => chained({}, answering(transposedRates, "rate")),
      beside: "chain",
    },
  ],
});

export const dynkinProperty: Property = property(dynkin, {
  accepts: bothKinds,
  rejects: [
    {
      name: "Itô term missing",
      because: "the chain rule of calculus: b·f′ alone",
      plausible: false,
      methods: () => line({ formulas: { apply: ({ d1 }, { b }) => b * d1 } }),
    },
    {
      name: "β of the next of a thousand times",
      because: "the generator is that of a schedule one index late",
      plausible: true,
      methods: () => line({ formulas: { apply: ({ d1, d2 }, { b, g2 }) => 1.002 * (b * d1 + 0.5 * g2 * d2) } }),
    },
    {
      name: "diffusion slightly off",
      because: "g² was computed from β_max = 20.1",
      plausible: true,
      methods: () => line({ formulas: { apply: ({ d1, d2 }, { b, g2 }) => b * d1 + 0.5025 * g2 * d2 } }),
    },
    {
      name: "transposed rates",
      because: "rates into a state where rates out of it belong",
      plausible: false,
      methods: () => chained({}, answering(transposedRates, "apply")),
      beside: "chain",
    },
    {
      name: "rates of another time",
      because: "rates of the next of a hundred times",
      plausible: true,
      methods: () =>
        chained({}, answering({ ...randomProcess(), rate: (t) => randomProcess().rate?.(t + 0.01) ?? new Float64Array(0) }, "apply")),
      beside: "chain",
    },
    {
      name: "time running the other way",
      because: "minus the generator",
      plausible: false,
      methods: () => chained({ process: withRates((R) => R.map((r) => -r)) }),
      beside: "chain",
    },
  ] satisfies readonly Control[],
});
