import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { closedForm } from "#properties/textbook/interpolating";
import { absorbingChain, absorbingProcess, type Process } from "#properties/textbook/process";
import { maskedVocabulary } from "#properties/textbook/vocabulary";
import { mutualInformation } from "#spec/categorical/schedule";

const T = 20;

/** β = 1/(T − t + 1), with the last step or all of them changed. */
const betas = (change: (beta: number, t: number) => number = (beta) => beta): Float64Array =>
  Float64Array.from({ length: T }, (_, k) => change(1 / (T - k), k + 1));

const linear = (process: Process): Process => ({ ...process, parameters: { "linear-information": T } });
const book = (process: Process): RawMethods => discreteBook({ process });

export const mutualInformationProperty: Property = property(mutualInformation, {
  accepts: [
    { name: "linear", methods: () => book(linear(absorbingChain(5, 2, betas()))) },
    { name: "another schedule", methods: () => book(absorbingChain()) },
    { name: "over time", methods: () => book(absorbingProcess()) },
    { name: "two states", methods: () => book(absorbingChain(2, 1)) },
    { name: "one step", methods: () => book({ ...absorbingChain(5, 2, Float64Array.of(1)), parameters: { "linear-information": 1 } }) },
    { name: "1,009 tokens", methods: () => closedForm({ process: maskedVocabulary() }) },
  ],
  rejects: [
    {
      name: "counted from zero",
      because: "β is 1/(T − t) clipped at 1, as if the first noisy state were t = 0",
      plausible: false,
      methods: () =>
        book(
          linear(
            absorbingChain(
              5,
              2,
              betas((_, t) => Math.min(1, 1 / (T - t + 0.5))),
            ),
          ),
        ),
    },
    {
      name: "last step clipped",
      because: "β of the last step is clipped to 0.999, and a thousandth of the last share survives",
      plausible: true,
      methods: () =>
        book(
          linear(
            absorbingChain(
              5,
              2,
              betas((beta) => Math.min(beta, 0.999)),
            ),
          ),
        ),
    },
    {
      name: "one step more",
      because: "β is 1/(T − t + 2): the schedule ends a step too late",
      plausible: true,
      methods: () =>
        book(
          linear(
            absorbingChain(
              5,
              2,
              betas((_, t) => 1 / (T - t + 1.05)),
            ),
          ),
        ),
    },
    {
      name: "mask that leaks",
      because: "one masked token in a hundred comes out as the token that it was",
      plausible: true,
      methods: () => {
        const right = absorbingChain(5, 2, betas());
        const leaking = (matrix: Float64Array): Float64Array =>
          matrix.map((p, k) => {
            const [x, y] = [Math.floor(k / 5), k % 5];
            if (x === 2) return p;
            const masked = matrix[x * 5 + 2] ?? 0;
            return y === 2 ? 0.99 * p : y === x ? p + 0.01 * masked : p;
          });
        return book({ ...right, transition: (s, t) => leaking(right.transition(s, t)) });
      },
    },
  ],
});
