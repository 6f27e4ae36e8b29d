import { type Property, property, type RawMethods } from "#properties/engine/property";
import { preconditioned, sigmaData } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { data } from "#properties/textbook/values";
import { answered, both } from "#properties/textbook/wrong";
import { preconditioning } from "#spec/parameterisation/edm";
import { tensor } from "#spec/tensor";

type Coefficients = ReturnType<typeof preconditioned>;

/** A book that declares σ_data, with these coefficients. */
function precondition(of: (sigma: number) => Partial<Coefficients>, d: number = sigmaData): RawMethods {
  const declared = answered("facts", () => ({ sigmaData: d }));
  return book(
    {},
    both(declared, () => ({
      precondition: ({ sigma }) => {
        const made = [...data(sigma)].map((level) => ({ ...preconditioned(level, d), ...of(level) }));
        return Object.fromEntries(
          (["cskip", "cout", "cin", "weight"] as const).map((name) => [name, tensor(Float64Array.from(made, (one) => one[name]))]),
        );
      },
    })),
  );
}

export const preconditioningProperty: Property = property(preconditioning, {
  accepts: [
    { name: "textbook", methods: () => precondition(() => ({})) },
    {
      name: "by the level over σ_data",
      methods: () =>
        precondition((sigma) => {
          const r = sigma / sigmaData;
          return {
            cskip: 1 / (1 + r * r),
            cout: sigma / Math.hypot(1, r),
            cin: 1 / (sigmaData * Math.hypot(1, r)),
            weight: 1 / sigma ** 2 + 1 / sigmaData ** 2,
          };
        }),
    },
    { name: "other data", methods: () => precondition(() => ({}), 1.2) },
    {
      name: "coefficients in binary32",
      methods: () =>
        precondition((sigma) => Object.fromEntries(Object.entries(preconditioned(sigma)).map(([name, x]) => [name, Math.fround(x)]))),
    },
  ],
  rejects: [
    {
      name: "level counted from σ_min",
      because: "the consistency model's skip (σ − σ_min) with σ_min = 0.002",
      plausible: true,
      methods: () => precondition((sigma) => ({ cskip: preconditioned(sigma - 0.002).cskip })),
    },
    {
      name: "floor under the root",
      because: "10⁻⁴ is added under each root against division by zero",
      plausible: true,
      methods: () =>
        precondition((sigma) => ({
          cin: 1 / Math.sqrt(sigma ** 2 + sigmaData ** 2 + 1e-4),
          cout: (sigma * sigmaData) / Math.sqrt(sigma ** 2 + sigmaData ** 2 + 1e-4),
        })),
    },
    {
      name: "weight of unit data",
      because: "λ = 1 + 1/σ² holds for σ_data = 1",
      plausible: false,
      methods: () => precondition((sigma) => ({ weight: 1 + 1 / sigma ** 2 })),
    },
    {
      name: "σ_data left out of c_out",
      because: "c_out = σ/√(σ² + σ_data²), as for data of unit variance",
      plausible: false,
      methods: () => precondition((sigma) => ({ cout: sigma / Math.hypot(sigma, sigmaData) })),
    },
    {
      name: "c_in without its root",
      because: "the input is divided by its variance",
      plausible: false,
      methods: () => precondition((sigma) => ({ cin: 1 / (sigma ** 2 + sigmaData ** 2) })),
    },
    {
      name: "sign of v",
      because: "c_out of v-prediction, whose network predicts −F",
      plausible: false,
      methods: () => precondition((sigma) => ({ cout: -preconditioned(sigma).cout })),
    },
  ],
});
